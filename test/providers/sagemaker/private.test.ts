import * as fs from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InvokeResult } from '../../../src/core/model';
import { failure, left, lifecycleRig, type LifecycleRig } from './rig';

const NETWORK = '    subnets: [subnet-0123456789abcdef0]\n    securityGroups: [sg-0123456789abcdef0]\n';
const VENDORED = '    wheels: vendored\n';
const ROWS = [
  {
    Island: 'Biscoe',
    'Beak Length (mm)': 50,
    'Beak Depth (mm)': 15,
    'Flipper Length (mm)': 220,
    'Body Mass (g)': 5200,
    Sex: 'MALE',
  },
  {
    Island: 'Dream',
    'Beak Length (mm)': 39,
    'Beak Depth (mm)': null,
    'Flipper Length (mm)': 190,
    'Body Mass (g)': 3400,
    Sex: 'FEMALE',
  },
  {
    Island: 'Nowhere',
    'Beak Length (mm)': 45,
    'Beak Depth (mm)': 18,
    'Flipper Length (mm)': 200,
    'Body Mass (g)': 4000,
    Sex: null,
  },
];

/** Subnets without a way out: no index of packages answers there. */
describe('an endpoint on SageMaker in a private network', { timeout: 300_000 }, () => {
  let rig: LifecycleRig;
  let open: string;
  const write = (...more: string[]): Promise<void> =>
    fs.writeFile(rig.file('ml.yaml'), [open, ...more].join(''));
  const answers = async (name: string): Promise<InvokeResult['predictions']> =>
    (await rig.lifecycle.endpoints.invoke(name, ROWS)).predictions;

  beforeAll(async () => {
    rig = await lifecycleRig();
    open = await fs.readFile(rig.file('ml.yaml'), 'utf8');
    const request = {
      data: rig.file('penguins.csv'),
      recipe: null,
      target: 'Species',
      params: { algorithm: 'linear' },
    } as const;
    await rig.ended(await rig.lifecycle.runs.train({ ...request, model: 'here', provider: 'local' }));
    // Trained while the network was open: what that job left for its endpoint asks the index.
    await rig.ended(await rig.lifecycle.runs.train({ ...request, model: 'there' }));
    for (const name of ['here', 'there']) {
      await rig.lifecycle.endpoints.deploy({ model: name, name: `${name}-near`, provider: 'local' });
    }
  });
  afterAll(async () => {
    await write();
    await rig.dispose();
  });

  test('without wheels the check says beforehand what fails; it does fail so, and leaves nothing', async () => {
    await write(NETWORK);
    const provider = await rig.host.providers.sagemaker?.(rig.paths, rig.host);
    expect((await provider?.check())?.find((one) => one.name === 'SageMaker: image')).toEqual({
      name: 'SageMaker: image',
      ok: false,
      reason:
        'Jobs and endpoints run in your own subnets and install packages from the package index at their start.',
      fix: 'Give the subnets a way out to the internet, or write "wheels: vendored" so that the packages travel along.',
    });
    const said = await failure(rig.lifecycle.endpoints.deploy({ model: 'here', name: 'far' }));
    expect(said.message).toContain('did not pass the ping health check');
    expect(said.message).toContain('The installer cannot reach its package index');
    expect(said.fix).toBe(
      'Write "wheels: vendored" in ml.yaml, so that the packages travel along, or give the subnets a way out to the internet.',
    );
    expect(await left()).toEqual({ endpoints: 0, configs: 0, models: 0 });
  });

  test.each(['here', 'there'])(
    'with vendored wheels the model trained %s comes up and answers as the local endpoint',
    async (name) => {
      await write(NETWORK, VENDORED);
      await rig.lifecycle.endpoints.deploy({ model: name, name: 'far' });
      const { items } = await rig.lifecycle.endpoints.logs('far');
      expect(items.join('\n')).toMatch(/Looking in links: .*wheels/);
      const far = await answers('far');
      expect(far).toHaveLength(ROWS.length);
      expect(far).toEqual(await answers(`${name}-near`));
      await rig.lifecycle.endpoints.remove('far');
    },
  );
});
