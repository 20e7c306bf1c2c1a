import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../../src/core/api';
import type { Estimate } from '../../../src/core/estimate';
import { type GoogleRig, startGoogle } from '../../rigs/google/rig';
import { createLifecycle } from '../../../src/core/lifecycle';
import { flowers } from '../../core/endpoints.rig';
import { startEngine } from '../../engine/build';
import type { Model } from '../../../src/core/model';
import { modelAt } from '../local-endpoints.rig';
import { makeRig, type Rig } from '../local.rig';
import { packagesOf } from '../real-packages';

const root = path.resolve(import.meta.dirname, '../../..');

export const REGION = 'europe-west1';

export interface VertexProject extends Rig {
  readonly bucket: string;
  readonly google: GoogleRig;
  /** What was shown before anything was sent. */
  readonly shown: Estimate[];
}

let buckets = 0;
let google: Promise<GoogleRig> | undefined;

/** The stand-in for Google Cloud, one for all tests of a file; it ends with the process. */
function googleRig(): Promise<GoogleRig> {
  google ??= startGoogle().then((rig) => {
    Object.assign(process.env, rig.env);
    return rig;
  });
  return google;
}

/** Ends the stand-in; the next project starts another. */
export async function stopGoogle(): Promise<void> {
  const running = await google;
  google = undefined;
  await running?.stop();
}

/** A project whose `ml.yaml` names the stand-in's project, with a bucket of its own; the host agrees to all that it is shown. */
export async function makeVertexProject(lent: Partial<Host> = {}, more = ''): Promise<VertexProject> {
  const running = await googleRig();
  const shown: Estimate[] = [];
  const rig = await makeRig({
    providers: {
      vertex: async (paths, own) => (await import('../../../src/providers/vertex')).create(paths, own),
    },
    agree: (estimate) => {
      shown.push(estimate);
      return Promise.resolve(true);
    },
    ...lent,
  });
  const bucket = `mll-${process.pid}-${Date.now()}-${++buckets}`;
  await running.storage.createBucket(bucket);
  const settings = path.join(rig.paths.root, 'ml.yaml');
  const before = await fs.readFile(settings, 'utf8');
  await fs.writeFile(
    settings,
    `${before}provider: vertex\nproviders:\n  vertex:\n    project: test\n    region: ${REGION}\n    store: gs://${bucket}/some/prefix\n${more}`,
  );
  return { ...rig, bucket, google: running, shown };
}

/** Packages that jobs of the project made there: two versions of a model, and one whose model is damaged. */
export async function trainedThere(rig: VertexProject): ReturnType<typeof packagesOf> {
  const engine = await startEngine();
  const lifecycle = createLifecycle(rig.paths.root, { ...rig.host, engine: engine.engine });
  try {
    await fs.writeFile(path.join(rig.paths.root, 'flowers.csv'), flowers(300, 3));
    return await packagesOf(lifecycle, rig.paths.root);
  } finally {
    lifecycle.dispose();
    engine.remove();
  }
}

/** The stand-in runtime of the contract, with what starts a job in Vertex AI's containers beside it. */
export async function standInRuntime(folder: string): Promise<string> {
  const python = path.join(folder, 'runtime');
  await fs.cp(path.join(root, 'test/providers/stand-in'), python, { recursive: true });
  for (const name of ['sagemaker', 'vertex']) {
    const to = path.join(python, 'ml_lifecycle', name);
    await fs.cp(path.join(root, 'python/ml_lifecycle', name), to, { recursive: true });
  }
  // It imports nothing, so its jobs have nothing to install.
  await fs.writeFile(path.join(python, 'ml_lifecycle', 'vertex', 'requirements.txt'), '');
  return python;
}

/** The same for endpoints: the product's own bootstrap in the container, which then serves the stand-in, at once. */
export async function standInServing(folder: string): Promise<string> {
  const python = await standInRuntime(folder);
  await fs.cp(path.join(root, 'test/providers/vertex/stand-in-serve'), python, {
    recursive: true,
    force: true,
  });
  await fs.writeFile(path.join(python, 'ml_lifecycle', 'vertex', 'serve.txt'), '');
  return python;
}

/** A package that the stand-in serves. */
export async function standInModel(folder: string, version: number, broken = false): Promise<Model> {
  const target = path.join(folder, `stand-in ${version}`);
  await fs.mkdir(path.join(target, 'code'), { recursive: true });
  await fs.writeFile(path.join(target, 'provenance.json'), '{}');
  await fs.writeFile(path.join(target, 'version'), String(version));
  if (broken) await fs.writeFile(path.join(target, 'broken'), '');
  return { ...modelAt(target, version), name: 'birds' };
}
