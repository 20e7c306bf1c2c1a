import { z } from 'zod';
import { choiceField, columnField, columnsField, numberField } from '../fields';
import { freePrefix, kindOf } from '../schema';
import { identifier, list } from '../sql';
import { columnNames, defineStep, take } from '../step';
import { aggregation, ofNumbers } from './aggregate';

const HOW = ['sum', 'mean', 'count', 'min', 'max', 'first'] as const;

const options = z.strictObject({
  by: columnNames.describe('A row is made for each of their values'),
  column: z.string().describe('A column is made for each of its values'),
  value: z.string().describe('What stands in the cells'),
  how: z.enum(HOW).default('sum').describe('What is made of several values for one cell'),
  most: z.int().min(1).max(1000).default(100).describe('Only for so many of its commonest values'),
});

export const pivot = defineStep({
  kind: 'pivot',
  title: 'Pivot',
  summary: 'Turns the values of a column into columns of their own.',
  help: 'The values are those of the training part, in ascending order; columns are named COLUMN_value. A missing value makes no column. It makes rows anew, so it serves to prepare a dataset.',
  example: 'pivot: { by: [shop], column: month, value: sold }',
  sample: [
    ['shop', 'month', 'sold'],
    ['a', 'jan', 1],
    ['a', 'feb', 2],
    ['b', 'jan', 3],
    ['a', 'jan', 4],
  ],
  group: 'Tables',
  unsuggested: 'it makes rows anew, so that a row is no longer what is predicted',
  rows: 'remake',
  fits: true,
  options,
  form: [
    columnsField('by', 'Rows'),
    columnField('column', 'Columns of'),
    columnField('value', 'Values'),
    choiceField('how', 'Several values', HOW),
    numberField('most', 'Most columns', { optional: true, default: 100 }),
  ],
  compile({ by, column, value, how, most }, context) {
    const groups = take(context, by, ['by']);
    const [source] =
      take({ ...context, problem: (one) => context.problem({ ...one, path: ['column'] }) }, [column], []) ??
      [];
    const [cell] =
      take({ ...context, problem: (one) => context.problem({ ...one, path: ['value'] }) }, [value], []) ?? [];
    if (groups === undefined || source === undefined || cell === undefined) return undefined;
    if (by.includes(column) || by.includes(value)) {
      context.problem({ message: '"column" and "value" must be others than those in "by".', path: ['by'] });
      return undefined;
    }
    const kind = kindOf(cell.sqlType);
    if (ofNumbers(how) && !['number', 'integer', 'unknown'].includes(kind)) {
      context.problem({ message: `"${how}" needs numbers; "${value}" holds ${kind}.`, path: ['how'] });
      return undefined;
    }
    const kept = {
      ...context.schema,
      columns: groups.map(({ name, sqlType }) => ({ name, sqlType })),
      prefixes: [],
    };
    const prefix = freePrefix(kept, column);
    const name = `CAST(${identifier(column)} AS VARCHAR)`;
    const counted = `SELECT ${name} AS t, min(${identifier(column)}) AS k, count(*) AS n FROM {input} WHERE ${identifier(column)} IS NOT NULL GROUP BY 1`;
    const common = `SELECT t, k FROM (${counted}) AS __mll_a QUALIFY row_number() OVER (ORDER BY n DESC, k, t) <= ${most}`;
    const numbered = `SELECT t, row_number() OVER (ORDER BY k, t) AS r, row_number() OVER (PARTITION BY lower(t) ORDER BY k, t) AS again FROM (${common}) AS __mll_b`;
    const lists = `coalesce(list(t ORDER BY r), CAST([] AS VARCHAR[])) AS "values", coalesce(list(CASE WHEN again = 1 THEN t ELSE t || ' (' || again || ')' END ORDER BY r), CAST([] AS VARCHAR[])) AS "names"`;
    const { sql } = aggregation(how, { name: '__mll_cell', sqlType: cell.sqlType });
    const keys = list(by);
    return {
      fit: `SELECT ${lists} FROM (${numbered}) AS __mll_c`,
      transform: [
        `SELECT ${keys}`,
        {
          each: 'names',
          body: [
            `, ${sql} FILTER (__mll_place = `,
            { position: true },
            ' + 1) AS ',
            { identifier: { prefix, suffix: '' } },
          ],
          join: '',
          empty: '',
        },
        `, row_number() OVER (ORDER BY min(__mll_row)) - 1 AS __mll_row, __mll_part FROM (SELECT *, list_position(CAST(`,
        { value: 'values' },
        ` AS VARCHAR[]), ${name}) AS __mll_place, ${identifier(value)} AS __mll_cell FROM {input}) AS __mll_placed GROUP BY ${keys}, __mll_part`,
      ],
      schema: { ...kept, prefixes: [prefix] },
      whole: true,
    };
  },
});
