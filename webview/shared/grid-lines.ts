import { type GridColumn, type GridRow, paintCell } from './grid-cells';
import type { ActiveCell } from './grid-keys';

export interface LineState {
  readonly columns: readonly GridColumn[];
  /** Left edges of the columns. */
  readonly edges: readonly number[];
  readonly first: number;
  /** One past the last column in sight. */
  readonly end: number;
  /** Pixels from the left of the view to the first column's left edge. */
  readonly left: number;
  readonly active: ActiveCell;
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
  const { columns, edges, first, end, active } = state;
  const mark = data?.state === 'dropped' ? ' row-dropped' : data?.state === 'new' ? ' row-new' : '';
  const className = `grid-row${mark}${row % 2 === 1 ? ' row-odd' : ''}`;
  if (line.className !== className) line.className = className;
  line.setAttribute('aria-rowindex', String(row + 2));
  if (data) line.removeAttribute('aria-busy');
  else line.setAttribute('aria-busy', 'true');
  const wanted = end - first + 1;
  while (line.childElementCount > wanted) line.lastElementChild?.remove();
  while (line.childElementCount < wanted) {
    const cell = document.createElement('div');
    cell.setAttribute('role', 'gridcell');
    line.append(cell);
  }
  const [label, ...cells] = line.children;
  if (label instanceof HTMLElement) paintLabel(label, row, data, state);
  cells.forEach((cell, slot) => {
    const index = first + slot;
    const column = columns[index];
    if (!column || !(cell instanceof HTMLElement)) return;
    paintCell(cell, data, column, index, active.row === row && active.column === index);
    cell.id = state.cellId({ row, column: index });
    cell.setAttribute('aria-colindex', String(index + 2));
    cell.style.left = `${state.left + (edges[index] ?? 0)}px`;
    cell.style.width = `${(edges[index + 1] ?? 0) - (edges[index] ?? 0)}px`;
  });
}
