import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../src/core/settings';
import type { Config } from '../../../src/providers/vertex/config';
import { imageNamed } from '../../../src/providers/vertex/images';
import { describeJob } from '../../../src/providers/vertex/job-state';
import { acceleratorOf, customJob, resourcesFor } from '../../../src/providers/vertex/requests';
import { packRuntime, setupFile } from '../../../src/providers/vertex/source';
import { prune } from '../../../scripts/lib/prune-protos.mjs';
import { spec } from '../jobs.contract';

const root = path.resolve(import.meta.dirname, '../../..');
const RUN = '20261123-1312-train-penguins-ab12';

const config: Config = {
  settings: { machine: 'g2-standard-24', serviceAccount: 'me@test.iam.gserviceaccount.com', spot: true },
  region: 'europe-west1',
  account: 'my-project',
  login: {},
  bucket: 'bucket',
  prefix: 'some/mll-penguins/',
  project: 'Penguins!',
};

describe('requests', () => {
  test('a custom job finds its runtime, its run and its GPUs; no parameter is in it', () => {
    const image = { ...imageNamed('pytorch', config.region, true), notes: [] };
    const job = customJob(config, image, spec(RUN, 'x.csv', { secret: 'one' }), RUN);
    const run = 'some/mll-penguins/runs/20261123-1312-train-penguins-ab12';
    expect(job).toEqual({
      displayName: `mll-${RUN}`,
      labels: { mll_project: 'penguins', mll_run: RUN, mll_kind: 'train' },
      jobSpec: {
        workerPoolSpecs: [
          {
            machineSpec: {
              machineType: 'g2-standard-24',
              acceleratorType: 'NVIDIA_L4',
              acceleratorCount: 2,
            },
            replicaCount: 1,
            diskSpec: { bootDiskType: 'pd-ssd', bootDiskSizeGb: 100 },
            pythonPackageSpec: {
              executorImageUri: 'europe-docker.pkg.dev/vertex-ai/training/pytorch-gpu.2-4.py310:latest',
              packageUris: [`gs://bucket/${run}/source/ml_lifecycle_runtime-0.1.0.tar.gz`],
              pythonModule: 'ml_lifecycle.vertex.start',
              args: ['/gcs', `bucket/${run}`],
              env: [
                { name: 'MLL_RUN', value: RUN },
                { name: 'PYTHONUNBUFFERED', value: '1' },
                { name: 'PIP_NO_COMPILE', value: '1' },
                { name: 'PIP_DISABLE_PIP_VERSION_CHECK', value: '1' },
              ],
            },
          },
        ],
        scheduling: { timeout: { seconds: 7200 }, strategy: 'SPOT', restartJobOnWorkerRestart: true },
        baseOutputDirectory: { outputUriPrefix: `gs://bucket/${run}` },
        serviceAccount: 'me@test.iam.gserviceaccount.com',
      },
    });
    expect(JSON.stringify(job)).not.toContain('secret');
  });

  test('machines with GPUs of their own, and those that get them from the settings', () => {
    expect(acceleratorOf('a2-highgpu-4g', {})).toEqual({ type: 'NVIDIA_TESLA_A100', count: 4 });
    expect(acceleratorOf('g2-standard-8', {})).toEqual({ type: 'NVIDIA_L4', count: 1 });
    const accelerator = { type: 'NVIDIA_TESLA_T4', count: 2 };
    expect(acceleratorOf('n1-standard-8', { accelerator })).toEqual(accelerator);
    expect(acceleratorOf('n1-standard-8', {})).toBeUndefined();
  });

  test('several machines are refused before anything is sent', () => {
    expect(() => resourcesFor(config, { instances: 2 })).toThrow(/runs on one machine/);
  });
});

test('images by name, from the nearest of Google’s three places', () => {
  expect(imageNamed('sklearn', 'us-central1', true)).toEqual({
    uri: 'us-docker.pkg.dev/vertex-ai/training/sklearn-cpu.1-6:latest',
    python: '3.10',
    lacks: [],
  });
  expect(imageNamed('tensorflow:2.17', 'asia-northeast1', false)).toEqual({
    uri: 'asia-docker.pkg.dev/vertex-ai/training/tf-cpu.2-17.py310:latest',
    python: '3.10',
    lacks: ['scikit-learn==1.6.1'],
  });
  expect(imageNamed('europe-docker.pkg.dev/mine/repo/image:1', 'europe-west1', false).uri).toBe(
    'europe-docker.pkg.dev/mine/repo/image:1',
  );
  expect(() => imageNamed('pytorch:1.0', 'europe-west1', false)).toThrow(/no PyTorch image "1.0"/);
});

