import * as fs from 'node:fs/promises';
import path from 'node:path';
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../../../src/core/provider';
import { create } from '../../../src/providers/sagemaker';
import { settled, spec } from '../jobs.contract';
import { failure, left, makeSagemakerRig, type SagemakerRig, standInModel, standInServing } from './rig';

/** Somebody empties the bucket while it is used. */
describe('objects that are deleted meanwhile', { timeout: 100_000 }, () => {
  let rig: SagemakerRig;
  let provider: Provider;
  const s3 = new S3Client({});
  const keys = async (): Promise<readonly string[]> =>
    ((await s3.send(new ListObjectsV2Command({ Bucket: rig.bucket }))).Contents ?? []).map(
      (one) => one.Key ?? '',
    );
  const remove = async (part: string): Promise<number> => {
    const found = (await keys()).filter((key) => key.includes(part));
    for (const Key of found) await s3.send(new DeleteObjectCommand({ Bucket: rig.bucket, Key }));
    return found.length;
  };

  beforeAll(async () => {
    rig = await makeSagemakerRig();
    provider = await create(rig.paths, { ...rig.host, pythonFolder: await standInServing(rig.paths.root) });
  });
  afterAll(() => rig.dispose());

  test('what a job made, before it is brought here: it is said, and nothing half stands here', async () => {
    const data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a,b\n1,2\n');
    const id = '20261127-1700-train-gone-1';
    await provider.jobs.submit(spec(id, data, { do: 'succeed' }), id);
    expect(await settled(provider.jobs, id)).toMatchObject({ status: 'completed' });
    expect(await remove(`/runs/${id}/`)).toBeGreaterThan(0);
    const said = await failure(provider.jobs.collect?.(id) ?? Promise.resolve());
    expect(said.kind).toBe('notFound');
    expect(said.message).toContain(`/runs/${id}/`);
    const folder = path.join(rig.paths.ml, 'runs', id, 'job');
    expect(await fs.readdir(folder)).not.toContain('out');
  });

  test('the data of an earlier run: it is sent again', async () => {
    const data = path.join(rig.paths.root, 'data.csv');
    expect(await remove('/data/')).toBe(1);
    const id = '20261127-1700-train-gone-2';
    await provider.jobs.submit(spec(id, data, { do: 'succeed' }), id);
    expect(await settled(provider.jobs, id)).toMatchObject({ status: 'completed' });
  });

  test('the package of a model that serves: an update sends it again', async () => {
    const endpoints = provider.endpoints;
    if (!endpoints) throw new Error('SageMaker has endpoints.');
    const model = await standInModel(path.join(rig.paths.root, 'package'), 1, 'still here');
    await endpoints.deploy('birds', model);
    expect(await remove('/models/')).toBe(1);
    expect((await endpoints.invoke('birds', [{ a: 1 }])).predictions).toEqual([{ prediction: 'still here' }]);
    await endpoints.update('birds', model);
    expect((await endpoints.invoke('birds', [{ a: 1 }])).predictions).toEqual([{ prediction: 'still here' }]);
    expect((await keys()).filter((key) => key.includes('/models/'))).toHaveLength(1);
    expect(await left()).toEqual({ endpoints: 1, configs: 1, models: 1 });
    await endpoints.remove('birds');
  });
});
