import { UserError } from '../core/errors';
import type { Cell, Column, FormatId, Page } from '../core/table';
import { readRow, tableRecords } from '../formats/csv';
import { jsonRow, parseLine } from '../formats/jsonl';
import { literal } from '../formats/text';
import type { PageRequest, Sort } from '../protocol';
import type { Rows } from './duckdb';
import type { Opened, Scan } from './opened';
import { readBlock, type RowIndex } from './row-index';
import { quoteIdentifier } from './sql';

const MOST_ROWS = 10_000;

/** The table with a column __row (from 0) for every row in file order. */
function numbered(opened: Opened, scan: Scan): string {
  if (opened.format === 'parquet') {
    return `SELECT *, file_row_number AS __row FROM read_parquet(${literal(opened.file)}, file_row_number=true)`;
  }
  return `SELECT *, row_number() OVER () - 1 AS __row FROM (${tableSql(scan)})`;
}

/** The table as a SELECT with its path filled in. */
export function tableSql(scan: Scan): string {
  return scan.select.replaceAll('{path}', () => literal(scan.file));
}

/** Rows `offset … offset + limit`, in file order or sorted; missing values come last. */
export async function readPage(
  opened: Opened,
  { offset, limit, sort = [], columns: names, early = false }: Omit<PageRequest, 'table'>,
  signal?: AbortSignal,
): Promise<Page> {
  if (!Number.isInteger(offset) || !Number.isInteger(limit) || offset < 0 || limit < 0 || limit > MOST_ROWS) {
    throw new UserError('invalid', `A page is 0 to ${MOST_ROWS} rows from a whole number of rows on.`, {
      fix: 'Ask for fewer rows at a time, and for the next ones with an offset.',
    });
  }
  const indexed = early && sort.length === 0 ? await indexedOnly(opened, signal) : undefined;
  const scan = indexed ?? (await opened.scan(signal));
  const places = new Map(scan.columns.map(({ name }, place) => [name, place]));
  for (const name of [...sort.map((one) => one.column), ...(names ?? [])]) {
    if (!places.has(name)) {
      throw new UserError('invalid', `There is no column "${name}" in this table.`, {
        fix: `The columns are: ${[...places.keys()].join(', ')}.`,
      });
    }
  }
  const wanted = (names ?? [...places.keys()]).map((name) => places.get(name) ?? 0);
  const columns = wanted.flatMap((place) => scan.columns[place] ?? []);
  const part = { offset, count: Math.max(0, Math.min(limit, scan.rows - offset)), columns };
  const whole =
    part.count === 0
      ? []
      : sort.length > 0
        ? await sortedRows(opened, await opened.scan(signal), part, sort, signal)
        : await plainRows(opened, scan, part, signal);
  // Of text, all cells of a row are read anyway.
  const rows =
    names && opened.format !== 'parquet'
      ? whole.map((row) => wanted.map((place) => row[place] ?? null))
      : whole;
  return { columns, rows, offset, total: scan.rows, exact: !indexed, rejected: scan.rejected };
}

/** The table as far as the page index alone says it; undefined once more is known, and for Parquet. */
async function indexedOnly(opened: Opened, signal?: AbortSignal): Promise<Indexed | undefined> {
  const index = await opened.indexed(signal);
  if (!index || opened.scanned()) return undefined;
  const { columns, file, description } = opened;
  return { file, dialect: description.dialect, columns, rows: index.records, rejected: 0, index, gaps: [] };
}

/** What a page is read with. */
type Indexed = Pick<Scan, 'file' | 'dialect' | 'columns' | 'rows' | 'rejected' | 'index' | 'gaps'>;

/** Rows of a table; of Parquet these columns only. */
interface Part {
  readonly offset: number;
  readonly count: number;
  readonly columns: readonly Column[];
}

async function plainRows(
  opened: Opened,
  scan: Indexed,
  { offset, count, columns }: Part,
  signal?: AbortSignal,
): Promise<readonly (readonly Cell[])[]> {
  if (scan.index) return textRows(opened, scan, scan.index, offset, count);
  return parquetRows(opened, columns, `BETWEEN ${offset} AND ${offset + count - 1}`, signal);
}

