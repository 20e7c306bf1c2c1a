import { type GridColumn, type GridRow, paintCell } from './grid-cells';
import type { ActiveCell, CellRange } from './grid-keys';

/** Where a column is drawn, in pixels from the left of the view. */
export interface Slot {
  readonly index: number;
  readonly left: number;
  readonly width: number;
  /** It stays in its place while the others scroll below it. */
  readonly pinned: boolean;
}

export interface LineState {
  readonly columns: readonly GridColumn[];
  /** The columns in sight. */
  readonly slots: readonly Slot[];
  readonly active: ActiveCell;
  readonly selection: CellRange | undefined;
  cellId(cell: ActiveCell): string;
}

function paintLabel(label: HTMLElement, row: number, data: GridRow | undefined, state: LineState): void {
  const number = String(data?.number ?? row + 1);
  const isActive = state.active.row === row && state.active.column === -1;
  label.className = isActive ? 'cell-label cell-active' : 'cell-label';
  label.setAttribute('role', 'rowheader');
  label.setAttribute('aria-colindex', '1');
  label.id = state.cellId({ row, column: -1 });
  if (label.textContent !== number) label.textContent = number;
  if (data?.state === 'dropped') label.setAttribute('aria-label', `${number}, this row is dropped`);
  else if (data?.state === 'new') label.setAttribute('aria-label', `${number}, this row is new`);
  else label.removeAttribute('aria-label');
}

/** Turns a recycled element into the line of one row; undefined: the row is still on its way. */
export function paintLine(line: HTMLElement, row: number, data: GridRow | undefined, state: LineState): void {
  const { columns, slots, active, selection } = state;
  const mark = data?.state === 'dropped' ? ' row-dropped' : data?.state === 'new' ? ' row-new' : '';
  const className = `grid-row${mark}${row % 2 === 1 ? ' row-odd' : ''}`;
  if (line.className !== className) line.className = className;
  line.setAttribute('aria-rowindex', String(row + 2));
  if (data) line.removeAttribute('aria-busy');
  else line.setAttribute('aria-busy', 'true');
  const wanted = slots.length + 1;
  while (line.childElementCount > wanted) line.lastElementChild?.remove();
  while (line.childElementCount < wanted) {
    const cell = document.createElement('div');
    cell.setAttribute('role', 'gridcell');
    line.append(cell);
  }
  const [label, ...cells] = line.children;
  if (label instanceof HTMLElement) paintLabel(label, row, data, state);
  const isIn = selection !== undefined && row >= selection.top && row <= selection.bottom;
  cells.forEach((cell, k) => {
    const slot = slots[k];
    const column = slot && columns[slot.index];
    if (!column || !(cell instanceof HTMLElement)) return;
    const { index, left, width, pinned } = slot;
    paintCell(cell, data, column, index, {
      active: active.row === row && active.column === index,
      selected: isIn && index >= selection.left && index <= selection.right,
      pinned,
    });
    cell.id = state.cellId({ row, column: index });
    cell.setAttribute('aria-colindex', String(index + 2));
    cell.style.left = `${left}px`;
    cell.style.width = `${width}px`;
  });
}
