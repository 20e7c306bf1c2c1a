import type { Dialect } from '../core/table';
import { inferColumn, look } from './infer';
import { THOUSANDS, ungrouped, type NumberSigns } from './numbers';
import { isStandIn } from './stand-ins';

const isNumber = (type: string | null): boolean => type === 'BIGINT' || type === 'DOUBLE';

/** Cells with a sign that may be one of numbers; none for a column of texts, which is left as soon as it is seen to be one. */
function signed(values: readonly string[], signs: readonly string[]): number {
  let some = 0;
  for (const value of values) {
    if (value === '') continue;
    if (!/^\s*[+-]?[\d.,]/.test(value)) {
      if (isStandIn(value)) continue;
      return 0;
    }
    if (signs.some((sign) => value.includes(sign))) some += 1;
  }
  return some;
}

/** Blanks and apostrophes between groups of digits say nothing about the decimal sign. */
const withoutGaps = (value: string): string => value.replace(/(?<=\d)[ \u00a0\u202f'’](?=\d{3}(?!\d))/g, '');

/**
 * The decimal sign of a table's columns. One that can only be read with a comma, or only with a point, decides; where all could be
 * either (`1,234`), a semicolon between the cells speaks for a decimal comma.
 */
function detectDecimal(columns: readonly (readonly string[])[], delimiter: string): '.' | ',' {
  let comma = 0;
  let point = 0;
  let open = 0;
  for (const cells of columns) {
    const count = signed(cells, ['.', ',']);
    if (count === 0) continue;
    const values = cells.map(withoutGaps);
    const byComma = isNumber(inferColumn(values, { decimal: ',', thousands: '.' }).type);
    const byPoint = isNumber(inferColumn(values, { decimal: '.', thousands: ',' }).type);
    if (byComma && byPoint) open += signed(values, [',']) > 0 ? 1 : -1;
    else if (byComma) comma += count;
    else if (byPoint) point += count;
  }
  if (comma !== point) return comma > point ? ',' : '.';
  return delimiter === ';' && open > 0 ? ',' : '.';
}

/** What stands between groups of three digits in columns that are numbers by that alone; undefined when there are none. */
function detectThousands(
  columns: readonly (readonly string[])[],
  decimal: Dialect['decimal'],
): string | undefined {
  const found = new Map<string, number>();
  for (const values of columns) {
    const first = values.find((value) => value !== '' && !isStandIn(value)) ?? '';
    if (!/^\s*[+-]?\d/.test(first)) continue;
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
  const decimal = given.decimal ?? detectDecimal(columns, delimiter);
  const thousands = given.thousands ?? detectThousands(columns, decimal);
  return { decimal, ...(thousands === undefined ? {} : { thousands }) };
}