async function parquetRows(
  opened: Opened,
  columns: readonly Column[],
  which: string,
  signal?: AbortSignal,
): Promise<Cell[][]> {
  const session = await opened.session('page');
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const found: Rows = await session.all(
    `SELECT ${names} FROM read_parquet(${literal(opened.file)}, file_row_number=true) WHERE file_row_number ${which} ORDER BY file_row_number`,
    signal,
  );
  return found.rows;
}

/** The physical place of the n-th row when the places in `gaps` hold none. */
export function physicalPlace(row: number, gaps: readonly number[]): number {
  let low = 0;
  let high = gaps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((gaps[middle] ?? 0) - middle <= row) low = middle + 1;
    else high = middle;
  }
  return row + low;
}

async function textRows(
  opened: Opened,
  scan: Indexed,
  index: RowIndex,
  offset: number,
  count: number,
): Promise<Cell[][]> {
  const from = physicalPlace(offset, scan.gaps);
  const to = physicalPlace(offset + count - 1, scan.gaps) + 1;
  const gaps = new Set(scan.gaps.filter((place) => place >= from && place < to));
  const { text, first } = await readBlock(scan.file, index, from, to);
  const rows: Cell[][] = [];
  let place = first;
  for (const cells of textRecords(text, opened.format, scan)) {
    if (place >= to) break;
    if (place >= from && !gaps.has(place)) rows.push(cells());
    place += 1;
  }
  return rows;
}

function* textRecords(
  text: string,
  format: FormatId,
  { dialect, columns }: Indexed,
): Generator<() => Cell[]> {
  if (format === 'jsonl' || !dialect) {
    for (const line of text.split('\n')) {
      if (line !== '' && line !== '\r') yield () => jsonRow(parseLine(line) ?? {}, columns);
    }
    return;
  }
  for (const { cells } of tableRecords(text, dialect, columns.length)) {
    yield () => readRow(cells, columns, dialect.decimal);
  }
}

const sorted = new WeakMap<Opened, { key: string; ready: Promise<void> }>();

/** The sorted order is kept as row numbers, so that every further page of the same order is a look-up. */
async function sortedRows(
  opened: Opened,
  scan: Scan,
  { offset, count, columns }: Part,
  sort: readonly Sort[],
  signal?: AbortSignal,
): Promise<readonly (readonly Cell[])[]> {
  const session = await opened.session('background');
  const order = sort
    .map(({ column, descending }) => `${quoteIdentifier(column)} ${descending ? 'DESC' : 'ASC'} NULLS LAST`)
    .concat('__row');
  const key = order.join(', ');
  let known = sorted.get(opened);
  if (known?.key !== key) {
    known = {
      key,
      ready: session.run(
        `CREATE OR REPLACE TEMP TABLE sorted_rows AS SELECT __row FROM (${numbered(opened, scan)}) ORDER BY ${key}`,
        signal,
      ),
    };
    sorted.set(opened, known);
  }
  try {
    await known.ready;
  } catch (error) {
    if (sorted.get(opened) === known) sorted.delete(opened);
    throw error;
  }
  const { rows } = await session.all(
    `SELECT __row FROM sorted_rows WHERE rowid BETWEEN ${offset} AND ${offset + count - 1} ORDER BY rowid`,
    signal,
  );
  const wanted = rows.map(([row]) => Number(row));
  const found = new Map<number, readonly Cell[]>();
  const { index } = scan;
  if (index) {
    for (const row of wanted) {
      signal?.throwIfAborted();
      const [cells] = await textRows(opened, scan, index, row, 1);
      if (cells) found.set(row, cells);
    }
  } else {
    const ascending = wanted.toSorted((a, b) => a - b);
    const cells = await parquetRows(opened, columns, `IN (${ascending.join(', ')})`, signal);
    ascending.forEach((row, at) => found.set(row, cells[at] ?? []));
  }
  return wanted.map((row) => found.get(row) ?? []);
}
