import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { systemCode, UserError } from '../core/errors';
import type { Dialect, FormatId, Page, TableSource } from '../core/table';
import { PREFIX_BYTES, type Prefix } from './format';
import { detectFormat } from './formats';

export interface FirstPage {
  /** Without columns and rows for a format that only the engine reads (Parquet). */
  readonly page: Page;
  readonly format: FormatId;
  readonly dialect: Dialect | null;
  readonly bytes: number;
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
      return { bytes: bytes.subarray(0, length), size: info.size, name: basename(path) };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw cannotRead(error, path);
  }
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

/** The first rows of a table file, from its first 256 KB alone: the time does not grow with the file. */
export async function firstPage(path: string, options: PageOptions = {}): Promise<FirstPage> {
  return pageOf(await readPrefix(path), options);
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
    bytes: prefix.size,
  };
}

/** The beginning of a text table cut behind its last whole record, in UTF-8; undefined for a format that is no text. */
export function wholeRecords(prefix: Prefix, source: Partial<TableSource> = {}): string | undefined {
  const format = detectFormat(prefix, source.format);
  return format.whole(prefix, format.describe(prefix, source.dialect ?? {})) ?? undefined;
}
