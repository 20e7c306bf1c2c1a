import path from 'node:path';
import { expect, test } from 'vitest';
import { create } from '../../../src/providers/vertex';
import { realPackages } from '../real-packages';
import { makeVertexProject, stopGoogle } from './rig';

const RUNTIME = path.resolve(import.meta.dirname, '../../../python');

test(
  'a model that a newer Python made on this machine is served there, with its own scikit-learn',
  { timeout: 300_000 },
  async () => {
    const rig = await makeVertexProject({ pythonFolder: RUNTIME });
    const { row, one } = await realPackages(rig.paths.root);
    const { endpoints } = await create(rig.paths, rig.host);
    if (!endpoints) throw new Error('There are no endpoints.');
    const estimate = await endpoints.estimate?.('near', one);
    expect(estimate?.notes?.join('\n')).toMatch(
      /ray-cpu\.2-47\.py311[^]*scikit-learn [\d.]+, which the model was trained with, is installed/,
    );
    await endpoints.deploy('near', one);
    expect((await endpoints.invoke('near', [row])).predictions[0]?.prediction).not.toBeNull();
    await endpoints.remove('near');
    await rig.dispose();
    await stopGoogle();
  },
);
