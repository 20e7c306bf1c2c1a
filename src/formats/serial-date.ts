import { Moment, type Value } from './container';

/** What a number format shows of a serial number: a date (with a time of day, or without), a time of day, or a duration. */
export type DateKind = 'date' | 'time' | 'elapsed';

const BUILT_IN = new Map<number, DateKind>([
  ...[14, 15, 16, 17, 22, 27, 30, 36, 50, 57].map((id) => [id, 'date'] as const),
  ...[18, 19, 20, 21, 45, 47].map((id) => [id, 'time'] as const),
  [46, 'elapsed'],
]);

/** Of a built-in number format (ISO/IEC 29500-1, 18.8.30). */
export const builtInKind = (id: number): DateKind | undefined => BUILT_IN.get(id);

/** Of a number format's code; undefined when it shows a number. */
export function dateKind(code: string): DateKind | undefined {
  const bare = code
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .replace(/\[(?!(h+|m+|s+)\])[^\]]*\]/gi, '')
    .toLowerCase();
  if (bare === 'general' || bare === 'standard') return undefined;
  if (/[yd]|m{3}/.test(bare)) return 'date';
  if (/\[(h+|m+|s+)\]/.test(bare)) return 'elapsed';
  return /[hs]/.test(bare) ? 'time' : undefined;
}

const DAY = 86_400_000;
const part = (value: number): string => String(value).padStart(2, '0');

/**
 * A serial number of days (ISO/IEC 29500-1, 18.17.4) as what its format shows, to the millisecond. Excel has a 29th of
 * February 1900: it is not there, and the days before it are counted so that they are the dates that Excel shows.
 */
export function serialDate(serial: number, from1904: boolean, kind: DateKind): Value {
  if (serial < 0) return serial;
  if (kind === 'elapsed') {
    const seconds = Math.round(serial * 86_400);
    return `${part(Math.floor(seconds / 3600))}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}`;
  }
  if (kind === 'time' && serial < 1) {
    return new Date(Math.round(serial * DAY)).toISOString().slice(11, 23).replace('.000', '');
  }
  const days = from1904 ? serial + 1462 : serial < 60 ? serial + 1 : serial;
  const date = new Date(Math.round((days - 25_569) * DAY));
  // The year 10000 and later are no dates in Excel.
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return serial;
  const iso = date.toISOString();
  return iso.endsWith('T00:00:00.000Z')
    ? new Moment(iso.slice(0, 10), 'DATE')
    : new Moment(iso.slice(0, 23).replace('.000', ''), 'TIMESTAMP');
}
