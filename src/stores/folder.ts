import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, type Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { systemCode, UserError } from '../core/errors';
import { fileError } from '../core/files';
import { PART_ENDING, refusedName } from '../core/local-names';
import type { ByteRange, ListOptions, Store, StoreAccount, StoreObject, StorePage } from '../core/store';
import { download } from './download';

const MOST_ENTRIES = 1000;

/** Folders of this machine as stores. */
export function createAccount(): StoreAccount {
  return { id: 'folder', roots: () => Promise.resolve([]), open: createStore };
}

/** One folder as a store: a key is a path below it. Links to files count as files, links to folders are left out. */
export function createStore(root: string): Store {
  const uri = (key: string): string => pathToFileURL(path.join(root, key)).href;

  function fileOf(key: string): string {
    const parts = key.split('/');
    const reason = parts.map((part) => refusedName(part)).find((one) => one !== undefined);
    if (reason === undefined) return path.join(root, ...parts);
    throw new UserError('invalid', `"${key}" cannot be a file here: ${reason}.`, {
      fix: 'Choose another name.',
    });
  }

  const absent = (key: string, cause?: unknown): UserError =>
    new UserError('notFound', `There is no ${uri(key)}.`, { fix: 'Check the name.', cause });

  async function stat(key: string): Promise<StoreObject> {
    return objectOf(key, await found(fileOf(key), key));
  }

  async function found(file: string, key: string): Promise<FileState> {
    let state: FileState;
    try {
      state = await fs.stat(file, { bigint: true });
    } catch (error) {
      const failure = fileError(error, `read ${uri(key)}`);
      throw failure instanceof UserError && failure.kind === 'notFound' ? absent(key, error) : failure;
    }
    if (state.isDirectory()) throw absent(key);
    return state;
  }

  async function read(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable> {
    const { bytes, etag } = await stat(key);
    if (range?.etag !== undefined && range.etag !== etag) throw changed(uri(key));
    const start = range?.start ?? 0;
    const end = Math.min(range?.end ?? bytes, bytes);
    if (start >= end) return Readable.from([]);
    return createReadStream(fileOf(key), { start, end: end - 1, ...(signal ? { signal } : {}) });
  }

  /** Fills a sibling and puts it in place, so that a reader sees the old content or the new one. */
  async function put(
    key: string,
    fill: (half: string) => Promise<void>,
    place: (half: string, file: string) => Promise<void> = fs.rename,
  ): Promise<void> {
    const file = fileOf(key);
    const half = `${file}.${randomBytes(4).toString('hex')}${PART_ENDING}`;
    try {
      await makeParents(file, uri(key));
      await fill(half);
      await place(half, file);
    } catch (error) {
      throw fileError(error, `write ${uri(key)}`);
    } finally {
      await fs.rm(half, { force: true }).catch(() => undefined);
    }
  }

  const store: Store = {
    id: 'folder',
    uri,
    stat,
    read,
    write: (key, body, options = {}) =>
      put(
        key,
        (half) => fs.writeFile(half, body),
        options.ifAbsent === true ? (half, file) => placeNew(half, file, uri(key)) : fs.rename,
      ),
    list: (prefix, options = {}, signal) => listPage(root, prefix, options, signal),
    copy: async (from, to) => {
      const source = fileOf(from);
      await found(source, from);
      await put(to, (half) => fs.copyFile(source, half, fs.constants.COPYFILE_FICLONE));
    },
    async remove(keys) {
      for (const key of keys) {
        const file = fileOf(key);
        try {
          await fs.rm(file, { force: true });
          await removeEmpty(path.dirname(file), root);
        } catch (error) {
          if (systemCode(error) !== 'ENOTDIR') throw fileError(error, `delete ${uri(key)}`);
        }
      }
    },
    upload: (file, key, progress = () => undefined, signal) =>
      put(key, async (half) => {
        const { size } = await fs.stat(file);
        let done = 0;
        const count = new Transform({
          transform(chunk: Buffer, _, next) {
            done += chunk.length;
            progress(done, size);
            next(null, chunk);
          },
        });
        await pipeline(createReadStream(file), count, createWriteStream(half), signal ? { signal } : {});
      }),
    download: (object, file, progress, signal) => {
      const key = typeof object === 'string' ? object : object.key;
      return download(
        {
          uri: uri(key),
          stat: () => stat(key),
          read: (range) => read(key, range, signal),
          async verify(_, { etag }) {
            if ((await stat(key)).etag !== etag) throw changed(uri(key));
          },
        },
        typeof object === 'string' ? undefined : object,
        file,
        progress,
        signal,
      );
    },
  };
  return store;
}

interface FileState {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ino: bigint;
  readonly mtime: Date;
  isDirectory(): boolean;
}

function objectOf(key: string, state: FileState): StoreObject {
  return {
    key,
    bytes: Number(state.size),
    modified: state.mtime.toISOString(),
    etag: `${state.mtimeNs.toString(36)}-${state.size.toString(36)}-${state.ino.toString(36)}`,
  };
}

function changed(uri: string): UserError {
  return new UserError('conflict', `${uri} was changed meanwhile.`, { fix: 'Try again.' });
}

async function makeParents(file: string, uri: string): Promise<void> {
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    throw new UserError('conflict', `${uri} cannot be written: a file has the name of one of its folders.`, {
      fix: 'Choose another name, or move that file away.',
      cause: error,
    });
  }
}

