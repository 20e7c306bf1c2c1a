import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors';
import type { DriftColumn, DriftReport } from '../core/monitor';
import type { Column } from '../core/table';
import type { EngineApi } from '../protocol';
import type { Handlers } from '../rpc';
import type { EngineContext } from './context';
import { capturedRelation, inputStruct } from './drift-captures';
import { compareColumn, measure, type Measured } from './drift-column';
import type { Session } from './duckdb';
import { createTraffic } from './drift-traffic';
import { createLabelled } from './labelled';
import { quoteIdentifier, quoteLiteral } from './sql';

/** Fewer current rows than this are not tested. */
export const FEWEST_ROWS = 30;
/** Share of drifted columns from which on the whole counts as drifted. */
const DRIFT_SHARE = 0.5;
const PREDICTION = 'prediction';

type DriftParams = Parameters<EngineApi['drift']>[0];

export function createDriftHandlers(
  context: EngineContext,
): Pick<Handlers<EngineApi>, 'drift' | 'labelled' | 'traffic'> {
  return {
    drift: (params, call) => drift(context, params, call.signal),
    labelled: createLabelled(context),
    traffic: createTraffic(context),
  };
}

interface Compared {
  readonly column: Column;
  readonly kind: 'numeric' | 'categorical';
  /** Text that is mostly distinct is no category: it is left out. */
  readonly freeTextCounts: boolean;
}

async function drift(
  context: EngineContext,
  params: DriftParams,
  signal: AbortSignal,
): Promise<{ inputs: DriftReport; prediction: DriftReport | null }> {
  const baseline = path.join(params.reference, 'baseline.parquet');
  await access(baseline).catch((cause: unknown) => {
    throw new UserError('notFound', 'The model package has no baseline.parquet to compare with.', {
      fix: 'Train the model again: every new model package carries the rows it was trained on as its baseline.',
      cause,
    });
  });
  const current = await currentRelation(context, params, signal);
  const session = await context.session([baseline, ...current.paths]);
  const both = '__mll_drift';
  try {
    const reference = `read_parquet(${quoteLiteral(baseline)})`;
    const { columns } = await session.all(`SELECT * FROM ${reference} LIMIT 0`, signal);
    const classes = await isClassification(params.reference);
    const skipped: Record<string, string> = {};
    const compared: Compared[] = [];
    for (const column of columns) {
      const kind = column.name === PREDICTION && classes ? 'categorical' : kindOf(column);
      if (!current.has(column.name)) {
        if (column.name !== PREDICTION) skipped[column.name] = 'The new rows do not have this column.';
      } else if (kind === undefined) {
        skipped[column.name] = 'Dates move on by themselves, so their drift says nothing.';
      } else {
        compared.push({ column, kind, freeTextCounts: column.name === PREDICTION });
      }
    }
    const wanted = compared.map((one) => one.column.name);
    const left = compared.map((one) => valueSql(one, quoteIdentifier(one.column.name)));
    const right = compared.map((one) => valueSql(one, current.value(one.column.name)));
    await session.run(
      `CREATE TEMP TABLE ${both} AS
       SELECT 0::TINYINT AS __mll_side${left.map((sql) => `, ${sql}`).join('')} FROM ${reference}
       UNION ALL SELECT 1::TINYINT${right.map((sql) => `, ${sql}`).join('')} FROM (${current.sql(wanted)})`,
      signal,
    );
    const counted = await session.all(
      `SELECT count(*) FILTER (__mll_side = 0)::DOUBLE, count(*) FILTER (__mll_side = 1)::DOUBLE FROM ${both}`,
      signal,
    );
    const [referenceRows = 0, rows = 0] = (counted.rows[0] ?? []).map(Number);
    const input = { rows, referenceRows, psi: params.psi === true };
    const inputs = await report(session, both, compared.filter(isInput), skipped, input, signal);
    const prediction = compared.find((one) => !isInput(one));
    return {
      inputs,
      prediction: prediction ? await report(session, both, [prediction], {}, input, signal) : null,
    };
  } finally {
    session.close();
  }
}

const isInput = (one: Compared): boolean => one.column.name !== PREDICTION;

