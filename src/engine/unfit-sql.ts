import type { Column, Dialect } from '../core/table';
import { SPACES, STAND_INS } from '../formats/stand-ins';
import { literal } from '../formats/text';
import { quoteIdentifier } from './sql';

const trimmed = (cell: string): string => `trim(${cell}, ${literal(SPACES.join(''))})`;

const among = (cell: string, texts: readonly string[]): string =>
  `${trimmed(cell)} IN (${texts.map(literal).join(', ')})`;

const SPACE = String.raw`[\s\v\x{00a0}]*`;
/** One pattern, because DuckDB's planning grows with the expressions of a wide table. */
const STAND_IN = `${SPACE}(${STAND_INS.map((one) => one.replace(/[.?]/g, String.raw`\$&`)).join('|')})${SPACE}`;

/** Whether a text (SQL, VARCHAR) is one that people write for a missing value; NULL where it is. */
export const isStandIn = (cell: string): string => `regexp_full_match(${cell}, ${literal(STAND_IN)})`;

/** The text, missing where it is one of these. */
export function withoutMissing(cell: string, texts: readonly string[] = []): string {
  return texts.length === 0 ? cell : `CASE WHEN ${among(cell, texts)} THEN NULL ELSE ${cell} END`;
}

/** A cell's text as a value of that type, missing where it is none. */
export function castSql(cell: string, sqlType: string, decimal: Dialect['decimal']): string {
  const text = decimal === ',' && sqlType === 'DOUBLE' ? `replace(${cell}, ',', '.')` : cell;
  return `TRY_CAST(${text} AS ${sqlType})`;
}

/** Of a column as it is shown: how many cells are no value of its type, and what they hold. */
export function unfitSql({ name, sqlType }: Column): string {
  const odd = oddCells({ name, sqlType });
  return `count(*) ${odd}, to_json(list(DISTINCT trim(${quoteIdentifier(name)})) ${odd})`;
}

/** FILTER of those cells. What is shown is the value as text already, whatever the file's decimal sign. */
export function oddCells({ name, sqlType }: Pick<Column, 'name' | 'sqlType'>): string {
  const cell = quoteIdentifier(name);
  return `FILTER (${cell} IS NOT NULL AND ${castSql(cell, sqlType, '.')} IS NULL)`;
}

/** How many texts are no value of that type and stand for no missing one. */
export const wrongSql = (cell: string, sqlType: string, decimal: Dialect['decimal']): string =>
  `count(*) FILTER (${castSql(cell, sqlType, decimal)} IS NULL AND NOT coalesce(${isStandIn(cell)}, true))`;

/**
 * The columns of a text table by SQL over their texts: `values` are of their types, in `shown` a cell that is no value of its
 * column's type is its text, and the column is text, too. '*' where nothing is to be said.
 */
export function columnsSql(
  columns: readonly Column[],
  unfit: ReadonlySet<string>,
  { decimal, missing }: Pick<Dialect, 'decimal' | 'missing'>,
): { readonly values: string; readonly shown: string } {
  const all = columns.flatMap(({ name, sqlType }) => {
    const texts = missing?.[name];
    const cell = withoutMissing(quoteIdentifier(name), texts);
    if (unfit.has(name)) {
      const value = castSql(cell, sqlType, decimal);
      return [{ name, value, shown: `coalesce(CAST(${value} AS VARCHAR), ${cell})` }];
    }
    return sqlType === 'VARCHAR' && texts?.length ? [{ name, value: cell, shown: cell }] : [];
  });
  const replaced = (of: 'value' | 'shown'): string =>
    all.length === 0
      ? '*'
      : `* REPLACE (${all.map((one) => `${one[of]} AS ${quoteIdentifier(one.name)}`).join(', ')})`;
  return { values: replaced('value'), shown: replaced('shown') };
}
