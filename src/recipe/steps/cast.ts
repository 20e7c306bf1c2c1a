import { z } from 'zod';
import { BROKEN_OF_ROWS, rowCheck } from '../check';
import type { PlanCheck, Template } from '../plan';
import { extended, kindOf, retyped } from '../schema';
import { identifier, text } from '../sql';
import { columnNames, defineStep, type Facts, free, names, project, suggestion, take } from '../step';

const TYPES = {
  number: 'DOUBLE',
  integer: 'BIGINT',
  text: 'VARCHAR',
  date: 'DATE',
  datetime: 'TIMESTAMP',
  boolean: 'BOOLEAN',
} as const;

const options = z.strictObject({
  columns: columnNames,
  to: z.enum(['number', 'integer', 'text', 'date', 'datetime', 'boolean']).describe('The wanted type'),
  format: z.string().min(1).optional().describe('How dates are written, for example %d.%m.%Y'),
  thousands: z
    .enum([',', '.', ' ', "'"])
    .optional()
    .describe('Sign between groups of three digits, taken out first'),
  remove: z.string().min(1).optional().describe('Signs that are taken out of numbers first, for example €%'),
  invalid: z
    .enum(['missing', 'error', 'reject'])
    .default('missing')
    .describe(
      'A cell that does not fit becomes missing, stops the run, or becomes missing and is kept in a column COLUMN_rejected',
    ),
});

