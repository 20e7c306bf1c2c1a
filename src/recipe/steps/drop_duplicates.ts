import { z } from 'zod';
import { py } from '../code';
import { find } from '../schema';
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
  sample: [
    ['customer_id', 'city'],
    [1, 'Oslo'],
    [2, 'Bergen'],
    [1, 'Tromsø'],
  ],
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
  code({ columns, keep }, { schema, split }) {
    const known = columns ?? schema.columns.map((column) => column.name);
    // Numbers with a fraction may be NaN or -0.0, which the libraries take apart.
    const plain = known.every((name) =>
      ['VARCHAR', 'BIGINT', 'BOOLEAN', 'DATE'].includes(find(schema, name)?.sqlType ?? ''),
    );
    if (!plain) return undefined;
    const [pandas, polars] = split
      ? [
          `df.assign(test=df["__mll_part"] == "test").sort_values(["test", "__mll_row"], ascending=[${keep === 'first' ? 'True, True' : 'False, True'}])`,
          `df.sort(pl.col("__mll_part") == "test", "__mll_row", descending=[${keep === 'first' ? 'False, False' : 'True, False'}])`,
        ]
      : ['df.sort_values("__mll_row")', 'df.sort("__mll_row")'];
    const after = split ? '.drop(columns="test")' : '';
    return {
      pandas: [
        ...(split ? ['# Of equal rows on both sides of the split the one in the training part stays.'] : []),
        `df = ${pandas}.drop_duplicates(${py(known)}, keep=${py(keep)})${after}.sort_values("__mll_row")`,
      ],
      polars: [
        ...(split ? ['# Of equal rows on both sides of the split the one in the training part stays.'] : []),
        `df = ${polars}.unique(${py(known)}, keep=${py(keep)}, maintain_order=True).sort("__mll_row")`,
      ],
    };
  },
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