async function placeNew(half: string, file: string, uri: string): Promise<void> {
  try {
    await fs.link(half, file);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new UserError('conflict', `${uri} is there already.`, {
      fix: 'Choose another name.',
      cause: error,
    });
  }
}

/** A store has no empty folders. */
async function removeEmpty(folder: string, root: string): Promise<void> {
  for (let one = folder; one !== root && one.startsWith(root); one = path.dirname(one)) {
    try {
      await fs.rmdir(one);
    } catch {
      return;
    }
  }
}

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

interface Entry {
  readonly key: string;
  readonly folder: boolean;
}

/** Keys after `next` in the order of their UTF-8 bytes, as object stores have it. */
async function* keysBelow(
  root: string,
  prefix: string,
  { deep = false, next = '' }: ListOptions,
): AsyncGenerator<Entry> {
  const base = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const isAfter = (key: string): boolean => next === '' || compare(key, next) > 0;
  const entries = (await children(path.join(root, base)))
    .map((one) => ({ key: `${base}${one.name}${one.isDirectory() ? '/' : ''}`, folder: one.isDirectory() }))
    .filter(({ key }) => key.startsWith(prefix) && !key.endsWith(PART_ENDING))
    .sort((a, b) => compare(a.key, b.key));
  for (const entry of entries) {
    if (!entry.folder || !deep) {
      if (isAfter(entry.key)) yield entry;
    } else if (isAfter(entry.key) || next.startsWith(entry.key)) {
      yield* keysBelow(root, entry.key, { deep, next });
    }
  }
}

async function children(folder: string): Promise<Dirent[]> {
  try {
    return await fs.readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw fileError(error, `list ${folder}`);
  }
}

async function listPage(
  root: string,
  prefix: string,
  options: ListOptions,
  signal?: AbortSignal,
): Promise<StorePage> {
  const limit = Math.min(options.limit ?? MOST_ENTRIES, MOST_ENTRIES);
  const prefixes: string[] = [];
  const objects: StoreObject[] = [];
  let last = '';
  if (prefix.split('/').includes('..')) throw new UserError('invalid', `"${prefix}" is no prefix of keys.`);
  for await (const { key, folder } of keysBelow(root, prefix, options)) {
    signal?.throwIfAborted();
    if (prefixes.length + objects.length === limit) return { prefixes, objects, next: last };
    if (folder) prefixes.push(key);
    else {
      const state = await fs.stat(path.join(root, key), { bigint: true }).catch(() => undefined);
      // Gone meanwhile, or a link that leads nowhere or to a folder.
      if (state && !state.isDirectory()) objects.push(objectOf(key, state));
    }
    last = key;
  }
  return { prefixes, objects };
}
