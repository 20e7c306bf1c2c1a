import type { UnfitCell, UnfitCells } from '../core/table';
import { tableRecords } from '../formats/csv';
import { numbered } from './chosen-rows';
import { filesAt } from './merged';
import type { Opened, Scan } from './opened';
import { physicalPlace } from './pages';
import { lineNumbersAt } from './places';
import { blockOf, readBlock } from './row-blocks';
import type { RowIndex } from './row-index';
import { oddCells, unfitSql } from './unfit-sql';

/** Cells that are listed for each column; all are counted. */
const LISTED = 100;

/** The cells that are no value of their column's type, by one more pass over a table that has any. */
export async function unfitCells(opened: Opened, signal?: AbortSignal): Promise<UnfitCells[]> {
  const scan = await opened.scan(signal);
  const columns = scan.columns.filter(({ name }) => scan.unfit.has(name));
  const index = await opened.indexed(signal);
  if (columns.length === 0 || !index) return [];
  const session = await opened.session('background');
  const asked = columns.flatMap((one) => [unfitSql(one), `to_json(min(__row, ${LISTED}) ${oddCells(one)})`]);
  const { rows } = await session.all(
    `SELECT ${asked.join(', ')} FROM (${numbered(opened, { ...scan, select: scan.shown })})`,
    signal,
  );
  const found: UnfitCells[] = [];
  for (const [at, column] of columns.entries()) {
    const [count, texts, places] = rows[0]?.slice(3 * at, 3 * at + 3) ?? [];
    // Those that were missing by choice are none.
    if (Number(count) === 0) continue;
    const listed = (JSON.parse(String(places)) as (number | string)[]).map(Number);
    found.push({
      column: column.name,
      type: column.type,
      count: Number(count),
      texts: (JSON.parse(String(texts)) as string[]).toSorted(),
      first: await cellsAt(opened, scan, index, { rows: listed, column: column.name }, signal),
    });
  }
  return found;
}

/** What the file holds in these rows (ascending) of a column, and where. */
async function cellsAt(
  opened: Opened,
  scan: Scan,
  index: RowIndex,
  { rows, column }: { readonly rows: readonly number[]; readonly column: string },
  signal?: AbortSignal,
): Promise<UnfitCell[]> {
  const { merged } = opened.unpacked;
  const at = scan.columns.findIndex(({ name }) => name === column);
  const { file } = opened;
  // A clean copy has other records than the file.
  const dialect = merged ? scan.dialect : opened.description.dialect;
  if (!dialect) return [];
  const files = merged ? filesAt(merged, rows) : [];
  const cells: { row: number; raw: string; byte: number }[] = [];
  for (const row of rows) {
    signal?.throwIfAborted();
    const place = physicalPlace(row, scan.rejectedPlaces);
    const block = blockOf(index, place);
    const { text } = await readBlock(file, block);
    let next = block.first;
    for (const record of tableRecords(text, dialect, scan.columns.length)) {
      if (next === place) {
        const before = Buffer.byteLength(text.slice(0, record.start));
        const byte = block.from + before;
        cells.push({ row, raw: record.cells[at] ?? '', byte });
        break;
      }
      next += 1;
    }
  }
  if (merged) return cells.map(({ row, raw }, k) => ({ row, raw, file: files[k] ?? '' }));
  const lines = await lineNumbersAt(
    file,
    index,
    cells.map(({ byte }) => byte),
    signal,
  );
  return cells.map((one, k) => ({ ...one, line: lines[k] ?? 0 }));
}
