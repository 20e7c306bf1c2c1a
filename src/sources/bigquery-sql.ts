import { UserError } from '../core/errors';
import type { SourceAddress } from '../core/source-uri';
import { parseTableUri, tableName } from '../core/source-uri';
import type { SourceRows, SourceTable } from '../core/source';
import type { Cell, Column } from '../core/table';
import type { Condition, TextPattern } from '../protocol';
import { partitionSql } from './bigquery-partitions';

/** A quoted name of GoogleSQL. */
export function quote(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A text literal of GoogleSQL. */
export function literal(text: string): string {
  // JSON's escapes are all known to GoogleSQL.
  return JSON.stringify(text).replace(
    /[\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `p.d.t` as GoogleSQL names it; a partition has no name there. */
export function tableSql({ project, dataset, table }: SourceAddress): string {
  return [project, dataset, table.replace(/\$.*$/, '')].map(quote).join('.');
}

/** Of these no order and no groups can be made. */
const OPAQUE = /^(STRUCT|ARRAY|JSON|GEOGRAPHY|RANGE|INTERVAL)\b/;
export const isOpaque = ({ sqlType }: Column): boolean => OPAQUE.test(sqlType);

/** What is compared, sorted and grouped: the value, or the text of a nested one. */
export const comparable = (column: Column): string =>
  isOpaque(column)
    ? `TO_JSON_STRING(${quote(column.name)})`
    : column.type === 'other'
      ? textSql(column)
      : quote(column.name);

function textSql(column: Column): string {
  const name = quote(column.name);
  if (isOpaque(column)) return `TO_JSON_STRING(${name})`;
  // As it is shown.
  if (column.sqlType === 'BYTES') return `TO_BASE64(${name})`;
  return column.sqlType === 'STRING' ? name : `CAST(${name} AS STRING)`;
}

/** A boolean expression (never NULL) that holds for the rows which meet all conditions. */
export function conditionsSql(columns: readonly Column[], conditions: readonly Condition[]): string {
  return conditions.map((one) => `(${conditionSql(columns, one)})`).join(' AND ');
}

export function columnNamed(name: string, columns: readonly Column[]): Column {
  const found = columns.find((one) => one.name === name);
  if (found) return found;
  throw new UserError('invalid', `There is no column "${name}" in this table.`, {
    fix: `The columns are: ${columns
      .slice(0, 50)
      .map((one) => one.name)
      .join(', ')}${columns.length > 50 ? ' …' : ''}.`,
  });
}

function conditionSql(columns: readonly Column[], condition: Condition): string {
  if (condition.is === 'duplicate' || condition.is === 'rows') {
    throw new UserError('unsupported', 'Rows of a table in BigQuery cannot be chosen by their place.', {
      fix: 'Filter by columns, or write the query yourself (SQL).',
    });
  }
  const column = columnNamed(condition.column, columns);
  const positive = `IFNULL(${positiveSql(column, condition)}, FALSE)`;
  return condition.not ? `NOT ${positive}` : positive;
}

function positiveSql(column: Column, condition: Exclude<Condition, { is: 'duplicate' | 'rows' }>): string {
  const name = comparable(column);
  switch (condition.is) {
    case 'missing':
      return `${quote(column.name)} IS NULL`;
    case 'matching':
      return matchSql(textSql(column), condition.text, condition.pattern);
    case 'oneOf': {
      const values = condition.values.filter((value) => value !== null);
      const listed = values.map((value) => valueSql(column, value)).join(', ');
      const among = values.length === 0 ? 'FALSE' : `${name} IN (${listed})`;
      return condition.values.includes(null)
        ? `${quote(column.name)} IS NULL OR IFNULL(${among}, FALSE)`
        : among;
    }
    case 'between': {
      const { min, max, open } = condition;
      const parts = [
        ...(min === undefined ? [] : [`${name} >= ${valueSql(column, min)}`]),
        ...(max === undefined ? [] : [`${name} ${open ? '<' : '<='} ${valueSql(column, max)}`]),
      ];
      return parts.length === 0 ? `${quote(column.name)} IS NOT NULL` : parts.join(' AND ');
    }
  }
}

const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;
const DATE = /^\s*\d{1,6}-\d{1,2}-\d{1,2}/;

/** A value as a literal of its column's type. */
export function valueSql(column: Column, value: Exclude<Cell, null>): string {
  const said = String(value).trim();
  const refuse = (wanted: string): UserError =>
    new UserError('invalid', `“${said}” cannot be compared with the column ${column.name}.`, {
      fix: `Give ${wanted}.`,
    });
  switch (column.type) {
    case 'boolean':
      if (/^(true|false)$/i.test(said)) return said.toUpperCase();
      throw refuse('true or false');
    case 'integer':
      if (!NUMBER.test(said)) throw refuse('a number, such as 42');
      // A bound with a fraction is a fair bound for whole numbers.
      return /^[+-]?\d+$/.test(said) ? said : `BIGNUMERIC ${literal(said)}`;
    case 'number':
      if (column.sqlType === 'FLOAT64') {
        if (NUMBER.test(said)) return `CAST(${literal(said)} AS FLOAT64)`;
        if (/^[+-]?(nan|inf(inity)?)$/i.test(said)) return `CAST(${literal(said)} AS FLOAT64)`;
      } else if (NUMBER.test(said)) return `${column.sqlType} ${literal(said)}`;
      throw refuse('a number, such as 4.2');
    case 'date':
      if (!DATE.test(said)) throw refuse('a date, such as 2024-12-31');
      return `DATE ${literal(said.slice(0, 10))}`;
    case 'datetime':
      if (!DATE.test(said)) throw refuse('a date and time, such as 2024-12-31 18:30:00');
      return column.sqlType === 'TIMESTAMP'
        ? `TIMESTAMP ${literal(/(Z|[+-]\d\d:?\d\d)$/.test(said) ? said : `${said}${said.length > 10 ? 'Z' : ' 00:00:00Z'}`)}`
        : `DATETIME ${literal(said.replace(/Z$/, ''))}`;
    default:
      return literal(String(value));
  }
}

/** True where `value` (an expression of type STRING) has the text in it. */
function matchSql(value: string, text: string, pattern: TextPattern = {}): string {
  if (pattern.regex) {
    return `REGEXP_CONTAINS(${value}, ${literal(pattern.matchCase ? text : `(?i)${text}`)})`;
  }
  return pattern.matchCase
    ? `STRPOS(${value}, ${literal(text)}) > 0`
    : `STRPOS(LOWER(${value}), LOWER(${literal(text)})) > 0`;
}

/** `FROM … WHERE …` of some rows. */
export function fromSql(rows: SourceRows, table: Pick<SourceTable, 'columns' | 'partition'>): string {
  const address = parseTableUri(rows.table);
  const sample = rows.sample === undefined ? '' : ` TABLESAMPLE SYSTEM (${rows.sample} PERCENT)`;
  const conditions = [
    ...partitionSql(address, table, quote),
    ...(rows.filter?.length ? [conditionsSql(table.columns, rows.filter)] : []),
  ];
  return `FROM ${tableSql(address)}${aliasFor(tableName(rows.table), table.columns)}${sample}${conditions.length === 0 ? '' : `\nWHERE ${conditions.join(' AND ')}`}`;
}

/** Of a table `price` with a column `price` the name alone would mean the whole row: then the table goes by another name. */
export function aliasFor(table: string, columns: readonly Pick<Column, 'name'>[]): string {
  const own = table.toLowerCase();
  return columns.some(({ name }) => name.toLowerCase() === own) ? ' AS `__mll_table`' : '';
}

/** The text of a query for rows and columns as they are chosen. */
export function selectSql(rows: SourceRows, table: Pick<SourceTable, 'columns' | 'partition'>): string {
  const { columns } = table;
  const names = rows.columns ?? columns.map((one) => one.name);
  const listed = names.map((name) => quote(columnNamed(name, columns).name)).join(', ');
  const order = (rows.sort ?? []).map(
    ({ column, descending }) =>
      `${comparable(columnNamed(column, columns))} ${descending ? 'DESC' : 'ASC'} NULLS LAST`,
  );
  return `SELECT ${names.length === columns.length && !rows.columns ? '*' : listed}\n${fromSql(rows, table)}${order.length === 0 ? '' : `\nORDER BY ${order.join(', ')}`}`;
}
