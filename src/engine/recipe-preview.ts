import { toErrorData, UserError, isAbort } from '../core/errors';
import type { ColumnProfile, Profile } from '../core/table';
import type { EngineApi, RecipePreview, StepEffect } from '../protocol';
import type { CallContext } from '../rpc';
import { PART, ROW, type FittedValue, type Plan, type PlanStep } from '../recipe/plan';
import { baseSql, fitSql, readFit, renderStep } from '../recipe/render';
import type { JoinFacts, Spellings } from '../recipe/model';
import type { EngineContext, TableRelation } from './context';
import type { Session } from './duckdb';
import { profileColumns } from './profile';
import { assertSafe, plainMessage } from './recipe-expressions';
import { firstRows } from './recipe-first-rows';
import { joinFacts } from './recipe-join';
import { common, differs, keyOf, type Level, page } from './recipe-page';
import { spellings } from './recipe-spellings';
import { makeTables, otherTables, tablesKey } from './recipe-tables';
import { quoteIdentifier } from './sql';

type Params = Parameters<EngineApi['recipePreview']>[0];

interface Cached {
  readonly session: Session;
  /** The sample, then the outcome of each step. */
  levels: Level[];
  total: number | undefined;
  made: number;
  /** {@link tablesKey} of the other tables that lie in the session. */
  others: string;
  last: Promise<unknown>;
}

const KEPT = 4;
/** The {@link tablesKey} of a plan that reads no other table. */
const EMPTY = '[]';

/** What is asked of the outcome of steps over a table. */
interface Preview {
  rows(params: Params, call: CallContext): Promise<RecipePreview>;
  join(params: Parameters<EngineApi['recipeJoin']>[0], call: CallContext): Promise<JoinFacts>;
  spellings(params: Parameters<EngineApi['recipeSpellings']>[0], call: CallContext): Promise<Spellings>;
}

/** Previews of the tables looked at last; only what an edit has changed is computed again. */
export function createPreview(context: EngineContext): Preview {
  const cache = new Map<string, Promise<Cached>>();
  /** Asks once those before have been answered, in a session of this place. */
  async function ask<T>(
    place: string,
    params: Pick<Params, 'table' | 'plan' | 'tables'>,
    signal: AbortSignal,
    question: (cached: Cached, relation: TableRelation) => Promise<T>,
  ): Promise<T> {
    const relation = await context.tableRelation(params.table);
    let entry = cache.get(place);
    const key = await tablesKey(params.plan, params.tables);
    // A session may read the files that it was made for only.
    if (entry !== undefined && key !== EMPTY && (await entry).others !== key) {
      const old = await entry;
      void old.last.then(() => old.session.close());
      entry = undefined;
    }
    if (entry === undefined) {
      entry = start(context, relation.path, params, key, signal);
      entry.catch(() => cache.delete(place));
    }
    cache.delete(place);
    cache.set(place, entry);
    for (const [table, old] of cache) {
      if (cache.size <= KEPT) break;
      cache.delete(table);
      void old.then(({ session }) => session.close());
    }
    const cached = await entry;
    const work = cached.last.then(() => question(cached, relation));
    cached.last = work.catch(() => undefined);
    return work;
  }
  return {
    rows(params, call) {
      // All rows lie in a session of their own, so that those of the sample stay.
      const place = `${params.table}${params.all === true ? ' all' : ''}`;
      return ask(place, params, call.signal, (cached, relation) => preview(cached, relation, params, call));
    },
    // A step that is not in the recipe yet reads another table than the preview does.
    join: (params, { signal }) =>
      ask(`${params.table} join`, params, signal, (cached, relation) =>
        join(cached, relation, params, signal),
      ),
    // More rows than the preview has, so they lie in a session of their own.
    spellings: (params, { signal }) =>
      ask(`${params.table} spellings`, params, signal, async (cached, relation) => {
        const [last, exact] = await after(cached, relation, params, signal);
        return spellings(cached.session, last, params.columns, exact, signal);
      }),
  };
}

/** The outcome of all the plan's steps, and whether it is of all rows. */
async function after(
  cached: Cached,
  relation: TableRelation,
  { plan, sampleRows }: Pick<Params, 'plan' | 'sampleRows'>,
  signal: AbortSignal,
): Promise<[Level, boolean]> {
  await assertSafe(cached.session, plan, signal);
  const base = await sample(cached, relation, plan, sampleRows, signal);
  let last = base;
  for (const [k, step] of plan.steps.entries()) last = await advance(cached, k + 1, step, last, signal);
  return [last, base.rows === (await total(cached, relation, base.rows, sampleRows, signal))];
}

