import { UserError, type TextPlace } from '../core/errors';
import type { Page, TableSource } from '../core/table';
import type { QueryRequest } from '../protocol';
import type { EngineContext, Relation } from './context';
import type { Session } from './duckdb';
import { quoteIdentifier } from './sql';

/** A session in which the tables are views, and the SELECT as it can stand in brackets. */
export interface ReadyQuery {
  readonly session: Session;
  readonly sql: string;
  /** Records of the tables that are no rows. */
  readonly rejected: number;
}

/** Opens the tables and checks the text; a UserError says where it is wrong. The caller closes the session. */
export async function readyQuery(
  context: EngineContext,
  { sql: text, tables }: QueryRequest,
  signal?: AbortSignal,
): Promise<ReadyQuery> {
  const relations: { readonly name: string; readonly relation: Relation }[] = [];
  const byFile = new Map<string, Relation>();
  // One after the other: scans that take turns would press each other's tables to disk at every statement.
  for (const [name, source] of Object.entries(tables)) {
    const key = JSON.stringify(source);
    const relation = byFile.get(key) ?? (await context.relation(source, signal));
    byFile.set(key, relation);
    relations.push({ name, relation });
  }
  const session = await context.session(relations.map(({ relation }) => relation.path));
  try {
    for (const { name, relation } of relations) {
      await session.run(`CREATE TEMP VIEW ${quoteIdentifier(name)} AS ${relation.sql}`, signal);
    }
    const sql = await checked(session, text);
    const rejected = [...byFile.values()].reduce((sum, one) => sum + one.rejected, 0);
    return { session, sql, rejected };
  } catch (error) {
    session.close();
    throw queryError(error, text, tables, signal);
  }
}

/** The text without the semicolon at its end; it is one statement that only reads. */
async function checked(session: Session, text: string): Promise<string> {
  // With these DuckDB says the place in the text, however long its lines are.
  await session.run('SET errors_as_json = true');
  await session.checkSelect(text);
  await session.run('SET errors_as_json = false');
  // Comments may stand behind the semicolon; inside of a text literal the rest would be no statement.
  const bare = text.replace(/;\s*(--[^\n]*\s*)*$/, '');
  if (bare === text) return text;
  return session.checkSelect(bare).then(
    () => bare,
    () => text,
  );
}

/** The first rows of one SELECT of the user over named tables; a UserError says where the SQL is wrong. */
export async function runQuery(
  context: EngineContext,
  params: { sql: string; tables: Readonly<Record<string, TableSource>>; limit: number; offset?: number },
  signal?: AbortSignal,
): Promise<Page> {
  const { session, sql, rejected } = await readyQuery(context, params, signal);
  try {
    const offset = params.offset ?? 0;
    const page = await session.all(
      `SELECT * FROM (\n${sql}\n) LIMIT ${Math.floor(params.limit)} OFFSET ${Math.floor(offset)}`,
      signal,
    );
    const counted = await session.all(`SELECT count(*) FROM (\n${sql}\n)`, signal);
    return { ...page, offset, total: Number(counted.rows[0]?.[0] ?? 0), exact: true, rejected };
  } catch (error) {
    throw queryError(error, params.sql, params.tables, signal);
  } finally {
    session.close();
  }
}

/** DuckDB's failure as a UserError with its place in the text. */
export function queryError(
  error: unknown,
  text: string,
  tables: QueryRequest['tables'],
  signal?: AbortSignal,
): unknown {
  if (error instanceof UserError || signal?.aborted) return error;
  const raw = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'AbortError') return error;
  const { message, place } = told(raw.replace(/^Failed to extract statements: /, ''), text);
  return new UserError(
    'invalid',
    place ? `Line ${place.line}, column ${place.column}: ${message}` : message,
    {
      fix: `Correct the SQL. Tables here: ${Object.keys(tables).join(', ') || 'none'}.`,
      ...(place ? { place } : {}),
      cause: error,
    },
  );
}

function told(raw: string, text: string): { message: string; place: TextPlace | undefined } {
  const json = /^(?:Parser Error: )?(\{.*\})$/s.exec(raw)?.[1];
  if (json !== undefined) {
    const { exception_message: message, position } = JSON.parse(json) as Readonly<Record<string, string>>;
    return {
      message: (message ?? raw).trim(),
      place: position === undefined ? undefined : placeAt(text, Number(position)),
    };
  }
  // Of a statement that was running: the text stands in it from the second line on.
  const [shown, line, code = '', before = ''] = /\n+LINE (\d+): (.*)\n( *)\^/.exec(raw) ?? [];
  if (shown === undefined) return { message: raw, place: undefined };
  const own = Number(line) - 1;
  const column = before.length - `LINE ${line ?? ''}: `.length + 1;
  const fits = text.split('\n')[own - 1]?.trimEnd() === code.trimEnd();
  return {
    message: raw.replace(shown, '').trim(),
    place: fits && column > 0 ? { line: own, column } : undefined,
  };
}

/** DuckDB counts bytes of UTF-8. */
function placeAt(text: string, byte: number): TextPlace {
  const before = Buffer.from(text).subarray(0, byte).toString().split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
