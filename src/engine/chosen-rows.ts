import { literal } from '../formats/text';
import type { RowChoice } from '../protocol';
import { conditionError, conditionsSql, noColumn, withCopies } from './conditions';
import type { Session } from './duckdb';
import type { Opened, Scan } from './opened';
import { quoteIdentifier } from './sql';

/** The table as a SELECT with its path filled in. */
export function tableSql(scan: Scan): string {
  return scan.select.replaceAll('{path}', () => literal(scan.file));
}

/** The table with a column __row (from 0) for every row in file order. */
export function numbered(opened: Opened, scan: Scan): string {
  if (opened.format === 'parquet') {
    return `SELECT *, file_row_number AS __row FROM read_parquet(${literal(opened.file)}, file_row_number=true)`;
  }
  return `SELECT *, row_number() OVER () - 1 AS __row FROM (${tableSql(scan)})`;
}

/** Counts the rows that equal an earlier one. */
export function duplicatesSql(scan: Scan): string {
  const names = scan.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  return `SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM (${tableSql(scan)}) GROUP BY ${names})`;
}

/** Rows that were chosen or sorted, as places in the file: a table of the engine with one column `__row`, in order. */
export interface ChosenRows {
  /** Name of that table, and of its rows the n-th has the rowid n. */
  readonly table: string;
  readonly rows: number;
}

/** The orders that are kept for each open table; the one used longest ago goes first. */
const KEPT = 4;
const chosen = new WeakMap<Opened, Map<string, Promise<ChosenRows>>>();
let made = 0;

export function isPlain({ sort = [], filter = [] }: RowChoice): boolean {
  return sort.length === 0 && filter.length === 0;
}

/** ORDER BY of a choice over {@link numbered}: missing values last, equal ones in file order. */
export function orderSql({ sort = [] }: RowChoice): string {
  return [
    ...sort.map(
      ({ column, descending }) => `${quoteIdentifier(column)} ${descending ? 'DESC' : 'ASC'} NULLS LAST`,
    ),
    '__row',
  ].join(', ');
}

/**
 * The chosen rows are kept as their numbers, so that every further page of the same choice is a look-up.
 * A UserError when a column is not there or a value does not fit.
 */
export async function chosenRows(
  opened: Opened,
  scan: Scan,
  choice: RowChoice,
  signal?: AbortSignal,
): Promise<ChosenRows> {
  for (const { column } of choice.sort ?? []) {
    if (!scan.columns.some(({ name }) => name === column)) throw noColumn(column, scan.columns);
  }
  const where = conditionsSql(scan.columns, choice.filter ?? []);
  const key = JSON.stringify([where, choice.sort ?? []]);
  const known = chosen.get(opened) ?? new Map<string, Promise<ChosenRows>>();
  chosen.set(opened, known);
  const found = known.get(key);
  known.delete(key);
  const ready =
    found ??
    make(
      await opened.session('asked'),
      `SELECT __row FROM (${withCopies(numbered(opened, scan), scan.columns, choice.filter ?? [])}) WHERE ${where} ORDER BY ${orderSql(choice)}`,
      signal,
    );
  known.set(key, ready);
  try {
    const rows = await ready;
    await dropOld(opened, known);
    return rows;
  } catch (error) {
    if (known.get(key) === ready) known.delete(key);
    // Whoever began it has cancelled it; this one has not.
    if (found && !signal?.aborted && error instanceof Error && error.name === 'AbortError')
      return chosenRows(opened, scan, choice, signal);
    throw conditionError(error);
  }
}

async function make(session: Session, sql: string, signal?: AbortSignal): Promise<ChosenRows> {
  const table = `chosen_${++made}`;
  await session.run(`CREATE TABLE ${table} AS ${sql}`, signal);
  const counted = await session.all(`SELECT count(*) FROM ${table}`);
  return { table, rows: Number(counted.rows[0]?.[0] ?? 0) };
}

async function dropOld(opened: Opened, known: Map<string, Promise<ChosenRows>>): Promise<void> {
  while (known.size > KEPT) {
    const [oldest] = known;
    if (!oldest) return;
    known.delete(oldest[0]);
    const old = await oldest[1].catch(() => undefined);
    if (old) await (await opened.session('asked')).run(`DROP TABLE IF EXISTS ${old.table}`);
  }
}

/** Places in the file of the chosen rows `offset … offset + count`. */
export async function placesOf(
  opened: Opened,
  rows: ChosenRows,
  offset: number,
  count: number,
  signal?: AbortSignal,
): Promise<number[]> {
  const session = await opened.session('page');
  const page = await session.all(
    `SELECT __row FROM ${rows.table} WHERE rowid BETWEEN ${offset} AND ${offset + count - 1} ORDER BY rowid`,
    signal,
  );
  return page.rows.map(([row]) => Number(row));
}
