import { randomUUID } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isAbort, systemCode, UserError } from '../core/errors';
import { isSameFile } from '../formats/paths';
import type { EngineApi, RecipeRunResult } from '../protocol';
import type { CallContext } from '../rpc';
import {
  PART,
  ROW,
  type Expectation,
  type Fitted,
  type FittedValue,
  type Plan,
  type PlanStep,
} from '../recipe/plan';
import { remembered } from '../recipe/report';
import { checkSql, fitSql, partedSql, readCheck, readFit, stepsSql } from '../recipe/render';
import type { EngineContext } from './context';
import type { Session } from './duckdb';
import { assertSafe, plainMessage } from './recipe-expressions';
import { makeTables, otherTables } from './recipe-tables';
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
  if (await isSameFile(relation.path, output)) {
    throw new UserError('conflict', 'The output would replace the data that the recipe reads.', {
      fix: 'Choose another name for the output.',
    });
  }
  await assertFolder(output);
  const temporary = `${output}.${randomUUID().slice(0, 8)}.part`;
  const others = await otherTables(engine, plan, params.tables, call.signal);
  const paths = others.map((one) => one.relation.path);
  const session = await engine.session([relation.path, ...paths, temporary]);
  try {
    await assertSafe(session, plan, call.signal);
    await makeTables(session, others, call.signal);
    const say = (stage: string, progress: number): void => call.progress({ stage, progress });
    say('reading', 0);
    const part = params.part ?? 'all';
    const once = part === 'all' && inOnePass(plan, params.fitted);
    const first = once ? 0 : leading(plan);
    const rows = await read(session, plan, relation.sql, once, first, call.signal);
    const done = await steps(session, plan, params.fitted, rows, first, call.signal, (k) =>
      say(`step ${k + 1} of ${plan.steps.length}`, 0.2 + (0.5 * k) / plan.steps.length),
    );
    const { fitted, dropped, expectations, rest } = done;
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
    return {
      rowsIn,
      rejected: relation.rejected,
      rowsOut,
      dropped,
      expectations,
      columns,
      remembered: remembered(plan, fitted),
      notes: [],
      output,
      fitted,
    };
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
  { source, plan, tables }: Parameters<EngineApi['recipeFit']>[0],
  { signal, progress }: CallContext,
): Promise<Fitted> {
  const relation = await engine.relation(source, signal);
  const others = await otherTables(engine, plan, tables, signal);
  const session = await engine.session([relation.path, ...others.map((one) => one.relation.path)]);
  try {
    await assertSafe(session, plan, signal);
    await makeTables(session, others, signal);
    const first = leading(plan);
    const rows = await read(session, plan, relation.sql, false, first, signal);
    const { fitted } = await steps(session, plan, undefined, rows, first, signal, (k) =>
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
      step.check === undefined &&
      !looksAround(step) &&
      (step.fit === undefined || given?.steps[k] !== undefined),
  );
}

const looksAround = (step: PlanStep): boolean => step.whole === true || step.history === true;

/** Rather kept than done again. */
export const dear = (step: PlanStep): boolean => looksAround(step) || step.kind === 'drop_duplicates';

/** DuckDB hands rows on in their order through everything but windows and joins. */
function keepsOrder(step: PlanStep): boolean {
  return !dear(step);
}

/** Steps that only choose and name columns: they cannot fail, and what they leave out need not be kept. */
const NAMING = new Set(['drop_columns', 'select_columns', 'move_columns', 'rename', 'comment']);

/** How many steps at the beginning can be done while the file is read. */
function leading({ steps: all }: Plan): number {
  const first = all.findIndex((step) => !NAMING.has(step.kind));
  return first < 0 ? all.length : first;
}

/**
 * Makes the relation of raw rows after the first steps and counts them: a kept table, so that the file is read once; for one pass
 * the file itself, uncounted (0).
 */
async function read(
  session: Session,
  plan: Plan,
  sql: string,
  once: boolean,
  first: number,
  signal: AbortSignal,
): Promise<number> {
  const raw = `SELECT *, CAST(0 AS BIGINT) AS ${ROW} FROM (${partedSql(plan, `(${sql})`)})`;
  if (once) {
    await session.run(`CREATE TEMP VIEW ${BASE} AS ${raw}`, signal);
    return 0;
  }
  const none: Fitted = { fitted: 1, steps: [] };
  const some = stepsSql(plan, none, `(${raw}) AS __mll_read`, first);
  await session.run(`CREATE TEMP TABLE ${RAW} AS SELECT * EXCLUDE (${ROW}) FROM (${some})`, signal);
  await session.run(`CREATE TEMP VIEW ${BASE} AS SELECT *, rowid AS ${ROW} FROM ${RAW}`, signal);
  return number(session, `SELECT count(*) FROM ${RAW}`, signal);
}

interface Done {
  readonly fitted: Fitted;
  readonly dropped: RecipeRunResult['dropped'];
  readonly expectations: readonly Expectation[];
  /** The SELECT of the steps after the last that left a table. */
  readonly rest: string;
}

/**
 * Fits what is not given, from the step `first` on, and computes up to the last step that looks at other rows (joins, windows,
 * duplicates) and is followed by a fit or drops rows: each leaves a table in the place of the one before, as it would else be done
 * again for each later fit. A condition on single rows is asked again more cheaply than its rows are copied.
 */
async function steps(
  session: Session,
  plan: Plan,
  given: Fitted | undefined,
  rowsIn: number,
  first: number,
  signal: AbortSignal,
  say: (step: number) => void,
): Promise<Done> {
  const values = plan.steps.slice(0, first).map((): Record<string, FittedValue> => ({}));
  const dropped: { step: number; kind: string; rows: number }[] = [];
  const expectations: Expectation[] = [];
  let last = BASE;
  let from = first;
  let rows = rowsIn;
  const select = (to: number): string =>
    stepsSql({ ...plan, steps: plan.steps.slice(from, to) }, { fitted: 1, steps: values.slice(from) }, last);
  const keep = async (to: number): Promise<void> => {
    const table = `__mll_after_${to}`;
    await session.run(`CREATE TEMP TABLE ${table} AS ${select(to)}`, signal);
    if (last === BASE) await session.run(`DROP VIEW ${BASE}`, signal);
    await session.run(`DROP TABLE ${last === BASE ? RAW : last}`, signal);
    [last, from] = [table, to];
  };
  for (const [k, step] of plan.steps.entries()) {
    if (k < first) continue;
    say(k);
    try {
      const expectation = await checked(session, step, `(${select(k)})`, signal);
      if (expectation !== undefined) expectations.push(expectation);
      const known = given?.steps[k];
      if (known !== undefined) values.push(known);
      else if (step.fit === undefined) values.push({});
      else {
        if (plan.steps.slice(from, k).some(dear)) await keep(k);
        const { rows: found } = await session.all(fitSql(step.fit, `(${select(k)})`), signal);
        values.push(readFit(String(found[0]?.[0])));
      }
      if (step.rows === 'keep') continue;
      if (dear(step)) await keep(k + 1);
      const after = await number(session, `SELECT count(*) FROM (${select(k + 1)})`, signal);
      dropped.push({ step: step.index, kind: step.kind, rows: Math.max(0, rows - after) });
      rows = after;
    } catch (error) {
      if (error instanceof UserError || isAbort(error)) throw error;
      const message = `Step ${step.index + 1} (${step.kind}) cannot be done: ${plainMessage(error)}`;
      throw new UserError('invalid', message, { fix: 'Change the step, or switch it off.', cause: error });
    }
  }
  const fitted: Fitted = { fitted: 1, steps: values };
  return { fitted, dropped, expectations, rest: select(plan.steps.length) };
}

/** What a step's check says of all rows before it; a rule that is broken and stops is a UserError. */
async function checked(
  session: Session,
  step: PlanStep,
  before: string,
  signal: AbortSignal,
): Promise<Expectation | undefined> {
  if (step.check === undefined) return undefined;
  const { rows } = await session.all(checkSql(step.check.sql, before), signal);
  const expectation = readCheck(step, String(rows[0]?.[0]));
  if (expectation === undefined || expectation.holds || expectation.severity === 'warn') return expectation;
  throw new UserError('invalid', `Step ${step.index + 1} (${step.kind}): ${expectation.message}`, {
    fix:
      step.kind === 'cast'
        ? 'Mend these cells before the step, or write "invalid: missing" or "invalid: reject" in it.'
        : 'Mend or filter these rows before the step, or write "severity: warn" or a larger "allow" in it.',
  });
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
