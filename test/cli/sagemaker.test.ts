import fs from 'node:fs';
import path from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import Papa from 'papaparse';
import type { Endpoint, FileResult, InvokeResult } from '../../src/core/model';
import type { MonitorReport } from '../../src/core/monitor';
import type { Check, Machine, Resource } from '../../src/core/provider';
import type { Run } from '../../src/core/run';
import { laySample } from '../../scripts/lib/sample.mjs';
import { testPython } from '../python';
import { startForTest } from '../rigs/aws/kit';
import type { AwsRig } from '../rigs/aws/rig';
import { makeSandbox, type Sandbox } from './mll';

const RECIPE = `recipe: 1
input: penguins.csv
target: Species
split: { test: 0.2, method: stratified, seed: 7 }
steps:
  - fill_missing: { columns: [Beak Length (mm), Body Mass (g)], with: median }
  - encode: { columns: [Island], method: one_hot, unknown: other }
`;
const ROW = JSON.stringify({
  Island: 'Biscoe',
  'Beak Length (mm)': 50,
  'Beak Depth (mm)': 15,
  'Flipper Length (mm)': 220,
  'Body Mass (g)': 5200,
  Sex: 'MALE',
});

/** The whole of the lifecycle on SageMaker by `mll` alone, against the stand-in for AWS. */
describe('mll on SageMaker', { timeout: 400_000 }, () => {
  let aws: AwsRig;
  let box: Sandbox;
  const ok = async <T>(...args: string[]): Promise<T> => {
    const answer = await box.mll('--json', ...args);
    expect(`${answer.code} ${answer.code === 0 ? '' : answer.stdout + answer.stderr}`).toBe('0 ');
    return answer.json() as T;
  };

  const read = (name: string): Record<string, string>[] =>
    Papa.parse<Record<string, string>>(fs.readFileSync(path.join(box.folder, name), 'utf8'), {
      header: true,
      skipEmptyLines: true,
    }).data;
  const season = (): string => {
    const heavier = (text: string | undefined): string =>
      text ? String(Math.round(Number(text) * 1.3)) : '';
    const measures = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'];
    const rows = read('penguins.csv').map((row) => ({
      ...row,
      ...Object.fromEntries(measures.map((name) => [name, heavier(row[name])])),
    }));
    return `${Papa.unparse(rows, { newline: '\n' })}\n`;
  };

  beforeAll(async () => {
    aws = await startForTest();
    box = makeSandbox();
    laySample(box.folder);
    await ok('init', '--yes');
    await ok('env', 'use', testPython());
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

  test('machines stand side by side with price and quota', async () => {
    await aws.quota('ml.m5.xlarge for training job usage', 0);
    await aws.quota('ml.m5.xlarge for spot training job usage', 3);
    const { machines } = await ok<{ machines: Machine[] }>('machines', '--for', 'train');
    const of = (type: string): Machine | undefined => machines.find((one) => one.type === type);
    expect(of('ml.m5.large')).toMatchObject({ cores: 2, price: 0.1, quota: 8 });
    expect(of('ml.m5.xlarge')).toMatchObject({ quota: 0, spotQuota: 3 });
    const prices = machines.map((one) => one.price ?? Infinity);
    expect(prices).toEqual(prices.toSorted((a, b) => a - b));
    await aws.quota('ml.m5.xlarge for training job usage', 8);
    const endpoints = await ok<{ machines: Machine[] }>('machines', '--for', 'endpoint');
    const served = endpoints.machines.find((one) => one.type === 'ml.m5.xlarge');
    expect(served?.quota).toBeGreaterThan(0);
    expect(served).not.toHaveProperty('spotQuota');
  });

  const TRAIN = ['train', '--data', 'penguins.csv', '--target', 'Species', '--algorithm', 'linear'];

  test('nothing is sent and nothing runs without a yes', async () => {
    const refused = await box.mll(...TRAIN);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('penguins.csv:');
    expect(refused.stderr).toContain('Machine: ml.m5.large for at most 2 hours');
    expect(refused.stderr).toContain('Price: USD 0.10 per machine and hour (AWS Price List, ');
    expect(refused.stderr).toContain('Cost: at most USD 0.20');
    expect(refused.stderr).toContain('--yes');
    expect(await ok('runs', 'list')).toMatchObject({ runs: [] });
    const { resources } = await ok<{ resources: Resource[] }>('resources', 'list');
    expect(resources.map((one) => [one.kind, one.name])).toEqual([
      ['bucket', 's3://mll-123456789012-us-east-1/'],
      ['role', 'arn:aws:iam::123456789012:role/mll-sagemaker-my-project'],
    ]);
  });

  test('a secret is not covered by --yes', async () => {
    box.write(
      'script/train.py',
      'import ml_lifecycle as ml\nKEY = "AKIAJ7QXAMZLEGH2VWRQ"\nAWS_SECRET_ACCESS_KEY = "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"\n',
    );
    const refused = await box.mll('--json', '--yes', ...TRAIN.slice(0, 5), '--script', 'script/train.py');
    expect(refused.code).toBe(1);
    expect(refused.json()).toMatchObject({ error: { kind: 'permission' } });
    expect(refused.stdout).toContain('code/train.py, line 3: aws credential');
  });

  test('a recipe as a processing job', async () => {
    box.write('penguins.recipe.yaml', RECIPE);
    const { run } = await ok<{ run: Run }>(
      '--yes',
      'prepare',
      'penguins.recipe.yaml',
      '--output',
      'clean.csv',
    );
    expect(run).toMatchObject({ status: 'completed', provider: 'sagemaker', kind: 'prepare' });
    expect(read('clean.csv')).toHaveLength(344);
    await ok('recipe', 'run', 'penguins.recipe.yaml', '--output', 'here.csv');
    expect(read('clean.csv')).toEqual(read('here.csv'));
  });

  test('a table in S3 is read from where it lies, and so is the one that its recipe joins', async () => {
    const Bucket = 'their-data';
    const s3 = new S3Client({});
    await s3.send(new CreateBucketCommand({ Bucket }));
    box.write('islands.csv', 'Island,area\nBiscoe,34\nDream,1\nTorgersen,2\n');
    for (const Key of ['penguins.csv', 'islands.csv']) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: fs.readFileSync(path.join(box.folder, Key)) }));
    }
    const joined = (at: string): string =>
      `recipe: 1\ninput: ${at}penguins.csv\nsteps:\n  - join: { with: ${at}islands.csv, on: [Island] }\n`;
    box.write('there.recipe.yaml', joined(`s3://${Bucket}/`));
    box.write('joined.recipe.yaml', joined(''));
    const prepare = ['prepare', 'there.recipe.yaml', '--output', 'joined-there.csv'];
    const page = (await box.mll(...prepare)).stderr;
    expect(page).toContain('Sent: no files of yours');
    expect(page).toMatch(/^Read where it lies: s3:\/\/their-data\/penguins\.csv, [\d.]+ kB$/m);
    expect(page).toMatch(/^Read where it lies: s3:\/\/their-data\/islands\.csv, \d+ B$/m);
    const { run } = await ok<{ run: Run }>('--yes', ...prepare);
    expect(run.metrics).toEqual({ rows_in: 344, rows_out: 344 });
    await ok('recipe', 'run', 'joined.recipe.yaml', '--output', 'joined-here.csv');
    expect(read('joined-there.csv')[0]).toMatchObject({ Island: 'Torgersen', area: '2' });
    expect(read('joined-there.csv')).toEqual(read('joined-here.csv'));
    expect(fs.existsSync(path.join(box.folder, '.ml/cache/stores'))).toBe(false);
    await ok('--yes', 'runs', 'remove', run.id);
  });

  test('train; a colleague sees the same and has the model', async () => {
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
  });

  test('the model answers there as it does here, row by row, and drift is seen', async () => {
    const { endpoint } = await ok<{ endpoint: Endpoint }>('--yes', 'deploy', 'penguins', '--name', 'birds');
    expect(endpoint).toMatchObject({ name: 'birds', status: 'ready', version: 1, provider: 'sagemaker' });
    await ok('deploy', 'penguins', '--name', 'near', '--provider', 'local');
    const answers = await ok<FileResult>(
      'invoke',
      'birds',
      '--file',
      'penguins.csv',
      '--output',
      'there.csv',
    );
    expect(answers).toMatchObject({ rows: 344, errors: 0 });
    await ok('invoke', 'near', '--file', 'penguins.csv', '--output', 'near.csv');
    expect(read('there.csv')).toHaveLength(344);
    expect(read('there.csv')).toEqual(read('near.csv'));
    await ok('endpoints', 'remove', 'near');

    const watched = async (rows: number): Promise<MonitorReport> => {
      let report: MonitorReport | undefined;
      const look = async (): Promise<MonitorReport> =>
        (report = (await box.mll('--json', 'monitor', 'birds')).json() as MonitorReport);
      await expect
        .poll(look, { timeout: 60_000, interval: 500 })
        .toMatchObject({ rows, errors: 0, measured: { errors: 0 } });
      if (!report) throw new Error('It was never looked at.');
      return report;
    };
    expect((await watched(344)).drift).toMatchObject({ drifted: false, rows: 344 });
    // The birds of another season are larger.
    box.write('season.csv', season());
    await ok('invoke', 'birds', '--file', 'season.csv', '--output', 'season-there.csv');
    const report = await watched(688);
    expect(report.drift.columns['Body Mass (g)']).toMatchObject({ drifted: true });
    expect(report.drift.columns.Island).toMatchObject({ drifted: false });
    expect((await box.mll('monitor', 'birds', '--fail-on', 'drift')).code).toBe(3);
  });

  test('cases are asked there, and a load test runs once its price was agreed to', async () => {
    box.write(
      'birds.cases.yaml',
      `endpoint: birds\ncases:\n  - { name: heavy, row: ${ROW}, expect: Gentoo }\n  - { name: wrong, row: ${ROW}, expect: Adelie }\n`,
    );
    const cases = await box.mll('cases', 'run', 'birds.cases.yaml');
    expect(cases.code).toBe(3);
    expect(cases.stdout).toMatch(/^✓ heavy: /m);
    expect(cases.stdout).toMatch(/^✗ wrong: .*expected Adelie/m);

    const answered = async (): Promise<number> =>
      ((await box.mll('--json', 'monitor', 'birds')).json() as MonitorReport).rows;
    await expect.poll(answered, { timeout: 60_000, interval: 500 }).toBe(690);
    const refused = await box.mll('load', 'birds', '--requests', '30', '--concurrency', '3');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Send 30 requests to "birds", 3 at the same time');
    expect(refused.stderr).toContain('Sent: no files of yours');
    expect(refused.stderr).toContain('Price: USD 0.10 per machine and hour (AWS Price List, ');
    expect(refused.stderr).toContain('autoscaling may add machines');
    const done = await ok('--yes', 'load', 'birds', '--requests', '30', '--concurrency', '3');
    expect(done).toMatchObject({ requests: 30, errors: 0 });
    // One request before the measurement; none of the refused one.
    await expect.poll(answered, { timeout: 60_000, interval: 500 }).toBe(721);
  });

  test('retrained on one yes, promoted by the gate, and rolled back', async () => {
    const asked = await box.mll('retrain', 'birds', '--data', 'season.csv', '--promote');
    expect(asked.code).toBe(1);
    const page = asked.stderr.split('\n');
    expect(page).toContain('Train penguins again, compare it with penguins@1 and serve the better one');
    expect(page.filter((line) => /^ {2}\d\. /.test(line)).map((line) => line.replace(/ \(.*/, ''))).toEqual([
      '  1. train penguins: ml.m5.large for at most 2 hours, USD 0.10 per machine and hour',
      '  2. score penguins@1: ml.m5.large for at most 2 hours, USD 0.10 per machine and hour',
      '  3. score the new model: ml.m5.large for at most 2 hours, USD 0.10 per machine and hour',
      '  4. serve the new model, if the gate holds: ml.m5.large, USD 0.10 per machine and hour',
    ]);
    expect(page).toContain('Cost of the jobs: at most USD 0.60 in all');
    expect((await ok<{ runs: Run[] }>('runs', 'list')).runs).toHaveLength(2);

    const done = await box.mll(
      '--yes',
      'retrain',
      'birds',
      '--data',
      'season.csv',
      '--promote',
      '--gate',
      'accuracy > 0.5',
    );
    expect(done.stderr.match(/^Sent: /gm)).toHaveLength(1);
    expect(done.stdout).toContain('The endpoint now serves the new model.');
    expect(done.code).toBe(0);
    expect(await ok('endpoints', 'show', 'birds')).toMatchObject({
      endpoint: { version: 2, previous: { model: 'penguins', version: 1 } },
    });
    expect((await ok<InvokeResult>('invoke', 'birds', '--row', ROW)).model).toEqual({
      name: 'penguins',
      version: 2,
    });
    await ok('--yes', 'endpoints', 'rollback', 'birds');
    const answer = await ok<InvokeResult>('invoke', 'birds', '--row', ROW);
    expect(answer.model).toEqual({ name: 'penguins', version: 1 });
    expect(answer.predictions[0]?.prediction).toBe('Gentoo');
  });

  test('a run is removed with its own files there, after they are shown; its data and model stay', async () => {
    const { runs } = await ok<{ runs: Run[] }>('runs', 'list');
    const run = runs.find((one) => one.kind === 'prepare');
    if (!run) throw new Error('There is a run of the recipe.');
    const bucket = 'mll-123456789012-us-east-1';
    const keys = async (): Promise<string[]> => {
      const { Contents = [] } = await new S3Client({}).send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map((one) => one.Key ?? '');
    };
    const before = await keys();
    const own = before.filter((one) => one.startsWith(`mll-my-project/runs/${run.id}/`));
    expect(own.length).toBeGreaterThan(3);
    const asked = await box.mll('runs', 'remove', run.id);
    expect(asked.code).toBe(1);
    expect(asked.stderr).toMatch(
      new RegExp(
        `^  ${own.length} files, [\\d.]+ [kM]B, in s3://${bucket}/mll-my-project/runs/${run.id}/$`,
        'm',
      ),
    );
    expect(await keys()).toEqual(before);
    await ok('--yes', 'runs', 'remove', run.id);
    expect(await keys()).toEqual(before.filter((one) => !own.includes(one)));
    expect((await ok<{ runs: Run[] }>('runs', 'list')).runs.map((one) => one.id)).not.toContain(run.id);
  });

  test('all that was made is listed, and deleted', async () => {
    const resources = await ok<{ resources: Resource[] }>('resources', 'list');
    expect(
      resources.resources
        .map((one) => one.kind)
        .filter((kind) => kind !== 'files')
        .sort(),
    ).toEqual(['bucket', 'endpoint', 'endpoint-config', 'model', 'role']);
    expect(resources.resources.find((one) => one.kind === 'endpoint')).toMatchObject({
      title: 'birds',
      machine: 'ml.m5.large',
    });
    // What is not the project's stays, whatever it is called.
    const mine = { Bucket: 'mll-123456789012-us-east-1', Key: 'data/mine.csv' };
    await new S3Client({}).send(new PutObjectCommand({ ...mine, Body: 'a\n1\n' }));
    const roles = async (): Promise<(string | undefined)[]> =>
      ((await new IAMClient({}).send(new ListRolesCommand({}))).Roles ?? []).map((one) => one.RoleName);
    expect(await roles()).toEqual(['mll-sagemaker-my-project']);
    // With the endpoint go its configurations and models; what stays is said. The bucket holds another's file now.
    const endpoint = resources.resources.find((one) => one.kind === 'endpoint')?.name ?? '';
    const { left } = await ok<{ left: Resource[] }>('--yes', 'resources', 'remove', endpoint);
    const kinds = left.map((one) => one.kind);
    expect(kinds.filter((kind) => kind !== 'files')).toEqual(['role']);
    expect(await ok('--yes', 'resources', 'remove', '--all')).toMatchObject({ left: [] });
    expect(await roles()).toEqual([]);
    expect((await new S3Client({}).send(new HeadObjectCommand(mine))).ContentLength).toBe(4);
    expect(await ok('resources', 'list')).toEqual({ resources: [] });
    // What was deleted elsewhere is noticed.
    expect(await ok('endpoints', 'show', 'birds')).toMatchObject({ endpoint: { status: 'removed' } });
    await ok('--yes', 'endpoints', 'remove', 'birds');
    expect(await ok('endpoints', 'list')).toEqual({ endpoints: [] });
    // Now there is nothing but the project's own in the bucket that it made.
    await new S3Client({}).send(new DeleteObjectCommand(mine));
    await ok('--yes', 'resources', 'remove', '--all');
    expect((await new S3Client({}).send(new ListBucketsCommand({}))).Buckets?.map((one) => one.Name)).toEqual(
      ['their-data'],
    );
    expect(await ok('resources', 'list')).toEqual({ resources: [] });
  });
});
