import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { StorePlace } from './api';
import { UserError } from './errors';
import { fileError } from './files';
import type { Fetched, RangeReader } from './remote-ranges';
import type { StoreObject } from './store';
import { keyName } from './store-uri';
import type { TableSource } from './table';
import { compressionOf } from '../formats/compressed';
import { bytes as bytesText } from '../words';
import { type FirstPage, firstPage, pageOf, wholeRecords } from '../formats/first-page';

/** Bytes of a text table that are fetched to show its first rows; an object up to this size comes as a whole. */
export const SAMPLE_BYTES = 900_000;
const PARQUET = /\.(parquet|pq)$/i;
/** A copy of a window that was killed is of no use to anybody after so long. */
const LEFT_OVER_MS = 24 * 3600_000;

/** A table in a store as far as it was fetched. */
export interface RemoteTable {
  readonly uri: string;
  readonly object: StoreObject;
  /** As the file itself would show it at first. */
  readonly first: FirstPage;
  /** What the engine reads. */
  readonly source: TableSource;
  /**
   * `all`: the whole table. `beginning`: whole records from its beginning (text). `chunks`: only what {@link RemoteTable.need}
   * fetched; the engine fails where it reads anything else (Parquet).
   */
  readonly part: 'all' | 'beginning' | 'chunks';
  /** Rows of the whole table, when its part holds so many. */
  total(rows: number): number;
  /** Fetches what rows `from` up to `to` of these columns (places; all unless said) need. `conflict` when the object changed. */
  need(from: number, to: number, columns?: readonly number[], signal?: AbortSignal): Promise<void>;
  fetched(): Fetched;
  /** Ends what is being fetched and deletes the copy. */
  close(): Promise<void>;
}

/**
 * Opens a table in a store by ranges: text by its beginning (one request), Parquet by its footer (two at most), and one more
 * for its length unless that is `known`. Copies lie below `folder`.
 */
export async function openRemote(
  place: StorePlace,
  folder: string,
  {
    source: given = {},
    known,
  }: { readonly source?: Partial<TableSource>; readonly known?: StoreObject } = {},
  signal?: AbortSignal,
): Promise<RemoteTable> {
  const reader = await rangeReader(place, known, signal);
  const { object, name } = reader;
  const small = object.bytes <= SAMPLE_BYTES;
  const isParquet = given.format === 'parquet' || (given.format === undefined && PARQUET.test(place.key));
  if (isParquet && !small) return parquet(place, reader, folder, signal);
  const bytes = await reader.read({ start: 0, end: SAMPLE_BYTES }, signal);
  const prefix = { bytes, size: object.bytes, name };
  if (compressionOf(bytes) !== undefined) return packed(place, reader, bytes, given, folder);
  const first = pageOf(prefix, { source: given });
  if (first.format === 'parquet' && !small) return parquet(place, reader, folder, signal);
  const text = first.format === 'parquet' ? undefined : wholeRecords(prefix, given);
  if (!small && text === undefined) {
    throw onlyWhole(place.uri, object.bytes, `${name} is of a format that is read as a whole`);
  }
  const file = await fresh(folder, `.${first.format}`);
  await write(file, text ?? bytes);
  // Of another encoding the text's length says nothing of the bytes; then a record more or less does not matter.
  const isUtf8 = /^utf-?8$/i.test(first.dialect?.encoding ?? '');
  const held = text !== undefined && isUtf8 ? Buffer.byteLength(text) : bytes.length;
  const dialect = first.dialect ? { dialect: { ...first.dialect, encoding: 'utf-8' } } : {};
  return {
    uri: place.uri,
    object,
    first,
    source: { path: file, format: first.format, ...dialect },
    part: small ? 'all' : 'beginning',
    total: (rows) => (small ? rows : Math.max(rows, Math.round((rows * object.bytes) / Math.max(1, held)))),
    need: () => Promise.resolve(),
    fetched: () => reader.fetched(),
    close: () => fs.rm(path.dirname(file), { recursive: true, force: true }),
  };
}

/** The command that brings an object here. */
export const FETCH_COMMAND = 'mll.dataset.fetch';

