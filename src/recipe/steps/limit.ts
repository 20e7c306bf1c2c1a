import { z } from 'zod';
import { numberField } from '../fields';
import { defineStep } from '../step';

const options = z.strictObject({
  rows: z.int().min(1).describe('How many rows stay'),
  skip: z.int().min(0).default(0).describe('So many are left out before them'),
});

export const limit = defineStep({
  kind: 'limit',
  title: 'Limit rows',
  summary: 'Keeps the first rows.',
  help: 'In the order of the data, or of a sort step before.',
  example: 'limit: { rows: 2 }',
  sample: [['x'], [1], [2], [3]],
  group: 'Rows',
  unsuggested: 'all rows are better than some',
  rows: 'drop',
  options,
  form: [numberField('rows', 'Rows'), numberField('skip', 'Skip', { optional: true, default: 0 })],
  code({ rows, skip }) {
    return {
      pandas: [`df = df.sort_values("__mll_row").iloc[${skip}:${skip + rows}]`],
      polars: [`df = df.sort("__mll_row").slice(${skip}, ${rows})`],
    };
  },
  compile({ rows, skip }, context) {
    const kept = `SELECT __mll_row FROM {input} ORDER BY __mll_row LIMIT ${rows} OFFSET ${skip}`;
    return {
      transform: [`SELECT * FROM {input} WHERE __mll_row IN (${kept})`],
      schema: context.schema,
      whole: true,
    };
  },
});
