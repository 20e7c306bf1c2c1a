import * as fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { entries, fileError, fileExists, move, remove } from '../../core/files';
import type { Store } from '../../core/store';
import { unpack } from './archive';

/** Where a run's outputs lie in the bucket. */
export interface OutputPlace {
  readonly store: Store;
  /** Key that the run's own objects begin with, ending in `/`. */
  readonly run: string;
  /** The job's name, below which a training job's archives lie. */
  readonly job: string;
  readonly training: boolean;
}

/** Key of the model package that a training job left. */
export const modelKey = (run: string, job: string): string => `${run}${job}/output/model.tar.gz`;

/** Brings a job's outputs into `folder` (the job's `out`), which appears whole; what is there already stays as it is. */
export async function bringOutputs(
  place: OutputPlace,
  folder: string,
  signal?: AbortSignal,
): Promise<string> {
  if (await fileExists(folder)) return folder;
  const half = `${folder}.part`;
  await remove(half);
  try {
    await fs.mkdir(half, { recursive: true });
  } catch (error) {
    throw fileError(error, `make the folder ${half}`);
  }
  if (place.training) await bringTraining(place, `${folder}.bringing`, half, signal);
  else await bringProcessing(place, half, signal);
  await move(half, folder);
  await remove(`${folder}.bringing`);
  return folder;
}

async function bringTraining(
  { store, run, job }: OutputPlace,
  archives: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  await fs.mkdir(archives, { recursive: true });
  const base = `${run}${job}/output/`;
  for (const [name, target] of [
    ['model.tar.gz', path.join(folder, 'model')],
    ['output.tar.gz', folder],
  ] as const) {
    const archive = path.join(archives, name);
    try {
      await store.download(`${base}${name}`, archive, undefined, signal);
    } catch (error) {
      if (error instanceof UserError && error.kind === 'notFound') continue;
      throw error;
    }
    await unpack(archive, target);
  }
  // The archive of the outputs may hold them below `data/`.
  const nested = path.join(folder, 'data');
  if (!(await fileExists(path.join(folder, 'metrics.json'))) && (await fileExists(nested))) {
    for (const one of await entries(nested))
      await move(path.join(nested, one.name), path.join(folder, one.name));
    await remove(nested);
  }
}

async function bringProcessing(
  { store, run }: OutputPlace,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const prefix = `${run}output/`;
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
