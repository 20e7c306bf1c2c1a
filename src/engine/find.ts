import { UserError } from '../core/errors';
import type { FindRequest, FindResult } from '../protocol';
import { chosenRows, isPlain, numbered } from './chosen-rows';
import { conditionError, mayMatch, matchSql, noColumn } from './conditions';
import type { Opened } from './opened';
import { quoteIdentifier } from './sql';

/** So many matches are kept and counted; a text that is in more cells is no search. */
const MOST_MATCHES = 100_000;

interface Found {
  readonly key: string;
  readonly table: string;
  readonly matches: Promise<number>;
}
const latest = new WeakMap<Opened, Found>();
let made = 0;

/** The next (or previous) match; all matches are found once and looked up from then on. */
export async function findText(
  opened: Opened,
  request: Omit<FindRequest, 'table'>,
  signal?: AbortSignal,
): Promise<FindResult> {
  if (request.text === '')
    throw new UserError('invalid', 'There is no text to look for.', { fix: 'Type one.' });
  const found = await matchesOf(opened, request, signal);
  const count = await found.matches;
  const more = count > MOST_MATCHES;
  const matches = Math.min(count, MOST_MATCHES);
  if (matches === 0) return { matches, more };
  const session = await opened.session('page');
  const { row, column } = request.from;
  const here = `(place, col) ${request.backwards ? '<=' : '>='} (${Math.floor(row)}, ${Math.floor(column)})`;
  const direction = request.backwards ? 'DESC' : 'ASC';
  const one = (where: string): Promise<{ rows: unknown[][] }> =>
    session.all(
      `SELECT place, col, rowid FROM ${found.table} WHERE ${where} ORDER BY rowid ${direction} LIMIT 1`,
      signal,
    );
  const next = (await one(here)).rows[0] ?? (await one('true')).rows[0];
  if (!next) return { matches, more };
  const [place, col, rowid] = next.map(Number);
  return { match: { row: place ?? 0, column: col ?? 0, ordinal: (rowid ?? 0) + 1 }, matches, more };
}

async function matchesOf(
  opened: Opened,
  request: Omit<FindRequest, 'table'>,
  signal?: AbortSignal,
): Promise<Found> {
  const scan = await opened.scan(signal);
  const names = request.columns ?? scan.columns.map(({ name }) => name);
  const cells = names.flatMap((name) => {
    const place = scan.columns.findIndex((one) => one.name === name);
    const column = scan.columns[place];
    if (!column) throw noColumn(name, scan.columns);
    // What is no number is text where it is shown.
    if (!scan.unfit.has(name) && !mayMatch(column, request.text, request.pattern)) return [];
    return [
      { place, match: matchSql(`CAST(${quoteIdentifier(name)} AS VARCHAR)`, request.text, request.pattern) },
    ];
  });
  const rows = isPlain(request) ? undefined : await chosenRows(opened, scan, request, signal);
  const key = JSON.stringify([request.text, request.pattern ?? {}, names, rows?.table ?? '']);
  const known = latest.get(opened);
  if (known?.key === key) return known;
  const session = await opened.session('asked');
  const table = `found_${++made}`;
  const list = cells.map(({ match, place }) => `CASE WHEN ${match} THEN ${place} END`).join(', ');
  const any = cells.map(({ match }) => `(${match})`).join(' OR ') || 'false';
  // Most rows have none: those that have are few enough to ask again in which columns.
  const lists = `SELECT __row, list_filter([${list}]::BIGINT[], lambda one: one IS NOT NULL) AS cols FROM (${numbered(opened, { ...scan, select: scan.shown })}) WHERE ${any}`;
  const placed = rows
    ? `SELECT chosen.rowid AS place, cols FROM (${lists}) hits JOIN ${rows.table} chosen ON chosen.__row = hits.__row`
    : `SELECT __row AS place, cols FROM (${lists})`;
  const find = async (): Promise<number> => {
    if (known) await session.run(`DROP TABLE IF EXISTS ${known.table}`);
    // No more than the first ones are needed, and each row has at least one.
    await session.run(
      `CREATE TABLE ${table} AS SELECT place, col FROM (
         SELECT place, unnest(cols) AS col FROM (${placed} ORDER BY place LIMIT ${MOST_MATCHES + 1})
       ) ORDER BY place, col LIMIT ${MOST_MATCHES + 1}`,
      signal,
    );
    const counted = await session.all(`SELECT count(*) FROM ${table}`);
    return Number(counted.rows[0]?.[0] ?? 0);
  };
  const matches = find().catch((error: unknown) => {
    if (latest.get(opened)?.key === key) latest.delete(opened);
    throw conditionError(error);
  });
  const found = { key, table, matches };
  latest.set(opened, found);
  return found;
}