export const cast = defineStep({
  kind: 'cast',
  title: 'Change type',
  summary: 'Reads cells as numbers, dates, text or true/false.',
  help: 'A cell that does not fit becomes missing, or stops the run with `invalid: error`. The report of a run counts these cells and shows the first of them. With `invalid: reject` the column COLUMN_rejected holds what did not fit. A date with a time and an offset or a zone (`2024-03-31 02:30+02`, `… Europe/Vienna`) is read in UTC.',
  example: 'cast: { columns: [price], to: number }',
  sample: [['price'], ['1.50'], ['n/a'], [null]],
  group: 'Columns',
  options,
  form: [
    { name: 'columns', label: 'Columns', control: 'columns', optional: false },
    { name: 'to', label: 'Type', control: 'choice', choices: Object.keys(TYPES), optional: false },
    { name: 'format', label: 'Date format', help: 'Such as %d.%m.%Y', control: 'text', optional: true },
    {
      name: 'thousands',
      label: 'Thousands sign',
      control: 'choice',
      choices: [',', '.', ' ', "'"],
      optional: true,
    },
    {
      name: 'remove',
      label: 'Signs to take out',
      help: 'Of numbers, such as € or %',
      control: 'text',
      optional: true,
    },
    {
      name: 'invalid',
      label: 'Cells that do not fit',
      control: 'choice',
      choices: ['missing', 'error', 'reject'],
      optional: true,
      default: 'missing',
    },
  ],
  compile({ columns, to, format, thousands, remove, invalid }, context) {
    const found = take(context, columns, ['columns']);
    if (found === undefined) return undefined;
    if (format !== undefined && to !== 'date' && to !== 'datetime') {
      context.problem({ message: '"format" is for dates only.', path: ['format'], key: true });
      return undefined;
    }
    if (remove !== undefined && to !== 'number' && to !== 'integer') {
      context.problem({ message: '"remove" is for numbers only.', path: ['remove'], key: true });
      return undefined;
    }
    const type = TYPES[to];
    const sql = (name: string, sqlType: string, strict = invalid === 'error'): string => {
      const cell = identifier(name);
      const kind = kindOf(sqlType);
      const word = strict ? 'CAST' : 'TRY_CAST';
      if (format !== undefined && (kind === 'text' || kind === 'unknown')) {
        const parse = strict ? 'strptime' : 'try_strptime';
        return `CAST(${parse}(trim(CAST(${cell} AS VARCHAR)), ${text(format)}) AS ${type})`;
      }
      if (kind !== 'text' && kind !== 'unknown') return `${word}(${cell} AS ${type})`;
      if (to === 'text') return `CAST(${cell} AS VARCHAR)`;
      let cleaned = `trim(CAST(${cell} AS VARCHAR))`;
      if (remove !== undefined) cleaned = `trim(translate(${cleaned}, ${text(remove)}, ''))`;
      if (thousands !== undefined) cleaned = `replace(${cleaned}, ${text(thousands)}, '')`;
      if (thousands === '.') cleaned = `replace(${cleaned}, ',', '.')`;
      const value = `${word}(nullif(${cleaned}, '') AS ${type})`;
      // DuckDB reads such a text without its offset or zone, so that two moments an hour apart would be one.
      if (to === 'datetime')
        return `CASE WHEN regexp_matches(${cleaned}, ':.*[-+/]') THEN make_timestamp(epoch_us(${word}(${cleaned} AS TIMESTAMPTZ))) ELSE ${value} END`;
      // 'nan' and 'inf' read as numbers, but are none.
      return to === 'number' ? `CASE WHEN isfinite(${value}) THEN ${value} END` : value;
    };
    let schema = retyped(context.schema, new Map(columns.map((name) => [name, type])));
    const rejected: [string, Template][] = [];
    for (const [k, { name, sqlType }] of found.entries()) {
      if (invalid !== 'reject') break;
      const made = `${name}_rejected`;
      if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
      const cell = `CAST(${identifier(name)} AS VARCHAR)`;
      rejected.push([
        made,
        [`CASE WHEN trim(${cell}) <> '' AND (${sql(name, sqlType)}) IS NULL THEN ${cell} END`],
      ]);
      schema = extended(schema, [{ name: made, sqlType: 'VARCHAR' }]);
    }
    const lost = found.map(({ name, sqlType }) => {
      const cell = `CAST(${identifier(name)} AS VARCHAR)`;
      return `coalesce(trim(${cell}) <> '' AND (${sql(name, sqlType, false)}) IS NULL, FALSE)`;
    });
    const end = invalid === 'error' ? '' : ', and become missing';
    const what = text(
      ` rows have cells of ${names(columns).replaceAll('`', '')} that do not read as ${to}${end}: `,
    );
    const check: PlanCheck = {
      rule: 'cast',
      columns,
      severity: invalid === 'error' ? 'stop' : 'warn',
      allow: 0,
      sql: rowCheck(lost.join(' OR '), columns, `${BROKEN_OF_ROWS} || ${what}`),
    };
    return {
      ...(to === 'text' ? {} : { check }),
      transform: project({
        replace: found.map(({ name, sqlType }) => [name, [sql(name, sqlType)]] as const),
        add: rejected,
      }),
      schema,
    };
  },
  suggest({ columns, profile }) {
    const text = columns.filter((column) => column.type === 'text');
    const result = [];
    const numbers = text.filter((column) => mostly(column.numericText ?? 0, profile.rows - column.missing));
    for (const written of new Set(numbers.map(writtenAs))) {
      const numeric = numbers.filter((column) => writtenAs(column) === written);
      const { numericSigns: remove, numericThousands: thousands } = numeric[0] ?? {};
      const counts = numeric
        .map(
          (column) =>
            `${column.numericText ?? 0} of ${profile.rows - column.missing} cells of \`${column.name}\``,
        )
        .join(', ');
      const odd = numeric.some((column) => (column.numericText ?? 0) < profile.rows - column.missing);
      const signs = remove === undefined ? '' : `, written with ${Array.from(remove).join(' and ')}`;
      const reason = `${counts} are numbers stored as text${signs}${odd ? '; the others become missing' : ''}.`;
      const options = {
        columns: numeric.map((column) => column.name),
        to: 'number',
        ...(thousands === undefined ? {} : { thousands }),
        ...(remove === undefined ? {} : { remove }),
      };
      result.push(suggestion('cast', options, reason));
    }
    const dates = text.filter(
      (column) => !numbers.includes(column) && mostly(column.dateText ?? 0, profile.rows - column.missing),
    );
    const kinds = dates.map(({ dateFormat, dateTime }) => ({ dateFormat, timed: dateTime === true }));
    for (const key of new Set(kinds.map((one) => JSON.stringify(one)))) {
      const alike = dates.filter((_, at) => JSON.stringify(kinds[at]) === key);
      const format = alike[0]?.dateFormat;
      const list = alike.map((column) => column.name);
      const written = format === undefined ? '' : ` (${format})`;
      const to = alike.some((column) => column.dateTime === true) ? 'datetime' : 'date';
      result.push(
        suggestion(
          'cast',
          { columns: list, to, ...(format === undefined ? {} : { format }) },
          `${names(list)}: text that reads as dates${written}.`,
        ),
      );
    }
    return result;
  },
});

/** Columns whose numbers are written alike are read by one step. */
function writtenAs({ numericSigns, numericThousands }: Facts): string {
  return JSON.stringify([numericSigns, numericThousands]);
}

function mostly(count: number, present: number): boolean {
  return present > 0 && count >= present * 0.95;
}
