import path from 'node:path';
import type { Endpoints } from '../../../src/core/provider';
import { create } from '../../../src/providers/sagemaker';
import { endpointsContract } from '../endpoints.contract';
import { realPackages } from '../real-packages';
import { makeSagemakerRig } from './rig';

const RUNTIME = path.resolve(import.meta.dirname, '../../../python');

endpointsContract('SageMaker', async () => {
  const rig = await makeSagemakerRig({ pythonFolder: RUNTIME });
  const { row, ...models } = await realPackages(rig.paths.root);
  const made: Endpoints[] = [];
  for (let count = 0; count < 8; count++) {
    const { endpoints } = await create(rig.paths, rig.host);
    if (endpoints) made.push(endpoints);
  }
  const open = (): Endpoints => {
    const one = made.pop();
    if (!one) throw new Error('The suite opens more windows than the rig made.');
    return one;
  };
  return {
    open,
    models,
    row,
    dispose: async () => {
      const endpoints = open();
      for (const one of await endpoints.list()) await endpoints.remove(one.name);
      await rig.dispose();
    },
  };
});
