import type { Column } from '../core/table';
import type { EngineApi } from '../protocol';
import type { RecipeFacts, Spelling } from '../recipe/model';
import { spellingsOf } from '../recipe/spellings';
import type { EngineContext } from './context';
import type { Session } from './duckdb';
import { quoteIdentifier } from './sql';

const SAMPLE_ROWS = 200_000;
const TABLE = '__mll_facts';
/** A column that gives at least this share of the target right, and halves what is wrong without it twice, gives it away. */
const LEAK_SHARE = 0.99;
const LEAK_GAIN = 0.05;

/** Duplicates, white space, and columns from which alone the target follows, over a prefix of the table. */
export async function recipeFacts(
  engine: EngineContext,
  { source, target, sampleRows = SAMPLE_ROWS }: Parameters<EngineApi['recipeFacts']>[0],
  signal: AbortSignal,
): Promise<RecipeFacts> {
  const relation = await engine.relation(source, signal);
  const session = await engine.session([relation.path]);
  try {
    await session.run(
      `CREATE TEMP TABLE ${TABLE} AS SELECT * FROM (${relation.sql}) LIMIT ${Math.floor(sampleRows)}`,
      signal,
    );
    const counts = await session.all(
      `SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT * FROM ${TABLE})) FROM ${TABLE}`,
      signal,
    );
    const rows = Number(counts.rows[0]?.[0]);
    const column = relation.columns.find((one) => one.name === target);
    return {
      rows,
      duplicates: rows - Number(counts.rows[0]?.[1]),
      untrimmed: await untrimmed(session, relation.columns, signal),
      spellings: await spelt(session, relation.columns, rows, signal),
      leaks: column === undefined ? [] : await leaks(session, column, relation.columns, signal),
    };
  } finally {
    session.close();
  }
}

/** Values are held against each other in columns of at most so many of them, each of which so many rows share on average. */
const [MOST_VALUES, LEAST_ROWS] = [1000, 2];

/** Spellings that may be meant to be others, white space at their ends left out: that is for another step. */
async function spelt(
  session: Session,
  columns: readonly Column[],
  rows: number,
  signal: AbortSignal,
): Promise<NonNullable<RecipeFacts['spellings']>> {
  const found: Record<string, readonly Spelling[]> = {};
  const most = Math.min(MOST_VALUES, Math.floor(rows / LEAST_ROWS));
  for (const { name, type } of columns) {
    if (type !== 'text') continue;
    const cell = `trim(CAST(${quoteIdentifier(name)} AS VARCHAR), ' ' || chr(9) || chr(10) || chr(13) || chr(160))`;
    const counts = await session.all(
      `SELECT ${cell} AS v, count(*) AS n FROM ${TABLE} WHERE ${quoteIdentifier(name)} IS NOT NULL GROUP BY v LIMIT ${most + 1}`,
      signal,
    );
    if (counts.rows.length > most) continue;
    const spellings = spellingsOf(
      counts.rows.map(([value, n]) => ({ value: String(value), rows: Number(n) })),
    );
    if (spellings.length > 0) found[name] = spellings;
  }
  return found;
}

async function untrimmed(
  session: Session,
  columns: readonly Column[],
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const text = columns.filter((column) => column.type === 'text');
  if (text.length === 0) return {};
  const counts = text.map(
    ({ name }) =>
      `count(*) FILTER (regexp_matches(CAST(${quoteIdentifier(name)} AS VARCHAR), '^[\\s\\x{00A0}]|[\\s\\x{00A0}]$'))`,
  );
  const { rows } = await session.all(`SELECT ${counts.join(', ')} FROM ${TABLE}`, signal);
  const found = text.map(({ name }, k): [string, number] => [name, Number(rows[0]?.[k])]);
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}

/**
 * How well the commonest target within each value of a column gives the target: for classes the share of rows right; for
 * numbers the share of the variance explained, by value or (number against number) by a straight line. Values seen once say
 * nothing and are left out, so an identifier is no leak.
 */
async function leaks(
  session: Session,
  target: Column,
  columns: readonly Column[],
  signal: AbortSignal,
): Promise<RecipeFacts['leaks']> {
  const goal = quoteIdentifier(target.name);
  const classes = await session.all(`SELECT count(DISTINCT ${goal}) FROM ${TABLE}`, signal);
  const numeric =
    (target.type === 'number' || target.type === 'integer') && Number(classes.rows[0]?.[0]) > 20;
  const found: { column: string; share: number; base: number }[] = [];
  for (const column of columns) {
    if (column.name === target.name) continue;
    const cell = quoteIdentifier(column.name);
    const { share, base } = numeric
      ? await explained(session, goal, cell, column, signal)
      : await given(session, goal, cell, signal);
    if (share >= LEAK_SHARE && share - base >= LEAK_GAIN) found.push({ column: column.name, share, base });
  }
  return found;
}

async function given(
  session: Session,
  goal: string,
  cell: string,
  signal: AbortSignal,
): Promise<{ share: number; base: number }> {
  const pairs = `SELECT ${cell} AS v, ${goal} AS g, count(*) AS n FROM ${TABLE} WHERE ${cell} IS NOT NULL AND ${goal} IS NOT NULL GROUP BY ALL`;
  const { rows } = await session.all(
    `WITH p AS (${pairs}), often AS (SELECT v, sum(n) AS n, max(n) AS best FROM p GROUP BY v HAVING sum(n) > 1), ` +
      `total AS (SELECT count(*) AS n FROM ${TABLE} WHERE ${goal} IS NOT NULL) ` +
      // What repeats must cover most rows: else a lucky few would count as a rule.
      `SELECT CASE WHEN sum(often.n) >= 0.5 * any_value(total.n) THEN CAST(sum(best) AS DOUBLE) / sum(often.n) END, ` +
      `(SELECT CAST(max(n) AS DOUBLE) / sum(n) FROM (SELECT sum(n) AS n FROM p GROUP BY g)) FROM often, total`,
    signal,
  );
  return { share: Number(rows[0]?.[0] ?? 0), base: Number(rows[0]?.[1] ?? 1) };
}

async function explained(
  session: Session,
  goal: string,
  cell: string,
  column: Column,
  signal: AbortSignal,
): Promise<{ share: number; base: number }> {
  if (column.type !== 'number' && column.type !== 'integer') return { share: 0, base: 0 };
  const { rows } = await session.all(
    `SELECT corr(CAST(${goal} AS DOUBLE), CAST(${cell} AS DOUBLE)) FROM ${TABLE}`,
    signal,
  );
  const r = Number(rows[0]?.[0] ?? 0);
  return { share: Number.isFinite(r) ? r * r : 0, base: 0 };
}
