import { stat, writeFile } from 'node:fs/promises';
import type { FormatId, TableSource } from '../core/table';
import { decompress } from '../formats/compressed';
import type { ContainerTable } from '../formats/container';
import { detectEncoding } from '../formats/encoding';
import { readPrefix } from '../formats/first-page';
import type { Format, Prefix } from '../formats/format';
import { detectFormat, formatById } from '../formats/formats';
import { json, jsonTables, jsonToLines } from '../formats/json';
import { type Copied, toParquet } from './columnar';
import type { Session } from './duckdb';
import type { Merged } from './merged';
import { copyDuckdb, duckdbTables } from './duckdb-file';
import { transcode } from './transcode';

/** A table file as it can be read row by row: the file itself, or a copy in the temporary folder. */
export interface Unpacked {
  readonly file: string;
  /** The beginning of that file under the name of the source. */
  readonly prefix: Prefix;
  /** How that is read. */
  readonly read: Format;
  /** What the source is. */
  readonly format: FormatId;
  /** Of the source, on the disk. */
  readonly bytes: number;
  /** The sheets or tables in the source; empty when it holds but one, without a name. */
  readonly tables: readonly string[];
  readonly table?: string;
  /** What of the source is not in the table. */
  readonly notes: readonly string[];
  /** Names under which parts of the sheet open, where several tables stand on it. */
  readonly parts?: readonly string[];
  /** Of a table of many files. */
  readonly merged?: Merged;
}

export interface UnpackOptions {
  tempFile(suffix: string): string;
  /** That can read these files and write in the temporary folder; whoever asked closes it. */
  readonly session: (paths: readonly string[]) => Promise<Session>;
}

type Tell = (read: number, total: number) => void;

/** Progress: {@link import('../protocol').ScanProgress} without rows. */
export async function unpack(
  source: TableSource,
  options: UnpackOptions,
  signal?: AbortSignal,
  progress?: (value: unknown) => void,
): Promise<Unpacked> {
  const first = await readPrefix(source.path);
  const bytes = first.packed?.size ?? first.size;
  // That all was read is told by the rows.
  const tell: Tell = (read, total) =>
    progress?.({ rows: 0, bytes: Math.min(read, total - 1), totalBytes: total });
  let file = source.path;
  let prefix = first;
  if (first.packed) {
    file = options.tempFile('.data');
    await decompress(source.path, bytes, first.packed.kind, file, signal, (read) => tell(read, bytes));
    prefix = { ...(await readPrefix(file)), name: first.name };
  }
  const format = detectFormat(prefix, source.format);
  const plain: Unpacked = { file, prefix, read: format, format: format.id, bytes, tables: [], notes: [] };
  if (format.id === 'json') return { ...plain, ...(await lines(plain, source.table, options, signal, tell)) };
  if (format.id === 'duckdb') {
    format.describe(prefix, {});
    const parquet = options.tempFile('.parquet');
    const own = { path: file, name: prefix.name };
    const found = await copyDuckdb(own, source.table, parquet, options.session, signal);
    return { ...plain, ...found, ...(await asParquet(parquet, prefix.name)) };
  }
  if (!format.load) return plain;
  format.describe(prefix, {});
  const container = await format.load();
  const table = await container.read({ path: file, name: prefix.name }, source.table, {
    ...(signal ? { signal } : {}),
    progress: tell,
  });
  return { ...plain, ...(await copied(table, prefix, options, signal)) };
}

async function asParquet(file: string, name: string): Promise<Pick<Unpacked, 'file' | 'prefix' | 'read'>> {
  return { file, prefix: { ...(await readPrefix(file)), name }, read: formatById('parquet') };
}

/** The records of a JSON table on lines. */
async function lines(
  { file, prefix }: Unpacked,
  table: string | undefined,
  options: UnpackOptions,
  signal: AbortSignal | undefined,
  tell: Tell,
): Promise<Partial<Unpacked>> {
  json.describe(prefix, {});
  const copy = options.tempFile('.jsonl');
  const text = await inUtf8(file, prefix, options, signal);
  const total = (await stat(text)).size;
  const found = await jsonToLines({ path: text, name: prefix.name }, table, copy, signal, (read) =>
    tell(read, total),
  );
  return {
    file: copy,
    prefix: { ...(await readPrefix(copy)), name: prefix.name },
    read: formatById('jsonl'),
    tables: found.tables,
    ...(found.table === '' ? {} : { table: found.table }),
  };
}

async function inUtf8(
  file: string,
  prefix: Prefix,
  options: Pick<UnpackOptions, 'tempFile'>,
  signal?: AbortSignal,
): Promise<string> {
  const { label } = detectEncoding(prefix);
  if (label === 'utf-8') return file;
  const copy = options.tempFile('.json');
  await transcode(file, label, copy, signal);
  return copy;
}

async function copied(
  table: ContainerTable,
  { name }: Prefix,
  options: UnpackOptions,
  signal: AbortSignal | undefined,
): Promise<Omit<Unpacked, 'format' | 'bytes'>> {
  const text = options.tempFile('.csv');
  const parquet = options.tempFile('.parquet');
  const session = await options.session([]);
  let done: Copied;
  try {
    done = await toParquet(table, session, { text, parquet }, signal);
  } finally {
    session.close();
  }
  // A table without columns is as an empty text is.
  if (done.columns === 0) await writeFile(parquet, '');
  return {
    ...(await asParquet(parquet, name)),
    ...(done.columns === 0 ? { read: formatById('csv') } : {}),
    tables: table.tables,
    ...(table.table === undefined ? {} : { table: table.table }),
    ...(table.parts?.().length ? { parts: table.parts() } : {}),
    notes: [...(table.notes?.() ?? []), ...done.notes],
  };
}

/** The tables that a file holds, without reading them; empty when it holds but one. */
export async function tablesOf(
  source: TableSource,
  options: Pick<UnpackOptions, 'session'>,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const prefix = await readPrefix(source.path);
  const format = detectFormat(prefix, source.format);
  if (format.id === 'json' && !prefix.packed && detectEncoding(prefix).label === 'utf-8') {
    return jsonTables({ path: source.path, name: prefix.name }, signal);
  }
  if (format.id === 'duckdb' && !prefix.packed) {
    format.describe(prefix, {});
    return duckdbTables({ path: source.path, name: prefix.name }, options.session);
  }
  if (!format.load || prefix.packed) return [];
  format.describe(prefix, {});
  return (await format.load()).tables({ path: source.path, name: prefix.name });
}
