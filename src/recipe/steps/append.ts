import { z } from 'zod';
import { tableField } from '../fields';
import { kindOf } from '../schema';
import { identifier } from '../sql';
import { defineStep } from '../step';

const options = z.strictObject({
  with: z.string().min(1, 'name a table').describe("The other table: a dataset's name, or a path"),
});

export const append = defineStep({
  kind: 'append',
  title: 'Append another table',
  summary: 'Puts the rows of another table below.',
  help: 'Columns are matched by name; one that the other table lacks is missing in its rows, one that this table lacks is left out. The new rows belong to the training part. It makes rows anew, so it serves to prepare a dataset.',
  example: 'append: { with: older.csv }',
  sample: [
    ['id', 'x'],
    [1, 10],
  ],
  others: {
    'older.csv': [
      ['x', 'id', 'note'],
      [20, 2, 'n'],
      [30, 3, null],
    ],
  },
  group: 'Tables',
  unsuggested: 'which rows belong together is for a person to say',
  rows: 'remake',
  needs: 'table',
  options,
  tables: ({ with: name }) => (typeof name === 'string' && name !== '' ? [name] : []),
  form: [tableField('with', 'Table', { help: 'A dataset, or a file beside the recipe' })],
  compile({ with: name }, context) {
    const other = context.table(name, ['with']);
    if (other === undefined) return undefined;
    const { columns } = context.schema;
    const shared = columns.filter((one) => other.columns.some((there) => there.name === one.name));
    if (shared.length === 0) {
      context.problem({
        message: `No column of "${name}" has the name of one of this table.`,
        path: ['with'],
      });
      return undefined;
    }
    for (const one of shared) {
      const there = other.columns.find((each) => each.name === one.name);
      const [a, b] = [kindOf(one.sqlType), kindOf(there?.sqlType ?? '')];
      const numbers = (kind: string): boolean => kind === 'number' || kind === 'integer';
      const dates = (kind: string): boolean => kind === 'date' || kind === 'datetime';
      const alike =
        a === b || a === 'unknown' || a === 'text' || (numbers(a) && numbers(b)) || (dates(a) && dates(b));
      if (alike) continue;
      context.problem({
        message: `"${one.name}" holds ${a} here and ${b} in "${name}". Use cast first.`,
        path: ['with'],
      });
      return undefined;
    }
    const cells = shared.map(({ name: column, sqlType }) => {
      const cell = identifier(column);
      if (sqlType === '') return cell;
      // A whole number that gets numbers with a fraction below it becomes one itself.
      const there = other.columns.find((each) => each.name === column)?.sqlType ?? '';
      const wider = kindOf(sqlType) === 'integer' && kindOf(there) === 'number';
      return `CAST(${cell} AS ${wider ? 'DOUBLE' : sqlType}) AS ${cell}`;
    });
    const first = '(SELECT coalesce(max(__mll_row), -1) + 1 FROM {input})';
    return {
      transform: [
        `SELECT * FROM {input} UNION ALL BY NAME SELECT ${cells.join(', ')}, ${first} + __mll_row AS __mll_row, 'train' AS __mll_part FROM ${other.relation}`,
      ],
      schema: {
        ...context.schema,
        columns: columns.map(({ name: column, sqlType }) => ({
          name: column,
          sqlType: kindOf(sqlType) === 'integer' ? '' : sqlType,
        })),
      },
      whole: true,
    };
  },
});
