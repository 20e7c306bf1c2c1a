import { z } from 'zod';
import { list } from '../sql';
import { columnNames, defineStep, percent, suggestion, take } from '../step';

const options = z.strictObject({
  columns: columnNames.optional().describe('Rows equal in these are duplicates; without it: in all columns'),
  keep: z.enum(['first', 'last']).default('first').describe('Which of equal rows stays'),
});

const HIGH = `__mll_row + ${2n ** 62n}`;

export const dropDuplicates = defineStep({
  kind: 'drop_duplicates',
  title: 'Drop duplicates',
  summary: 'Keeps one of rows that are equal.',
  help: 'Missing equals missing. Where equal rows lie on both sides of the split, the one in the training part stays, so that a test row never decides what is trained on.',
  example: 'drop_duplicates: { columns: [customer_id], keep: last }',
  group: 'Rows',
  rows: 'drop',
  options,
  form: [
    { name: 'columns', label: 'Columns', help: 'None: all columns', control: 'columns', optional: true },
    {
      name: 'keep',
      label: 'Keep',
      control: 'choice',
      choices: ['first', 'last'],
      optional: true,
      default: 'first',
    },
  ],
  compile({ columns, keep }, context) {
    if (columns === undefined && context.schema.prefixes.length > 0) {
      context.problem({
        message: 'Put this step above the one-hot encoding, or name the columns.',
        path: [],
      });
      return undefined;
    }
    const found = columns === undefined ? context.schema.columns : take(context, columns, ['columns']);
    if (found === undefined) return undefined;
    const keys = list(found.map((column) => column.name));
    // A training row goes before a test row, which a bit above all row numbers decides.
    const [best, preferred, other] =
      keep === 'first' ? ['min', '__mll_row', HIGH] : ['max', HIGH, '__mll_row'];
    const row = `${best}(CASE WHEN __mll_part = 'train' THEN ${preferred} ELSE ${other} END) & ${2n ** 62n - 1n}`;
    // A window would sort whole rows, and rewrites -0.0.
    const kept = `SELECT ${row} FROM {input}${keys === '' ? '' : ` GROUP BY ${keys}`}`;
    return { transform: [`SELECT * FROM {input} WHERE __mll_row IN (${kept})`], schema: context.schema };
  },
  suggest({ facts }) {
    if (facts === undefined || facts.duplicates === 0) return [];
    const share = `${facts.duplicates} of ${facts.rows} rows (${percent(facts.duplicates, facts.rows)})`;
    return [suggestion('drop_duplicates', {}, `${share} are equal to an earlier row in every column.`)];
  },
});
