import type { Spellings } from '../recipe/model';
import { spellingsOf } from '../recipe/spellings';
import type { Session } from './duckdb';
import type { Level } from './recipe-page';
import { quoteIdentifier } from './sql';

/** Of columns with more different values only the commonest are held against each other. */
const MOST = 2000;

/** Values of the columns that are probably misspelt, with their rows. */
export async function spellings(
  session: Session,
  level: Level,
  columns: readonly string[],
  exact: boolean,
  signal: AbortSignal,
): Promise<Spellings> {
  const known = columns.filter((name) => level.columns.some((one) => one.name === name));
  if (known.length === 0) return { found: [], rows: level.rows, exact };
  const cells = known.map(
    (name) => `SELECT CAST(${quoteIdentifier(name)} AS VARCHAR) AS v FROM ${level.table}`,
  );
  const { rows } = await session.all(
    `SELECT v, count(*) AS n FROM (${cells.join(' UNION ALL ')}) WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT ${MOST + 1}`,
    signal,
  );
  const counted = rows.slice(0, MOST).map(([value, n]) => ({ value: String(value), rows: Number(n) }));
  return { found: spellingsOf(counted), rows: level.rows, exact: exact && rows.length <= MOST };
}
