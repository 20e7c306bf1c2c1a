import { UserError } from '../core/errors';
import type { Asked } from '../core/source';
import type { TextShape } from '../protocol';
import type { Of } from './bigquery-profile';
import { fromSql, quote } from './bigquery-sql';
import { PATTERN_LOOKED_AT, PATTERN_RUNS, PATTERNS_LISTED } from '../core/text-patterns';

/** Lengths and patterns of a column of text, as the engine counts them, by one query over that column. */
export async function textShapeOf({ jobs, table, rows }: Of, name: string, asked: Asked): Promise<TextShape> {
  const column = table.columns.find((one) => one.name === name);
  if (column?.sqlType !== 'STRING') {
    throw new UserError('invalid', `"${name}" is no column of text.`, { fix: 'Choose a column of text.' });
  }
  const pattern = PATTERN_RUNS.reduce(
    (sql, [run, sign]) => `REGEXP_REPLACE(${sql}, r'${run}', '${sign}')`,
    `LEFT(v, ${PATTERN_LOOKED_AT})`,
  );
  // The name of the inner column is none of the table's.
  const sql = `WITH shaped AS (
  SELECT CHAR_LENGTH(v) AS l, ${pattern} AS p
  FROM (SELECT ${quote(name)} AS v ${fromSql(rows, table)}) WHERE v IS NOT NULL
), counted AS (
  SELECT p, COUNT(*) AS n, MIN(l) AS low, MAX(l) AS high, SUM(l) AS total FROM shaped GROUP BY p
), every AS (
  SELECT SUM(n) AS cells, MIN(low) AS low, MAX(high) AS high, SUM(total) AS total, COUNT(*) AS patterns FROM counted
)
SELECT c.p, c.n, e.cells, e.low, e.high, e.total, e.patterns
FROM counted AS c CROSS JOIN every AS e ORDER BY c.n DESC, c.p LIMIT ${PATTERNS_LISTED}`;
  const action = `Lengths and patterns of ${name} in ${table.uri}`;
  const { result } = await jobs.runOne({ sql, location: table.location }, action, asked);
  const found = await jobs.rows(result, asked.signal);
  const [, , cells, min, max, total, distinct] = found[0] ?? [];
  return {
    cells: Number(cells ?? 0),
    length:
      found.length === 0 ? null : { min: Number(min), max: Number(max), mean: Number(total) / Number(cells) },
    distinct: Number(distinct ?? 0),
    patterns: found.map(([text, n]) => ({ pattern: String(text), cells: Number(n) })),
  };
}
