import { UserError } from '../core/errors';
import type { Cell, Column, FormatId, Page } from '../core/table';
import { readRow, tableRecords } from '../formats/csv';
import { jsonRow, parseLine } from '../formats/jsonl';
import { literal } from '../formats/text';
import type { PageRequest } from '../protocol';
import { chosenRows, isPlain, placesOf } from './chosen-rows';
import { noColumn } from './conditions';
import { cutColumnsSql, cutPage } from './cut';
import type { Rows } from './duckdb';
import { filesAt } from './merged';
import type { Opened, Scan } from './opened';
import { blocksOf, readBlock } from './row-blocks';
import type { RowIndex } from './row-index';

const MOST_ROWS = 10_000;
/** Rows that lie so near to each other are read together. */
const NEAR_ROWS = 256;

/** Rows `offset … offset + limit`, in file order or sorted; missing values come last. */
export async function readPage(
  opened: Opened,
  { offset, limit, columns: names, early = false, cellLength, ...choice }: Omit<PageRequest, 'table'>,
  signal?: AbortSignal,
): Promise<Page> {
  if (!Number.isInteger(offset) || !Number.isInteger(limit) || offset < 0 || limit < 0 || limit > MOST_ROWS) {
    throw new UserError('invalid', `A page is 0 to ${MOST_ROWS} rows from a whole number of rows on.`, {
      fix: 'Ask for fewer rows at a time, and for the next ones with an offset.',
    });
  }
  const plain = isPlain(choice);
  const indexed = early && plain ? await indexedOnly(opened, signal) : undefined;
  const scan = indexed ?? (await opened.scan(signal));
  const places = new Map(scan.columns.map(({ name }, place) => [name, place]));
  for (const name of names ?? []) if (!places.has(name)) throw noColumn(name, scan.columns);
  const wanted = (names ?? [...places.keys()]).map((name) => places.get(name) ?? 0);
  const columns = wanted.flatMap((place) => scan.columns[place] ?? []);
  const chosen = plain ? undefined : await chosenRows(opened, await opened.scan(signal), choice, signal);
  const total = chosen?.rows ?? scan.rows;
  const most = opened.format === 'parquet' ? cellLength : undefined;
  const part = { offset, count: Math.max(0, Math.min(limit, total - offset)), columns, most };
  const some = chosen && part.count > 0 ? await placesOf(opened, chosen, offset, part.count, signal) : [];
  const whole =
    part.count === 0
      ? []
      : chosen
        ? await rowsAt(opened, await opened.scan(signal), part, some, signal)
        : await plainRows(opened, scan, part, signal);
  // Of text, all cells of a row are read anyway.
  const rows =
    names && opened.format !== 'parquet'
      ? whole.map((row) => wanted.map((place) => row[place] ?? null))
      : whole;
  const { merged } = opened.unpacked;
  const page: Page = {
    columns,
    rows,
    offset,
    total,
    exact: !indexed,
    rejected: scan.rejected,
    ...(chosen ? { places: some } : {}),
    ...(merged ? { files: filesAt(merged, chosen ? some : rows.map((_, at) => offset + at)) } : {}),
  };
  return cellLength === undefined ? page : cutPage(page, rows, cellLength);
}

/** The table as far as the page index alone says it; undefined once more is known, and for Parquet. */
async function indexedOnly(opened: Opened, signal?: AbortSignal): Promise<Indexed | undefined> {
  const index = await opened.indexed(signal);
  if (!index || opened.scanned()) return undefined;
  const { columns, file, description } = opened;
  const { repeats } = index;
  const rows = index.records - repeats.length;
  return {
    file,
    dialect: description.dialect,
    columns,
    rows,
    rejected: repeats.length,
    index,
    gaps: repeats,
  };
}

/** What a page is read with. */
type Indexed = Pick<Scan, 'file' | 'dialect' | 'columns' | 'rows' | 'rejected' | 'index' | 'gaps'>;

/** Rows of a table; of Parquet these columns only. */
interface Part {
  readonly offset: number;
  readonly count: number;
  readonly columns: readonly Column[];
  /** Bytes of a cell of a BLOB that are read; see {@link cutColumnsSql}. */
  readonly most: number | undefined;
}

async function plainRows(
  opened: Opened,
  scan: Indexed,
  part: Part,
  signal?: AbortSignal,
): Promise<readonly (readonly Cell[])[]> {
  const { offset, count } = part;
  if (scan.index) return textRows(opened, scan, scan.index, offset, count);
  return parquetRows(opened, part, `BETWEEN ${offset} AND ${offset + count - 1}`, signal);
}

async function parquetRows(
  opened: Opened,
  { columns, most }: Part,
  which: string,
  signal?: AbortSignal,
): Promise<Cell[][]> {
  const session = await opened.session('page');
  const names = cutColumnsSql(columns, most);
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
  const rows: Cell[][] = [];
  for (const block of blocksOf(index, from, to)) {
    const { text } = await readBlock(scan.file, block);
    let place = block.first;
    for (const cells of textRecords(text, opened.format, scan)) {
      if (place >= to) break;
      if (place >= from && !gaps.has(place)) rows.push(cells());
      place += 1;
    }
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
    yield () => readRow(cells, columns, dialect);
  }
}

/** Rows at these places in the file, in this order. */
async function rowsAt(
  opened: Opened,
  scan: Scan,
  part: Part,
  places: readonly number[],
  signal?: AbortSignal,
): Promise<readonly (readonly Cell[])[]> {
  const found = new Map<number, readonly Cell[]>();
  const { index } = scan;
  const ascending = places.toSorted((a, b) => a - b);
  if (index) {
    // Neighbours come with one read.
    for (let at = 0; at < ascending.length;) {
      signal?.throwIfAborted();
      const first = ascending[at] ?? 0;
      let end = at + 1;
      while (end < ascending.length && (ascending[end] ?? 0) - first < NEAR_ROWS) end += 1;
      const last = ascending[end - 1] ?? first;
      const rows = await textRows(opened, scan, index, first, last - first + 1);
      for (const place of ascending.slice(at, end)) {
        const cells = rows[place - first];
        if (cells) found.set(place, cells);
      }
      at = end;
    }
  } else {
    const cells = await parquetRows(opened, part, `IN (${ascending.join(', ')})`, signal);
    ascending.forEach((place, at) => found.set(place, cells[at] ?? []));
  }
  return places.map((place) => found.get(place) ?? []);
}
