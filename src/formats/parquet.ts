import { UserError } from '../core/errors';
import type { Format } from './format';

const MAGIC = 'PAR1';

/** Apache Parquet. Its footer is read by the engine. */
export const parquet: Format = {
  id: 'parquet',
  endings: ['.parquet', '.pq'],
  recognises: ({ bytes }) => bytes.toString('latin1', 0, 4) === MAGIC,
  describe({ bytes, name }) {
    if (bytes.toString('latin1', 0, 4) !== MAGIC) {
      throw new UserError('invalid', `${name} is not a Parquet file: it does not start with "${MAGIC}".`, {
        fix: 'If it was being written or downloaded, wait until that has ended. If it is text, give it the ending .csv.',
      });
    }
    return { dialect: null, columns: null, padded: false, undecided: new Set() };
  },
  first: () => null,
  whole: () => null,
  select: () => 'SELECT * FROM read_parquet({path})',
};
