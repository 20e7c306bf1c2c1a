import type { PreviewRow } from '../../src/protocol';
import type { GridRow } from '../shared/grid-cells';

/** A row of the preview for the grid. Rows are numbered from 1 as in the file. */
export function gridRow(row: PreviewRow): GridRow {
  return {
    cells: row.cells,
    number: row.row + 1,
    state: row.state,
    ...(row.changed.length > 0
      ? { before: new Map(row.changed.map((change) => [change.column, change.before])) }
      : {}),
  };
}

export function isChanged(row: GridRow): boolean {
  return row.before !== undefined || row.state === 'dropped' || row.state === 'new';
}
