import { z } from 'zod';
import { columnsField, pairsField } from '../fields';
import { find, kindOf, type SchemaColumn } from '../schema';
import { finite, identifier } from '../sql';
import { columnNames, defineStep, free, take, type StepContext } from '../step';

const options = z.strictObject({
  by: columnNames.describe('A row is made for each of their values'),
  values: z
    .record(z.string(), z.string())
    .describe('new column: function and column, such as mean delay; count alone counts rows'),
});

const FUNCTIONS = [
  'count',
  'distinct',
  'missing',
  'sum',
  'mean',
  'median',
  'min',
  'max',
  'sd',
  'first',
  'last',
] as const;
type Name = (typeof FUNCTIONS)[number];

/** A function of a column, over the rows of a group, as SQL and its type. */
export function aggregation(name: Name, column: SchemaColumn): { sql: string; sqlType: string } {
  const cell = identifier(column.name);
  const x = finite(column.name);
  switch (name) {
    case 'count':
      return { sql: `count(${cell})`, sqlType: 'BIGINT' };
    case 'distinct':
      return { sql: `count(DISTINCT ${cell})`, sqlType: 'BIGINT' };
    case 'missing':
      return { sql: `count(*) - count(${cell})`, sqlType: 'BIGINT' };
    case 'sum':
      return { sql: `sum(${x})`, sqlType: 'DOUBLE' };
    case 'mean':
      return { sql: `avg(${x})`, sqlType: 'DOUBLE' };
    case 'median':
      return { sql: `median(${x})`, sqlType: 'DOUBLE' };
    case 'sd':
      return {
        sql: `stddev_samp(CASE WHEN abs(${x}) < CAST('1e140' AS DOUBLE) THEN ${x} END)`,
        sqlType: 'DOUBLE',
      };
    case 'min':
    case 'max':
      return { sql: `${name}(${cell})`, sqlType: column.sqlType };
    case 'first':
    case 'last':
      return { sql: `${name}(${cell} ORDER BY __mll_row)`, sqlType: column.sqlType };
  }
}

export const FUNCTION_NAMES = FUNCTIONS;

/** True for functions that need numbers. */
export const ofNumbers = (name: Name): boolean => ['sum', 'mean', 'median', 'sd'].includes(name);

export const aggregate = defineStep({
  kind: 'aggregate',
  title: 'Aggregate rows',
  summary: 'Makes one row of each group of rows.',
  help: `Each value is \`new column: function column\`. Functions: ${FUNCTIONS.join(', ')}; sd is the sample deviation. Training and test rows are never put together. It makes rows anew, so it serves to prepare a dataset.`,
  example: 'aggregate: { by: [carrier], values: { flights: count, mean_delay: mean delay } }',
  sample: [
    ['carrier', 'delay'],
    ['UA', 3],
    ['AA', 10],
    ['UA', null],
    ['UA', 5],
  ],
  group: 'Tables',
  unsuggested: 'it makes rows anew, so that a row is no longer what is predicted',
  rows: 'remake',
  options,
  form: [columnsField('by', 'Group by'), pairsField('values', 'New column: Function and column')],
  compile({ by, values }, context) {
    const groups = take(context, by, ['by']);
    if (groups === undefined) return undefined;
    const pairs = Object.entries(values);
    if (pairs.length === 0) {
      context.problem({ message: 'Give at least one pair `new column: function column`.', path: ['values'] });
      return undefined;
    }
    let schema = {
      ...context.schema,
      columns: groups.map(({ name, sqlType }) => ({ name, sqlType })),
      prefixes: [],
    };
    const made: string[] = [];
    for (const [name, written] of pairs) {
      const value = valueOf(name, written, context);
      if (value === undefined || !free({ ...context, schema }, name, ['values', name])) return undefined;
      made.push(`${value.sql} AS ${identifier(name)}`);
      schema = { ...schema, columns: [...schema.columns, { name, sqlType: value.sqlType }] };
    }
    const keys = by.map(identifier).join(', ');
    const inner = `SELECT ${keys}, ${made.join(', ')}, min(__mll_row) AS __mll_row, __mll_part FROM {input} GROUP BY ${keys}, __mll_part`;
    return {
      transform: [
        `SELECT * REPLACE (row_number() OVER (ORDER BY __mll_row) - 1 AS __mll_row) FROM (${inner}) AS __mll_groups`,
      ],
      schema,
      whole: true,
    };
  },
});

function valueOf(
  name: string,
  written: string,
  context: StepContext,
): { sql: string; sqlType: string } | undefined {
  const [, word = '', column] = /^\s*(\w+)(?:\s+(.+?))?\s*$/u.exec(written) ?? [];
  const path = ['values', name];
  const known = FUNCTIONS.find((one) => one === word);
  if (known === undefined) {
    context.problem({ message: `There is no function "${word}". Functions: ${FUNCTIONS.join(', ')}.`, path });
    return undefined;
  }
  if (column === undefined) {
    if (known === 'count') return { sql: 'count(*)', sqlType: 'BIGINT' };
    context.problem({ message: `"${known}" needs a column: "${known} COLUMN".`, path });
    return undefined;
  }
  const report = (one: Parameters<StepContext['problem']>[0]): void => context.problem({ ...one, path });
  const [found] = take({ ...context, problem: report }, [column], []) ?? [];
  if (found === undefined) return undefined;
  const kind = kindOf(find(context.schema, column)?.sqlType ?? '');
  if (ofNumbers(known) && !['number', 'integer', 'unknown'].includes(kind)) {
    context.problem({ message: `"${known}" needs numbers; "${column}" holds ${kind}.`, path });
    return undefined;
  }
  return aggregation(known, found);
}
