import { z } from 'zod';
import { columnsField, numberField, textField } from '../fields';
import { rowPart } from '../lookup';
import { extended } from '../schema';
import { columnNames, defineStep, free, project, take } from '../step';

const options = z.strictObject({
  folds: z.int().min(2).max(1000).default(5).describe('How many'),
  key: columnNames.optional().describe('Rows that are equal in these share a fold; default: all columns'),
  into: z.string().default('fold').describe('Name of the new column'),
  seed: z.int().optional().describe('Another number gives other folds'),
});

export const folds = defineStep({
  kind: 'folds',
  title: 'Number the folds',
  summary: 'Adds a column with the number of a fold, from 0, for cross-validation by a script of your own.',
  help: 'By a hash of what the row holds, so that a row stays in its fold when the data grows. It goes last: a model should not learn from it.',
  example: 'folds: { folds: 3, key: [customer] }',
  sample: [
    ['customer', 'x'],
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ],
  group: 'Rows',
  unsuggested: "it is for a script of one's own",
  options,
  form: [
    numberField('folds', 'Folds', { optional: true, default: 5 }),
    columnsField('key', 'Keep together', { help: 'None: each row by itself', optional: true }),
    textField('into', 'New column', { optional: true, default: 'fold' }),
    numberField('seed', 'Seed', { optional: true }),
  ],
  compile({ folds: count, key, into, seed }, context) {
    const keys =
      key === undefined
        ? context.schema.columns.filter((one) => one.name !== context.target)
        : take(context, key, ['key'], { notTarget: 'a request does not carry it' });
    if (keys === undefined || !free(context, into, ['into'])) return undefined;
    return {
      transform: project({ add: [[into, [rowPart(keys, seed, count)]]] }),
      schema: extended(context.schema, [{ name: into, sqlType: 'BIGINT' }]),
    };
  },
});
