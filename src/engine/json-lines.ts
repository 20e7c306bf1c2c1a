import type { Column } from '../core/table';
import { lineSize } from '../formats/csv';
import { keyColumns, keyOf } from '../formats/jsonl';
import { literal } from '../formats/text';
import { column } from '../formats/types';
import type { Session } from './duckdb';
import { jsonPointer, quoteIdentifier } from './sql';

/** Every line as one VARCHAR named line; blank lines are NULL. `path` is SQL: a literal or {path}. */
function linesOf(path: string, longest: number): string {
  return `read_csv(${path}, auto_detect=false, header=false, delim=chr(1), quote='', escape='', columns={'line': 'VARCHAR'}, ${lineSize(longest).join(', ')})`;
}

const IS_RECORD = `CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END`;

/** The value at the column's key: its text, or as JSON. A zero byte would end the SQL text, so its key is compared. */
function member(one: Column, as: 'text' | 'json'): string {
  const read = as === 'json' ? 'json_extract' : 'json_extract_string';
  const pointer = jsonPointer(keyOf(one));
  const path = pointer.includes('\0')
    ? pointer.split('\0').map(literal).join(' || chr(0) || ')
    : literal(pointer);
  return `${read}(line, ${path})`;
}

function cell(one: Column): string {
  const { name, sqlType } = one;
  const value =
    sqlType === 'JSON'
      ? member(one, 'json')
      : `${member(one, 'text')}${sqlType === 'VARCHAR' ? '' : `::${sqlType}`}`;
  return `${value} AS ${quoteIdentifier(name)}`;
}

/** A SELECT over the lines that are JSON objects; the others are left out. `path` is SQL: a literal or {path}. */
export function selectLines(path: string, columns: readonly Column[], longest = 0): string {
  if (columns.length === 0) return 'SELECT NULL AS "empty" WHERE false';
  return `SELECT ${columns.map(cell).join(', ')} FROM (SELECT line FROM ${linesOf(path, longest)} WHERE ${IS_RECORD})`;
}

export interface JsonScan {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Places of the lines that are no JSON object, counted without blank lines. */
  readonly rejected: readonly number[];
}

/** Reads all lines: keys that the beginning did not show become columns, types that do not hold become VARCHAR. */
export async function scanLines(
  session: Session,
  path: string,
  columns: readonly Column[],
  longest: number,
  signal?: AbortSignal,
): Promise<JsonScan> {
  const source = linesOf(literal(path), longest);
  const keys = await session.all(
    `SELECT key FROM (SELECT unnest(json_keys(line)) AS key FROM ${source} WHERE ${IS_RECORD}) GROUP BY key ORDER BY key`,
    signal,
  );
  const known = new Map(columns.map((one) => [keyOf(one), one.sqlType]));
  const late = keys.rows.map(([key]) => String(key)).filter((key) => !known.has(key));
  const all = keyColumns([...known.keys(), ...late], (key) => known.get(key) ?? 'VARCHAR');
  const checks = all.map((one) => {
    const { sqlType } = one;
    const text = member(one, 'text');
    return sqlType === 'VARCHAR' || sqlType === 'JSON'
      ? '0'
      : sqlType === 'BIGINT'
        ? `count(*) FILTER (WHERE ${text} IS NOT NULL AND TRY_CAST(${text} AS BIGINT)::VARCHAR IS DISTINCT FROM ${text})`
        : `count(*) FILTER (WHERE ${text} IS NOT NULL AND TRY_CAST(${text} AS ${sqlType}) IS NULL)`;
  });
  const { rows } = await session.all(
    `SELECT ${['count(*)', ...checks].join(', ')} FROM (SELECT line FROM ${source} WHERE ${IS_RECORD})`,
    signal,
  );
  const counts = (rows[0] ?? []).map(Number);
  const bad = await session.all(
    `SELECT place FROM (SELECT line, row_number() OVER () - 1 AS place FROM ${source} WHERE line IS NOT NULL) WHERE NOT coalesce(${IS_RECORD}, false)`,
    signal,
  );
  return {
    columns: all.map((one, index) =>
      counts[index + 1] === 0 ? one : { ...one, ...column(one.name, 'VARCHAR') },
    ),
    rows: counts[0] ?? 0,
    rejected: bad.rows.map(([place]) => Number(place)),
  };
}
