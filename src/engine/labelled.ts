import { UserError } from '../core/errors';
import type { Cell, Column } from '../core/table';
import type { EngineApi } from '../protocol';
import type { Handlers } from '../rpc';
import type { EngineContext, Relation } from './context';
import { capturedRelation } from './drift-captures';
import type { Session } from './duckdb';
import { jsonPointer, quoteIdentifier, quoteLiteral } from './sql';

const ID_NAMES = ['id', 'request_id'];

/** Joins true values to captured predictions: by request id where the labels have one, else by equal input columns. */
export function createLabelled(context: EngineContext): Handlers<EngineApi>['labelled'] {
  return async (params, { signal }) => {
    const labels = await context.relation(params.labels, signal);
    const target = find(labels.columns, params.target);
    if (target === undefined) {
      throw new UserError('invalid', `The labels have no column "${params.target}".`, {
        fix: `Give a table with the request ids (id) or the input columns, and the true values in a column "${params.target}". This one has: ${labels.columns.map((one) => one.name).join(', ')}.`,
      });
    }
    if (params.captureFiles.length === 0) return { actual: [], predicted: [] };
    const session = await context.session([labels.path, ...params.captureFiles]);
    try {
      return await match(session, labels, target, params, signal);
    } finally {
      session.close();
    }
  };
}

async function match(
  session: Session,
  labels: Relation,
  target: Column,
  params: Parameters<EngineApi['labelled']>[0],
  signal: AbortSignal,
): Promise<{ actual: Cell[]; predicted: Cell[] }> {
  const captured = `SELECT * FROM (${capturedRelation(params.captureFiles, 'JSON', {
    since: params.since,
    version: params.version,
  })}) WHERE prediction IS NOT NULL`;
  const id = labels.columns.find((one) => ID_NAMES.includes(one.name.toLowerCase()));
  if (id !== undefined) {
    const byId = await join(
      session,
      captured,
      labels.sql,
      target,
      [{ column: id, captured: 'c.id' }],
      signal,
    );
    if (byId.actual.length > 0) return byId;
  }
  const shared = await sharedInputs(session, captured, labels.columns, params.target, signal);
  if (shared.length > 0) return join(session, captured, labels.sql, target, shared, signal);
  if (id !== undefined) return { actual: [], predicted: [] };
  throw new UserError('invalid', 'The labels share no column with the captured requests.', {
    fix: 'Give a table with the request ids in a column "id", or with the input columns as they were sent, and the true values.',
  });
}

interface Key {
  readonly column: Column;
  /** SQL of the same value on the captured side (relation `c`), as text. */
  readonly captured: string;
}

async function join(
  session: Session,
  captured: string,
  labels: string,
  target: Column,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<{ actual: Cell[]; predicted: Cell[] }> {
  const value = (sql: string): string => {
    if (target.type === 'integer' || target.type === 'number') return `TRY_CAST(${sql} AS DOUBLE)`;
    return target.type === 'boolean'
      ? `CAST(TRY_CAST(${sql} AS BOOLEAN) AS VARCHAR)`
      : `CAST(${sql} AS VARCHAR)`;
  };
  const names = keys.map((key) => quoteIdentifier(key.column.name));
  const on = keys.map(
    (key, index) =>
      `TRY_CAST(${key.captured} AS ${key.column.sqlType}) IS NOT DISTINCT FROM l.${names[index] ?? ''}`,
  );
  // Several labels of one request (or of equal inputs): the most frequent one is the truth.
  const { rows } = await session.all(
    `WITH l AS (
       SELECT ${names.join(', ')}, mode(${value(quoteIdentifier(target.name))}) AS __mll_actual
       FROM (${labels}) WHERE ${quoteIdentifier(target.name)} IS NOT NULL GROUP BY ALL
     )
     SELECT l.__mll_actual, ${value('c.prediction')}
     FROM (${captured}) c JOIN l ON ${on.join(' AND ')}
     WHERE ${value('c.prediction')} IS NOT NULL`,
    signal,
  );
  return { actual: rows.map((row) => row[0] ?? null), predicted: rows.map((row) => row[1] ?? null) };
}

/** The labels' columns that requests carried as inputs. */
async function sharedInputs(
  session: Session,
  captured: string,
  columns: readonly Column[],
  target: string,
  signal: AbortSignal,
): Promise<Key[]> {
  const { rows } = await session.all(
    `SELECT DISTINCT unnest(json_keys(input)) FROM (SELECT input FROM (${captured}) LIMIT 1000)`,
    signal,
  );
  const sent = new Map(rows.map(([name]) => [String(name).toLowerCase(), String(name)]));
  return columns
    .filter((column) => column.name.toLowerCase() !== target.toLowerCase())
    .flatMap((column) => {
      const name = sent.get(column.name.toLowerCase());
      if (name === undefined) return [];
      return [{ column, captured: `json_extract_string(c.input, ${quoteLiteral(jsonPointer(name))})` }];
    });
}

function find(columns: readonly Column[], name: string): Column | undefined {
  return (
    columns.find((one) => one.name === name) ??
    columns.find((one) => one.name.toLowerCase() === name.toLowerCase())
  );
}
