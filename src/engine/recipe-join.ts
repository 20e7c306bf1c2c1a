import type { JoinFacts, Matching } from '../recipe/model';
import type { Session } from './duckdb';
import { quoteIdentifier } from './sql';

/** How the rows of `table` and of `other`, both tables of the session, fit by their keys; by the equality of the step's own join. */
export async function joinFacts(
  session: Session,
  table: string,
  other: string,
  pairs: Matching['pairs'],
  signal: AbortSignal,
): Promise<Omit<JoinFacts, 'exact'>> {
  const keys = (relation: string, side: 'here' | 'there'): string => {
    const names = pairs.map((pair) => quoteIdentifier(pair[side]));
    const list = names.map((name, k) => `${name} AS k${k}`).join(', ');
    const filled = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
    return `SELECT ${list}, count(*) AS n FROM ${relation} WHERE ${filled} GROUP BY ALL`;
  };
  const equal = pairs.map((_, k) => `l.k${k} = r.k${k}`).join(' AND ');
  const { rows } = await session.all(
    `WITH l AS MATERIALIZED (${keys(table, 'here')}), r AS MATERIALIZED (${keys(other, 'there')}), ` +
      `met AS MATERIALIZED (SELECT coalesce(sum(l.n), 0) AS here, coalesce(sum(r.n), 0) AS there, coalesce(sum(l.n * r.n), 0) AS pairs FROM l JOIN r ON ${equal}) ` +
      `SELECT (SELECT count(*) FROM ${table}), (SELECT count(*) FROM ${other}), ` +
      '(SELECT coalesce(max(n), 0) FROM l), (SELECT coalesce(max(n), 0) FROM r), here, there, pairs FROM met',
    signal,
  );
  const counts = (rows[0] ?? []).map(Number);
  const [here = 0, there = 0, mostHere = 0, mostThere = 0, matched = 0, met = 0, made = 0] = counts;
  return { rows: here, otherRows: there, mostHere, mostThere, matched, unused: there - met, pairs: made };
}
