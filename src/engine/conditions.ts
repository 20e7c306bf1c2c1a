import { UserError } from '../core/errors';
import type { Column } from '../core/table';
import type { Condition, TextPattern } from '../protocol';
import { quoteIdentifier, quoteLiteral } from './sql';

/** Column of {@link withCopies}: of equal rows the first has 1, the next 2. */
export const COPY = '__copy';

/** The table with {@link COPY}, when a condition asks for it. */
export function withCopies(
  numbered: string,
  columns: readonly Column[],
  conditions: readonly Condition[],
): string {
  if (!conditions.some(({ is }) => is === 'duplicate')) return numbered;
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  return `SELECT *, row_number() OVER (PARTITION BY ${names} ORDER BY __row) AS ${COPY} FROM (${numbered})`;
}

/** A boolean expression (never NULL) that holds for the rows which meet all conditions. */
export function conditionsSql(columns: readonly Column[], conditions: readonly Condition[]): string {
  const parts = conditions.map((condition) => {
    if (condition.is === 'duplicate') return condition.not ? `${COPY} = 1` : `${COPY} > 1`;
    if (condition.is === 'rows') {
      const among =
        condition.rows.length === 0 ? 'false' : `__row IN (${condition.rows.map(Math.floor).join(', ')})`;
      return condition.not ? `NOT (${among})` : among;
    }
    const column = columns.find(({ name }) => name === condition.column);
    if (!column) throw noColumn(condition.column, columns);
    const positive = `coalesce(${positiveSql(column, condition)}, false)`;
    return condition.not ? `NOT ${positive}` : positive;
  });
  return parts.length === 0 ? 'true' : parts.map((part) => `(${part})`).join(' AND ');
}

export function noColumn(name: string, columns: readonly Column[]): UserError {
  return new UserError('invalid', `There is no column "${name}" in this table.`, {
    fix: `The columns are: ${columns.map((one) => one.name).join(', ')}.`,
  });
}

function positiveSql(column: Column, condition: Exclude<Condition, { is: 'duplicate' | 'rows' }>): string {
  const name = quoteIdentifier(column.name);
  switch (condition.is) {
    case 'missing':
      return `${name} IS NULL`;
    case 'matching':
      return matchSql(`CAST(${name} AS VARCHAR)`, condition.text, condition.pattern);
    case 'oneOf': {
      const values = condition.values.filter((value) => value !== null);
      const listed = values.map((value) => valueSql(column, value)).join(', ');
      const among = values.length === 0 ? 'false' : `${comparable(column)} IN (${listed})`;
      return condition.values.includes(null) ? `${name} IS NULL OR coalesce(${among}, false)` : among;
    }
    case 'between': {
      const { min, max, open } = condition;
      const parts = [
        ...(min === undefined ? [] : [`${comparable(column)} >= ${valueSql(column, min)}`]),
        ...(max === undefined ? [] : [`${comparable(column)} ${open ? '<' : '<='} ${valueSql(column, max)}`]),
      ];
      return parts.length === 0 ? `${name} IS NOT NULL` : parts.join(' AND ');
    }
  }
}

/** Structures are compared as the text that the grid shows of them. */
const comparable = (column: Column): string =>
  column.type === 'other' ? `CAST(${quoteIdentifier(column.name)} AS VARCHAR)` : quoteIdentifier(column.name);

function valueSql(column: Column, value: string | number | boolean): string {
  const text = String(value);
  if (column.type === 'text' || column.type === 'other') return quoteLiteral(text);
  if (!fits(column, text)) {
    throw new UserError('invalid', `“${text}” cannot be compared with the column ${column.name}.`, {
      fix: `Give ${EXPECTED[column.type] ?? 'a value of its type'}.`,
    });
  }
  // A bound with a fraction is a fair bound for whole numbers, but rounds to one of them when it is cast.
  const type = column.type === 'integer' && !/^\s*[+-]?\d+\s*$/.test(text) ? 'DOUBLE' : column.sqlType;
  return `CAST(${quoteLiteral(text.trim())} AS ${type})`;
}

const EXPECTED: Partial<Readonly<Record<Column['type'], string>>> = {
  integer: 'a number, such as 42',
  number: 'a number, such as 4.2',
  date: 'a date, such as 2024-12-31',
  datetime: 'a date and time, such as 2024-12-31 18:30:00',
  boolean: 'true or false',
};

const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;
const DATE = /^\s*[+-]?\d{1,6}-\d{1,2}-\d{1,2}/;

function fits({ type }: Column, text: string): boolean {
  if (type === 'integer') return NUMBER.test(text);
  if (type === 'number') return NUMBER.test(text) || /^\s*[+-]?(nan|inf(inity)?)\s*$/i.test(text);
  if (type === 'boolean') return /^\s*(true|false)\s*$/i.test(text);
  return DATE.test(text);
}

/** True where `value` (an expression of type VARCHAR) has the text in it. */
export function matchSql(value: string, text: string, pattern: TextPattern = {}): string {
  if (pattern.regex) {
    return `regexp_matches(${value}, ${quoteLiteral(text)}, ${pattern.matchCase ? "'c'" : "'i'"})`;
  }
  // What has no capitals needs no other spelling of each cell.
  return pattern.matchCase || text.toLowerCase() === text.toUpperCase()
    ? `contains(${value}, ${quoteLiteral(text)})`
    : `contains(lower(${value}), lower(${quoteLiteral(text)}))`;
}

/** False where no value of a column of numbers can hold the text: then the column need not be read. */
export function mayMatch({ sqlType }: Column, text: string, pattern: TextPattern = {}): boolean {
  if (pattern.regex) return true;
  if (sqlType === 'BIGINT') return /^[-\d]*$/.test(text);
  return sqlType !== 'DOUBLE' || /^[-+.\deinfaty]*$/i.test(text);
}

/** What a failed query with conditions says to the person; others are handed on. */
export function conditionError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const regex = /Invalid Input Error: (.*)/.exec(error.message);
  if (regex && /regular expression|regex|missing|invalid|bad|trailing|unexpected/i.test(error.message)) {
    return new UserError('invalid', `The regular expression cannot be read: ${regex[1] ?? ''}`, {
      fix: 'Correct it (RE2 syntax), or switch the regular expression off to look for the text as it is.',
      cause: error,
    });
  }
  if (/Conversion Error|Out of Range/i.test(error.message)) {
    return new UserError(
      'invalid',
      `A value of the filter does not fit its column: ${error.message.split('\n')[0] ?? ''}`,
      {
        fix: 'Change or remove that filter.',
        cause: error,
      },
    );
  }
  return error;
}
