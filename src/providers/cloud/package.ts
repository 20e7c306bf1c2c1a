import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Host } from '../../core/api';
import { UserError } from '../../core/errors';
import { fileError, fileExists, readText } from '../../core/files';
import type { Model } from '../../core/model';
import type { ProviderId } from '../../core/run';
import type { Store } from '../../core/store';
import { filesIn, hashFile, pack, withFolder } from './archive';
import { isThere } from './files';
import { DISTRIBUTIONS } from './frameworks';

/** The one file of a package in the bucket. */
export const PACKAGE = 'model.tar.gz';

/** What of an image matters to a model that is served in it. */
export interface ServingImage {
  /** `3.12`; undefined for an image that the person named by its URI. */
  readonly python?: string;
  /** Versions of the packages in it, as far as they are known. */
  readonly packages: Readonly<Record<string, string>>;
  /** It has nothing of what models need: all of it is installed. */
  readonly bare?: true;
}

/** What a model package says it was made with. */
export interface MadeWith {
  readonly packages: Readonly<Record<string, string>>;
  /** `3.11.7`; '' where it is not said. */
  readonly python: string;
}

/** How a cloud serves packages. */
export interface Serves {
  /** As a person reads it: `SageMaker`. */
  readonly title: string;
  readonly provider: ProviderId;
  readonly store: Store;
  /** Key that the project's files begin with, ending in `/`. */
  readonly prefix: string;
  readonly image: ServingImage;
  /** Pinned packages that the runtime needs beside the image. */
  readonly requirements: readonly string[];
  /** Packages that are pinned along with a scikit-learn that is not the image's. */
  readonly alongside: readonly string[];
  /** What else decides about the archive's content. */
  readonly salt: string;
  /** The archive that the model's own training left in this very bucket. */
  readonly left?: () => Promise<Pick<ServedPackage, 'key' | 'bytes' | 'there'> | undefined>;
}

/** A model package as an endpoint's container takes it: one archive in the bucket. */
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

const PROVENANCE = z.looseObject({
  packages: z.record(z.string(), z.string()).default({}),
  python: z.string().default(''),
});

/** The first two numbers of a version. */
export const minor = (version: string): string => version.split('.').slice(0, 2).join('.');

export async function madeWith(model: Model): Promise<MadeWith> {
  const text = await readText(path.join(model.path, 'provenance.json'));
  return PROVENANCE.parse(JSON.parse(text ?? '{}'));
}

/** Refuses before anything is asked of a cloud: without its package a model cannot be served. */
export async function requirePackage(model: Model): Promise<void> {
  if (await fileExists(model.path)) return;
  throw new UserError('notFound', `The package of ${model.name}@${model.version} is not on this machine.`, {
    fix: `Run ${model.run} again, or bring the package from where it was trained.`,
  });
}

/** How a package will be served: as a training job left it in the bucket, or packed from here. A UserError where it could not load there. */
export async function planPackage(model: Model, to: Serves, signal?: AbortSignal): Promise<ServedPackage> {
  const made = await madeWith(model);
  const own = (await readText(path.join(model.path, 'code', 'requirements.txt')))?.split(/\r?\n/) ?? [];
  const { pins, notes } = compare(made, to, own);
  await refuseOtherPython(model, made.python, to);
  const names = (await filesIn(model.path)).filter((name) => name !== 'code/requirements.txt');
  const needed = [...new Set([...to.requirements, ...pins, ...own.filter((line) => /^[A-Za-z]/.test(line))])];
  const left = pins.length === 0 ? await to.left?.() : undefined;
  if (left) return { ...left, notes, requirements: needed, names };
  const hash = createHash('sha256').update(needed.join('\n')).update(to.salt);
  let bytes = 0;
  for (const name of names) {
    const file = path.join(model.path, ...name.split('/'));
    hash.update(`${name}\0${await hashFile(file, signal)}\n`);
    bytes += (await fs.stat(file)).size;
  }
  const key = `${to.prefix}models/${hash.digest('hex')}/${PACKAGE}`;
  return { key, bytes, there: await isThere(to.store, key, signal), notes, requirements: needed, names };
}

