import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import type { StorePlace } from './api';
import type { CoreContext } from './context';
import { UserError } from './errors';
import { fileExists, readText, writeText } from './files';
import { refusedName } from './local-names';
import type { StoreObject } from './store';
import { keyName } from './store-uri';
import type { CallOptions } from '../rpc';

const STATE = z.object({ uri: z.string(), etag: z.string(), bytes: z.number() });
/** What a store said of an object is believed for so long, so that one gesture asks once. */
const FRESH_MS = 5_000;

/** Copies of objects on this machine, in `.ml/cache`: what jobs and recipes read of a table in a store. */
export interface Copies {
  /** The object as it is now; as its copy knows it when the store cannot be asked. */
  look(uri: string, signal?: AbortSignal): Promise<{ object: StoreObject; path?: string }>;
  /** Brings the object here, unless it is here as it is now. Progress: bytes of all bytes. Absolute path. */
  fetch(uri: string, call?: CallOptions): Promise<string>;
  /** Where the copy lies, or would lie. */
  pathOf(uri: string): string;
}

export function createCopies(
  context: Pick<CoreContext, 'paths' | 'host' | 'ensureProject'>,
  at: (uri: string) => Promise<StorePlace>,
): Copies {
  const seen = new Map<string, { readonly time: number; readonly object: StoreObject }>();

  function pathOf(uri: string): string {
    const name = keyName(uri);
    const folder = createHash('sha256').update(uri).digest('hex').slice(0, 16);
    const kept = refusedName(name) === undefined ? name : `table${path.extname(name).replace(/[^.\w]/g, '')}`;
    return path.join(context.paths.ml, 'cache', 'stores', folder, kept);
  }
  const stateFile = (uri: string): string => path.join(path.dirname(pathOf(uri)), '.object.json');

  async function known(uri: string): Promise<z.infer<typeof STATE> | undefined> {
    const text = await readText(stateFile(uri));
    if (text === undefined || !(await fileExists(pathOf(uri)))) return undefined;
    try {
      return STATE.parse(JSON.parse(text));
    } catch {
      // Half-written by a version that was killed: the copy counts as none.
      return undefined;
    }
  }

  async function stat(uri: string, signal?: AbortSignal): Promise<StoreObject> {
    const before = seen.get(uri);
    const now = context.host.now().getTime();
    if (before && now - before.time < FRESH_MS) return before.object;
    const { store, key } = await at(uri);
    const object = await store.stat(key, signal);
    seen.set(uri, { time: now, object });
    return object;
  }

  async function look(uri: string, signal?: AbortSignal): ReturnType<Copies['look']> {
    const state = await known(uri);
    try {
      const object = await stat(uri, signal);
      const isCurrent = state?.etag === versionOf(object);
      return { object, ...(isCurrent ? { path: pathOf(uri) } : {}) };
    } catch (error) {
      const unreachable =
        error instanceof UserError && (error.kind === 'unavailable' || error.kind === 'auth');
      if (!state || !unreachable) throw error;
      context.host.log(`${error.message} The copy on this machine is used.`);
      const object = { key: uri, bytes: state.bytes, modified: '', etag: state.etag };
      return { object, path: pathOf(uri) };
    }
  }

  return {
    pathOf,
    look,
    async fetch(uri, call = {}) {
      const { object, path: there } = await look(uri, call.signal);
      if (there !== undefined) return there;
      await context.ensureProject();
      const { store } = await at(uri);
      const file = pathOf(uri);
      const tell = (bytes: number, totalBytes: number): void => call.onProgress?.({ bytes, totalBytes });
      await store.download(object, file, tell, call.signal);
      // It may have changed while it came; then it counts as not here at the next look.
      const state = { uri, etag: versionOf(object), bytes: object.bytes };
      await writeText(stateFile(uri), `${JSON.stringify(state)}\n`);
      return file;
    },
  };
}

/** What tells one state of an object from the next. */
export function versionOf({ etag, modified, bytes }: StoreObject): string {
  return etag ?? `${modified}-${bytes}`;
}
