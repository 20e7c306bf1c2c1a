import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBMapType,
  DuckDBMapValue,
  StatementType,
  DuckDBTimestampTZValue,
  JsonDuckDBValueConverter,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json,
} from '@duckdb/node-api';
import { UserError } from '../core/errors';
import type { Cell, Column } from '../core/table';
import { column } from '../formats/types';
import { startTally, type Tally, type TallyKey } from './tally';
import { IDLE_BYTES, type Lane, type Memory, type MemoryPart } from './memory';
import { quoteLiteral } from './sql';

export interface Rows {
  readonly columns: Column[];
  readonly rows: Cell[][];
}

/** One connection: its statements run one after the other, in the order of the calls; temporary tables are its own. */
export interface Session {
  /** Rejects with an AbortError when the signal fires; the session stays usable. */
  run(sql: string, signal?: AbortSignal): Promise<void>;
  all(sql: string, signal?: AbortSignal): Promise<Rows>;
  /** A UserError unless the text is exactly one statement that only reads. */
  checkSelect(sql: string): Promise<void>;
  /** Starts to count beside the statement that is run next and holds its `sql`. */
  tally(keys: readonly TallyKey[]): Promise<Tally>;
  /** Puts rows, given as columns, behind those of a temporary table. */
  append(table: string, columns: readonly (readonly DuckDBValue[])[], signal?: AbortSignal): Promise<void>;
  /** Lets {@link progress} be known, in this session. */
  countProgress(): Promise<void>;
  /** 0 to 100 for the running statement, -1 when unknown. */
  progress(): number;
  /** How many groupings of so many rows one statement can hold at a time. */
  groupings(rows: number): number;
  close(): void;
}

export interface Database {
  /** A further connection to the same tables, whose statements run in this lane. */
  connect(lane?: Lane): Promise<Session>;
  close(): void;
}

export interface DatabaseOptions {
  /** Exact files that may be read (and written, by COPY). */
  readonly allowedPaths?: readonly string[];
  readonly allowedDirectories?: readonly string[];
  /** Where DuckDB spills, in a folder of its own for each database; made when absent. */
  readonly tempDirectory: string;
  /** What the database gets its memory of. */
  readonly memory: Memory;
  readonly threads?: number;
}

const TEMP_LIMIT_BYTES = 50 * 2 ** 30;

/**
 * An in-memory database that can reach nothing but the given paths: no extension is loaded or fetched, and no statement
 * can change that. Paths with a glob must be given as directories.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  mkdirSync(options.tempDirectory, { recursive: true });
  let control: DuckDBConnection | undefined;
  const part = await options.memory.join(async (bytes) => {
    await control?.run(`SET memory_limit = '${size(bytes)}'`);
  });
  // The names of DuckDB's spill files are the same in each instance: in one folder they would overwrite each other's.
  const spill = mkdtempSync(join(options.tempDirectory, 'db-'));
  let instance: DuckDBInstance;
  try {
    instance = await newInstance(options, spill);
    control = await instance.connect();
    await lock(control, options);
  } catch (error) {
    await part.leave();
    throw error;
  }

  const sessions = new Set<Session>();
  let closed = false;
  return {
    async connect(lane = 'background') {
      const session = openConnection(await instance.connect(), part, lane, options.memory, () =>
        sessions.delete(session),
      );
      sessions.add(session);
      return session;
    },
    close() {
      if (closed) return;
      closed = true;
      for (const session of sessions) session.close();
      void part.leave().then(() => {
        control?.closeSync();
        control = undefined;
        instance.closeSync();
        // A statement that still runs writes here: then it goes with the engine's whole temporary folder.
        rm(spill, { recursive: true, force: true }).catch(() => undefined);
      });
    },
  };
}

function newInstance(options: DatabaseOptions, spill: string): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    memory_limit: size(IDLE_BYTES),
    temp_directory: spill,
    max_temp_directory_size: `${TEMP_LIMIT_BYTES / 2 ** 30}GiB`,
    enable_external_file_cache: 'false',
    threads: String(options.threads ?? options.memory.threads),
  });
}

/** From here on nothing but the memory limit, the form of errors and the count of progress can be changed, and nothing but the given paths be reached. */
async function lock(connection: DuckDBConnection, options: DatabaseOptions): Promise<void> {
  const list = (paths: readonly string[] = []): string => `[${paths.map(quoteLiteral).join(', ')}]`;
  const changeable = ['memory_limit', 'errors_as_json', 'enable_progress_bar', 'enable_progress_bar_print'];
  await connection.run(
    [
      `SET allowed_paths = ${list(options.allowedPaths)}`,
      `SET allowed_directories = ${list(options.allowedDirectories)}`,
      // Of all connections: without GLOBAL it would hold for this one alone, and the others would be in this machine's zone.
      `SET GLOBAL TimeZone = 'UTC'`,
      'SET enable_external_access = false',
      `SET allowed_configs = ${list(changeable)}`,
      'SET lock_configuration = true',
    ].join('; '),
  );
}

/** A database with one background session; closing the session closes both. */
export async function openSession(options: DatabaseOptions): Promise<Session> {
  const database = await openDatabase(options);
  const session = await database.connect('background');
  return { ...session, close: () => database.close() };
}

const size = (bytes: number): string => `${Math.floor(bytes / 1024)}KiB`;

