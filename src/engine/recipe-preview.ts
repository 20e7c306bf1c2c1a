import { toErrorData, UserError, isAbort } from '../core/errors';
import type { Cell, Column, ColumnProfile, Profile } from '../core/table';
import type { EngineApi, RecipePreview, StepEffect, TableId } from '../protocol';
import { PART, ROW, type FittedValue, type Plan, type PlanStep } from '../recipe/plan';
import { baseSql, fitSql, readFit, renderStep } from '../recipe/render';
import type { EngineContext, TableRelation } from './context';
import type { Session } from './duckdb';
import { profileColumns } from './profile';
import { assertSafe, plainMessage } from './recipe-expressions';
import { quoteIdentifier } from './sql';

type Params = Parameters<EngineApi['recipePreview']>[0];

/** The outcome of one step over the sample, kept as a temporary table. */
interface Level {
  readonly key: string;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly missing: number;
  readonly effect: StepEffect | undefined;
}

interface Cached {
  readonly session: Session;
  /** The sample, then the outcome of each step. */
  levels: Level[];
  total: number | undefined;
  made: number;
  last: Promise<unknown>;
}

const KEPT = 4;

/** Previews of the tables looked at last; only what an edit has changed is computed again. */
export function createPreview(
  context: EngineContext,
): (params: Params, signal: AbortSignal) => Promise<RecipePreview> {
  const cache = new Map<TableId, Promise<Cached>>();
  return async (params, signal) => {
    const relation = await context.tableRelation(params.table);
    let entry = cache.get(params.table);
    if (entry === undefined) {
      entry = context
        .session([relation.path])
        .then((session) => ({ session, levels: [], total: undefined, made: 0, last: Promise.resolve() }));
      entry.catch(() => cache.delete(params.table));
    }
    cache.delete(params.table);
    cache.set(params.table, entry);
    for (const [table, old] of cache) {
      if (cache.size <= KEPT) break;
      cache.delete(table);
      void old.then(({ session }) => session.close());
    }
    const cached = await entry;
    const work = cached.last.then(() => preview(cached, relation, params, signal));
    cached.last = work.catch(() => undefined);
    return work;
  };
}

