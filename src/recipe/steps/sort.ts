import { z } from 'zod';
import { PLAIN_TYPES, py } from '../code';
import { columnsField } from '../fields';
import { ROW } from '../plan';
import { find } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, take } from '../step';

const options = z.strictObject({
  columns: columnNames.describe('The first counts most'),
  descending: columnNames.optional().describe('Those of them with the largest at first'),
});

export const sort = defineStep({
  kind: 'sort',
  title: 'Sort rows',
  summary: 'Puts rows in the order of columns.',
  help: 'Missing values come last; equal rows keep their order. It numbers rows anew, so it serves to prepare a dataset. Steps that look back (lag, rolling) have an order of their own.',
  example: 'sort: { columns: [shop, sold], descending: [sold] }',
  sample: [
    ['shop', 'sold'],
    ['b', 1],
    ['a', 2],
    ['a', 3],
    [null, 4],
  ],
  group: 'Rows',
  unsuggested: 'the order of rows changes nothing that is learnt',
  rows: 'remake',
  options,
  form: [
    columnsField('columns', 'Columns', { help: 'In the order in which they count' }),
    columnsField('descending', 'Largest first', { optional: true }),
  ],
  code({ columns, descending = [] }, { schema }) {
    // Floats may be NaN, which has another place there.
    if (!columns.every((name) => PLAIN_TYPES.has(find(schema, name)?.sqlType ?? ''))) return undefined;
    const by = py([...columns, ROW]);
    const down = columns.map((name) => descending.includes(name));
    const ascending = py([...down.map((one) => !one), true]);
    return {
      pandas: [
        `df = df.sort_values(${by}, ascending=${ascending}, na_position="last")`,
        `df[${py(ROW)}] = range(len(df))`,
      ],
      polars: [
        `df = df.sort(${by}, descending=${py([...down, false])}, nulls_last=True)`,
        `df = df.with_columns(pl.int_range(pl.len()).alias(${py(ROW)}))`,
      ],
    };
  },
  compile({ columns, descending = [] }, context) {
    const found = take(context, columns, ['columns']);
    if (found === undefined || take(context, descending, ['descending']) === undefined) return undefined;
    const stray = descending.findIndex((name) => !columns.includes(name));
    if (stray >= 0) {
      context.problem({
        message: `"${descending[stray] ?? ''}" is not among "columns".`,
        path: ['descending', stray],
      });
      return undefined;
    }
    const by = columns.map(
      (name) => `${identifier(name)}${descending.includes(name) ? ' DESC' : ''} NULLS LAST`,
    );
    return {
      transform: [
        `SELECT * REPLACE (row_number() OVER (ORDER BY ${by.join(', ')}, __mll_row) - 1 AS __mll_row) FROM {input}`,
      ],
      schema: context.schema,
      whole: true,
    };
  },
});