/** Versions of the package against those of the image: what has to be installed in their place, and what the person should know. */
function compare(
  { packages }: MadeWith,
  { image, alongside }: Serves,
  own: readonly string[],
): { pins: string[]; notes: string[] } {
  const notes: string[] = [];
  const pins: string[] = [];
  const [mine, theirs] = [packages['scikit-learn'], image.packages['scikit-learn']];
  const pinLearn = (version: string): void => {
    pins.push(`scikit-learn==${version}`);
    for (const name of alongside) {
      if (packages[name] !== undefined) pins.push(`${name}==${packages[name]}`);
    }
  };
  if (mine !== undefined && image.bare) {
    pinLearn(mine);
    notes.push(
      `scikit-learn ${mine}, which the model was trained with, is installed when the container starts; that takes a while.`,
    );
  } else if (mine !== undefined && theirs !== undefined && mine !== theirs) {
    if (minor(mine) === minor(theirs)) {
      notes.push(
        `scikit-learn: ${mine} trained the model, ${theirs} serves it; the minor version is the same.`,
      );
    } else {
      pinLearn(mine);
      notes.push(
        `scikit-learn ${mine} is installed in the container in place of ${theirs}, as the model was trained with it.`,
      );
    }
  }
  for (const name of Object.keys(DISTRIBUTIONS)) {
    const [version] = packages[name]?.split('+') ?? [];
    const there = image.packages[name];
    if (version === undefined || own.some((line) => new RegExp(`^\\s*${name}\\b`).test(line))) continue;
    if (there !== undefined && minor(there) === minor(version)) continue;
    pins.push(`${name}==${version}`);
    // A saved network is read by the very Keras that made it.
    if (DISTRIBUTIONS[name] === 'tensorflow' && packages.keras !== undefined)
      pins.push(`keras==${packages.keras}`);
    notes.push(
      `${name} ${version}, which the model was made with, is installed when the container starts; that takes a while.`,
    );
  }
  return { pins, notes };
}

/** A model class that a script defined is kept with its code, which another Python cannot run. */
async function refuseOtherPython(model: Model, python: string, { image, title, provider }: Serves) {
  if (image.python === undefined || python === '' || minor(python) === image.python) return;
  const features: unknown = JSON.parse((await readText(path.join(model.path, 'features.json'))) ?? '{}');
  if (typeof features !== 'object' || features === null || !('own' in features) || features.own !== true)
    return;
  throw new UserError(
    'unsupported',
    `${model.name}@${model.version} is of your own script and was trained with Python ${minor(python)}; ${title}'s image has ${image.python}, which could not load it.`,
    {
      fix: `Train it on ${title} (--provider ${provider}), or here with the same Python, then deploy that model.`,
    },
  );
}

/**
 * Packs the package with the runtime of this version and sends it, where it is not there yet. `lay` adds to the folder `code` what the
 * cloud starts it with, and gives the lines that its requirements begin with.
 */
export async function sendPackage(
  from: { readonly host: Pick<Host, 'pythonFolder'>; readonly store: Store; readonly model: Model },
  plan: ServedPackage,
  lay: (code: string) => Promise<readonly string[]>,
  signal?: AbortSignal,
): Promise<void> {
  if (plan.there) return;
  const { host, model, store } = from;
  const isSource = (one: string): boolean => !one.includes('__pycache__');
  await withFolder(async (folder) => {
    const target = path.join(folder, 'model');
    const code = path.join(target, 'code');
    try {
      await fs.cp(model.path, target, { recursive: true, filter: isSource });
      await fs.mkdir(code, { recursive: true });
      // The package's own runtime may be older than what serves it here.
      const runtime = path.join(code, 'ml_lifecycle');
      await fs.rm(runtime, { recursive: true, force: true });
      await fs.cp(path.join(host.pythonFolder, 'ml_lifecycle'), runtime, {
        recursive: true,
        filter: isSource,
      });
      const lines = [...(await lay(code)), ...plan.requirements];
      await fs.writeFile(path.join(code, 'requirements.txt'), `${lines.join('\n')}\n`);
    } catch (error) {
      throw fileError(error, `pack the model ${model.name}@${model.version}`);
    }
    const archive = path.join(folder, PACKAGE);
    await pack(target, await filesIn(target), archive);
    await store.upload(archive, plan.key, undefined, signal);
  });
}
