import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { DownloadPlan, RemovalPlan, UploadPlan } from './api';
import { UserError } from './errors';
import { fileError } from './files';
import { listFiles } from './listed-files';
import { localFiles, PART_ENDING } from './local-names';
import type { Store, StoreObject } from './store';
import { keyName } from './store-uri';

/** Where something lies, opened. */
export interface Place {
  readonly store: Store;
  readonly key: string;
}

/** What leaves no folder by itself: history, and downloads that are not finished. */
const LEFT_OUT = `
.git/
*${PART_ENDING}
*${PART_ENDING}.parts
`;

/** All objects below a prefix. */
export async function everyObject(
  store: Store,
  prefix: string,
  signal?: AbortSignal,
): Promise<StoreObject[]> {
  const found: StoreObject[] = [];
  for (let next: string | undefined; ;) {
    const page = await store.list(prefix, { deep: true, ...(next === undefined ? {} : { next }) }, signal);
    found.push(...page.objects);
    if (page.next === undefined) return found;
    next = page.next;
  }
}

const isFolderKey = (key: string): boolean => key === '' || key.endsWith('/');
export const sumBytes = (all: readonly { readonly bytes: number }[]): number =>
  all.reduce((bytes, one) => bytes + one.bytes, 0);

/** What an upload would send and replace. A target that ends in `/` takes the file or folder in under its name. */
export async function planUpload(
  from: string,
  to: Place,
  options: { readonly project: string; readonly ignored?: boolean },
  signal?: AbortSignal,
): Promise<UploadPlan> {
  const stat = await fs.stat(from).catch((error: unknown) => {
    throw fileError(error, `read ${from}`);
  });
  const target = isFolderKey(to.key) ? `${to.key}${path.basename(path.resolve(from))}` : to.key;
  if (!stat.isDirectory()) {
    const files = [{ file: from, key: target, bytes: stat.size }];
    // A list of one is the key itself, if it is there: of all that begin with it, it comes first.
    const first = await seen(
      async () => (await to.store.list(target, { deep: true, limit: 1 }, signal)).objects,
    );
    const replaces = first?.map((one) => one.key).filter((key) => key === target);
    return { to: to.store.uri(target), files, bytes: stat.size, leftOut: [], replaces };
  }
  const prefix = `${target}/`;
  const { files, leftOut } = await listFiles(from, {
    project: options.project,
    base: LEFT_OUT,
    respect: options.ignored !== true,
  }).catch((error: unknown) => {
    throw fileError(error, `read ${from}`);
  });
  const objects = await seen(() => everyObject(to.store, prefix, signal));
  const there = objects && new Set(objects.map((one) => one.key));
  const keyed = files.map(({ file, name, bytes }) => ({ file, key: `${prefix}${name}`, bytes }));
  return {
    to: to.store.uri(prefix),
    files: keyed,
    bytes: sumBytes(keyed),
    leftOut: leftOut.toSorted(),
    replaces: there && keyed.map((one) => one.key).filter((key) => there.has(key)),
  };
}

/** What there is, or undefined for a person who may write but not look. */
async function seen<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof UserError && error.kind === 'permission') return undefined;
    throw error;
  }
}

/** What a download would fetch and replace. A folder's address ends in `/`; without it, it is found to be one. */
export async function planDownload(
  from: Place,
  to: string,
  platform: NodeJS.Platform = process.platform,
  signal?: AbortSignal,
): Promise<DownloadPlan> {
  const into =
    /[\\/]$/.test(to) ||
    (await fs.stat(to).then(
      (one) => one.isDirectory(),
      () => false,
    ));
  const single = isFolderKey(from.key) ? undefined : await objectOrFolder(from, signal);
  if (single) {
    const named = localFiles(to, [keyName(from.key)], platform);
    const file = into ? named.files.get(keyName(from.key)) : path.resolve(to);
    const files = file === undefined ? [] : [{ object: single, file }];
    return {
      from: from.store.uri(from.key),
      files,
      bytes: sumBytes(files.map((one) => one.object)),
      refused: into ? named.refused : [],
      replaces: await existing(files),
      same: 0,
    };
  }
  const prefix = isFolderKey(from.key) ? from.key : `${from.key}/`;
  const name = keyName(prefix);
  const objects = await everyObject(from.store, prefix, signal);
  if (objects.length === 0) throw nothingThere(from.store.uri(from.key));
  // Into a folder that is there it goes under its own name.
  const base = into && name !== '' ? `${name}/` : '';
  const below = new Map(objects.map((one) => [`${base}${one.key.slice(prefix.length)}`, one]));
  below.delete(base);
  const { files: places, refused } = localFiles(path.resolve(to), [...below.keys()], platform);
  const all = [...places].flatMap(([key, file]) => {
    const object = below.get(key);
    return object ? [{ object, file }] : [];
  });
  const states = await Promise.all(all.map(({ object, file }) => isSame(object, file)));
  const files = all.filter((_, at) => states[at] !== true);
  return {
    from: from.store.uri(prefix),
    files,
    bytes: sumBytes(files.map((one) => one.object)),
    refused: refused.map((one) => ({ ...one, key: below.get(one.key)?.key ?? one.key })),
    replaces: await existing(files),
    same: all.length - files.length,
  };
}

/** The object, or undefined when there are objects below it as a folder only. */
async function objectOrFolder({ store, key }: Place, signal?: AbortSignal): Promise<StoreObject | undefined> {
  try {
    return await store.stat(key, signal);
  } catch (error) {
    if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
    // Where the bucket itself is absent, this says so.
    const { objects, prefixes } = await store.list(`${key}/`, { limit: 1 }, signal);
    if (objects.length + prefixes.length === 0) throw error;
    return undefined;
  }
}

/** A file that a download gave the object's own time is that object still. */
async function isSame(object: StoreObject, file: string): Promise<boolean> {
  const stat = await fs.stat(file).catch(() => undefined);
  return stat?.size === object.bytes && stat.mtime.getTime() === Date.parse(object.modified);
}

async function existing(files: readonly { readonly file: string }[]): Promise<string[]> {
  const found = await Promise.all(
    files.map(({ file }) =>
      fs.stat(file).then(
        () => file,
        () => undefined,
      ),
    ),
  );
  return found.filter((one) => one !== undefined);
}

/** What a removal would delete: one object, or all below an address that ends in `/`. */
export async function planRemoval({ store, key }: Place, signal?: AbortSignal): Promise<RemovalPlan> {
  const objects = isFolderKey(key) ? await everyObject(store, key, signal) : [await store.stat(key, signal)];
  if (objects.length === 0) throw nothingThere(store.uri(key));
  return { uri: store.uri(key), objects, bytes: sumBytes(objects) };
}

function nothingThere(uri: string): UserError {
  return new UserError('notFound', `There is nothing at ${uri}.`, {
    fix: 'Check the address; letter case counts.',
  });
}
