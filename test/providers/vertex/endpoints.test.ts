import path from 'node:path';
import type { Endpoints } from '../../../src/core/provider';
import { create } from '../../../src/providers/vertex';
import { endpointsContract } from '../endpoints.contract';
import { makeVertexProject, stopGoogle, trainedThere } from './rig';

const RUNTIME = path.resolve(import.meta.dirname, '../../../python');

endpointsContract('Vertex AI', async () => {
  const rig = await makeVertexProject({ pythonFolder: RUNTIME });
  const { row, ...models } = await trainedThere(rig);
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
      await stopGoogle();
    },
  };
});