async function report(
  session: Session,
  table: string,
  compared: readonly Compared[],
  notTested: Readonly<Record<string, string>>,
  input: { readonly rows: number; readonly referenceRows: number; readonly psi: boolean },
  signal: AbortSignal,
): Promise<DriftReport> {
  const { rows, referenceRows } = input;
  const empty = { rows, referenceRows, share: 0, drifted: false, columns: {} };
  if (rows < FEWEST_ROWS) return { ...empty, tooFew: true };
  const columns: Record<string, DriftColumn> = {};
  const skipped: Record<string, string> = { ...notTested };
  const measured = await measure(session, table, compared, signal);
  for (const one of measured) {
    const reason = whyNot(one);
    if (reason === undefined) columns[one.name] = await compareColumn(session, table, one, input.psi, signal);
    else skipped[one.name] = reason;
  }
  const all = Object.values(columns);
  const share = all.length === 0 ? 0 : all.filter((one) => one.drifted).length / all.length;
  return {
    rows,
    referenceRows,
    tooFew: false,
    share,
    drifted: share >= DRIFT_SHARE,
    columns,
    ...(Object.keys(skipped).length === 0 ? {} : { skipped }),
  };
}

function whyNot(one: Measured): string | undefined {
  if (one.reference === 0) return 'The training rows have no value in this column.';
  if (one.current === 0) return 'The new rows have no value in this column.';
  const free = one.distinctReference > 50 && one.distinctReference > one.reference / 2;
  if (one.kind === 'categorical' && free && !one.freeTextCounts) {
    return 'Text in which most values differ is not compared.';
  }
  return undefined;
}

function kindOf(column: Column): 'numeric' | 'categorical' | undefined {
  switch (column.type) {
    case 'integer':
    case 'number':
      return 'numeric';
    case 'text':
    case 'boolean':
    case 'other':
      return 'categorical';
    case 'date':
    case 'datetime':
      return undefined;
  }
}

/** Infinities and not-a-number count as missing; text that does not fit the baseline's type too. */
function valueSql({ column, kind }: Compared, value: string): string {
  const name = quoteIdentifier(column.name);
  if (kind === 'numeric') {
    const number = `TRY_CAST(${value} AS DOUBLE)`;
    return `CASE WHEN isfinite(${number}) THEN ${number} END AS ${name}`;
  }
  if (column.type === 'boolean') return `TRY_CAST(TRY_CAST(${value} AS BOOLEAN) AS VARCHAR) AS ${name}`;
  return `TRY_CAST(${value} AS VARCHAR) AS ${name}`;
}

interface CurrentRows {
  readonly paths: readonly string[];
  has(column: string): boolean;
  value(column: string): string;
  sql(columns: readonly string[]): string;
}

async function currentRelation(
  context: EngineContext,
  params: DriftParams,
  signal: AbortSignal,
): Promise<CurrentRows> {
  if ('source' in params.current) {
    const relation = await context.relation(params.current.source, signal);
    const names = new Map(relation.columns.map((column) => [column.name.toLowerCase(), column.name]));
    return {
      paths: [relation.path],
      has: (column) => names.has(column.toLowerCase()),
      value: (column) => quoteIdentifier(names.get(column.toLowerCase()) ?? column),
      sql: () => relation.sql,
    };
  }
  const { captureFiles, since, version } = params.current;
  return {
    paths: captureFiles,
    has: () => true,
    value: (column) =>
      column === PREDICTION ? quoteIdentifier(PREDICTION) : `struct_extract(input, ${quoteLiteral(column)})`,
    sql(columns) {
      const inputs = columns.filter((column) => column !== PREDICTION);
      if (captureFiles.length > 0)
        return capturedRelation(captureFiles, inputStruct(inputs), { since, version });
      return `SELECT NULL::${inputStruct(inputs)} AS input, NULL::VARCHAR AS prediction WHERE FALSE`;
    },
  };
}

/** Classes are names, also where they are written as numbers. */
async function isClassification(folder: string): Promise<boolean> {
  const text = await readFile(path.join(folder, 'signature.json'), 'utf8').catch(() => '{}');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('invalid', 'The signature.json of the model package is damaged.', {
      fix: 'Train the model again.',
      cause,
    });
  }
  return typeof value === 'object' && value !== null && 'task' in value && value.task === 'classification';
}
