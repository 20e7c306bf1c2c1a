import { UserError } from '../core/errors';
import type { TableRead } from '../core/table';
import { readCsv } from '../formats/csv';
import { BLANKS } from '../formats/records';
import { selectLines } from './json-lines';
import type { Opened, Scan } from './opened';

/** How a table is read of which this file is but the beginning: what the other cells are is not known, so they come as text. */
export function asText(
  { format, description }: Pick<Opened, 'format' | 'description'>,
  { columns, dialect, index }: Scan,
): Pick<TableRead, 'sql' | 'beginning'> {
  const { decimal = '.', thousands } = dialect ?? {};
  const beginning = { decimal, ...(thousands === undefined ? {} : { thousands }) };
  const texts = columns.map((one) => (one.sqlType === 'JSON' ? one : { ...one, sqlType: 'VARCHAR' }));
  if (format === 'jsonl') return { sql: selectLines('{path}', texts), beginning };
  if (!dialect || !index) throw new Error('Only text has a beginning.');
  if (dialect.delimiter === BLANKS) {
    throw new UserError('unsupported', 'A table whose cells are divided by blanks is not read in part.', {
      fix: 'Fetch it once (Fetch, or `mll data fetch`), or write it with another delimiter.',
    });
  }
  const read = readCsv({
    path: '{path}',
    dialect,
    columns: texts,
    padded: description.padded,
    rejects: 'store',
    newLine: index.newLine,
  });
  return { sql: `SELECT * FROM ${read}`, beginning };
}
