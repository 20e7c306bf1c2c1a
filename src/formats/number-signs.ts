import type { Dialect } from '../core/table';
import { inferColumn, look } from './infer';
import { THOUSANDS, ungrouped, type NumberSigns } from './numbers';
import { isStandIn } from './stand-ins';

const isNumber = (type: string | null): boolean => type === 'BIGINT' || type === 'DOUBLE';

const [PLUS, COMMA, MINUS, POINT, ZERO, NINE] = [43, 44, 45, 46, 48, 57];

/** What stands in the cells of a column that may be one of numbers. */
interface Signed {
  readonly values: readonly string[];
  /** Cells with a point or a comma. */
  readonly count: number;
  readonly comma: boolean;
  /** A point stands between groups. */
  readonly points: boolean;
  /** Something that is neither digit, sign, point nor comma. */
  readonly odd: boolean;
}

/** undefined for a column of texts, which is left as soon as it is seen to be one. */
function signsIn(values: readonly string[]): Signed | undefined {
  let count = 0;
  let [comma, points, odd] = [false, false, false];
  // By character, because a wide table has many cells in its first lines.
  for (const value of values) {
    let dots = 0;
    let commas = 0;
    for (let at = 0; at < value.length; at += 1) {
      const code = value.charCodeAt(at);
      if (code >= ZERO && code <= NINE) continue;
      if (code === POINT) dots += 1;
      else if (code === COMMA) commas += 1;
      else if (code !== PLUS && code !== MINUS) {
        if (at === 0 && !/^\s+[+-]?[\d.,]/.test(value)) {
          if (!isStandIn(value)) return undefined;
          break;
        }
        odd = true;
      }
    }
    if (dots + commas > 0) count += 1;
    comma ||= commas > 0;
    points ||= dots > 1;
  }
  return { values, count, comma, points, odd };
}

/** Blanks and apostrophes between groups of digits say nothing about the decimal sign. */
const withoutGaps = (value: string): string => value.replace(/(?<=\d)[ \u00a0\u202f'’](?=\d{3}(?!\d))/g, '');

/**
 * The decimal sign of a table's columns. One that can only be read with a comma, or only with a point, decides; where all could be
 * either (`1,234`), a semicolon between the cells speaks for a decimal comma.
 */
function detectDecimal(columns: readonly Signed[], delimiter: string): '.' | ',' {
  if (!columns.some((one) => one.comma || one.points)) return '.';
  let comma = 0;
  let point = 0;
  let open = 0;
  for (const { values: cells, count, comma: some, odd } of columns) {
    if (count === 0) continue;
    const values = odd ? cells.map(withoutGaps) : cells;
    const byComma = isNumber(inferColumn(values, { decimal: ',', thousands: '.' }).type);
    const byPoint = isNumber(inferColumn(values, { decimal: '.', thousands: ',' }).type);
    if (byComma && byPoint) open += some ? 1 : -1;
    else if (byComma) comma += count;
    else if (byPoint) point += count;
  }
  if (comma !== point) return comma > point ? ',' : '.';
  return delimiter === ';' && open > 0 ? ',' : '.';
}

/** What stands between groups of three digits in columns that are numbers by that alone; undefined when there are none. */
function detectThousands(columns: readonly Signed[], decimal: Dialect['decimal']): string | undefined {
  const found = new Map<string, number>();
  for (const { values, odd, comma, points } of columns) {
    const other = decimal === ',' ? points || values.some((value) => value.includes('.')) : comma;
    if (!odd && !other) continue;
    const sign = THOUSANDS.find((one) => {
      if (one === decimal) return false;
      const signs: NumberSigns = { decimal, thousands: one };
      if (!values.some((value) => ungrouped(value, signs) !== undefined)) return false;
      // `555 123 456` is more often a telephone number.
      if (one === ' ' && !values.some((value) => look(value, signs) === 'number')) return false;
      return isNumber(inferColumn(values, signs).type);
    });
    if (sign !== undefined) found.set(sign, (found.get(sign) ?? 0) + 1);
  }
  return [...found].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** How numbers are written in these columns' cells; what `given` holds is taken as it is. */
export function detectSigns(
  columns: readonly (readonly string[])[],
  delimiter: string,
  given: Partial<NumberSigns>,
): NumberSigns {
  const some = columns.flatMap((values) => signsIn(values) ?? []);
  const decimal = given.decimal ?? detectDecimal(some, delimiter);
  const thousands = given.thousands ?? detectThousands(some, decimal);
  return { decimal, ...(thousands === undefined ? {} : { thousands }) };
}
