import type { Dialect } from '../core/table';

/** How numbers are written in a text table. */
export type NumberSigns = Pick<Dialect, 'decimal' | 'thousands'>;

/** What stands between groups of three digits, the usual ones first: spaces are often ones that do not break a line. */
export const THOUSANDS = [',', '.', '\u00a0', '\u202f', "'", '’', ' '] as const;

/** No number with groups is longer, so that most cells need no pattern. */
const LONGEST = 40;

const escaped = (sign: string): string => (sign === '.' ? String.raw`\.` : sign);

/**
 * Numbers with at least one group of three digits, as JavaScript and DuckDB both understand the pattern; not longer than what
 * a BIGINT (18 digits) or a DOUBLE (15 before the decimal sign) holds without loss. A leading zero makes it no number.
 */
export function groupedPattern({ decimal, thousands = '' }: NumberSigns, kind: 'whole' | 'any'): string {
  const most = kind === 'whole' ? 5 : 4;
  const fraction = kind === 'whole' ? '' : `(${escaped(decimal)}[0-9]*)?`;
  return `[ \\t]*[+-]?[1-9][0-9]{0,2}(${escaped(thousands)}[0-9]{3}){1,${most}}${fraction}[ \\t]*`;
}

const patterns = new Map<string, { readonly whole: RegExp; readonly any: RegExp }>();

function patternsOf(signs: NumberSigns): { readonly whole: RegExp; readonly any: RegExp } {
  const key = `${signs.decimal}${signs.thousands ?? ''}`;
  let known = patterns.get(key);
  if (!known) {
    const of = (kind: 'whole' | 'any'): RegExp => new RegExp(`^${groupedPattern(signs, kind)}$`);
    known = { whole: of('whole'), any: of('any') };
    patterns.set(key, known);
  }
  return known;
}

/** The number without the signs between its groups, a point as its decimal sign; undefined for a text that is no such number. */
export function ungrouped(
  text: string,
  signs: NumberSigns,
  kind: 'whole' | 'any' = 'any',
): string | undefined {
  const { decimal, thousands = '' } = signs;
  if (thousands === '' || thousands === decimal || text.length > LONGEST || !text.includes(thousands))
    return undefined;
  if (!patternsOf(signs)[kind].test(text)) return undefined;
  const digits = text.trim().replaceAll(thousands, '');
  return decimal === ',' ? digits.replace(',', '.') : digits;
}
