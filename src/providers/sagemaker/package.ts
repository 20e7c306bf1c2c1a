import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import { readText } from '../../core/files';
import type { Model } from '../../core/model';
import type { Store } from '../../core/store';
import { type ServedPackage, planPackage as plan, sendPackage as send } from '../cloud/package';
import { servingPackages } from '../cloud/pinned';
import { readPlace } from '../cloud/place';
import type { Config } from './config';
import type { Image } from './images';
import { modelKey } from './outputs';
import { NO_INDEX, wheelOptions } from './source';

interface From {
  readonly host: Host;
  readonly config: Config;
  readonly image: Image;
  readonly store: Store;
  readonly model: Model;
}

/** How a package will be served: as a training job left it in the bucket, or packed from here. */
export async function planPackage(
  from: From & { readonly paths: ProjectPaths },
  signal?: AbortSignal,
): Promise<ServedPackage> {
  const { paths, host, config, image, store, model } = from;
  return plan(
    model,
    {
      title: 'SageMaker',
      provider: 'sagemaker',
      store,
      prefix: config.prefix,
      image,
      requirements: await servingPackages(host, 'sagemaker'),
      alongside: [],
      salt: config.settings.wheels ?? '',
      left: async () =>
        (await fits(config, model)) ? leftByTraining(paths, store, model, signal) : undefined,
    },
    signal,
  );
}

/** Whether the container of that archive installs from where the settings say: one without wheels asks the index. */
async function fits({ settings }: Config, model: Model): Promise<boolean> {
  if (settings.wheels !== 'vendored') return true;
  const needs = await readText(path.join(model.path, 'code', 'requirements.txt'));
  return needs?.split(/\r?\n/).includes(NO_INDEX) ?? false;
}

/** The archive that the model's own training job left in this very bucket. */
async function leftByTraining(
  paths: ProjectPaths,
  store: Store,
  model: Model,
  signal?: AbortSignal,
): Promise<Pick<ServedPackage, 'key' | 'bytes' | 'there'> | undefined> {
  const place = await readPlace(paths, model.run);
  const root = store.uri('');
  if (place?.output?.startsWith(root) !== true) return undefined;
  const key = modelKey(place.output.slice(root.length), place.name);
  try {
    return { key, bytes: (await store.stat(key, signal)).bytes, there: true };
  } catch (error) {
    if (error instanceof UserError && error.kind === 'notFound') return undefined;
    throw error;
  }
}

/** Sends the package where it is not there yet. */
export const sendPackage = (from: From, planned: ServedPackage, signal?: AbortSignal): Promise<void> =>
  send(
    from,
    planned,
    async (code) => {
      await fs.copyFile(
        path.join(from.host.pythonFolder, 'ml_lifecycle', 'sagemaker', 'inference.py'),
        path.join(code, 'inference.py'),
      );
      return wheelOptions(from, planned.requirements, false, path.join(code, 'wheels'), signal);
    },
    signal,
  );
