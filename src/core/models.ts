import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Models } from './api';
import type { CoreContext } from './context';
import { ENDPOINT } from './endpoints-manifest';
import { UserError } from './errors';
import { entries, fileError, fileExists, move, readText, remove, writeText } from './files';
import { flatLayout, type ManifestFolder, type ManifestLayout } from './manifests';
import type { Model, Signature } from './model';
import { resolveName } from './names';
import type { Report } from './run';
import { MODEL, type ModelManifest } from './schemas';
import type { Plan } from '../recipe/plan';

/** `models/<name>/<version>.json` beside the package `models/<name>/<version>/`; keys are `name@version`. */
const LAYOUT: ManifestLayout<ModelManifest> = {
  folder: 'models',
  keyOf: ({ name, version }) => `${name}@${version}`,
  file: (key) => {
    const at = key.lastIndexOf('@');
    return path.join(key.slice(0, at), `${key.slice(at + 1)}.json`);
  },
  keys: async (absolute) => {
    const keys: string[] = [];
    for (const one of await entries(absolute)) {
      if (!one.folder || one.name.startsWith('.')) continue;
      const versions = (await entries(path.join(absolute, one.name)))
        .map((entry) => (entry.folder ? undefined : /^(\d+)\.json$/.exec(entry.name)?.[1]))
        .filter((version) => version !== undefined);
      keys.push(...versions.sort((a, b) => Number(a) - Number(b)).map((version) => `${one.name}@${version}`));
    }
    return keys;
  },
};

/** What only the other parts of the core use. */
export interface ModelsInside {
  /** Takes a package that a run made into the project as the next version; the same run again gives the same version. */
  adopt(packageFolder: string, facts: Omit<ModelManifest, 'version'>): Promise<Model>;
  /** Takes back what {@link ModelsInside.adopt} made: nobody has seen this version, so its number is free again. */
  takeBack(model: Model): Promise<void>;
  broken(): Promise<readonly UserError[]>;
}

/** Path of a file in the package; a UserError when the package is not on this machine. */
async function inPackage(model: Model, file: string): Promise<string> {
  if (await fileExists(model.path)) return path.join(model.path, file);
  throw new UserError(
    'notFound',
    `The package of ${model.name}@${model.version} is not on this machine: only its description is in the project.`,
    {
      fix: `Packages are not in git. Run ${model.run} again, or copy the folder ${model.path} from where it was trained.`,
      actions: [{ title: 'Run Again', command: 'mll.run.rerun', args: [model.run] }],
    },
  );
}

async function readJson(model: Model, file: string): Promise<unknown> {
  const absolute = await inPackage(model, file);
  const text = await readText(absolute);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UserError('invalid', `${absolute} is not valid JSON.`, {
      fix: `The package is damaged: run ${model.run} again.`,
      cause: error,
    });
  }
}

/** The plan that the model was trained with: its split says which rows are the test part. */
export async function planOf(model: Model): Promise<Plan | undefined> {
  return (await readJson(model, 'plan.json')) as Plan | undefined;
}

