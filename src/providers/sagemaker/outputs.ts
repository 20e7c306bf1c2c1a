import * as fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { entries, fileExists, move, remove } from '../../core/files';
import type { Store } from '../../core/store';
import { unpack } from '../cloud/archive';
import { bringAll, madeOnce } from '../cloud/outputs';

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
  await madeOnce(folder, async (half) => {
    await (place.training
      ? bringTraining(place, `${folder}.bringing`, half, signal)
      : bringAll(place.store, `${place.run}output/`, half, signal));
    // A job that ended well left its metrics at least.
    if ((await entries(half)).length > 0) return;
    throw new UserError('notFound', `What the job made is not in ${place.store.uri(place.run)} any more.`, {
      fix: 'It was deleted there: run it again.',
    });
  });
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
