import { z } from 'zod';
import { col, py } from '../code';
import { find } from '../schema';
import { columnNames, defineStep, percent, suggestion, take } from '../step';
import { isMissing } from './fill_missing';

const options = z.strictObject({
  columns: columnNames
    .optional()
    .describe('Rows where one of these is missing are dropped; without it: any column'),
});

export const dropMissing = defineStep({
  kind: 'drop_missing',
  title: 'Drop rows with missing values',
  summary: 'Leaves out rows in which one of the columns is missing.',
  help: 'Used when preparing and training; an endpoint answers every row that it is asked.',
  example: 'drop_missing: { columns: [species] }',
  sample: [
    ['species', 'mass'],
    ['Adelie', 1],
    [null, 2],
  ],
  group: 'Rows',
  rows: 'drop',
  options,
  form: [
    { name: 'columns', label: 'Columns', help: 'None: all columns', control: 'columns', optional: true },
  ],
  code({ columns }, { schema }) {
    const names = columns ?? schema.columns.map((one) => one.name);
    const isFloat = (name: string): boolean =>
      ['DOUBLE', 'FLOAT'].includes(find(schema, name)?.sqlType ?? '');
    const [floats, others] = [names.filter(isFloat), names.filter((name) => !isFloat(name))];
    if (names.length === 0) return undefined;
    const number = '# What is not equal to itself is missing, or not a number.';
    return {
      pandas: [
        ...(others.length === 0 ? [] : [`df = df.dropna(subset=${py(others)})`]),
        ...(floats.length === 0 ? [] : [number]),
        ...floats.map((name) => `df = df[(df[${py(name)}] == df[${py(name)}]).fillna(False)]`),
      ],
      polars: [
        `df = df.drop_nulls(${py(names)})`,
        ...floats.map((name) => `df = df.filter(${col(name)}.is_not_nan())`),
      ],
    };
  },
  compile({ columns }, context) {
    const found = columns === undefined ? context.schema.columns : take(context, columns, ['columns']);
    if (found === undefined) return undefined;
    const keep = found.map((column) => `NOT ${isMissing(column)}`).join(' AND ');
    return {
      transform: [`SELECT * FROM {input} WHERE ${keep === '' ? 'TRUE' : keep}`],
      schema: context.schema,
    };
  },
  suggest({ columns, target, profile }) {
    const column = columns.find((one) => one.name === target);
    if (column === undefined || column.missing === 0) return [];
    const share = `${column.missing} of ${profile.rows} rows (${percent(column.missing, profile.rows)})`;
    return [
      suggestion(
        'drop_missing',
        { columns: [column.name] },
        `${share} have no \`${column.name}\`; a model cannot learn from a row without its target.`,
      ),
    ];
  },
});
