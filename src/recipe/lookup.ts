/** Values that are fitted for each key and looked up for each row. */
import type { PlanColumn, Template } from './plan';
import { kindOf } from './schema';
import { hashSql } from './split';
import { identifier } from './sql';

/** A text that tells rows of different keys apart; a missing key is a key of its own. Never NULL. */
export function keyText(columns: readonly string[]): string {
  return columns
    .map((name) => `coalesce(CAST(${identifier(name)} AS VARCHAR), chr(30)) || chr(31)`)
    .join(' || ');
}

/**
 * The place (from 1) of a text in the fitted list `name`, NULL where it is not there. The texts make an ENUM, because DuckDB
 * looks a text up there by hash; lists are searched from the beginning.
 */
export function placeIn(name: string, value: string): Template {
  return [
    'CASE WHEN ',
    // There is no ENUM without values.
    { each: name, body: [], join: '', empty: 'FALSE AND ' },
    `${value} IS NOT NULL THEN CAST(enum_code(TRY_CAST(${value} AS ENUM(`,
    { each: name, body: [{ item: true }], join: ', ', empty: `''` },
    '))) AS INTEGER) + 1 END',
  ];
}

/** A list of a grouped query's values in the order of `k`, of those rows where `where` holds; empty where there is none. */
export function listOf(value: string, type: string, where = ''): string {
  const filter = where === '' ? '' : ` FILTER (WHERE ${where})`;
  return `coalesce(list(${value} ORDER BY k)${filter}, CAST([] AS ${type}[]))`;
}

/** A column as the stable hash takes it: what has no known type goes by its text. */
function known(column: PlanColumn): PlanColumn {
  return kindOf(column.sqlType) === 'unknown' ? { ...column, sqlType: 'VARCHAR' } : column;
}

/** Hexadecimal digits that only depend on what a row holds in these columns. */
export function rowHash(columns: readonly PlanColumn[], seed: number | undefined): string {
  return hashSql(columns.map(known), seed);
}

/** A whole number from 0 to `parts - 1` that only depends on what a row holds. */
export function rowPart(columns: readonly PlanColumn[], seed: number | undefined, parts: number): string {
  return `CAST(CAST('0x' || ${rowHash(columns, seed)} AS BIGINT) % ${parts} AS BIGINT)`;
}
