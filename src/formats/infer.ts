import type { Cell } from '../core/table';
import { ungrouped, type NumberSigns } from './numbers';
import { isStandIn } from './stand-ins';

const INTEGER = /^\s*[+-]?\d+\s*$/;
const LEADING_ZERO = /^\s*[+-]?0\d/;
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
const COMMA_NUMBER = /^\s*[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?\s*$/;
const NOT_FINITE = /^\s*([+-]?(inf|infinity)|nan)\s*$/i;
const DATE = /^\s*(\d{4})-(\d{2})-(\d{2})\s*$/;
const DATETIME =
  /^\s*(\d{4}-\d{2}-\d{2})[ T]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?\s*$/;
const BOOLEAN = /^\s*(true|false)\s*$/i;

export type Seen =
  'integer' | 'number' | 'notFinite' | 'boolean' | 'date' | 'datetime' | 'zoned' | 'text' | 'bytes';

/** Numbers as programs write them. */
export const PLAIN: NumberSigns = { decimal: '.' };

/** What a text reads as, by itself. */
export function look(text: string, signs: NumberSigns): Seen {
  if (INTEGER.test(text)) {
    return LEADING_ZERO.test(text) || text.replace(/\D/g, '').length > 18 ? 'text' : 'integer';
  }
  if ((signs.decimal === ',' ? COMMA_NUMBER : NUMBER).test(text)) return 'number';
  const day = DATE.exec(text);
  if (day) return validDay(day[0].trim()) ? 'date' : 'text';
  const moment = DATETIME.exec(text);
  if (moment) return !validDay(moment[1] ?? '') ? 'text' : moment[6] === undefined ? 'datetime' : 'zoned';
  if (BOOLEAN.test(text)) return 'boolean';
  if (NOT_FINITE.test(text)) return 'notFinite';
  if (ungrouped(text, signs, 'whole') !== undefined) return 'integer';
  return ungrouped(text, signs) === undefined ? 'text' : 'number';
}

function validDay(day: string): boolean {
  const [month, date] = [Number(day.slice(5, 7)), Number(day.slice(8, 10))];
  // Each month has these; making a Date for each cell is what a wide table would wait for.
  if (month >= 1 && month <= 12 && date >= 1 && date <= 28) return true;
  // The 30th of February is read as the 1st of March.
  return new Date(`${day}T00:00:00Z`).getUTCDate() === date;
}

/**
 * The DuckDB type that holds every text without loss, or null when all are empty. Only formats that cannot be misread
 * count: a number with leading zeros, of more than 18 digits, or a date such as 03/04/2020 stays text.
 */
export function inferType(texts: Iterable<string>, signs: NumberSigns): string | null {
  const seen = new Set<Seen>();
  for (const text of texts) {
    if (text === '') continue;
    seen.add(look(text, signs));
    if (seen.has('text')) return 'VARCHAR';
  }
  return typeOfSeen(seen);
}

/**
 * As {@link inferType}, but what stands for a missing value (`N/A`) does not make a column text of which at least half of the
 * cells are of one other type. `odd`: there are such cells, or numbers in groups (`1,234`), which SQL does not read by itself.
 */
export function inferColumn(
  texts: readonly string[],
  signs: NumberSigns,
): { readonly type: string | null; readonly odd: boolean } {
  const type = inferType(texts, signs);
  if (type === 'BIGINT' || type === 'DOUBLE') {
    const { thousands = '' } = signs;
    return { type, odd: thousands !== '' && texts.some((text) => ungrouped(text, signs) !== undefined) };
  }
  if (type !== 'VARCHAR') return { type, odd: false };
  const values: string[] = [];
  let others = 0;
  for (const text of texts) {
    if (text === '') continue;
    if (isStandIn(text)) others += 1;
    else values.push(text);
  }
  const meant = others > 0 && values.length >= others ? inferType(values, signs) : 'VARCHAR';
  return meant === null || meant === 'VARCHAR' ? { type, odd: false } : { type: meant, odd: true };
}

/** The DuckDB type that holds all of what was seen; null when nothing was. */
export function typeOfSeen(seen: ReadonlySet<Seen>): string | null {
  if (seen.size === 0) return null;
  const only = (...allowed: readonly Seen[]): boolean => [...seen].every((one) => allowed.includes(one));
  if (only('integer')) return 'BIGINT';
  if (only('integer', 'number', 'notFinite') && !only('notFinite')) return 'DOUBLE';
  if (only('boolean')) return 'BOOLEAN';
  if (only('date')) return 'DATE';
  if (only('datetime', 'date')) return 'TIMESTAMP';
  if (only('bytes')) return 'BLOB';
  if (only('zoned')) return 'TIMESTAMP WITH TIME ZONE';
  return 'VARCHAR';
}

/** The cell that DuckDB gives for this text in a column of that type; '' is missing, and text that does not fit comes back as it is. */
export function readCell(text: string, sqlType: string, signs: NumberSigns): Cell {
  if (text === '') return null;
  switch (sqlType) {
    case 'BIGINT': {
      const digits = INTEGER.test(text) ? text : ungrouped(text, signs, 'whole');
      if (digits === undefined) return text;
      const number = Number(digits);
      return Number.isSafeInteger(number) ? number : String(BigInt(digits.trim().replace('+', '')));
    }
    case 'DOUBLE': {
      // Not all that JavaScript takes for a number is one here: it reads a blank as 0.
      const comma = signs.decimal === ',';
      const isNumber = (comma ? COMMA_NUMBER : NUMBER).test(text);
      const plain = isNumber ? (comma ? text.replace(',', '.') : text) : ungrouped(text, signs);
      const number = plain === undefined ? NaN : Number(plain);
      if (Number.isFinite(number)) return number;
      if (NOT_FINITE.test(text)) {
        return /nan/i.test(text) ? 'NaN' : text.includes('-') ? '-Infinity' : 'Infinity';
      }
      return Number.isNaN(number) ? text : String(number);
    }
    case 'BOOLEAN':
      return BOOLEAN.test(text) ? text.trim().toLowerCase() === 'true' : text;
    case 'DATE':
      return text.trim();
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return readMoment(text);
    default:
      return text;
  }
}

function readMoment(text: string): string {
  const day = DATE.exec(text);
  if (day) return `${text.trim()}T00:00:00`;
  const parts = DATETIME.exec(text);
  if (!parts) return text;
  const [, date = '', hour = '', minute = '', second = '00', fraction = '', zone] = parts;
  const rest = fraction.replace(/0+$/, '');
  const tail = rest === '' ? '' : `.${rest}`;
  if (zone === undefined) return `${date}T${hour}:${minute}:${second}${tail}`;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const moment = new Date(`${date}T${hour}:${minute}:${second}${offset}`);
  return `${moment.toISOString().slice(0, 19)}${tail}Z`;
}
