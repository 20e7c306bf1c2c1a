import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../src/core/run';
import { wholeRig, type WholeRig } from './endpoints.rig';

let rig: WholeRig;
beforeAll(async () => {
  rig = await wholeRig();
  const rows = Array.from({ length: 60 }, (_, k) => `${k % 7},${k % 3 === 0 ? 'yes' : 'no'}`);
  rig.write('small.csv', `x,y\n${rows.join('\n')}\n`);
}, 120_000);
afterAll(() => rig.dispose());

async function train(): Promise<Run> {
  const { runs } = rig.lifecycle;
  const run = await runs.train({
    data: 'small.csv',
    recipe: null,
    target: 'y',
    params: { algorithm: 'baseline' },
    model: 'small',
  });
  return runs.wait(run.id);
}

test('the number of a removed version is never given again', { timeout: 120_000 }, async () => {
  const { models } = rig.lifecycle;
  const versions = async (): Promise<number[]> => (await models.list()).map((one) => one.version);
  expect(await train()).toMatchObject({ mainMetric: 'accuracy', model: { name: 'small', version: 1 } });
  await models.remove('small@1');
  expect(await versions()).toEqual([]);
  await expect(models.get('small')).rejects.toMatchObject({ kind: 'notFound' });
  expect(await train()).toMatchObject({ model: { name: 'small', version: 2 } });
  expect(await versions()).toEqual([2]);
  expect((await models.get('small')).version).toBe(2);
  await expect(models.get('small@1')).rejects.toThrow(
    `Model "small" has no version 1; it was removed on ${new Date().toISOString().slice(0, 10)}.`,
  );
});
