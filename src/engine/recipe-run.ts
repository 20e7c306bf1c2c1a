import { randomUUID } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isAbort, systemCode, UserError } from '../core/errors';
import type { EngineApi, RecipeRunResult } from '../protocol';
import type { CallContext } from '../rpc';
import { PART, ROW, type Fitted, type FittedValue, type Plan, type PlanStep } from '../recipe/plan';
import { fitSql, partedSql, readFit, stepsSql } from '../recipe/render';
import type { EngineContext } from './context';
import type { Session } from './duckdb';
import { assertSafe, plainMessage } from './recipe-expressions';
import { quoteLiteral } from './sql';
import { writeRefused } from './write-refused';

type Params = Parameters<EngineApi['recipeRun']>[0];

const FORMATS: Readonly<Record<string, string>> = {
  '.csv': 'FORMAT csv, HEADER true',
  '.parquet': 'FORMAT parquet, COMPRESSION zstd',
  '.jsonl': 'FORMAT json, ARRAY false',
};
const BASE = '__mll_base';
const RAW = '__mll_raw_rows';

/**
 * All rows of a table through a plan into a file. DuckDB spills what does not fit its memory; the file appears at once
 * when it is complete. Progress: `{ stage, progress }`, progress from 0 to 1.
 */
export async function recipeRun(
  engine: EngineContext,
  params: Params,
  call: CallContext,
): Promise<RecipeRunResult> {
  const { plan, output } = params;
  const format = FORMATS[path.extname(output).toLowerCase()];
  if (format === undefined) {
    throw new UserError('unsupported', `A recipe cannot write "${path.basename(output)}".`, {
      fix: 'Choose a name that ends in .csv, .parquet or .jsonl.',
    });
  }
  const relation = await engine.relation(params.source, call.signal);
  if (path.resolve(relation.path) === path.resolve(output)) {
    throw new UserError('conflict', 'The output would replace the data that the recipe reads.', {
      fix: 'Choose another name for the output.',
    });
  }
  await assertFolder(output);
  const temporary = `${output}.${randomUUID().slice(0, 8)}.part`;
  const session = await engine.session([relation.path, temporary]);
  try {
    await assertSafe(session, plan, call.signal);
    const say = (stage: string, progress: number): void => call.progress({ stage, progress });
    say('reading', 0);
    const part = params.part ?? 'all';
    const once = part === 'all' && inOnePass(plan, params.fitted);
    const rows = await read(session, partedSql(plan, `(${relation.sql})`), once, call.signal);
    const { fitted, dropped, rest } = await steps(session, plan, params.fitted, rows, call.signal, (k) =>
      say(`step ${k + 1} of ${plan.steps.length}`, 0.2 + (0.5 * k) / plan.steps.length),
    );
    say('writing', once ? 0.1 : 0.7);
    const where = part === 'all' ? '' : ` WHERE ${PART} = ${quoteLiteral(part)}`;
    const select = `SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${rest}) AS __mll_all${where}`;
    const order = plan.steps.every(keepsOrder) ? '' : ` ORDER BY ${ROW}`;
    const copy = `COPY (${select}${order}) TO ${quoteLiteral(temporary)} (${format})`;
    const rowsOut = await number(session, copy, call.signal);
    const { columns } = await session.all(`${select} LIMIT 0`, call.signal);
    await rename(temporary, output);
    say('done', 1);
    const rowsIn = once ? rowsOut : rows;
    return { rowsIn, rejected: relation.rejected, rowsOut, dropped, columns, output, fitted };
  } catch (error) {
    throw explain(error, output);
  } finally {
    session.close();
    await rm(temporary, { force: true });
  }
}

/** What the steps of a plan remember. Progress as of {@link recipeRun}. */
export async function recipeFit(
  engine: EngineContext,
  { source, plan }: Parameters<EngineApi['recipeFit']>[0],
  { signal, progress }: CallContext,
): Promise<Fitted> {
  const relation = await engine.relation(source, signal);
  const session = await engine.session([relation.path]);
  try {
    await assertSafe(session, plan, signal);
    const rows = await read(session, partedSql(plan, `(${relation.sql})`), false, signal);
    const { fitted } = await steps(session, plan, undefined, rows, signal, (k) =>
      progress({ stage: `step ${k + 1} of ${plan.steps.length}`, progress: k / plan.steps.length }),
    );
    return fitted;
  } finally {
    session.close();
  }
}

