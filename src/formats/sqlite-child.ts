import { open as openFile, stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { DatabaseSync } from 'node:sqlite';
import type { ChildRefusal } from './reader-child';

/** The argument that makes the engine's script such a child. */
export const SQLITE_CHILD = '--read-sqlite';
const BATCH = 2000;

export type SqliteValue = string | number | bigint | Uint8Array | null;

/** What the child answers: first what the database holds, then rows each time it is asked. */
export type SqliteAnswer =
  | {
      readonly tables: readonly string[];
      /** Of the wanted table, when there is one of that name. */
      readonly columns?: readonly { readonly name: string; readonly declared: string }[];
      readonly rows?: number;
    }
  | { readonly batch: readonly (readonly SqliteValue[])[]; readonly done: boolean }
  | ChildRefusal;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The pages that the header says must be there (SQLite file format, 1.3): SQLite itself asks only for those that it reads. */
async function checkLength(path: string): Promise<void> {
  const { size } = await stat(path);
  const file = await openFile(path, 'r');
  try {
    const header = Buffer.alloc(100);
    const { bytesRead } = await file.read(header, 0, 100, 0);
    const page = header.readUInt16BE(16);
    const pages = header.readUInt32BE(28);
    // A version of SQLite before 3.7 left the number of pages as it was.
    const isSaid = header.readUInt32BE(24) === header.readUInt32BE(92) && pages > 0;
    if (bytesRead < 100 || (isSaid && size < pages * (page === 1 ? 65_536 : page)))
      throw new Error('it is cut off');
  } finally {
    await file.close();
  }
}

async function open(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite');
  const url = pathToFileURL(path);
  const sizes = await Promise.all(
    ['-wal', '-journal'].map((ending) =>
      stat(`${path}${ending}`).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  // Without changes that are under way nothing is written beside the file, not even a lock.
  if (sizes.every((size) => size === 0)) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

function tablesOf(database: DatabaseSync): string[] {
  return database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, rowid",
    )
    .all()
    .map(({ name }) => String(name));
}

async function answer(
  path: string,
  wanted: string | undefined,
  say: (said: SqliteAnswer) => void,
): Promise<void> {
  await checkLength(path);
  const database = await open(path);
  const tables = tablesOf(database);
  const table = wanted ?? tables[0];
  if (table === undefined || !tables.includes(table)) {
    say({ tables });
    return;
  }
  const columns = database
    .prepare('SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid')
    .all(table)
    .map(({ name, type }) => ({ name: String(name), declared: String(type) }));
  const isView = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ? AND type = 'view'").get(table);
  const counted = isView
    ? undefined
    : database.prepare(`SELECT count(*) AS rows FROM ${quoted(table)}`).get()?.rows;
  say({ tables, columns, ...(counted === undefined ? {} : { rows: Number(counted) }) });
  const statement = database.prepare(`SELECT * FROM ${quoted(table)}`);
  statement.setReadBigInts(true);
  const rows = statement.iterate();
  process.on('message', () => {
    try {
      const batch: SqliteValue[][] = [];
      let done = false;
      while (!done && batch.length < BATCH) {
        const next = rows.next();
        if (next.done === true) done = true;
        else {
          const row = next.value as Record<string, SqliteValue>;
          batch.push(columns.map(({ name }) => row[name] ?? null));
        }
      }
      say({ batch, done });
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error) });
    }
  });
}

/**
 * Reads one table of an SQLite database for the process that forked this one: a statement of node:sqlite cannot be
 * interrupted, and would hold up everything else; a process can be ended.
 */
export function runSqliteChild([path = '', wanted]: readonly string[]): void {
  const say = (said: SqliteAnswer): void => {
    process.send?.(said);
  };
  process.on('disconnect', () => process.exit(0));
  answer(path, wanted, say).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    if (/node:sqlite|No such built-in module/.test(why)) {
      say({
        refused: 'This version of VS Code cannot read SQLite databases.',
        fix: 'Update VS Code, or export the table as CSV.',
      });
    } else say({ error: why });
  });
}
