import { z } from 'zod';
import { col, PLAIN_TYPES, py } from '../code';
import { orderFound, overEarlier } from '../earlier';
import { columnField, columnsField, flagField, listField } from '../fields';
import type { Template } from '../plan';
import { extended, find } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  by: z
    .array(z.int().min(1, 'must be 1 or more: later rows are never looked at').max(10_000))
    .min(1, 'name at least one distance')
    .default([1])
    .describe('How many rows back; several give a column each'),
  group: columnNames.optional().describe('Rows of one group follow each other by themselves'),
  order: z.string().optional().describe('Column of the time; without it rows follow as in the file'),
  request: z
    .boolean()
    .default(false)
    .describe('Each request to an endpoint carries the earlier rows beside those that are asked for'),
});

export const lag = defineStep({
  kind: 'lag',
  title: 'Values of earlier rows',
  summary: 'Adds what a column held some rows before.',
  help: 'Columns are named COLUMN_lag1. Rows of one time follow as in the file. A training row sees training rows only; a test row all rows before it. Without `request: true` a model with this step is not deployed, because a request alone has no earlier rows.',
  example: 'lag: { columns: [sales], by: [1, 7], group: [shop], order: day }',
  sample: [
    ['shop', 'day', 'sales'],
    ['a', 1, 10],
    ['a', 2, 20],
    ['b', 1, 100],
    ['a', 3, 30],
  ],
  group: 'Features',
  unsuggested: 'which row comes before another, and whether a request will carry it, is for a person to say',
  needs: 'rows',
  options,
  form: [
    columnsField('columns', 'Columns'),
    listField('by', 'Rows back', { help: 'Such as 1, 7', optional: true, default: [1] }),
    columnsField('group', 'Group by', { optional: true }),
    columnField('order', 'Time', { optional: true }),
    flagField('request', 'Requests carry the earlier rows'),
  ],
  code({ columns, by, group, order }, { schema, split }) {
    const keys = group ?? [];
    const typed = [...keys, ...(order === undefined ? [] : [order])].map(
      (name) => find(schema, name)?.sqlType,
    );
    // Floats may be NaN, which orders and groups in another way there.
    if (typed.some((type) => !PLAIN_TYPES.has(type ?? ''))) return undefined;
    const sort = [...(order === undefined ? [] : [order]), '__mll_row'];
    const pandas = [
      `ordered = df${order === undefined ? '' : `[df[${py(order)}].notna()]`}.sort_values(${py(sort)})`,
    ];
    const polars: string[] = [];
    const pick = (rows: string, name: string, shift: number): string =>
      `${rows}${keys.length === 0 ? '' : `.groupby(${py(keys)}, dropna=False, sort=False)`}[${py(name)}].shift(${shift})`;
    if (split) pandas.push('train = ordered[ordered["__mll_part"] == "train"]');
    for (const name of columns) {
      for (const shift of new Set(by)) {
        const made = py(`${name}_lag${shift}`);
        pandas.push(`df[${made}] = ${pick('ordered', name, shift)}`);
        if (split) {
          pandas.push('# A training row sees training rows only.');
          pandas.push(
            `df[${made}] = df[${made}].where(df["__mll_part"] != "train", ${pick('train', name, shift)})`,
          );
        }
        const over = (more: readonly string[]): string => {
          const parts = [
            ...keys.map(col),
            ...(order === undefined ? [] : [`${col(order)}.is_null()`]),
            ...more,
          ];
          const partition = parts.length === 0 ? 'pl.lit(0)' : `[${parts.join(', ')}]`;
          return `${col(name)}.shift(${shift}).over(${partition}, order_by=${py(sort)})`;
        };
        let value = over([]);
        if (split) {
          value = `pl.when(pl.col("__mll_part") == "train").then(${over(['pl.col("__mll_part")'])}).otherwise(${value})`;
        }
        if (order !== undefined) value = `pl.when(${col(order)}.is_not_null()).then(${value})`;
        polars.push(`    (${value}).alias(${made}),`);
      }
    }
    return { pandas, polars: ['df = df.with_columns(', ...polars, ')'] };
  },
  compile({ columns, by, group, order, request }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
    });
    if (!orderFound(context, { group, order }) || found === undefined) return undefined;
    const added: [string, Template][] = [];
    const types = new Map<string, string>();
    for (const { name, sqlType } of found) {
      for (const distance of new Set(by)) {
        const made = `${name}_lag${distance}`;
        if (!free(context, made, ['columns', columns.indexOf(name)])) return undefined;
        const value = overEarlier(
          { group, order },
          (over) => `lag(${identifier(name)}, ${distance}) OVER (${over})`,
        );
        added.push([made, [value]]);
        types.set(made, sqlType);
      }
    }
    return {
      transform: project({ add: added }),
      schema: extended(
        context.schema,
        [...types].map(([name, sqlType]) => ({ name, sqlType })),
      ),
      whole: true,
      ...(request ? {} : { history: true as const }),
    };
  },
});
