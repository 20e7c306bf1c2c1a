import { UserError } from '../core/errors';
import type { TextShape } from '../protocol';
import { tableSql } from './chosen-rows';
import type { Opened } from './opened';
import { quoteIdentifier } from './sql';
import { PATTERN_LOOKED_AT, PATTERN_RUNS, PATTERNS_LISTED } from '../core/text-patterns';

/** SQL of a text with runs of capitals, other letters and digits (Unicode's general categories) as one sign each. */
function patternSql(text: string): string {
  return PATTERN_RUNS.reduce(
    (sql, [run, sign]) => `regexp_replace(${sql}, '${run}', '${sign}', 'g')`,
    `left(${text}, ${PATTERN_LOOKED_AT})`,
  );
}

/** Lengths and patterns of a column of text; a UserError for any other column. */
export async function textShape(opened: Opened, name: string, signal?: AbortSignal): Promise<TextShape> {
  const scan = await opened.scan(signal);
  const column = scan.columns.find((one) => one.name === name);
  if (column?.type !== 'text') {
    throw new UserError('invalid', `"${name}" is no column of text.`, { fix: 'Choose a column of text.' });
  }
  const session = await opened.session('background');
  const { rows } = await session.all(
    `WITH shaped AS (
      SELECT length(v) AS l, ${patternSql('v')} AS p
      FROM (SELECT ${quoteIdentifier(name)} AS v FROM (${tableSql(scan)})) WHERE v IS NOT NULL
    ), counted AS (
      SELECT p, count(*) AS n, min(l) AS low, max(l) AS high, sum(l)::DOUBLE AS total FROM shaped GROUP BY p
    )
    SELECT coalesce(sum(n), 0)::BIGINT, min(low), max(high), sum(total) / sum(n), count(*),
      to_json(arg_min(p, (-n, p), ${PATTERNS_LISTED})), to_json(arg_min(n, (-n, p), ${PATTERNS_LISTED})) FROM counted`,
    signal,
  );
  const [cells, min, max, mean, distinct, patterns, counts] = rows[0] ?? [];
  const list = (json: unknown): unknown[] =>
    typeof json === 'string' ? (JSON.parse(json) as unknown[]) : [];
  const found = list(counts);
  return {
    cells: Number(cells),
    length: Number(cells) === 0 ? null : { min: Number(min), max: Number(max), mean: Number(mean) },
    distinct: Number(distinct),
    patterns: list(patterns).map((pattern, k) => ({ pattern: String(pattern), cells: Number(found[k]) })),
  };
}
