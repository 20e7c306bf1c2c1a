import { open } from 'node:fs/promises';
import { UserError } from '../core/errors';
import { pickTable, unreadable, type ContainerFile } from '../formats/container';
import { literal } from '../formats/text';
import type { Session } from './duckdb';
import { quoteIdentifier } from './sql';

const WHAT = 'a DuckDB database';
/** Bytes before the first block: the main header and two of the database. */
const HEADERS = 3 * 4096;

/** DuckDB ends the process over a file that is shorter than its header says (there are two; the newer one counts). */
async function checkLength({ path, name }: ContainerFile): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const headers = Buffer.alloc(HEADERS);
    const { bytesRead } = await file.read(headers, 0, HEADERS, 0);
    const at = headers.readBigUInt64LE(4096 + 8) >= headers.readBigUInt64LE(8192 + 8) ? 4096 : 8192;
    const blocks = Number(headers.readBigUInt64LE(at + 32));
    const block = Number(headers.readBigUInt64LE(at + 40));
    if (bytesRead < HEADERS || size < HEADERS + blocks * block) {
      throw unreadable(name, WHAT, new Error('it is cut off'));
    }
  } finally {
    await file.close();
  }
}

async function attached(
  file: ContainerFile,
  session: (paths: readonly string[]) => Promise<Session>,
): Promise<Session> {
  await checkLength(file);
  const opened = await session([file.path, `${file.path}.wal`]);
  try {
    await opened.run(`ATTACH ${literal(file.path)} AS source (READ_ONLY)`);
    // Views name their tables without the database.
    await opened.run('USE source');
    return opened;
  } catch (error) {
    opened.close();
    if (error instanceof UserError) throw error;
    throw /lock/i.test(String(error))
      ? new UserError('conflict', `${file.name} is open in another program, which has locked it.`, {
          fix: 'Close it there, then try again.',
          cause: error,
        })
      : unreadable(file.name, WHAT, error);
  }
}

interface Place {
  /** With the schema, unless that is `main`. */
  readonly name: string;
  readonly sql: string;
}

async function places(session: Session): Promise<Place[]> {
  const { rows } = await session.all(
    `SELECT schema_name, name FROM (
       SELECT schema_name, table_name AS name, 0 AS kind FROM duckdb_tables() WHERE database_name = 'source' AND NOT internal
       UNION ALL
       SELECT schema_name, view_name, 1 FROM duckdb_views() WHERE database_name = 'source' AND NOT internal)
     ORDER BY kind, schema_name <> 'main', schema_name, name`,
  );
  return rows.map(([schema, name]) => ({
    name: schema === 'main' ? String(name) : `${String(schema)}.${String(name)}`,
    sql: `source.${quoteIdentifier(String(schema))}.${quoteIdentifier(String(name))}`,
  }));
}

/** The tables and views of a DuckDB database. */
export async function duckdbTables(
  file: ContainerFile,
  session: (paths: readonly string[]) => Promise<Session>,
): Promise<readonly string[]> {
  const opened = await attached(file, session);
  try {
    return (await places(opened)).map(({ name }) => name);
  } finally {
    opened.close();
  }
}

/** Copies one of them to Parquet; a view runs as it is written, but can read nothing outside of the database. */
export async function copyDuckdb(
  file: ContainerFile,
  wanted: string | undefined,
  parquet: string,
  session: (paths: readonly string[]) => Promise<Session>,
  signal?: AbortSignal,
): Promise<{ readonly tables: readonly string[]; readonly table: string }> {
  const opened = await attached(file, session);
  try {
    const all = await places(opened);
    const tables = all.map(({ name }) => name);
    const table = pickTable(file.name, tables, wanted);
    const sql = all.find(({ name }) => name === table)?.sql ?? '';
    await opened.run(
      `COPY (SELECT * FROM ${sql}) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION lz4_raw)`,
      signal,
    );
    return { tables, table };
  } catch (error) {
    if (error instanceof UserError || signal?.aborted) throw error;
    throw unreadable(file.name, WHAT, error);
  } finally {
    opened.close();
  }
}
