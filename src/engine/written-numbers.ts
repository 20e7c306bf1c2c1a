import type { ColumnProfile } from '../core/table';
import { literal } from '../formats/text';
import type { Session } from './duckdb';

/** Signs that stand before or after a number and are no part of it. */
const SIGNS = ['€', '$', '£', '¥', '₹', '%'] as const;
/** `1,234.50` and `1234.5`; a comma stands only between groups of three digits. */
const POINT = String.raw`[-+]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?`;
/** `1.234,50` and `1234,5`. */
const COMMA = String.raw`[-+]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]*)?`;
/** A few values decide whether all are looked at; many of them may be texts that stand for a missing value. */
const SAMPLE = 1000;
const LIKELY = 0.2;

export type Written = Pick<ColumnProfile, 'numericText' | 'numericSigns' | 'numericThousands'>;

/** `plain`: as SQL reads numbers. `point`, `comma`: the decimal sign of numbers with signs in and around them. */
export type Style = 'plain' | 'point' | 'comma';
type SignedStyle = Exclude<Style, 'plain'>;

const PATTERNS: Readonly<Record<SignedStyle, string>> = { point: POINT, comma: COMMA };

/** The sign between groups of digits, if a point is the decimal sign, then those around numbers. */
export const WRITTEN_SIGNS: readonly string[] = [',', ...SIGNS];

/** SQL: a text is a number of this style once {@link SIGNS} are taken out. */
export function isWritten(v: string, style: SignedStyle): string {
  const bare = `trim(translate(${v}, ${literal(SIGNS.join(''))}, ''))`;
  return `regexp_full_match(${bare}, ${literal(PATTERNS[style])})`;
}

/** `has`: there are such numbers with the sign at this place of {@link WRITTEN_SIGNS}. */
export function writtenAs(style: SignedStyle, numbers: number, has: (at: number) => boolean): Written {
  const signs = SIGNS.filter((_, at) => has(at + 1)).join('');
  return {
    numericText: numbers,
    ...(signs === '' ? {} : { numericSigns: signs }),
    ...(style === 'comma' ? { numericThousands: '.' } : has(0) ? { numericThousands: ',' } : {}),
  };
}

/** The style of numbers that were found to be written so. */
export function styleOf({ numericSigns, numericThousands }: Written): Style {
  if (numericThousands === '.') return 'comma';
  return numericSigns === undefined && numericThousands === undefined ? 'plain' : 'point';
}

/**
 * Cells of a text column that are numbers once signs such as € or % and the signs between groups of digits are taken
 * out, and which signs those are; undefined where hardly a cell is such a number. `values` is a relation of the column's
 * values v, which are not NULL, with n, how many cells have each.
 */
export async function writtenNumbers(
  session: Session,
  values: string,
  signal?: AbortSignal,
): Promise<Written | undefined> {
  const cells = (style: SignedStyle): string => `coalesce(sum(n) FILTER (WHERE ${isWritten('v', style)}), 0)`;
  const sample = await session.all(
    `SELECT coalesce(sum(n), 0), ${cells('point')}, ${cells('comma')} FROM (SELECT v, n FROM ${values} LIMIT ${SAMPLE})`,
    signal,
  );
  const [seen = 0, point = 0, comma = 0] = (sample.rows[0] ?? []).map(Number);
  if (seen === 0 || Math.max(point, comma) < seen * LIKELY) return undefined;
  const style = point >= comma ? 'point' : 'comma';
  const has = WRITTEN_SIGNS.map(
    (sign) =>
      `coalesce(bool_or(contains(v, ${literal(sign)})) FILTER (WHERE ${isWritten('v', style)}), false)`,
  );
  const { rows } = await session.all(`SELECT ${cells(style)}, ${has.join(', ')} FROM ${values}`, signal);
  const [numbers, ...signs] = rows[0] ?? [];
  return writtenAs(style, Number(numbers), (at) => signs[at] === true);
}
