import fs from 'node:fs';
import path from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Endpoint, InvokeResult } from '../../src/core/model';
import type { Check, Resource } from '../../src/core/provider';
import type { Run } from '../../src/core/run';
import { laySample } from '../../scripts/lib/sample.mjs';
import { startForTest } from '../rigs/aws/kit';
import type { AwsRig } from '../rigs/aws/rig';
import { makeSandbox, type Sandbox } from './mll';

/** The whole of the lifecycle on SageMaker by `mll` alone, against the stand-in for AWS. */
describe('mll on SageMaker', { timeout: 400_000 }, () => {
  let aws: AwsRig;
  let box: Sandbox;
  const ok = async <T>(...args: string[]): Promise<T> => {
    const answer = await box.mll('--json', ...args);
    expect(`${answer.code} ${answer.code === 0 ? '' : answer.stdout + answer.stderr}`).toBe('0 ');
    return answer.json() as T;
  };

  beforeAll(async () => {
    aws = await startForTest();
    box = makeSandbox();
    laySample(box.folder);
    await ok('init', '--yes');
  });
  afterAll(async () => {
    box.remove();
    await aws.stop();
  });

  test('connect shows what is missing, and makes it only when that is agreed to', async () => {
    const first = await box.mll('--json', 'connect', 'sagemaker', '--region', 'us-east-1', '--default');
    expect(first.code).toBe(0);
    const { missing } = first.json() as { missing: { kind: string; name: string; text: string }[] };
    expect(missing.map((one) => one.kind)).toEqual(['store', 'role']);
    expect(missing[0]?.name).toBe('s3://mll-123456789012-us-east-1');
    expect(missing[1]?.text).toContain('sagemaker.amazonaws.com');
    expect(missing[1]?.text).toContain('arn:aws:s3:::mll-123456789012-us-east-1/mll-my-project/*');
    await ok('--yes', 'connect', 'sagemaker', '--region', 'us-east-1', '--create');
    const text = fs.readFileSync(path.join(box.folder, 'ml.yaml'), 'utf8');
    expect(text).toContain('provider: sagemaker');
    expect(text).toContain('store: s3://mll-123456789012-us-east-1');
    expect(text).toContain('role: arn:aws:iam::123456789012:role/mll-sagemaker-my-project');
  });

  test('doctor says who one is, and that bucket, role and quota are as they must be', async () => {
    const answer = await box.mll('--json', 'doctor', '--provider', 'sagemaker');
    const { checks } = answer.json() as { checks: Check[] };
    const of = (name: string): Check | undefined => checks.find((one) => one.name === `SageMaker: ${name}`);
    expect(of('login')).toMatchObject({ ok: true });
    expect(of('bucket')?.reason).toContain('was written and removed again');
    expect(of('role')?.reason).toContain('exists and trusts SageMaker');
    expect(of('quota')?.reason).toContain('ml.m5.large for training job usage: 8');
    await aws.quota('ml.m5.large for training job usage', 0);
    const again = await box.mll('--json', 'doctor', '--provider', 'sagemaker');
    await aws.quota('ml.m5.large for training job usage', 8);
    expect(again.code).toBe(3);
    const { checks: now } = again.json() as { checks: Check[] };
    expect(now.find((one) => one.name === 'SageMaker: quota')).toMatchObject({ ok: false });
  });

  const TRAIN = [
    'train',
    '--data',
    'penguins.csv',
    '--target',
    'Species',
    '--no-recipe',
    '--algorithm',
    'linear',
  ];

  test('nothing is sent and nothing runs without a yes', async () => {
    const refused = await box.mll(...TRAIN);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('penguins.csv:');
    expect(refused.stderr).toContain('Machine: ml.m5.large for at most 2 hours');
    expect(refused.stderr).toContain('Price: USD 0.10 per machine and hour (AWS Price List, ');
    expect(refused.stderr).toContain('Cost: at most USD 0.20');
    expect(refused.stderr).toContain('--yes');
    expect(await ok('runs', 'list')).toMatchObject({ runs: [] });
    expect(await ok('resources', 'list')).toEqual({ resources: [] });
  });

  test('a secret is not covered by --yes', async () => {
    box.write(
      'script/train.py',
      'import ml_lifecycle as ml\nKEY = "AKIAJ7QXAMZLEGH2VWRQ"\nAWS_SECRET_ACCESS_KEY = "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"\n',
    );
    const refused = await box.mll('--json', '--yes', ...TRAIN.slice(0, 6), '--script', 'script/train.py');
    expect(refused.code).toBe(1);
    expect(refused.json()).toMatchObject({ error: { kind: 'permission' } });
    expect(refused.stdout).toContain('code/train.py, line 3: aws credential');
  });

  test('train, seen by a colleague, served, asked, watched, changed, and all of it deleted', async () => {
    const { run } = await ok<{ run: Run }>('--yes', ...TRAIN, '--detach');
    expect(run.place?.name).toBe(`mll-${run.id}`);

    // A colleague has what is in git, and nothing else.
    const other = makeSandbox();
    fs.cpSync(path.join(box.folder, 'ml.yaml'), path.join(other.folder, 'ml.yaml'));
    const manifest = path.join('.ml', 'runs', run.id, 'run.json');
    fs.mkdirSync(path.dirname(path.join(other.folder, manifest)), { recursive: true });
    fs.cpSync(path.join(box.folder, manifest), path.join(other.folder, manifest));
    const seen = await vi.waitUntil(
      async () => {
        const now = (await other.mll('--json', 'runs', 'show', run.id)).json() as { run: Run };
        return now.run.status === 'completed' || now.run.status === 'failed' ? now.run : undefined;
      },
      { timeout: 120_000, interval: 500 },
    );
    expect(seen.error).toBeUndefined();
    expect(seen.model).toEqual({ name: 'penguins', version: 1 });
    expect(fs.existsSync(path.join(other.folder, '.ml/models/penguins/1/model.joblib'))).toBe(true);
    expect((await other.mll('runs', 'logs', run.id)).stdout).toContain('duckdb');
    other.remove();

    const own = await ok<{ run: Run }>('runs', 'show', run.id);
    expect(own.run.metrics).toEqual(seen.metrics);

    const { endpoint } = await ok<{ endpoint: Endpoint }>('--yes', 'deploy', 'penguins', '--name', 'birds');
    expect(endpoint).toMatchObject({ name: 'birds', status: 'ready', version: 1, provider: 'sagemaker' });
    const row = JSON.stringify({
      Island: 'Biscoe',
      'Beak Length (mm)': 50,
      'Beak Depth (mm)': 15,
      'Flipper Length (mm)': 220,
      'Body Mass (g)': 5200,
      Sex: 'MALE',
    });
    const answer = await ok<InvokeResult>('invoke', 'birds', '--row', row);
    expect(answer.predictions[0]?.prediction).toBe('Gentoo');
    const report = await vi.waitUntil(
      async () => {
        const one = (await box.mll('--json', 'monitor', 'birds')).json() as { requests?: number };
        return one.requests === 1 ? one : undefined;
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(report.requests).toBe(1);

    const resources = await ok<{ resources: Resource[] }>('resources', 'list');
    expect(
      resources.resources
        .map((one) => one.kind)
        .filter((kind) => kind !== 'files')
        .sort(),
    ).toEqual(['endpoint', 'endpoint-config', 'model']);
    expect(resources.resources.find((one) => one.kind === 'endpoint')).toMatchObject({
      title: 'birds',
      machine: 'ml.m5.large',
    });
    // What is not the project's stays, whatever it is called.
    const mine = { Bucket: 'mll-123456789012-us-east-1', Key: 'data/mine.csv' };
    await new S3Client({}).send(new PutObjectCommand({ ...mine, Body: 'a\n1\n' }));
    await ok('--yes', 'resources', 'remove', '--all');
    expect((await new S3Client({}).send(new HeadObjectCommand(mine))).ContentLength).toBe(4);
    expect(await ok('resources', 'list')).toEqual({ resources: [] });
    // What was deleted elsewhere is noticed.
    expect(await ok('endpoints', 'show', 'birds')).toMatchObject({ endpoint: { status: 'removed' } });
  });
});
