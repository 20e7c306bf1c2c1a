import { z } from 'zod';
import { choiceField, columnsField, numberField } from '../fields';
import { rowHash } from '../lookup';
import { find } from '../schema';
import { below } from '../split';
import { double, list } from '../sql';
import { columnNames, defineStep, take } from '../step';

const options = z.strictObject({
  share: z
    .number()
    .gt(0)
    .lt(1, 'must be less than 1')
    .optional()
    .describe('Share of rows that stays, 0 to 1'),
  rows: z.int().min(1).optional().describe('How many rows stay'),
  method: z
    .enum(['random', 'first'])
    .default('random')
    .describe('By a hash of what the row holds, or the first rows'),
  per: columnNames.optional().describe('Of each group of rows that are equal in these (stratified)'),
  key: columnNames.optional().describe('Columns whose text is hashed; default: all'),
  seed: z.int().optional().describe('Another number gives another sample'),
});

export const sample = defineStep({
  kind: 'sample',
  title: 'Sample rows',
  summary: 'Keeps some of the rows: at random, the first, or of each group.',
  help: 'Training and test part are sampled by themselves. At random means by a hash of what the row holds: the same rows are chosen again, wherever and whenever it runs. A random share without `per` goes by each row alone, so a row stays in when the data grows, and the share is kept nearly; otherwise it is counted, and rounded up.',
  example: 'sample: { rows: 1, method: first, per: [shop] }',
  sample: [
    ['shop', 'sold'],
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ],
  group: 'Rows',
  unsuggested: 'all rows are better than some; where they are too many is for a person to say',
  rows: 'drop',
  options,
  form: [
    numberField('share', 'Share', { help: '0 to 1', optional: true }),
    numberField('rows', 'Or rows', { optional: true }),
    choiceField('method', 'Which', ['random', 'first']),
    columnsField('per', 'Of each group of', { optional: true }),
    columnsField('key', 'Hash of', { help: 'None: all columns', optional: true }),
    numberField('seed', 'Seed', { optional: true }),
  ],
  compile({ share, rows, method, per, key, seed }, context) {
    if ((share === undefined) === (rows === undefined)) {
      context.problem({ message: 'Give either "share" or "rows".', path: ['share'] });
      return undefined;
    }
    const groups = per === undefined ? [] : take(context, per, ['per']);
    const keys = key === undefined ? context.schema.columns : take(context, key, ['key']);
    if (groups === undefined || keys === undefined) return undefined;
    const by = list([...groups.map((one) => one.name), '__mll_part']);
    const hash = rowHash(
      keys.map((one) => find(context.schema, one.name) ?? one),
      seed,
    );
    if (share !== undefined && method === 'random' && per === undefined) {
      return { transform: [`SELECT * FROM {input} WHERE ${below(hash, share)}`], schema: context.schema };
    }
    const order = method === 'first' ? '__mll_row' : `${hash}, __mll_row`;
    const rank = `row_number() OVER (PARTITION BY ${by} ORDER BY ${order})`;
    const most =
      share === undefined ? String(rows) : `ceil(${double(share)} * count(*) OVER (PARTITION BY ${by}))`;
    const ranked = `SELECT __mll_row, ${rank} AS __mll_rank, ${most} AS __mll_most FROM {input}`;
    const kept = `SELECT __mll_row FROM (${ranked}) AS __mll_ranked WHERE __mll_rank <= __mll_most`;
    return {
      transform: [`SELECT * FROM {input} WHERE __mll_row IN (${kept})`],
      schema: context.schema,
      whole: true,
    };
  },
});
