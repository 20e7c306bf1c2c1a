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

type Written = Pick<ColumnProfile, 'numericText' | 'numericSigns' | 'numericThousands'>;

/**
 * Cells of a text column that are numbers once signs such as € or % and the signs between groups of digits are taken
 * out, and which signs those are; undefined where hardly a cell is such a number. `values` is a relation with the column
 * `v` that holds no NULL.
 */
export async function writtenNumbers(
  session: Session,
  values: string,
  signal?: AbortSignal,
): Promise<Written | undefined> {
  const bare = `trim(translate(v, ${literal(SIGNS.join(''))}, ''))`;
  const fits = (style: string): string => `regexp_full_match(${bare}, ${literal(style)})`;
  const sample = await session.all(
    `SELECT count(*), count(*) FILTER (WHERE ${fits(POINT)}), count(*) FILTER (WHERE ${fits(COMMA)})
     FROM (SELECT v FROM ${values} LIMIT ${SAMPLE})`,
    signal,
  );
  const [seen = 0, point = 0, comma = 0] = (sample.rows[0] ?? []).map(Number);
  if (seen === 0 || Math.max(point, comma) < seen * LIKELY) return undefined;
  const isPoint = point >= comma;
  const fit = fits(isPoint ? POINT : COMMA);
  const has = (sign: string): string =>
    `coalesce(bool_or(contains(v, ${literal(sign)})) FILTER (WHERE ${fit}), false)`;
  const { rows } = await session.all(
    `SELECT count(*) FILTER (WHERE ${fit}), ${[',', ...SIGNS].map(has).join(', ')} FROM ${values}`,
    signal,
  );
  const [numbers, groups, ...signs] = rows[0] ?? [];
  const found = SIGNS.filter((_, at) => signs[at] === true).join('');
  return {
    numericText: Number(numbers),
    ...(found === '' ? {} : { numericSigns: found }),
    ...(!isPoint ? { numericThousands: '.' } : groups === true ? { numericThousands: ',' } : {}),
  };
}
