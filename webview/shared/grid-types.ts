import type { Sort } from '../../src/protocol';
import type { GridColumn, GridRow } from './grid-cells';
import type { GridEditing } from './grid-edit';
import type { ActiveCell, CellRange } from './grid-keys';

export interface GridOptions {
  /** The accessible name. */
  readonly label: string;
  load(offset: number, limit: number, signal: AbortSignal): Promise<readonly GridRow[]>;
  /** A page could not be fetched. */
  onError(error: unknown): void;
  /** The person chose another order; []: as in the file. Without it columns cannot be sorted. */
  readonly onSort?: (sort: readonly Sort[]) => void;
  /** Space on a cell; where cells are not edited, Enter or a double click, too. */
  readonly onCell?: (cell: ActiveCell) => void;
  /** Cells can be edited. */
  readonly editing?: GridEditing;
  /** Cells are to be copied that are not all here. Without it only those that are here can be copied. */
  readonly onCopy?: (range: CellRange) => void;
  readonly onSelect?: () => void;
  /** The person wants to know more of a column. */
  readonly onColumn?: (column: number) => void;
  /** Draws what stands under a column's name. */
  readonly summary?: (column: number) => unknown;
  readonly onScroll?: () => void;
}

export interface GridPlace {
  /** Pixels of the real table above the first line shown. */
  readonly top: number;
  readonly left: number;
}

export interface Grid {
  /** Columns of the table, the first `pinned` of which stay in sight; widths chosen by the person stay with the column's name. */
  setColumns(columns: readonly GridColumn[], pinned?: number): void;
  /** `largest`: the largest row number that will be shown, when it is not the last row's place. */
  setTotal(rows: number, largest?: number): void;
  /** Rows that are known already: painted at once. */
  seed(offset: number, rows: readonly GridRow[]): void;
  setSort(sort: readonly Sort[], filtered?: ReadonlySet<string>): void;
  /** The cell that the keyboard is on, or the range that was chosen from it. */
  active(): ActiveCell;
  selection(): CellRange;
  /** Moves to a cell and shows it. */
  activate(cell: ActiveCell): void;
  /** The row, when it is here. */
  row(row: number): GridRow | undefined;
  /** Marks a column as the one whose details are shown. */
  setSelected(column: number | undefined): void;
  /** Fetches all again, keeping the place and showing the old rows until the new ones are here. */
  reload(): void;
  /** Asks again for pages that failed. */
  retry(): void;
  /** Draws the header's summaries again. */
  refreshSummaries(): void;
  place(): GridPlace;
  scrollTo(place: GridPlace): void;
  focus(): void;
  dispose(): void;
}
