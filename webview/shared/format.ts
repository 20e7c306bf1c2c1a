import type { Cell, ColumnType } from '../../src/protocol';
import { isoDate, number } from '../../src/words';

export {
  bytes,
  count,
  duration,
  isoDate,
  number,
  percent,
  plural,
  rowsText,
  valueText,
} from '../../src/words';

// Dates of data stay ISO 8601 as in the file; moments of our own are written as the reader's machine writes them.
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** A short count: `12.3K`, `4.5M`. */
export function short(n: number): string {
  return compact.format(n);
}

/** A moment (ISO 8601 text or ms since 1970 UTC) in local time: `23 Nov 2026, 14:05`; text that is no date comes back as it is. */
export function dateTime(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : moment.format(date);
}

/** The time of day of a moment, with seconds. */
export function timeOfDay(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : clock.format(date);
}

/** A cell as it stands in the grid and on the clipboard: exact, nothing rounded; missing is ''. */
export function cellText(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'number' && Object.is(cell, -0) ? '-0' : String(cell);
}

/** An edge of a column's histogram in the column's unit. */
export function edgeText(edge: number, type: ColumnType): string {
  return type === 'date' || type === 'datetime' ? isoDate(edge) : number(edge, 4);
}
