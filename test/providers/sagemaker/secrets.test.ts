import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { looked } from '../../../src/providers/cloud/files';
import { endpointEstimate } from '../../../src/providers/sagemaker/endpoint-estimate';
import { modelAt } from '../local-endpoints.rig';

/** A model package holds the person's script: what looks like a secret in it is told before it is sent. */
let folder: string;
const names = ['model.joblib', 'code/train.py', 'code/ml_lifecycle/serve.py', 'code/mll_pyfunc.py'];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'mll-secrets-'));
  await mkdir(path.join(folder, 'code', 'ml_lifecycle'), { recursive: true });
  for (const name of names) await writeFile(path.join(folder, name), 'x = 1\n');
  await writeFile(
    path.join(folder, 'code/train.py'),
    'import os\nAWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEYA"\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

const estimate = (there: boolean) =>
  endpointEstimate(
    {
      config: {
        settings: { role: 'arn:aws:iam::123456789012:role/jobs' },
        region: 'us-east-1',
        profile: undefined,
        bucket: 'bucket',
        prefix: '',
        project: 'birds',
      },
      packed: { key: 'k', bytes: 10, there, notes: [], requirements: [], names },
      chosen: { machine: 'ml.m5.large', instances: 1 },
    },
    { name: 'birds', model: modelAt(folder, 1), price: undefined },
  );

test('before it is deployed', async () => {
  expect((await estimate(false)).secrets).toEqual([
    { file: 'model/code/train.py', line: 2, what: expect.stringMatching(/aws/i) as string },
  ]);
  expect((await estimate(true)).secrets).toEqual([]);
});

test('before a job evaluates it, or predicts with it', () => {
  const channel = {
    name: 'model',
    input: { path: 'in/model' },
    prefix: 'p/',
    files: [],
    folder: { path: folder, names },
  };
  expect(looked([channel], { files: [], leftOut: [] })).toEqual([
    { file: path.join(folder, 'code', 'train.py'), name: 'model/code/train.py' },
  ]);
});
