import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { systemCode, UserError } from '../core/errors';
import type { Dialect, FormatId, Page, TableSource } from '../core/table';
import { beginning, compressionOf, innerName } from './compressed';
import type { ContainerPage } from './container-page';
import type { JsonPage } from './json-page';
import { PREFIX_BYTES, type Prefix } from './format';
import { detectFormat } from './formats';
import { isMany, partFiles } from './part-files';

export interface FirstPage {
  /** Without columns and rows for a format that only the engine reads (Parquet). */
  readonly page: Page;
  readonly format: FormatId;
  readonly dialect: Dialect | null;
  readonly bytes: number;
  /** The sheets or tables that the file holds, and the one that is shown; absent when that was not looked for. */
  readonly tables?: readonly string[];
  readonly table?: string;
  /** The file is compressed. */
  readonly packed?: true;
  /** It is a folder, or a glob, of so many files. */
  readonly files?: number;
}

/** The first 256 KB of a file; a UserError when it cannot be read. */
export async function readPrefix(path: string): Promise<Prefix> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) {
      throw new UserError('invalid', `${basename(path)} is a folder, not a table file.`, {
        fix: 'Choose one of the files in it.',
      });
    }
    if (!info.isFile()) {
      // A pipe would be waited for without end.
      throw new UserError('invalid', `${basename(path)} is no file but a pipe or a device.`, {
        fix: 'Write it to a file first.',
      });
    }
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(Math.min(PREFIX_BYTES, info.size));
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return await unpacked(
        { bytes: bytes.subarray(0, length), size: info.size, name: basename(path) },
        path,
      );
    } finally {
      await file.close();
    }
  } catch (error) {
    throw cannotRead(error, path);
  }
}

/** The beginning of what is in a compressed file; its size is estimated unless it was seen to the end. */
async function unpacked(raw: Prefix, path: string): Promise<Prefix> {
  const kind = compressionOf(raw.bytes);
  if (!kind) return raw;
  const { bytes, used, ended } = await beginning(path, raw.size, kind, PREFIX_BYTES);
  const estimate = Math.round((raw.size * bytes.length) / Math.max(1, used));
  return {
    bytes,
    size: ended ? bytes.length : Math.max(bytes.length + 1, estimate),
    name: innerName(raw.name),
    packed: { kind, size: raw.size },
  };
}

/** A UserError for a file that is not there or may not be read; other failures come back as they are. */
export function cannotRead(error: unknown, path: string): unknown {
  const name = basename(path);
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError('notFound', `There is no file ${name}.`, {
        fix: `It was expected at ${path}. If it was moved or renamed, open it from where it is now.`,
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new UserError('permission', `${name} may not be read by you.`, {
        fix: 'Ask for read permission on the file, or copy it to a folder of your own.',
        cause: error,
      });
    default:
      return error;
  }
}

interface PageOptions {
  readonly limit?: number;
  readonly source?: Partial<TableSource>;
}

/** The first rows of a table file (or of a folder's first file), from its beginning alone: the time does not grow with the file. */
export async function firstPage(path: string, options: PageOptions = {}): Promise<FirstPage> {
  if (await isMany(path)) {
    const [{ manyPage }, parts] = await Promise.all([import('./many-page'), partFiles(path)]);
    return manyPage(parts, options.source ?? {}, (file) => firstPage(file.path, options));
  }
  const prefix = await readPrefix(path);
  const { id, load, quick } = detectFormat(prefix, options.source?.format);
  const said = pageOf(prefix, options);
  const first = await quickPage();
  if (!first) return said;
  const { columns, rows, estimate: total, complete: exact, tables, table } = first;
  return {
    ...said,
    page: { columns, rows, offset: 0, total, exact, rejected: 0 },
    ...(tables ? { tables } : {}),
    ...(table === undefined ? {} : { table }),
  };

  async function quickPage(): Promise<(Partial<ContainerPage> & JsonPage) | undefined> {
    const limit = options.limit ?? 100;
    const wanted = options.source?.table;
    if (id === 'json') return (await import('./json-page')).jsonPage(prefix, wanted, limit);
    if (!load || quick !== true || prefix.packed) return undefined;
    const [container, { containerPage }] = await Promise.all([load(), import('./container-page')]);
    return containerPage(container, { path, name: prefix.name }, wanted, limit);
  }
}

/** The first rows, from the beginning of a table. */
export function pageOf(prefix: Prefix, options: PageOptions = {}): FirstPage {
  const format = detectFormat(prefix, options.source?.format);
  const description = format.describe(prefix, options.source?.dialect ?? {});
  const first = format.first(prefix, description, options.limit ?? 100);
  return {
    page: {
      columns: description.columns ?? [],
      rows: first?.rows ?? [],
      offset: 0,
      total: first?.estimate ?? 0,
      exact: first?.complete ?? false,
      rejected: 0,
    },
    format: format.id,
    dialect: description.dialect,
    bytes: prefix.packed?.size ?? prefix.size,
    ...(prefix.packed ? { packed: true } : {}),
  };
}

/** The beginning of a text table cut behind its last whole record, in UTF-8; undefined for a format that is no text. */
export function wholeRecords(prefix: Prefix, source: Partial<TableSource> = {}): string | undefined {
  const format = detectFormat(prefix, source.format);
  return format.whole(prefix, format.describe(prefix, source.dialect ?? {})) ?? undefined;
}