/** A UserError for an object of which no part can be shown: it is not fetched behind anyone's back. */
function onlyWhole(uri: string, bytes: number, why: string): UserError {
  return new UserError('unavailable', `${why}; it has ${bytesText(bytes)} and is not on this machine.`, {
    fix: `Fetch it first: mll data fetch ${uri}`,
    actions: [{ title: 'Fetch', command: FETCH_COMMAND, args: [uri] }],
  });
}

/** What is compressed is unpacked from its beginning to its end, so it is shown when it came as a whole. */
async function packed(
  { uri }: StorePlace,
  reader: RangeReader,
  bytes: Buffer,
  given: Partial<TableSource>,
  folder: string,
): Promise<RemoteTable> {
  const { object, name } = reader;
  if (bytes.length < object.bytes) {
    throw onlyWhole(uri, object.bytes, `${name} is compressed, so it is read as a whole`);
  }
  const file = await fresh(folder, /(\.\w+){0,2}$/.exec(name)?.[0] ?? '');
  await write(file, bytes);
  return {
    uri,
    object,
    first: await firstPage(file, { source: given }),
    source: { ...given, path: file },
    part: 'all',
    total: (rows) => rows,
    need: () => Promise.resolve(),
    fetched: () => reader.fetched(),
    close: () => fs.rm(path.dirname(file), { recursive: true, force: true }),
  };
}

async function parquet(
  { uri }: StorePlace,
  reader: RangeReader,
  folder: string,
  signal?: AbortSignal,
): Promise<RemoteTable> {
  const file = await fresh(folder, '.parquet');
  const { openParquet } = await import('./remote-parquet');
  const opened = await openParquet(reader, file, signal).catch(async (error: unknown) => {
    await fs.rm(path.dirname(file), { recursive: true, force: true });
    throw error;
  });
  const { object } = reader;
  return {
    uri,
    object,
    first: {
      page: { columns: [], rows: [], offset: 0, total: opened.rows, exact: false, rejected: 0 },
      format: 'parquet',
      dialect: null,
      bytes: object.bytes,
    },
    source: { path: file, format: 'parquet' },
    part: 'chunks',
    total: () => opened.rows,
    need: (from, to, columns, stop) => opened.need(from, to, columns, stop),
    fetched: () => reader.fetched(),
    async close() {
      await opened.close();
      await fs.rm(path.dirname(file), { recursive: true, force: true });
    },
  };
}

async function rangeReader(
  place: StorePlace,
  known: StoreObject | undefined,
  signal?: AbortSignal,
): Promise<RangeReader> {
  const { store, key } = place;
  const object = known ?? (await store.stat(key, signal));
  let bytes = 0;
  let requests = known ? 0 : 1;
  return {
    object,
    name: keyName(key),
    fetched: () => ({ bytes, requests }),
    async read({ start, end }, stop) {
      requests += 1;
      const range = { start, end, ...(object.etag === undefined ? {} : { etag: object.etag }) };
      const got = await buffer(await store.read(key, range, stop));
      bytes += got.length;
      const expected = Math.min(end, object.bytes) - start;
      if (got.length === expected) return got;
      throw new UserError(
        'unavailable',
        `${place.uri} was cut short: ${got.length} of ${expected} bytes came.`,
        {
          fix: 'Try again.',
        },
      );
    },
  };
}

/** A file of its own folder. What windows left that were killed is removed on the way. */
async function fresh(folder: string, ending: string): Promise<string> {
  try {
    await fs.mkdir(folder, { recursive: true });
    for (const name of await fs.readdir(folder)) {
      const old = path.join(folder, name);
      const stat = await fs.stat(old).catch(() => undefined);
      if (stat && Date.now() - stat.mtimeMs > LEFT_OVER_MS)
        await fs.rm(old, { recursive: true, force: true });
    }
    const own = path.join(folder, randomUUID());
    await fs.mkdir(own);
    return path.join(own, `table${ending}`);
  } catch (error) {
    throw fileError(error, `make a temporary copy in ${folder}`);
  }
}

async function write(file: string, content: string | Buffer): Promise<void> {
  try {
    await fs.writeFile(file, content);
  } catch (error) {
    throw fileError(error, `write ${file}`);
  }
}
