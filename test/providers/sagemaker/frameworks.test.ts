import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { planPackage } from '../../../src/providers/cloud/package';
import { configRequest, modelRequest } from '../../../src/providers/sagemaker/endpoint-requests';
import { createStore } from '../../../src/stores/folder';
import { modelAt } from '../local-endpoints.rig';

/** What a model of a framework needs in the container that serves it. */
test('a container that installs a framework gets the time for it, and reads modules of an old protoc', () => {
  const base = {
    config: {
      settings: { role: 'arn:aws:iam::123456789012:role/jobs' },
      region: 'us-east-1',
      profile: undefined,
      bucket: 'bucket',
      prefix: 'some/prefix/',
      project: 'birds',
    },
    image: { uri: 'i', packages: {}, lacks: [] },
    model: modelAt('/m', 3),
    name: 'birds',
    endpoint: 'mll-birds-1',
    deployment: 'mll-birds-1-2',
    packageUri: 's3://bucket/m.tar.gz',
    chosen: { machine: 'ml.m5.large', instances: 1 },
  };
  const [plain] = configRequest({ ...base, requirements: ['duckdb==1.5.6'] }).ProductionVariants ?? [];
  expect(plain).not.toHaveProperty('ContainerStartupHealthCheckTimeoutInSeconds');
  const torch = { ...base, requirements: ['duckdb==1.5.6', 'torch==2.9.0'] };
  expect(configRequest(torch).ProductionVariants?.[0]?.ContainerStartupHealthCheckTimeoutInSeconds).toBe(900);
  expect(modelRequest(torch).PrimaryContainer?.Environment).toMatchObject({
    PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION: 'python',
  });
});
test.each([
  ['torch without its build', { torch: '2.9.0+cpu' }, ['torch==2.9.0']],
  [
    'TensorFlow, as the image without a GPU calls it, with the Keras that made the model',
    { 'tensorflow-cpu': '2.19.0', keras: '3.10.0' },
    ['tensorflow-cpu==2.19.0', 'keras==3.10.0'],
  ],
  ['nothing for scikit-learn alone', { 'scikit-learn': '1.9.0', keras: '3.10.0' }, []],
])('what a served model brings along: %s', async (_, packages, pins) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mll-pins-'));
  await writeFile(path.join(folder, 'provenance.json'), JSON.stringify({ packages, python: '3.12.1' }));
  await writeFile(path.join(folder, 'features.json'), '{}');
  const planned = await planPackage(modelAt(folder, 1), {
    title: 'SageMaker',
    provider: 'sagemaker',
    store: createStore(folder),
    prefix: 'p/',
    image: { python: '3.12', packages: { 'scikit-learn': '1.9.0' } },
    requirements: ['duckdb==1.5.6'],
    alongside: [],
    salt: '',
  });
  expect(planned.requirements).toEqual(['duckdb==1.5.6', ...pins]);
  await rm(folder, { recursive: true });
});