export function createModels(context: CoreContext): Models & ModelsInside {
  const folder: ManifestFolder<ModelManifest> = context.manifests(LAYOUT, MODEL);
  const endpoints = context.manifests(flatLayout('endpoints'), ENDPOINT);
  const packageOf = (name: string, version: number): string =>
    path.join(context.paths.ml, 'models', name, String(version));
  const withPath = (one: ModelManifest): Model => ({ ...one, path: packageOf(one.name, one.version) });

  const write = (key: string, manifest: ModelManifest): Promise<void> =>
    writeText(folder.file(key), `${JSON.stringify(manifest, null, 2)}\n`);

  async function get(reference: string): Promise<Model> {
    const at = reference.lastIndexOf('@');
    const given = at === -1 ? reference : reference.slice(0, at);
    const all = await folder.list();
    const gone = all.filter((one) => one.removed !== undefined);
    const isGone = (key: string): boolean => gone.some((one) => `${one.name}@${one.version}` === key);
    const keys = (await folder.keys()).filter((key) => !isGone(key));
    const names = [...new Set(keys.map((key) => key.slice(0, key.lastIndexOf('@'))))];
    const name = resolveName(given, names, 'model');
    const versions = keys
      .filter((key) => key.slice(0, key.lastIndexOf('@')) === name)
      .map((key) => Number(key.slice(key.lastIndexOf('@') + 1)));
    const version = at === -1 ? Math.max(...versions) : Number(reference.slice(at + 1).replace(/^v/i, ''));
    const found = versions.includes(version) ? await folder.read(`${name}@${version}`) : undefined;
    if (found) return withPath(found);
    const removed = gone.find((one) => one.name === name && one.version === version)?.removed;
    const why = removed === undefined ? '' : `; it was removed on ${removed.slice(0, 10)}`;
    throw new UserError('notFound', `Model "${name}" has no version ${reference.slice(at + 1)}${why}.`, {
      fix: `There is: ${versions.join(', ')}.`,
    });
  }

  return {
    get,
    async list() {
      const all = (await folder.list()).filter((one) => one.removed === undefined);
      return all.map(withPath).sort((a, b) => b.created.localeCompare(a.created) || b.version - a.version);
    },
    async signature(reference) {
      const model = await get(reference);
      const signature = await readJson(model, 'signature.json');
      if (signature !== undefined) return signature as Signature;
      throw new UserError('invalid', `The package of ${model.name}@${model.version} has no signature.json.`, {
        fix: `The package is damaged: run ${model.run} again.`,
      });
    },
    async report(reference) {
      const model = await get(reference);
      return (await readJson(model, 'report.json')) as Report | undefined;
    },
    async export(reference, target) {
      const model = await get(reference);
      await inPackage(model, '');
      const absolute = path.resolve(context.paths.root, target);
      const there = await entries(absolute);
      if (there.length > 0) {
        throw new UserError('conflict', `The folder ${absolute} is not empty.`, {
          fix: 'Choose a new or an empty folder.',
        });
      }
      try {
        await fs.cp(model.path, absolute, { recursive: true });
      } catch (error) {
        throw fileError(error, `write ${absolute}`);
      }
      return absolute;
    },
    async remove(reference) {
      const model = await get(reference);
      const serving = (await endpoints.list()).filter(
        (one) => one.model === model.name && one.version === model.version,
      );
      if (serving.length > 0) {
        const names = serving.map((one) => one.name).join(', ');
        throw new UserError('conflict', `${model.name}@${model.version} is served by ${names}.`, {
          fix: 'Give the endpoint another model, or remove it first.',
        });
      }
      const key = `${model.name}@${model.version}`;
      const removed = context.host.now().toISOString();
      await folder.locked(async () => {
        const manifest = await folder.read(key);
        // Its number stands in runs, endpoints and other people's notes: it must never mean another model.
        if (manifest) await write(key, { ...manifest, removed });
        await remove(model.path);
      });
    },
    async takeBack(model) {
      await folder.locked(async () => {
        await remove(folder.file(`${model.name}@${model.version}`));
        await remove(model.path);
        const parent = path.dirname(model.path);
        if ((await entries(parent)).length === 0) await remove(parent);
      });
    },
    async adopt(packageFolder, facts) {
      return folder.locked(async () => {
        const keys = await folder.keys();
        const known = (await folder.list()).find((one) => one.run === facts.run);
        // Folders count too: a version whose manifest was deleted by hand is not written over.
        const there = (await entries(path.join(context.paths.ml, 'models', facts.name))).map(
          (one) => one.name,
        );
        const listed = keys
          .filter((key) => key.startsWith(`${facts.name}@`))
          .map((key) => key.split('@').at(-1));
        const used = [...there, ...listed]
          .map((one) => parseInt(one ?? '', 10))
          .filter((one) => !Number.isNaN(one));
        const manifest = known ?? { ...facts, version: 1 + Math.max(0, ...used) };
        // The manifest first: should we be stopped between the two, the next look at the run moves the package.
        const key = `${manifest.name}@${manifest.version}`;
        if (!known) await write(key, manifest);
        const target = packageOf(manifest.name, manifest.version);
        if (!(await fileExists(target))) await move(packageFolder, target);
        return withPath(manifest);
      });
    },
    broken: () => folder.broken(),
  };
}
