import type { Cell, ColumnType } from '../../src/protocol';

// The texts of the views are English, so are their numbers; dates of data stay ISO 8601 as in the file.
const LOCALE = 'en-US';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumSignificantDigits: 3 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** A whole number with thousands separators: `12,345`. */
export function count(n: number): string {
  return whole.format(n);
}

/** A count with its unit: `1 row`, `344 rows`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A short count: `12.3K`, `4.5M`. */
export function short(n: number): string {
  return compact.format(n);
}

/** A measured number with `digits` significant digits, thousands separators, and powers of ten where it is very large or small. */
export function number(n: number, digits = 5): string {
  if (Number.isNaN(n)) return 'NaN';
  if (!Number.isFinite(n)) return n > 0 ? '∞' : '−∞';
  const size = Math.abs(n);
  if (Number.isInteger(n) && size < 1e15) return whole.format(n);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return n.toExponential(Math.max(0, digits - 1));
  if (size >= 10 ** (digits - 1)) return whole.format(n);
  return new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: digits }).format(n);
}

/** A share (0 … 1) in per cent: `0.6 %`; never rounded to a false 0 or 100. */
export function percent(share: number): string {
  const value = share * 100;
  if (share > 0 && value < 0.1) return '< 0.1 %';
  if (share < 1 && value > 99.9) return '> 99.9 %';
  return `${new Intl.NumberFormat(LOCALE, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(
    value > 99 && share < 1 ? Math.floor(value) : value,
  )} %`;
}

/** A size in bytes, with decimal units as file managers and cloud bills use them: `1.2 MB`. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? 'B'}`;
}

/** A length of time in milliseconds: `3 ms`, `1.2 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(ms: number): string {
  if (ms < 1) return ms <= 0 ? '0 ms' : '< 1 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
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

/** ISO date of milliseconds since 1970 UTC, with the time of day only when there is one. */
export function isoDate(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}

/** A cell as it stands in the grid and on the clipboard: exact, nothing rounded; missing is ''. */
export function cellText(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'number' && Object.is(cell, -0) ? '-0' : String(cell);
}

/** A value of a column in running text: numbers with separators, missing as "missing", empty text as "(empty)". */
export function valueText(cell: Cell): string {
  if (cell === null) return 'missing';
  if (typeof cell === 'number') return number(cell);
  return cell === '' ? '(empty)' : String(cell);
}

/** An edge of a column's histogram in the column's unit. */
export function edgeText(edge: number, type: ColumnType): string {
  return type === 'date' || type === 'datetime' ? isoDate(edge) : number(edge, 4);
}