async function preview(
  cached: Cached,
  relation: TableRelation,
  params: Params,
  signal: AbortSignal,
): Promise<RecipePreview> {
  signal.throwIfAborted();
  const { session } = cached;
  const { plan } = params;
  await assertSafe(session, plan, signal);
  const steps = plan.steps.slice(0, params.upTo ?? plan.steps.length);
  const base = await sample(cached, relation, plan, params.sampleRows, signal);
  const effects: StepEffect[] = [];
  let last = base;
  for (const [k, step] of steps.entries()) {
    const started = performance.now();
    try {
      last = await advance(cached, k + 1, step, last, signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      effects.push(failed(step, last, performance.now() - started, error));
      break;
    }
    if (last.effect !== undefined) effects.push({ ...last.effect, index: step.index });
  }
  const totalRows = await total(cached, relation, base.rows, params.sampleRows, signal);
  return {
    ...(await page(session, base, last, params, signal)),
    effects,
    sampleRows: base.rows,
    totalRows,
    profile: params.profile ? await profileOf(session, last, base.rows === totalRows, signal) : null,
  };
}

const profiles = new WeakMap<Level, Profile>();

/** The statistics of a step's outcome, counted once for as long as it is kept. */
async function profileOf(
  session: Session,
  level: Level,
  exact: boolean,
  signal: AbortSignal,
): Promise<Profile> {
  const kept = profiles.get(level);
  if (kept !== undefined) return kept;
  const columns: ColumnProfile[] = [];
  for await (const some of profileColumns(session, level.table, level.columns, level.rows, signal)) {
    columns.push(...some);
  }
  const profile = { rows: level.rows, exact, rejects: [], rejected: 0, dialect: null, columns };
  profiles.set(level, profile);
  return profile;
}

async function total(
  cached: Cached,
  relation: TableRelation,
  rows: number,
  wanted: number,
  signal: AbortSignal,
): Promise<number> {
  if (relation.rows !== null) return relation.rows;
  if (rows < wanted) return rows;
  cached.total ??= await count(cached.session, `(${relation.sql})`, signal);
  return cached.total;
}

async function count(session: Session, relation: string, signal: AbortSignal): Promise<number> {
  const { rows } = await session.all(`SELECT count(*) FROM ${relation}`, signal);
  return Number(rows[0]?.[0]);
}

async function sample(
  cached: Cached,
  relation: TableRelation,
  plan: Plan,
  rows: number,
  signal: AbortSignal,
): Promise<Level> {
  const key = JSON.stringify([plan.input, plan.split ?? null, rows]);
  return level(cached, 0, key, signal, async (table) => {
    const limited = `(SELECT * FROM (${relation.sql}) LIMIT ${Math.max(0, Math.floor(rows))})`;
    await cached.session.run(`CREATE TEMP TABLE ${table} AS ${baseSql(plan, limited)}`, signal);
    return undefined;
  });
}

async function advance(
  cached: Cached,
  at: number,
  step: PlanStep,
  before: Level,
  signal: AbortSignal,
): Promise<Level> {
  const { session } = cached;
  const started = performance.now();
  return level(cached, at, JSON.stringify({ ...step, index: 0 }), signal, async (table) => {
    let values: Record<string, FittedValue> = {};
    if (step.fit !== undefined) {
      const { rows } = await session.all(fitSql(step.fit, before.table), signal);
      values = readFit(String(rows[0]?.[0]));
    }
    await session.run(`CREATE TEMP TABLE ${table} AS ${renderStep(step, values, before.table)}`, signal);
    return (after) => effect(session, step, before, after, started, signal);
  });
}

type Made = ((after: Level) => Promise<StepEffect>) | undefined;

/** The level at this place: the kept one while nothing up to it has changed, else made anew (and all after it dropped). */
async function level(
  cached: Cached,
  at: number,
  key: string,
  signal: AbortSignal,
  make: (table: string) => Promise<Made>,
): Promise<Level> {
  const kept = cached.levels[at];
  if (kept?.key === key) return kept;
  for (const old of cached.levels.splice(at)) await cached.session.run(`DROP TABLE IF EXISTS ${old.table}`);
  const table = `__mll_preview_${cached.made++}`;
  const finish = await make(table);
  try {
    const { columns } = await cached.session.all(
      `SELECT * EXCLUDE (${ROW}, ${PART}) FROM ${table} LIMIT 0`,
      signal,
    );
    const gaps = columns.map(({ name }) => `count(*) - count(${quoteIdentifier(name)})`).join(' + ');
    const { rows } = await cached.session.all(
      `SELECT count(*), ${gaps === '' ? '0' : gaps} FROM ${table}`,
      signal,
    );
    const plain: Level = {
      key,
      table,
      columns,
      rows: Number(rows[0]?.[0]),
      missing: Number(rows[0]?.[1]),
      effect: undefined,
    };
    const done = finish === undefined ? plain : { ...plain, effect: await finish(plain) };
    cached.levels.push(done);
    return done;
  } catch (error) {
    await cached.session.run(`DROP TABLE IF EXISTS ${table}`);
    throw error;
  }
}

/** True in SQL where the same-named cells of relations a and b differ; numbers are compared as numbers. */
function differs(a: Column, b: Column): string {
  const [x, y] = [`a.${quoteIdentifier(a.name)}`, `b.${quoteIdentifier(b.name)}`];
  if (a.sqlType === b.sqlType) return `${x} IS DISTINCT FROM ${y}`;
  const number = (type: Column['type']): boolean => type === 'number' || type === 'integer';
  const type = number(a.type) && number(b.type) ? 'DOUBLE' : 'VARCHAR';
  return `CAST(${x} AS ${type}) IS DISTINCT FROM CAST(${y} AS ${type})`;
}

function common(before: Level, after: Level): { before: Column; after: Column; index: number }[] {
  const old = new Map(before.columns.map((column) => [column.name, column]));
  return after.columns.flatMap((column, index) => {
    const was = old.get(column.name);
    return was === undefined ? [] : [{ before: was, after: column, index }];
  });
}

async function effect(
  session: Session,
  step: PlanStep,
  before: Level,
  after: Level,
  started: number,
  signal: AbortSignal,
): Promise<StepEffect> {
  const ms = performance.now() - started;
  const cells = common(before, after).map((one) => `CAST(${differs(one.before, one.after)} AS BIGINT)`);
  const sum = cells.length === 0 ? '0' : `coalesce(sum(${cells.join(' + ')}), 0)`;
  const { rows } = await session.all(
    `SELECT ${sum} FROM ${before.table} a JOIN ${after.table} b USING (${ROW})`,
    signal,
  );
  return {
    index: step.index,
    rowsBefore: before.rows,
    rowsAfter: after.rows,
    columnsBefore: before.columns.length,
    columnsAfter: after.columns.length,
    newMissing: after.missing - before.missing,
    changedCells: Number(rows[0]?.[0]),
    ms: Math.round(ms * 10) / 10,
  };
}

function failed(step: PlanStep, before: Level, ms: number, error: unknown): StepEffect {
  const wrapped =
    error instanceof UserError
      ? error
      : new UserError(
          'invalid',
          `Step ${step.index + 1} (${step.kind}) cannot be done: ${plainMessage(error)}`,
          {
            fix: 'Change the step, or switch it off.',
            cause: error,
          },
        );
  return {
    index: step.index,
    rowsBefore: before.rows,
    rowsAfter: before.rows,
    columnsBefore: before.columns.length,
    columnsAfter: before.columns.length,
    newMissing: 0,
    changedCells: 0,
    ms: Math.round(ms * 10) / 10,
    error: toErrorData(wrapped),
  };
}

async function page(
  session: Session,
  base: Level,
  last: Level,
  { offset, limit }: Params,
  signal: AbortSignal,
): Promise<Pick<RecipePreview, 'columns' | 'removedColumns' | 'rows'>> {
  const shared = common(base, last);
  const old = new Map(shared.map((one) => [one.index, one]));
  const names = new Set(last.columns.map((column) => column.name));
  // Row, dropped, the cells after, then for each shared column whether it changed and what it held.
  const cells = last.columns.map((column) => `b.${quoteIdentifier(column.name)}`);
  const extras = shared.flatMap((one) => [
    differs(one.before, one.after),
    `a.${quoteIdentifier(one.before.name)}`,
  ]);
  const list = [`a.${ROW}`, `b.${ROW} IS NULL`, ...cells, ...extras]
    .map((sql, k) => `${sql} AS c${k}`)
    .join(', ');
  const some = `(SELECT * FROM ${base.table} WHERE ${ROW} >= ${Math.floor(offset)} AND ${ROW} < ${Math.floor(offset + limit)})`;
  const { rows } = await session.all(
    `SELECT ${list} FROM ${some} a LEFT JOIN ${last.table} b USING (${ROW}) ORDER BY a.${ROW}`,
    signal,
  );
  const width = last.columns.length;
  return {
    columns: last.columns.map((column, index) => ({ ...column, state: old.has(index) ? 'same' : 'new' })),
    removedColumns: base.columns.filter((column) => !names.has(column.name)).map((column) => column.name),
    rows: rows.map((row) => {
      const dropped = row[1] === true;
      const held = new Map(
        shared.map((one, k) => [
          one.index,
          { changed: row[2 + width + 2 * k] === true, before: row[3 + width + 2 * k] ?? null },
        ]),
      );
      return {
        row: Number(row[0]),
        state: dropped ? 'dropped' : 'same',
        cells: last.columns.map((_, index): Cell =>
          dropped ? (held.get(index)?.before ?? null) : (row[2 + index] ?? null),
        ),
        changed: dropped
          ? []
          : [...held].flatMap(([column, { changed, before }]) => (changed ? [{ column, before }] : [])),
      };
    }),
  };
}
