import type { Cell, ColumnType } from '../../src/protocol';
import { cellText } from './format';

export interface GridColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly sqlType: string;
  readonly state?: 'same' | 'new';
}

export interface GridRow {
  readonly cells: readonly Cell[];
  /** Number shown at the left; default: the place in the grid, from 1. */
  readonly number?: number;
  readonly state?: 'same' | 'dropped' | 'new';
  /** What changed cells held before, by column. */
  readonly before?: ReadonlyMap<number, Cell>;
  /** Which of the table's files it is from, in a table of many. */
  readonly file?: string;
  /** How long the cells are in truth of which only the beginning is here, by column. */
  readonly cut?: ReadonlyMap<number, number>;
}

/** Longer text is cut in the cell; the whole text is shown on hover and focus, up to TIP_CHARS. */
export const CELL_CHARS = 200;
const TIP_CHARS = 4000;

export function isNumeric(type: ColumnType): boolean {
  return type === 'number' || type === 'integer';
}

/** A text in a column of numbers that is none; large numbers and ∞ come as text, too. */
function isUnfit(cell: Cell, { type }: GridColumn): boolean {
  return typeof cell === 'string' && isNumeric(type) && !/^\s*[+-]?(\d|\.\d|nan|inf)/i.test(cell);
}

/** A cell in words: missing and empty are told apart. */
export function spoken(cell: Cell): string {
  return cell === null ? 'missing' : cell === '' ? 'empty text' : cellText(cell);
}

/** Fills a recycled element with one cell. Only text is ever written, so data cannot become markup. */
export function paintCell(
  element: HTMLElement,
  row: GridRow | undefined,
  column: GridColumn,
  index: number,
  { active, selected, pinned }: { active: boolean; selected: boolean; pinned: boolean },
): void {
  const cell = row?.cells[index];
  let className = isNumeric(column.type) ? 'cell cell-number' : 'cell';
  if (active) className += ' cell-active';
  if (selected) className += ' cell-selected';
  if (pinned) className += ' cell-pinned';
  let text = '';
  let label: string | undefined;
  if (row === undefined || cell === undefined) {
    className += row === undefined ? ' cell-loading' : '';
  } else {
    const before = row.before?.get(index);
    if (cell === null) className += ' cell-missing';
    else if (cell === '') className += ' cell-empty';
    else if (isUnfit(cell, column)) {
      className += ' cell-unfit';
      label = `${spoken(cell)}, no ${column.type === 'integer' ? 'whole number' : 'number'}`;
    }
    if (before !== undefined) {
      className += ' cell-changed';
      label = `${spoken(cell)}, was ${spoken(before)}`;
    }
    if (column.state === 'new') className += ' cell-new';
    const whole = cell === null ? 'missing' : cell === '' ? '(empty)' : cellText(cell);
    // A line break would hide the rest of a one-line cell.
    text = (whole.length > CELL_CHARS ? `${whole.slice(0, CELL_CHARS)}…` : whole).replaceAll(/\s+/g, ' ');
  }
  if (selected) element.setAttribute('aria-selected', 'true');
  else if (element.hasAttribute('aria-selected')) element.removeAttribute('aria-selected');
  if (element.className !== className) element.className = className;
  if (element.textContent !== text) element.textContent = text;
  if (label !== undefined) element.setAttribute('aria-label', label);
  else if (element.hasAttribute('aria-label')) element.removeAttribute('aria-label');
}

/** The whole content of a cell for its tip: what it was, where it changed. */
export function tipText(row: GridRow, index: number): string {
  const cell = row.cells[index];
  if (cell === undefined) return '';
  const before = row.before?.get(index);
  const text = cell === null ? 'missing' : cell === '' ? '(empty)' : cellText(cell);
  const isCut = row.cut?.has(index) === true || text.length > TIP_CHARS;
  const shown = isCut ? `${text.slice(0, TIP_CHARS)}…` : text;
  return before === undefined ? shown : `${before === null ? 'missing' : spoken(before)} → ${shown}`;
}

/** A first width in pixels from the name and the first rows. */
export function naturalWidth(column: GridColumn, index: number, rows: readonly GridRow[]): number {
  const longest = Math.max(0, ...rows.slice(0, 50).map((row) => cellText(row.cells[index] ?? null).length));
  // The name is bold, with its type's icon before it and, of a new column, the word "new" after it.
  const name = column.name.length * 8.4 + 46 + (column.state === 'new' ? 38 : 0);
  return Math.round(Math.min(280, Math.max(128, Math.min(name, 280), longest * 7.4 + 22)));
}
