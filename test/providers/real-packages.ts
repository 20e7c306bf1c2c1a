import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Lifecycle } from '../../src/core/api';
import { flowers, wholeRig } from '../core/endpoints.rig';
import type { EndpointsRig } from './endpoints.contract';
import { modelAt } from './local-endpoints.rig';

type Packages = EndpointsRig['models'] & { readonly row: EndpointsRig['row'] };

/** Packages as training on this machine makes them: two versions of a model, and one whose model is damaged. */
export async function realPackages(folder: string): Promise<Packages> {
  const rig = await wholeRig();
  try {
    rig.write('flowers.csv', flowers(300, 3));
    return await packagesOf(rig.lifecycle, folder);
  } finally {
    await rig.dispose();
  }
}

/** The same, trained by the project's own provider on its `flowers.csv`. */
export async function packagesOf({ runs, models }: Lifecycle, folder: string): Promise<Packages> {
  const packages: string[] = [];
  for (const seed of [1, 2]) {
    const run = await runs.train({
      data: 'flowers.csv',
      recipe: null,
      target: 'kind',
      params: { algorithm: 'linear', seed },
      model: 'flowers',
    });
    const done = await runs.wait(run.id);
    if (done.status !== 'completed') throw new Error(done.error?.message ?? done.status);
    const target = path.join(folder, `package ${seed}`);
    cpSync((await models.get('flowers')).path, target, { recursive: true });
    packages.push(target);
  }
  const [one = '', two = ''] = packages;
  const broken = path.join(folder, 'package 3');
  mkdirSync(broken);
  cpSync(one, broken, { recursive: true });
  writeFileSync(path.join(broken, 'model.joblib'), 'no model at all');
  return {
    one: modelAt(one, 1),
    two: modelAt(two, 2),
    broken: modelAt(broken, 3),
    row: { length: 3.5, width: 1.5, place: 'nord' },
  };
}
