import { UserError } from '../core/errors';
import type { EngineApi } from '../protocol';
import type { PlanColumn } from '../recipe/plan';
import { isNumeric, kindOf } from '../recipe/schema';
import { classSql, hashSql, keyColumns, splitColumn, splitSql, timeSql } from '../recipe/split';
import type { Split } from '../recipe/model';
import type { EngineContext } from './context';
import type { Session } from './duckdb';

/** More classes than this are no classes. */
const MOST_CLASSES = 200;
/** 52 bits: what 13 hexadecimal digits hold. */
const RANGE = 2 ** 52;

/** What a recipe's split has to remember of this table: cuts of the hash range per class, or the time from which rows are tested; else its share. */
export async function splitCut(
  engine: EngineContext,
  { source, recipe }: Parameters<EngineApi['splitCut']>[0],
  signal: AbortSignal,
): Promise<string | number | Record<string, number>> {
  const { split } = recipe;
  if (split === undefined)
    throw new UserError('invalid', 'The recipe has no split.', {
      fix: 'Add a line such as "split: { test: 0.2 }".',
    });
  const { test = 0 } = split;
  if (test === 0 || split.method === 'random' || split.method === 'group') return test;
  const relation = await engine.relation(source, signal);
  splitSql(recipe, { columns: relation.columns, prefixes: [], gone: new Map() }, (problem) => {
    throw new UserError('invalid', problem.message, { fix: 'Mend the split in the recipe.' });
  });
  const name = splitColumn(split, recipe.target);
  const column = relation.columns.find((one) => one.name === name);
  if (column === undefined) {
    throw new UserError('invalid', `There is no column "${name ?? ''}" to split by.`, {
      fix: 'Name another column in the split of the recipe.',
    });
  }
  const session = await engine.session([relation.path]);
  try {
    return split.method === 'time'
      ? await timeCut(session, relation.sql, column, split, signal)
      : await classCuts(session, relation.sql, column, relation.columns, split, signal);
  } finally {
    session.close();
  }
}

async function timeCut(
  session: Session,
  sql: string,
  column: PlanColumn,
  split: Split,
  signal: AbortSignal,
): Promise<string | number> {
  const numeric = isNumeric(kindOf(column.sqlType));
  const value = `quantile_disc(${timeSql(column)}, ${1 - (split.test ?? 0)})`;
  const { rows } = await session.all(
    `SELECT ${numeric ? value : `CAST(${value} AS VARCHAR)`} FROM (${sql})`,
    signal,
  );
  const cut = rows[0]?.[0] ?? null;
  if (cut === null)
    throw new UserError('invalid', `Column "${column.name}" holds no times to split by.`, {
      fix: 'Choose a column of dates or numbers.',
    });
  return typeof cut === 'number' ? cut : String(cut).replace(/ 00:00:00$/u, '');
}

async function classCuts(
  session: Session,
  sql: string,
  column: PlanColumn,
  columns: readonly PlanColumn[],
  split: Split,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const hashed = `SELECT ${classSql(column)} AS c, ${hashSql(keyColumns(split, columns), split.seed)} AS h FROM (${sql})`;
  const ranked = `SELECT c, h, row_number() OVER (PARTITION BY c ORDER BY h) AS r, count(*) OVER (PARTITION BY c) AS n FROM (${hashed}) WHERE c IS NOT NULL`;
  // A class of two or more rows has at least one on each side.
  const wanted = `CASE WHEN n < 2 THEN 0 ELSE greatest(1, least(n - 1, CAST(round(n * ${split.test ?? 0}) AS BIGINT))) END`;
  const { rows } = await session.all(
    `SELECT c, max(h) FILTER (r = k), min(h) FILTER (r = k + 1) FROM (SELECT *, ${wanted} AS k FROM (${ranked})) GROUP BY c ORDER BY c LIMIT ${MOST_CLASSES + 1}`,
    signal,
  );
  if (rows.length > MOST_CLASSES) {
    throw new UserError(
      'invalid',
      `"${column.name}" has more than ${MOST_CLASSES} different values: too many classes for a stratified split.`,
      { fix: 'Use "method: random".' },
    );
  }
  return Object.fromEntries(
    rows.map(([name, last, next]) => [String(name), shortest(share(last), share(next))]),
  );
}

function share(digits: unknown): number | undefined {
  return typeof digits === 'string' ? Number.parseInt(digits, 16) / RANGE : undefined;
}

/** The number of fewest decimals that is above `last` (the last test row) and not above `next` (the first training row). */
export function shortest(last: number | undefined, next: number | undefined): number {
  if (last === undefined) return 0;
  if (next === undefined || next <= last) return next ?? 1;
  for (let digits = 2; digits < 16; digits++) {
    const value = Number(((last + next) / 2).toFixed(digits));
    if (value > last && value <= next) return value;
  }
  return next;
}
