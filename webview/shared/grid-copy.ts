import Papa from 'papaparse';
import { cellText } from './format';
import type { GridColumn, GridRow } from './grid-cells';
import type { CellRange } from './grid-keys';

/** Cells that are copied at once; more are left to whoever made the grid. */
const MOST_CELLS = 50_000;

/** Names of all columns, or of one, as a spreadsheet takes them. */
export function namesText(columns: readonly GridColumn[], column: number): string {
  const names = columns.map(({ name }) => name);
  return column < 0 ? Papa.unparse([names], { delimiter: '\t' }) : (names[column] ?? '');
}

/** Cells as a spreadsheet takes them, one as it is; undefined when some are not here, or they are too many. */
export function rangeText(
  { top, bottom, left, right }: CellRange,
  rowAt: (row: number) => GridRow | undefined,
): string | undefined {
  if ((bottom - top + 1) * (right - left + 1) > MOST_CELLS) return undefined;
  const rows: string[][] = [];
  for (let row = top; row <= bottom; row += 1) {
    const found = rowAt(row);
    if (!found || isCut(found, left, right)) return undefined;
    rows.push(found.cells.slice(left, right + 1).map(cellText));
  }
  const [only] = rows;
  if (rows.length === 1 && only?.length === 1) return only[0];
  return Papa.unparse(rows, { delimiter: '\t' });
}

function isCut({ cut }: GridRow, left: number, right: number): boolean {
  return [...(cut?.keys() ?? [])].some((column) => column >= left && column <= right);
}