async function join(
  cached: Cached,
  relation: TableRelation,
  params: Parameters<EngineApi['recipeJoin']>[0],
  signal: AbortSignal,
): Promise<JoinFacts> {
  const { plan, matching } = params;
  const other = plan.tables?.find((one) => one.name === matching.table);
  if (other === undefined) {
    throw new UserError('notFound', `The table "${matching.table}" is not there.`, {
      fix: 'Check its name.',
    });
  }
  const [last, exact] = await after(cached, relation, params, signal);
  const facts = await joinFacts(cached.session, last.table, other.relation, matching.pairs, signal);
  return { ...facts, exact };
}

/** A session that may read the table and the plan's other tables, with these made in it. */
async function start(
  context: EngineContext,
  path: string,
  { plan, tables }: Pick<Params, 'plan' | 'tables'>,
  others: string,
  signal: AbortSignal,
): Promise<Cached> {
  const found = await otherTables(context, plan, tables, signal);
  const session = await context.session([path, ...found.map((one) => one.relation.path)]);
  try {
    await makeTables(session, found, signal);
  } catch (error) {
    session.close();
    throw error;
  }
  return { session, levels: [], total: undefined, made: 0, others, last: Promise.resolve() };
}

async function preview(
  cached: Cached,
  relation: TableRelation,
  params: Params,
  { signal, progress }: CallContext,
): Promise<RecipePreview> {
  signal.throwIfAborted();
  const { session } = cached;
  const { plan } = params;
  await assertSafe(session, plan, signal);
  const steps = plan.steps.slice(0, params.upTo ?? plan.steps.length);
  const wanted = params.all === true ? Infinity : params.sampleRows;
  const base = await sample(cached, relation, plan, wanted, signal);
  if (params.rowsOnly === true) {
    const rows = await firstRows(session, cached.levels, plan, steps, params, signal);
    if (rows !== undefined) {
      const totalRows = await total(cached, relation, base.rows, wanted, signal);
      return { ...rows, effects: [], sampleRows: base.rows, totalRows, profile: null };
    }
  }
  const effects: StepEffect[] = [];
  let last = base;
  for (const [k, step] of steps.entries()) {
    const started = performance.now();
    progress({ stage: `step ${k + 1} of ${steps.length}`, progress: (k + 1) / (steps.length + 1) });
    try {
      last = await advance(cached, k + 1, step, last, signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      effects.push(failed(step, last, performance.now() - started, error));
      break;
    }
    if (last.effect !== undefined) effects.push({ ...last.effect, index: step.index });
  }
  const totalRows = await total(cached, relation, base.rows, wanted, signal);
  // Rows that a step made anew can be compared with what it made only.
  const remade = steps.findLastIndex((step, k) => step.rows === 'remake' && k < cached.levels.length - 1);
  const from = cached.levels[remade + 1] ?? base;
  return {
    ...(await page(session, remade < 0 ? base : from, last, params, signal)),
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
  const limit = Number.isFinite(rows) ? ` LIMIT ${Math.max(0, Math.floor(rows))}` : '';
  return level(cached, 0, key, signal, async (table) => {
    const limited = `(SELECT * FROM (${relation.sql})${limit})`;
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
  return level(cached, at, keyOf(step), signal, async (table) => {
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

async function effect(
  session: Session,
  step: PlanStep,
  before: Level,
  after: Level,
  started: number,
  signal: AbortSignal,
): Promise<StepEffect> {
  const ms = performance.now() - started;
  const plain = {
    index: step.index,
    rowsBefore: before.rows,
    rowsAfter: after.rows,
    columnsBefore: before.columns.length,
    columnsAfter: after.columns.length,
    newMissing: after.missing - before.missing,
    changedCells: 0,
    ms: Math.round(ms * 10) / 10,
  };
  // Rows that were made anew have no cell before.
  if (step.rows === 'remake') return plain;
  const cells = common(before, after).map((one) => `CAST(${differs(one.before, one.after)} AS BIGINT)`);
  const sum = cells.length === 0 ? '0' : `coalesce(sum(${cells.join(' + ')}), 0)`;
  if (before.rows === after.rows) {
    // Most steps leave the rows where they were: side by side they are compared in half of the time that looking them up takes.
    const { rows } = await session.all(
      `SELECT ${sum}, count(*) FILTER (a.${ROW} IS DISTINCT FROM b.${ROW}) FROM ${before.table} a POSITIONAL JOIN ${after.table} b`,
      signal,
    );
    if (Number(rows[0]?.[1]) === 0) return { ...plain, changedCells: Number(rows[0]?.[0]) };
  }
  const { rows } = await session.all(
    `SELECT ${sum} FROM ${before.table} a JOIN ${after.table} b USING (${ROW})`,
    signal,
  );
  return { ...plain, changedCells: Number(rows[0]?.[0]) };
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