function openConnection(
  connection: DuckDBConnection,
  part: MemoryPart,
  lane: Lane,
  memory: Memory,
  closed: () => void,
): Session {
  let last: Promise<unknown> = Promise.resolve();
  let open = true;
  let running = 0;
  const closeWhenIdle = (): void => {
    if (!open && running === 0) connection.closeSync();
  };

  function queue<T>(signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
    const result = last.then(() =>
      part.run(lane, async () => {
        if (signal?.aborted) throw cancelled();
        if (!open) throw new UserError('cancelled', 'The table was closed.');
        running += 1;
        try {
          return await interruptible(connection, signal, task);
        } finally {
          running -= 1;
          closeWhenIdle();
        }
      }),
    );
    last = result.catch(() => undefined);
    if (!signal) return result;
    return untilAborted(result, signal);
  }

  return {
    run: (sql, signal) =>
      queue(signal, async () => {
        await connection.run(sql);
      }),
    all: (sql, signal) =>
      queue(signal, async () => {
        const result = await connection.run(sql);
        const types = result.columnTypes();
        const columns = result
          .deduplicatedColumnNames()
          .map((name, index) => column(name, String(types[index])));
        return { columns, rows: await result.convertRows<Cell>(toCell) };
      }),
    tally: (keys) => queue(undefined, () => Promise.resolve(startTally(connection, keys))),
    append: (table, columns, signal) => queue(signal, () => append(connection, table, columns)),
    checkSelect: (sql) =>
      queue(undefined, async () => {
        // DuckDB's own answer to no statement at all has no words.
        if (sql.trim() === '') {
          throw new UserError('invalid', 'There is no SQL to run.', {
            fix: 'Write a SELECT over the tables.',
          });
        }
        const statements = await connection.extractStatements(sql);
        const only = statements.count === 1 ? await statements.prepare(0) : undefined;
        const reads = only?.statementType === StatementType.SELECT;
        only?.destroySync();
        if (!reads) {
          throw new UserError('invalid', 'Only one SELECT can be run here.', {
            fix: 'Write a single SELECT (or WITH … SELECT) statement.',
          });
        }
      }),
    countProgress: () =>
      queue(undefined, async () => {
        // Without this it would be printed, too.
        await connection.run('SET enable_progress_bar_print = false');
        await connection.run('SET enable_progress_bar = true');
      }),
    progress: () => connection.progress.percentage,
    groupings: (rows) => memory.groupings(rows),
    close() {
      if (!open) return;
      open = false;
      closed();
      if (running > 0) connection.interrupt();
      closeWhenIdle();
    },
  };
}

/** A statement that still waits for its turn is left by its caller at once; when its turn comes it does nothing. */
function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      reject(cancelled());
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    result.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave);
    });
  });
}

async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  task: () => Promise<T>,
): Promise<T> {
  let again: NodeJS.Timeout | undefined;
  // An interrupt that arrives between two steps of a statement is forgotten by DuckDB, so it is repeated.
  const interrupt = (): void => {
    connection.interrupt();
    again ??= setInterval(() => {
      connection.interrupt();
    }, 10);
  };
  signal?.addEventListener('abort', interrupt);
  try {
    return await task();
  } catch (error) {
    throw signal?.aborted ? cancelled() : explain(error);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    clearInterval(again);
  }
}

/** So many rows are handed over at a time. */
const CHUNK_ROWS = 2048;

async function append(
  connection: DuckDBConnection,
  table: string,
  columns: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const appender = await connection.createAppender(table, 'main', 'temp');
  const types = columns.map((_, at) => appender.columnType(at));
  const rows = columns[0]?.length ?? 0;
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const some = columns.map((all) => all.slice(from, from + CHUNK_ROWS));
    const chunk = DuckDBDataChunk.create(types, some[0]?.length ?? 0);
    chunk.setColumns(some);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function cancelled(): Error {
  return new DOMException('Cancelled.', 'AbortError');
}

/** DuckDB's failures that a person can do something about; all others come back as they are. */
function explain(error: unknown): unknown {
  const text = error instanceof Error ? error.message : String(error);
  if (/No space left on device|max_temp_directory_size|not enough space on the disk/i.test(text)) {
    return new UserError('quota', 'There is not enough disk space for the temporary files of this step.', {
      fix: 'Free some space on the disk that holds the temporary folder, then try again.',
      cause: error,
    });
  }
  if (/^Out of Memory Error/i.test(text)) {
    return new UserError('quota', 'This step needs more memory than the data engine may use.', {
      fix: 'Raise the memory limit of the data engine in the settings, or work on fewer columns or rows.',
      cause: error,
    });
  }
  if (/^INTERRUPT Error/i.test(text)) return cancelled();
  return error;
}

function toCell(value: DuckDBValue, type: DuckDBType): Cell {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return String(value);
    return String(type) === 'FLOAT' ? shortFloat(value) : value;
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  const name = String(type);
  if (value instanceof DuckDBTimestampTZValue) {
    return value.isFinite ? isoFromMicros(value.micros) : value.toString();
  }
  if (name.startsWith('TIMESTAMP')) return value.toString().replace(' ', 'T');
  if (/\]$|^(STRUCT|MAP|UNION)/.test(name)) {
    return JSON.stringify(nested(value, type, nested));
  }
  return value.toString();
}

/** Values within others as JSON has them: whole numbers as numbers as far as they are exact, a map by texts as an object. */
const nested: DuckDBValueConverter<Json> = (value, type, inner) => {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === 'number' && String(type) === 'FLOAT' && Number.isFinite(value))
    return shortFloat(value);
  if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType) {
    const { entries } = value;
    if (entries.every(({ key }) => typeof key === 'string')) {
      return Object.fromEntries(
        entries.map((one) => [String(one.key), inner(one.value, type.valueType, inner)]),
      );
    }
  }
  return JsonDuckDBValueConverter(value, type, inner);
};

/** The shortest number that is the same one in single precision: 0.1, not 0.10000000149011612. */
function shortFloat(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function isoFromMicros(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}${rest === 0n ? '' : `.${rest.toString().padStart(6, '0').replace(/0+$/, '')}`}Z`;
}