describe('states', () => {
  const at = { seconds: 1_760_000_000, nanos: 500_000_000 };
  test.each([
    ['JOB_STATE_QUEUED', 'starting', 'waiting for its turn'],
    ['JOB_STATE_PENDING', 'starting', 'waiting for a machine'],
    ['JOB_STATE_RUNNING', 'running', 'preparing the container'],
    ['JOB_STATE_CANCELLING', 'running', 'stopping'],
    ['JOB_STATE_SUCCEEDED', 'completed', undefined],
    ['JOB_STATE_CANCELLED', 'cancelled', undefined],
  ] as const)('%s', (state, status, stage) => {
    const said = describeJob({ state, createTime: at, endTime: at });
    expect([said.status, said.stage]).toEqual([status, stage]);
    expect(said.started).toBe('2025-10-09T08:53:20.500Z');
  });

  test('a time limit is told from other failures', () => {
    const failed = (code: number, message: string) =>
      describeJob({ state: 'JOB_STATE_FAILED', error: { code, message } });
    expect(failed(4, 'The job took too long.').limit).toBe('run');
    expect(failed(3, 'The replica workerpool0-0 exited with a non-zero status of 1.').limit).toBeUndefined();
    expect(describeJob({ state: 'JOB_STATE_EXPIRED' })).toMatchObject({ status: 'failed', limit: 'run' });
  });
});

describe('the source distribution', () => {
  test('names its packages, its other files and what it requires', () => {
    const files = ['ml_lifecycle/__init__.py', 'ml_lifecycle/a.py', 'ml_lifecycle/vertex/__init__.py'];
    const text = setupFile(
      [...files, 'ml_lifecycle/vertex/x.txt', 'ml_lifecycle/templates/t.py'],
      ['duckdb==1.5.6'],
    );
    expect(text).toBe(`from setuptools import setup

setup(
    name="ml-lifecycle-runtime",
    version="0.1.0",
    packages=["ml_lifecycle","ml_lifecycle.vertex"],
    package_data={"ml_lifecycle":["vertex/x.txt","templates/t.py"]},
    install_requires=["duckdb==1.5.6"],
)
`);
  });

  test('the same runtime makes the same bytes, which hold all of its files', async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-sdist-'));
    const made = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const archive = path.join(folder, `${name}.tar.gz`);
        await packRuntime({ pythonFolder: path.join(root, 'python') }, [], path.join(folder, name), archive);
        return fs.readFile(archive);
      }),
    );
    expect(made[0]?.equals(made[1] ?? Buffer.alloc(0))).toBe(true);
    const names = execFileSync('tar', ['-tzf', path.join(folder, 'one.tar.gz')], { encoding: 'utf8' }).split(
      '\n',
    );
    expect(names).toEqual(
      expect.arrayContaining(
        ['PKG-INFO', 'setup.py', 'ml_lifecycle/vertex/start.py', 'ml_lifecycle/sagemaker/serve.txt'].map(
          (name) => `ml_lifecycle_runtime-0.1.0/${name}`,
        ),
      ),
    );
    expect(names.filter((name) => name.includes('__pycache__'))).toEqual([]);
    await fs.rm(folder, { recursive: true });
  });
});

test.each([
  ['region: Europe', 'not a region'],
  ['store: s3://bucket/x', 'not a place such as gs://'],
  ['serviceAccount: me', 'not a service account'],
  ['colour: red', 'providers.vertex.colour'],
])('ml.yaml: %s', (line, said) => {
  expect(() => parseSettings(`providers:\n  vertex:\n    ${line}\n`, 'ml.yaml')).toThrow(said);
});

test('a pruned description has what its services need, and little else', async () => {
  const file = path.join(root, 'node_modules/@google-cloud/aiplatform/build/protos/protos.json');
  const all = JSON.parse(await fs.readFile(file, 'utf8')) as object;
  const pruned = JSON.stringify(prune(all, ['ModelService']));
  // The answer of an operation is named in an option only.
  for (const name of ['UploadModelRequest', 'UploadModelResponse', 'UploadModelOperationMetadata']) {
    expect(pruned).toContain(`"${name}":{`);
  }
  expect(pruned).not.toContain('"FeaturestoreService":{');
  expect(pruned.length).toBeLessThan(JSON.stringify(all).length / 8);
});
