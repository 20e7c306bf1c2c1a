import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileError, fileExists, move, remove } from '../../core/files';
import type { Store } from '../../core/store';

/** Makes `folder` by `work`, so that it appears whole; what is there already stays as it is. */
export async function madeOnce(folder: string, work: (half: string) => Promise<void>): Promise<string> {
  if (await fileExists(folder)) return folder;
  const half = `${folder}.part`;
  await remove(half);
  try {
    await fs.mkdir(half, { recursive: true });
  } catch (error) {
    throw fileError(error, `make the folder ${half}`);
  }
  await work(half);
  await move(half, folder);
  return folder;
}

/** Brings all objects below a prefix into `folder`, which appears whole; what is there already stays as it is. */
export const bringOnce = (
  store: Store,
  prefix: string,
  folder: string,
  signal?: AbortSignal,
): Promise<string> => madeOnce(folder, (half) => bringAll(store, prefix, half, signal));

/** Brings all objects below a prefix into a folder. */
export async function bringAll(
  store: Store,
  prefix: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  for (let next: string | undefined; ;) {
    const page = await store.list(prefix, { deep: true, ...(next === undefined ? {} : { next }) }, signal);
    for (const one of page.objects) {
      const parts = one.key.slice(prefix.length).split('/');
      // A key that would lead out of the folder is nobody's output.
      if (parts.some((part) => part === '..' || part === '')) continue;
      const target = path.join(folder, ...parts);
      await fs.mkdir(path.dirname(target), { recursive: true });
      await store.download(one.key, target, undefined, signal);
    }
    next = page.next;
    if (next === undefined) return;
  }
}
