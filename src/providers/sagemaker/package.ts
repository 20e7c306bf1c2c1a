import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Host, ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import { fileError, fileExists, readText } from '../../core/files';
import type { Model } from '../../core/model';
import type { Store } from '../../core/store';
import { filesIn, hashFile, pack, withFolder } from '../cloud/archive';
import type { Config } from './config';
import { readPlace } from '../cloud/place';
import type { Image } from './images';
import { DISTRIBUTIONS } from '../cloud/frameworks';
import { modelKey } from './outputs';
import { isThere } from '../cloud/files';
import { requirements, wheelOptions } from './source';

const PROVENANCE = z.looseObject({
  packages: z.record(z.string(), z.string()).default({}),
  python: z.string().default(''),
});

/** A model package as an endpoint's container takes it: `model.tar.gz` in the bucket. */
export interface ServedPackage {
  /** Key below the bucket. */
  readonly key: string;
  readonly bytes: number;
  readonly there: boolean;
  /** What the person should know: other versions there than here. */
  readonly notes: readonly string[];
  readonly requirements: readonly string[];
  readonly names: readonly string[];
}

const minor = (version: string): string => version.split('.').slice(0, 2).join('.');

/** How a package will be served: as a training job left it in the bucket, or packed from here. A UserError where it could not load there. */
export async function planPackage(
  from: { paths: ProjectPaths; host: Host; config: Config; image: Image; store: Store; model: Model },
  signal?: AbortSignal,
): Promise<ServedPackage> {
  const { paths, host, config, image, store, model } = from;
  const text = await readText(path.join(model.path, 'provenance.json'));
  const { packages, python } = PROVENANCE.parse(JSON.parse(text ?? '{}'));
  const notes: string[] = [];
  const pins: string[] = [];
  const [mine, theirs] = [packages['scikit-learn'], image.packages['scikit-learn']];
  if (mine !== undefined && theirs !== undefined && mine !== theirs) {
    if (minor(mine) === minor(theirs)) {
      notes.push(
        `scikit-learn: ${mine} trained the model, ${theirs} serves it; the minor version is the same.`,
      );
    } else {
      pins.push(`scikit-learn==${mine}`);
      notes.push(
        `scikit-learn ${mine} is installed in the container in place of ${theirs}, as the model was trained with it.`,
      );
    }
  }
  const own = (await readText(path.join(model.path, 'code', 'requirements.txt')))?.split(/\r?\n/) ?? [];
  for (const name of Object.keys(DISTRIBUTIONS)) {
    const [version] = packages[name]?.split('+') ?? [];
    if (version === undefined || own.some((line) => new RegExp(`^\\s*${name}\\b`).test(line))) continue;
    pins.push(`${name}==${version}`);
    notes.push(
      `${name} ${version}, which the model was made with, is installed when the container starts; that takes a while.`,
    );
  }
  await refuseOtherPython(model, python, image);
  const names = (await filesIn(model.path)).filter((name) => name !== 'code/requirements.txt');
  const ours = await requirements(host);
  const needed = [...new Set([...ours, ...pins, ...own.filter((line) => /^[A-Za-z]/.test(line))])];
  const left = pins.length === 0 ? await leftByTraining(paths, store, model, signal) : undefined;
  if (left) return { ...left, notes, requirements: needed, names };
  const hash = createHash('sha256')
    .update(needed.join('\n'))
    .update(config.settings.wheels ?? '');
  let bytes = 0;
  for (const name of names) {
    const file = path.join(model.path, ...name.split('/'));
    hash.update(`${name}\0${await hashFile(file, signal)}\n`);
    bytes += (await fs.stat(file)).size;
  }
  const key = `${config.prefix}models/${hash.digest('hex')}/model.tar.gz`;
  return { key, bytes, there: await isThere(store, key, signal), notes, requirements: needed, names };
}

/** A model class that a script defined is kept with its code, which another Python cannot run. */
async function refuseOtherPython(model: Model, python: string, image: Image): Promise<void> {
  if (image.python === undefined || python === '' || minor(python) === image.python) return;
  const features: unknown = JSON.parse((await readText(path.join(model.path, 'features.json'))) ?? '{}');
  if (typeof features !== 'object' || features === null || !('own' in features) || features.own !== true)
    return;
  throw new UserError(
    'unsupported',
    `${model.name}@${model.version} is of your own script and was trained with Python ${minor(python)}; SageMaker's image has ${image.python}, which could not load it.`,
    {
      fix: 'Train it on SageMaker (--provider sagemaker), or here with the same Python, then deploy that model.',
    },
  );
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
export async function sendPackage(
  from: { host: Host; config: Config; image: Image; store: Store; model: Model },
  plan: ServedPackage,
  signal?: AbortSignal,
): Promise<void> {
  if (plan.there) return;
  const { host, model, store } = from;
  await withFolder(async (folder) => {
    const target = path.join(folder, 'model');
    const code = path.join(target, 'code');
    try {
      await fs.cp(model.path, target, {
        recursive: true,
        filter: (one) => !one.includes('__pycache__'),
      });
      await fs.mkdir(code, { recursive: true });
      // The package's own runtime may be older than what serves it here.
      await fs.rm(path.join(code, 'ml_lifecycle'), { recursive: true, force: true });
      await fs.cp(path.join(host.pythonFolder, 'ml_lifecycle'), path.join(code, 'ml_lifecycle'), {
        recursive: true,
        filter: (one) => !one.includes('__pycache__'),
      });
      await fs.copyFile(
        path.join(host.pythonFolder, 'ml_lifecycle', 'sagemaker', 'inference.py'),
        path.join(code, 'inference.py'),
      );
      const wheels = path.join(code, 'wheels');
      const options = await wheelOptions(from, plan.requirements, false, wheels, signal);
      const lines = [...options, ...plan.requirements];
      await fs.writeFile(path.join(code, 'requirements.txt'), `${lines.join('\n')}\n`);
    } catch (error) {
      throw fileError(error, `pack the model ${model.name}@${model.version}`);
    }
    const archive = path.join(folder, 'model.tar.gz');
    await pack(target, await filesIn(target), archive);
    await store.upload(archive, plan.key, undefined, signal);
  });
}

/** Refuses before anything is asked of AWS: without its package a model cannot be served. */
export async function requirePackage(model: Model): Promise<void> {
  if (await fileExists(model.path)) return;
  throw new UserError('notFound', `The package of ${model.name}@${model.version} is not on this machine.`, {
    fix: `Run ${model.run} again, or bring the package from where it was trained.`,
  });
}
