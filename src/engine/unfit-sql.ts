import type { Column, Dialect } from '../core/table';
import { PLAIN } from '../formats/infer';
import { groupedPattern, type NumberSigns } from '../formats/numbers';
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

/** Whether a text (SQL) is a number with signs between groups of digits; undefined where there are no such signs. */
export function isGrouped(cell: string, signs: NumberSigns, kind: 'whole' | 'any'): string | undefined {
  const { decimal, thousands = '' } = signs;
  if (thousands === '' || thousands === decimal) return undefined;
  return `regexp_full_match(${cell}, ${literal(groupedPattern(signs, kind))})`;
}

/** The number's text (SQL) as SQL reads it. A point in a table with decimal commas is none of a plain number. */
function plainSql(cell: string, sqlType: string, signs: NumberSigns): string {
  const comma = signs.decimal === ',' && sqlType === 'DOUBLE';
  const plain = comma
    ? `CASE WHEN contains(${cell}, '.') THEN NULL ELSE replace(${cell}, ',', '.') END`
    : cell;
  if (sqlType !== 'DOUBLE' && sqlType !== 'BIGINT') return plain;
  const grouped = isGrouped(cell, signs, sqlType === 'BIGINT' ? 'whole' : 'any');
  if (grouped === undefined) return plain;
  const bare = ungroupedSql(cell, signs);
  return `CASE WHEN ${grouped} THEN ${bare} ELSE ${plain} END`;
}

/** A number with groups (SQL) without the signs between them. */
export function ungroupedSql(cell: string, { decimal, thousands = '' }: NumberSigns): string {
  const bare = `replace(${cell}, ${literal(thousands)}, '')`;
  return decimal === ',' ? `replace(${bare}, ',', '.')` : bare;
}

/** A cell's text as a value of that type, missing where it is none. */
export function castSql(cell: string, sqlType: string, signs: NumberSigns): string {
  return `TRY_CAST(${plainSql(cell, sqlType, signs)} AS ${sqlType})`;
}

/** Of a column as it is shown: how many cells are no value of its type, and what they hold. */
export function unfitSql({ name, sqlType }: Column): string {
  const odd = oddCells({ name, sqlType });
  return `count(*) ${odd}, to_json(list(DISTINCT trim(${quoteIdentifier(name)})) ${odd})`;
}

/** FILTER of those cells. What is shown is the value as text already, whatever the file's decimal sign. */
export function oddCells({ name, sqlType }: Pick<Column, 'name' | 'sqlType'>): string {
  const cell = quoteIdentifier(name);
  return `FILTER (${cell} IS NOT NULL AND ${castSql(cell, sqlType, PLAIN)} IS NULL)`;
}

/** How many texts are no value of that type and stand for no missing one. */
export const wrongSql = (cell: string, sqlType: string, signs: NumberSigns): string =>
  `count(*) FILTER (${castSql(cell, sqlType, signs)} IS NULL AND NOT coalesce(${isStandIn(cell)}, true))`;

/**
 * The columns of a text table by SQL over their texts: `values` are of their types, in `shown` a cell that is no value of its
 * column's type is its text, and the column is text, too. '*' where nothing is to be said.
 */
export function columnsSql(
  columns: readonly Column[],
  unfit: ReadonlySet<string>,
  dialect: NumberSigns & Pick<Dialect, 'missing'>,
): { readonly values: string; readonly shown: string } {
  const all = columns.flatMap(({ name, sqlType }) => {
    const texts = dialect.missing?.[name];
    const cell = withoutMissing(quoteIdentifier(name), texts);
    if (unfit.has(name)) {
      const value = castSql(cell, sqlType, dialect);
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
