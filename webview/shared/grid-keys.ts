/** The cell that the keyboard is on. Row -1 is the header, column -1 the row's number. */
export interface ActiveCell {
  readonly row: number;
  readonly column: number;
}

/** Cells from one corner to another, both among them; columns from 0. */
export interface CellRange {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The cells between two corners. A corner on the row numbers means whole rows, one on the header whole columns. */
export function rangeOf(a: ActiveCell, b: ActiveCell, bounds: { rows: number; columns: number }): CellRange {
  const wholeRows = a.column < 0 || b.column < 0;
  const wholeColumns = a.row < 0 || b.row < 0;
  return {
    top: wholeColumns ? 0 : Math.min(a.row, b.row),
    bottom: wholeColumns ? bounds.rows - 1 : Math.max(a.row, b.row),
    left: wholeRows ? 0 : Math.min(a.column, b.column),
    right: wholeRows ? bounds.columns - 1 : Math.max(a.column, b.column),
  };
}

export interface GridBounds {
  readonly rows: number;
  readonly columns: number;
  /** Rows in one screen. */
  readonly page: number;
}

export interface Key {
  readonly key: string;
  /** Ctrl, or Cmd on a Mac. */
  readonly control: boolean;
}

function clamp(cell: ActiveCell, bounds: GridBounds): ActiveCell {
  return {
    row: Math.max(-1, Math.min(bounds.rows - 1, cell.row)),
    column: Math.max(-1, Math.min(bounds.columns - 1, cell.column)),
  };
}

/** Where a key leads from a cell, as spreadsheets do it; undefined: the key moves nothing. */
export function cellAfterKey(
  cell: ActiveCell,
  { key, control }: Key,
  bounds: GridBounds,
): ActiveCell | undefined {
  const { row, column } = cell;
  const go = (to: Partial<ActiveCell>): ActiveCell => clamp({ ...cell, ...to }, bounds);
  switch (key) {
    case 'ArrowDown':
      return go({ row: control ? bounds.rows - 1 : row + 1 });
    case 'ArrowUp':
      return go({ row: control ? Math.min(row, 0) : row - 1 });
    case 'ArrowRight':
      return go({ column: control ? bounds.columns - 1 : column + 1 });
    case 'ArrowLeft':
      return go({ column: control ? Math.min(column, 0) : column - 1 });
    case 'PageDown':
      return go({ row: Math.max(0, row) + bounds.page });
    case 'PageUp':
      return go({ row: row <= 0 ? -1 : Math.max(0, row - bounds.page) });
    case 'Home':
      return control ? go({ row: 0, column: 0 }) : go({ column: 0 });
    case 'End':
      return control
        ? go({ row: bounds.rows - 1, column: bounds.columns - 1 })
        : go({ column: bounds.columns - 1 });
    default:
      return undefined;
  }
}
