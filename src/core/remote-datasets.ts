import path from 'node:path';
import type { Engine, StorePlace } from './api';
import { versionOf } from './copies';
import { UserError } from './errors';
import { temporaryFolder } from './folders';
import type { RemoteTable } from './remote';
import type { Dataset } from './run';
import type { StoreObject } from './store';
import { parseStoreUri } from './store-uri';
import type { Page, TableRead, TableSource } from './table';
import { bytes as bytesText } from '../words';

/** Where parts of remote tables lie while they are looked at. */
export const remoteFolder = (): string => path.join(temporaryFolder(), 'remote');

/** A UserError for an address that can be no table. */
export function checkTableUri(uri: string): void {
  const { key } = parseStoreUri(uri);
  if (key.includes('*')) {
    const folder = uri.slice(0, uri.slice(0, uri.indexOf('*')).lastIndexOf('/') + 1);
    const files = uri.slice(folder.length);
    throw new UserError('unsupported', `${uri} stands for several objects; a table is one object.`, {
      fix: `Name one object, or download them and name them together: mll store get ${folder} FOLDER, then "FOLDER/${files}"`,
    });
  }
  if (key !== '' && !key.endsWith('/')) return;
  throw new UserError('unsupported', `${uri} is a folder; a table is one object.`, {
    fix: `Name one object, or download the folder and open that as one table: mll store get ${uri} FOLDER`,
  });
}

/** Opens a table in a store by ranges for as long as `look` takes. */
async function looking<T>(
  place: StorePlace,
  options: { readonly source: TableSource; readonly known?: StoreObject },
  look: (table: RemoteTable) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { openRemote } = await import('./remote');
  const table = await openRemote(place, remoteFolder(), options, signal);
  try {
    return await look(table);
  } finally {
    await table.close();
  }
}

/** What a manifest says of a table of which only the beginning, or the footer, was read. */
export async function describeRemote(
  engine: Engine,
  place: StorePlace,
  source: TableSource,
  signal?: AbortSignal,
): Promise<Pick<Dataset, 'columns' | 'rows' | 'bytes' | 'hash' | 'estimated'>> {
  return looking(
    place,
    { source },
    async (remote) => {
      const { object, part } = remote;
      const { table } = await engine.call('open', { source: remote.source }, { signal });
      try {
        const scanned = await engine.call('scan', { table }, { signal });
        return {
          columns: scanned.columns,
          rows: remote.total(scanned.rows),
          bytes: object.bytes,
          hash: etagHash(object),
          estimated: part === 'beginning',
        };
      } finally {
        await engine.call('close', { table }).catch(() => undefined);
      }
    },
    signal,
  );
}

/**
 * How a job reads a table in a store from where it lies, by the beginning or the footer of it; undefined where a job cannot: it
 * needs a copy in another format, encoding or division of its records first.
 */
export async function readPlaced(
  engine: Engine,
  place: StorePlace,
  options: { readonly source: TableSource; readonly known: StoreObject },
  signal?: AbortSignal,
): Promise<TableRead | undefined> {
  return looking(
    place,
    options,
    async (remote) => {
      const { object, part, first } = remote;
      if (!/^utf-?8$/i.test(first.dialect?.encoding ?? 'utf-8')) return undefined;
      const given = part === 'all' ? {} : { part };
      const read = await engine.call('read', { source: remote.source, ...given }, { signal });
      if (read.path !== undefined) return undefined;
      return { ...read, rows: remote.total(read.rows), bytes: object.bytes, hash: etagHash(object) };
    },
    signal,
  );
}

const etagHash = (object: StoreObject): string => `etag:${versionOf(object)}`;

/** Rows of a table in a store, without the rest of it; of text only those in its beginning. */
export async function previewRemote(
  engine: Engine,
  place: StorePlace,
  options: { readonly source: TableSource; readonly known: StoreObject },
  { rows, offset }: { readonly rows: number; readonly offset: number },
  signal?: AbortSignal,
): Promise<Page> {
  return looking(
    place,
    options,
    async (remote) => {
      await remote.need(offset, offset + rows, undefined, signal);
      const { table } = await engine.call('open', { source: remote.source }, { signal });
      try {
        await engine.call('scan', { table }, { signal });
        const page = await engine.call('page', { table, offset, limit: rows }, { signal });
        if (remote.part !== 'beginning') return page;
        if (offset >= page.total) throw beyond(place.uri, page.total, remote.object.bytes);
        return { ...page, total: remote.total(page.total), exact: false };
      } finally {
        await engine.call('close', { table }).catch(() => undefined);
      }
    },
    signal,
  );
}

function beyond(uri: string, rows: number, bytes: number): UserError {
  return new UserError(
    'unsupported',
    `Only the first ${rows} rows of ${uri} can be shown from where it is.`,
    {
      fix: `For the others fetch it first (${bytesText(bytes)}): mll data fetch ${uri}`,
      actions: [{ title: 'Fetch', command: 'mll.dataset.fetch', args: [uri] }],
    },
  );
}

/** A large table that is not here is not fetched behind anyone's back. */
export function notHere(uri: string, bytes: number): UserError {
  return new UserError('unavailable', `${uri} (${bytesText(bytes)}) is not on this machine as it is now.`, {
    fix: `Fetch it first: mll data fetch ${uri}`,
    actions: [{ title: 'Fetch', command: 'mll.dataset.fetch', args: [uri] }],
  });
}