/** True when each row can be written as soon as it is read: nothing is fitted, dropped, or looks at other rows. */
function inOnePass({ steps }: Plan, given: Fitted | undefined): boolean {
  return steps.every(
    (step, k) =>
      step.rows === 'keep' &&
      step.history !== true &&
      (step.fit === undefined || given?.steps[k] !== undefined),
  );
}

/** DuckDB hands rows on in their order through everything but windows and joins. */
function keepsOrder(step: PlanStep): boolean {
  return step.history !== true && step.kind !== 'drop_duplicates';
}

/** Makes the relation of raw rows and counts them: a kept table, so that the file is read once; for one pass the file itself, uncounted (0). */
async function read(session: Session, raw: string, once: boolean, signal: AbortSignal): Promise<number> {
  if (once) {
    await session.run(
      `CREATE TEMP VIEW ${BASE} AS SELECT *, CAST(0 AS BIGINT) AS ${ROW} FROM (${raw})`,
      signal,
    );
    return 0;
  }
  await session.run(`CREATE TEMP TABLE ${RAW} AS ${raw}`, signal);
  await session.run(`CREATE TEMP VIEW ${BASE} AS SELECT *, rowid AS ${ROW} FROM ${RAW}`, signal);
  return number(session, `SELECT count(*) FROM ${RAW}`, signal);
}

interface Done {
  readonly fitted: Fitted;
  readonly dropped: RecipeRunResult['dropped'];
  /** The SELECT of the steps after the last that drops rows. */
  readonly rest: string;
}

/** Fits what is not given, and computes up to the last step that drops rows, each of which leaves a table in the place of the one before. */
async function steps(
  session: Session,
  plan: Plan,
  given: Fitted | undefined,
  rowsIn: number,
  signal: AbortSignal,
  say: (step: number) => void,
): Promise<Done> {
  const values: Record<string, FittedValue>[] = [];
  const dropped: { step: number; kind: string; rows: number }[] = [];
  let last = BASE;
  let from = 0;
  let rows = rowsIn;
  const select = (to: number): string =>
    stepsSql({ ...plan, steps: plan.steps.slice(from, to) }, { fitted: 1, steps: values.slice(from) }, last);
  for (const [k, step] of plan.steps.entries()) {
    say(k);
    try {
      const known = given?.steps[k];
      if (known !== undefined) values.push(known);
      else if (step.fit === undefined) values.push({});
      else
        values.push(
          readFit(String((await session.all(fitSql(step.fit, `(${select(k)})`), signal)).rows[0]?.[0])),
        );
      if (step.rows === 'keep') continue;
      const table = `__mll_after_${k}`;
      await session.run(`CREATE TEMP TABLE ${table} AS ${select(k + 1)}`, signal);
      if (last === BASE) await session.run(`DROP VIEW ${BASE}`, signal);
      await session.run(`DROP TABLE ${last === BASE ? RAW : last}`, signal);
      [last, from] = [table, k + 1];
    } catch (error) {
      if (error instanceof UserError || isAbort(error)) throw error;
      const message = `Step ${step.index + 1} (${step.kind}) cannot be done: ${plainMessage(error)}`;
      throw new UserError('invalid', message, { fix: 'Change the step, or switch it off.', cause: error });
    }
    const after = await number(session, `SELECT count(*) FROM ${last}`, signal);
    dropped.push({ step: step.index, kind: step.kind, rows: rows - after });
    rows = after;
  }
  return { fitted: { fitted: 1, steps: values }, dropped, rest: select(plan.steps.length) };
}

async function number(session: Session, sql: string, signal: AbortSignal): Promise<number> {
  const { rows } = await session.all(sql, signal);
  return Number(rows[0]?.[0]);
}

async function assertFolder(output: string): Promise<void> {
  const folder = path.dirname(output);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new UserError('notFound', `There is no folder "${folder}" to write to.`, {
    fix: 'Make the folder first, or choose another place.',
  });
}

function explain(error: unknown, output: string): unknown {
  if (error instanceof UserError || isAbort(error)) return error;
  const code = systemCode(error);
  const refused = writeRefused(error, output);
  if (refused) return refused;
  if (code !== undefined) return error;
  return new UserError('invalid', `The recipe stopped: ${plainMessage(error)}`, {
    fix: 'The preview in the recipe view shows which step fails.',
    cause: error,
  });
}
