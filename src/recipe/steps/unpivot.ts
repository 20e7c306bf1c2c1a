import { z } from 'zod';
import { columnsField, textField } from '../fields';
import { isNumeric, kindOf, without } from '../schema';
import { identifier, list, text } from '../sql';
import { columnNames, defineStep, free, take } from '../step';

const options = z.strictObject({
  columns: columnNames.describe('Columns that become rows'),
  name: z.string().default('name').describe('New column with their names'),
  value: z.string().default('value').describe('New column with their values'),
});

export const unpivot = defineStep({
  kind: 'unpivot',
  title: 'Unpivot',
  summary: 'Turns columns into rows of name and value.',
  help: 'The other columns are repeated. Numbers stay numbers; columns of different types become text. Missing values stay as rows. It makes rows anew, so it serves to prepare a dataset.',
  example: 'unpivot: { columns: [jan, feb], name: month, value: sold }',
  sample: [
    ['shop', 'jan', 'feb'],
    ['a', 1, 2],
    ['b', 3, null],
  ],
  group: 'Tables',
  unsuggested: 'it makes rows anew, so that a row is no longer what is predicted',
  rows: 'remake',
  options,
  form: [
    columnsField('columns', 'Columns'),
    textField('name', 'Column of names', { optional: true, default: 'name' }),
    textField('value', 'Column of values', { optional: true, default: 'value' }),
  ],
  compile({ columns, name, value }, context) {
    const found = take(context, columns, ['columns'], { notTarget: 'it cannot become rows' });
    if (found === undefined) return undefined;
    const rest = without(context.schema, columns, `step ${context.step + 1} (unpivot) made rows of it`);
    if (!free({ ...context, schema: rest }, name, ['name'])) return undefined;
    if (!free({ ...context, schema: rest }, value, ['value'])) return undefined;
    if (name.toLowerCase() === value.toLowerCase()) {
      context.problem({ message: '"name" and "value" must be two names.', path: ['value'] });
      return undefined;
    }
    const kinds = found.map((one) => kindOf(one.sqlType));
    const [first] = found;
    const same = found.every((one) => one.sqlType !== '' && one.sqlType === first?.sqlType);
    const numeric = kinds.every((kind) => isNumeric(kind) && kind !== 'unknown');
    const type = same ? (first?.sqlType ?? '') : numeric ? 'DOUBLE' : 'VARCHAR';
    const names = columns.map(text).join(', ');
    const cells = columns.map((one) => `CAST(${identifier(one)} AS ${type})`).join(', ');
    const rows = `SELECT * EXCLUDE (${list(columns)}), unnest([${names}]) AS ${identifier(name)}, unnest([${cells}]) AS ${identifier(value)}, unnest(range(${columns.length})) AS __mll_place FROM {input}`;
    return {
      transform: [
        `SELECT * EXCLUDE (__mll_place) REPLACE (row_number() OVER (ORDER BY __mll_row, __mll_place) - 1 AS __mll_row) FROM (${rows}) AS __mll_rows`,
      ],
      schema: {
        ...rest,
        columns: [
          ...rest.columns.map((one) => ({ name: one.name, sqlType: one.sqlType })),
          { name, sqlType: 'VARCHAR' },
          { name: value, sqlType: type },
        ],
      },
      whole: true,
    };
  },
});
