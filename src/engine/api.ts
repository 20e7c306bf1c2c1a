import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { version } from '@duckdb/node-api';
import { UserError } from '../core/errors';
import type { TableRead, TableSource } from '../core/table';
import { cannotRead } from '../formats/first-page';
import { fileState } from '../formats/file-state';
import { isMany, partFiles } from '../formats/part-files';
import type { EngineApi, TableId } from '../protocol';
import type { Handlers } from '../rpc';
import { asText } from './as-text';
import { createChartHandlers } from './charts/charts';
import { checkTable } from './checks';
import type { EngineContext } from './context';
import { createDriftHandlers } from './drift';
import { openSession, type Session } from './duckdb';
import { exportCell, readCell } from './cell';
import { createMemory } from './memory';
import { openFile, type Opened, type Scan } from './opened';
import { tableSql } from './chosen-rows';
import { createEditHandlers } from './edit';
import { exportTable } from './export-table';
import { findText } from './find';
import { readPage } from './pages';
import { textShape } from './text-shape';
import { unfitCells } from './unfit';
import { profileTable } from './profile';
import { runQuery } from './query';
import { createQueryHandlers } from './query-results';
import { createRecipeHandlers } from './recipe';
import { tablesOf } from './unpack';
import { createUnpacker } from './unpacker';

const RECENT = 16;

type Tell = (value: unknown) => void;

export interface ApiOptions {
  /** Absolute; this process uses a folder of its own in it, which is removed at the end. */
  readonly tempFolder: string;
  /** Bytes for all queries together. */
  readonly memoryLimit?: number;
}

/** min(1 GB, a quarter of this machine's memory), in bytes. */
export function defaultMemoryLimit(): number {
  return Math.min(2 ** 30, Math.floor(totalmem() / 4));
}

