import { z } from 'zod';
import { orderFound, overEarlier } from '../earlier';
import { columnField, columnsField, flagField, NUMBERS, numberField, textField, wordsField } from '../fields';
import type { Template } from '../plan';
import { extended, find, isNumeric, kindOf } from '../schema';
import { finite } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const STATS = ['mean', 'sum', 'min', 'max', 'sd', 'count'] as const;
const SQL = {
  mean: (x: string) => `avg(${x})`,
  sum: (x: string) => `sum(${x})`,
  min: (x: string) => `min(${x})`,
  max: (x: string) => `max(${x})`,
  sd: (x: string) => `stddev_samp(CASE WHEN abs(${x}) < CAST('1e140' AS DOUBLE) THEN ${x} END)`,
  count: (x: string) => `count(${x})`,
} as const;

const options = z.strictObject({
  columns: columnNames,
  stats: z.array(z.enum(STATS)).min(1).default(['mean']).describe('What is taken over the window'),
  rows: z.int().min(1).max(100_000).optional().describe('So many rows before this one'),
  within: z
    .string()
    .regex(/^\d+ (seconds?|minutes?|hours?|days?|weeks?|months?|years?)$/u, 'write it like "7 days"')
    .optional()
    .describe('Or all rows of so much time before it, such as 7 days'),
  group: columnNames.optional().describe('Rows of one group follow each other by themselves'),
  order: z.string().optional().describe('Column of the time; without it rows follow as in the file'),
  request: z
    .boolean()
    .default(false)
    .describe('Each request to an endpoint carries the earlier rows beside those that are asked for'),
});

export const rolling = defineStep({
  kind: 'rolling',
  title: 'Rolling windows',
  summary: 'Adds mean, sum, extremes of the rows before each row.',
  help: 'The row itself is not in its window, nor (with `within`) any of the same time. Columns are named COLUMN_mean_3 or COLUMN_mean_7d. A training row sees training rows only. sd is the sample deviation; the sum of no rows is missing, their count is 0.',
  example: 'rolling: { columns: [sold], rows: 2, stats: [mean], group: [shop], order: day }',
  sample: [
    ['shop', 'day', 'sold'],
    ['a', 1, 10],
    ['a', 2, 20],
    ['b', 1, 100],
    ['a', 3, 30],
  ],
  group: 'Features',
  unsuggested:
    'which rows come before another, and whether a request will carry them, is for a person to say',
  needs: 'rows',
  options,
  form: [
    columnsField('columns', 'Columns', NUMBERS),
    wordsField('stats', 'What', STATS, { default: ['mean'] }),
    numberField('rows', 'Rows before', { optional: true }),
    textField('within', 'Or time before', { help: 'Such as 7 days', optional: true }),
    columnsField('group', 'Group by', { optional: true }),
    columnField('order', 'Time', { optional: true }),
    flagField('request', 'Requests carry the earlier rows'),
  ],
  compile({ columns, stats, rows, within, group, order, request }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    if ((rows === undefined) === (within === undefined)) {
      context.problem({ message: 'Give either "rows" or "within".', path: ['rows'] });
      return undefined;
    }
    if (!orderFound(context, { group, order }) || found === undefined) return undefined;
    if (within !== undefined) {
      const kind = kindOf(order === undefined ? 'BOOLEAN' : (find(context.schema, order)?.sqlType ?? ''));
      if (kind !== 'date' && kind !== 'datetime') {
        context.problem({ message: '"within" needs "order": a column of dates.', path: ['within'] });
        return undefined;
      }
    }
    let schema = context.schema;
    const added: [string, Template][] = [];
    for (const [k, { name }] of found.entries()) {
      for (const stat of new Set(stats)) {
        const made = `${name}_${stat}_${within === undefined ? String(rows) : short(within)}`;
        if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
        const value = overEarlier({ group, order }, (over) => {
          const frame =
            within === undefined
              ? `ROWS BETWEEN ${rows ?? 1} PRECEDING AND 1 PRECEDING`
              : `RANGE BETWEEN INTERVAL '${within}' PRECEDING AND INTERVAL '1 microsecond' PRECEDING`;
          // A range of time is counted from the time alone.
          const sorted = within === undefined ? over : over.replace(/, __mll_row$/u, '');
          return `CAST(${SQL[stat](finite(name))} OVER (${sorted} ${frame}) AS DOUBLE)`;
        });
        added.push([made, [value]]);
        schema = extended(schema, [{ name: made, sqlType: 'DOUBLE' }]);
      }
    }
    return {
      transform: project({ add: added }),
      schema,
      whole: true,
      ...(request ? {} : { history: true as const }),
    };
  },
});

/** `7d` of "7 days". */
function short(within: string): string {
  const [count = '', unit = ''] = within.split(' ');
  return `${count}${unit.startsWith('mo') ? 'mo' : unit.charAt(0)}`;
}