/** Everything that the engine process answers. */
export function createApi(options: ApiOptions): { handlers: Handlers<EngineApi>; dispose(): void } {
  const memory = createMemory(options.memoryLimit ?? defaultMemoryLimit());
  removeLeftOvers(options.tempFolder);
  const tempFolder = join(options.tempFolder, `engine-${process.pid}`);
  mkdirSync(tempFolder, { recursive: true });
  const tempFile = (suffix: string): string => join(tempFolder, `${randomUUID()}${suffix}`);
  const tables = new Map<TableId, Opened>();
  const session = (paths: readonly string[]): Promise<Session> =>
    openSession({
      allowedPaths: paths,
      allowedDirectories: [tempFolder],
      tempDirectory: join(tempFolder, 'spill'),
      memory,
    });
  const unpacked = createUnpacker(stateOf, { tempFile, session });
  const open = async (source: TableSource, signal?: AbortSignal, progress?: Tell): Promise<Opened> =>
    openFile(source, await unpacked(source, signal, progress), { tempFolder, memory, tempFile }, signal);

  function table(id: TableId): Opened {
    const found = tables.get(id);
    if (!found) throw new UserError('notFound', 'This table is no longer open. Open it again.');
    return found;
  }

  /** What the last few scans found out, by the file's state on disk: a table that is open is not scanned again. */
  const recent = new Map<string, Opened>();

  async function scanned(source: TableSource, signal?: AbortSignal): Promise<{ opened: Opened; scan: Scan }> {
    const key = await stateOf(source);
    const known = recent.get(key);
    if (known) return { opened: known, scan: await known.scan(signal) };
    const opened = await open(source, signal);
    try {
      const scan = await opened.scan(signal);
      remember(key, opened);
      return { opened, scan };
    } finally {
      opened.close();
    }
  }

  function remember(key: string, opened: Opened): void {
    recent.set(key, opened);
    const [oldest] = recent.keys();
    if (recent.size > RECENT && oldest !== undefined) recent.delete(oldest);
  }

  const context: EngineContext = {
    session,
    async tableRelation(id) {
      const opened = table(id);
      const scan = await opened.scan();
      return {
        session: await opened.session('background'),
        sql: tableSql(scan),
        columns: scan.columns,
        rows: scan.rows,
        path: scan.file,
        rejected: scan.rejected,
      };
    },
    async relation(source, signal) {
      const { scan } = await scanned(source, signal);
      const { columns, rows, rejected, file } = scan;
      return { sql: tableSql(scan), columns, rows, path: file, rejected };
    },
    tempFile,
  };

  async function read(
    source: TableSource,
    part: 'beginning' | 'chunks' | undefined,
    signal: AbortSignal,
  ): Promise<TableRead> {
    const [{ opened, scan }, hash] = await Promise.all([
      scanned(source, signal),
      part === undefined ? sha256(source, signal) : '',
    ]);
    return {
      sql: scan.select,
      columns: scan.columns,
      rows: scan.rows,
      rejected: scan.rejected,
      hash,
      bytes: opened.unpacked.bytes,
      ...(part === 'beginning' ? asText(opened, scan) : {}),
      ...(scan.file === opened.file && opened.isOwn ? {} : { path: scan.file }),
      ...(opened.unpacked.notes.length === 0 ? {} : { notes: opened.unpacked.notes }),
    };
  }

  const queries = createQueryHandlers(context);
  const charts = createChartHandlers(context);
  const handlers: Handlers<EngineApi> = {
    ping: () => ({
      pid: process.pid,
      duckdb: version(),
      memoryLimit: `${Math.floor(memory.bytes / 2 ** 20)} MiB`,
    }),
    async open({ source }, { signal, progress }) {
      const opened = await open(source, signal, progress);
      const id = randomUUID();
      tables.set(id, opened);
      return {
        table: id,
        format: opened.unpacked.format,
        tables: opened.unpacked.tables,
        ...(opened.unpacked.table === undefined ? {} : { shown: opened.unpacked.table }),
        notes: opened.unpacked.notes,
        columns: opened.columns,
        dialect: opened.description.dialect,
        bytes: opened.unpacked.bytes,
      };
    },
    tables: ({ source }, { signal }) => tablesOf(source, { session }, signal),
    close({ table: id }) {
      tables.get(id)?.close();
      tables.delete(id);
    },
    async scan({ table: id }, { signal, progress }) {
      const opened = table(id);
      const key = await stateOf(opened.source);
      const { rows, rejected, columns } = await opened.scan(signal, progress);
      if (key === (await stateOf(opened.source))) remember(key, opened);
      return { rows, rejected, columns };
    },
    unfit: ({ table: id }, { signal }) => unfitCells(table(id), signal),
    textShape: ({ table: id, column }, { signal }) => textShape(table(id), column, signal),
    page: ({ table: id, ...request }, { signal }) => readPage(table(id), request, signal),
    cell: ({ table: id, ...request }, { signal }) => readCell(table(id), request, signal),
    exportCell: ({ table: id, ...request }, { signal }) => exportCell(context, table(id), request, signal),
    find: ({ table: id, ...request }, { signal }) => findText(table(id), request, signal),
    checks: ({ table: id, ...more }, { signal }) => checkTable(context, table(id), more, signal),
    exportTable: ({ table: id, ...request }, { signal }) => exportTable(context, table(id), request, signal),
    profile: ({ table: id, sampleRows }, { signal, progress }) =>
      profileTable(
        table(id),
        { tempFile, ...(sampleRows === undefined ? {} : { sampleRows }) },
        signal,
        progress,
      ),
    read: ({ source, part }, { signal }) => read(source, part, signal),
    ...createEditHandlers(table),
    sql: (params, { signal }) => runQuery(context, params, signal),
    ...queries.handlers,
    ...charts.handlers,
    ...createRecipeHandlers(context),
    ...createDriftHandlers(context),
  };
  return {
    handlers,
    dispose() {
      for (const opened of tables.values()) opened.close();
      queries.dispose();
      charts.dispose();
      rmSync(tempFolder, { recursive: true, force: true });
    },
  };
}

async function stateOf(source: TableSource): Promise<string> {
  return JSON.stringify([source, await fileState(source.path)]);
}

/** Of a file's bytes; of many files of their names and bytes. */
async function sha256({ path, files: only }: TableSource, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const many = await isMany(path);
  const files = many ? (await partFiles(path, signal, only)).files : [{ path, name: '', bytes: 0 }];
  for (const file of files) {
    if (many) hash.update(`${file.name}\0${file.bytes}\0`);
    try {
      for await (const chunk of createReadStream(file.path, { highWaterMark: 2 ** 20, signal })) {
        hash.update(chunk as Buffer);
      }
    } catch (error) {
      throw cannotRead(error, file.path);
    }
  }
  return hash.digest('hex');
}

/** Removes the folders of engines that were killed. */
function removeLeftOvers(tempFolder: string): void {
  mkdirSync(tempFolder, { recursive: true });
  for (const name of readdirSync(tempFolder)) {
    const pid = /^engine-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    rmSync(join(tempFolder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
