import fs from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint, FileResult, InvokeResult } from '../../src/core/model';
import type { MonitorReport } from '../../src/core/monitor';
import type { Check, Machine, Resource } from '../../src/core/provider';
import type { Run } from '../../src/core/run';
import { laySample } from '../../scripts/lib/sample.mjs';
import { changeEnvironment, withoutGoogle } from '../environment';
import { testPython } from '../python';
import { type GoogleRig, startGoogle } from '../rigs/google/rig';
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
const BUCKET = 'birds-of-ada';

/** The whole of the lifecycle on Vertex AI by `mll` alone, against the stand-in for Google Cloud. */
describe('mll on Vertex AI', { timeout: 600_000 }, () => {
  let google: GoogleRig;
  let restore: () => void;
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

  beforeAll(async () => {
    const before = changeEnvironment(withoutGoogle());
    google = await startGoogle();
    const after = changeEnvironment(google.env);
    restore = () => {
      after();
      before();
    };
    await google.storage.createBucket(BUCKET);
    box = makeSandbox();
    laySample(box.folder);
    await ok('init', '--yes');
    await ok('env', 'use', testPython());
  });
  afterAll(async () => {
    box.remove();
    await google.stop();
    restore();
  });

  test('connected: whose login, which project, region and bucket; the doctor finds all in order', async () => {
    await ok('connect', 'google', '--project', 'test');
    const place = ['--region', 'europe-west1', '--store', `gs://${BUCKET}`, '--default'];
    expect(await ok('connect', 'vertex', ...place)).toMatchObject({
      connected: { provider: 'vertex', who: 'me@example.com', account: 'test', region: 'europe-west1' },
      missing: [],
    });
    const { checks } = (await box.mll('--json', 'doctor', '--provider', 'vertex')).json() as {
      checks: Check[];
    };
    const own = checks.filter((one) => one.name.startsWith('Vertex AI'));
    expect(own.map((one) => [one.name.replace('Vertex AI: ', ''), one.ok])).toEqual(
      ['login', 'APIs', 'billing', 'bucket', 'service account', 'quota', 'jobs', 'image'].map((name) => [
        name,
        true,
      ]),
    );
  });

  test('machines with the prices of Google’s catalogue, where it has one', async () => {
    const { machines } = await ok<{ machines: Machine[] }>('machines', '--for', 'endpoint');
    const of = (type: string): Machine | undefined => machines.find((one) => one.type === type);
    // 36 and 4 thousandths of a dollar for a core and a GB.
    expect(of('n1-standard-2')).toMatchObject({ cores: 2, price: 0.102 });
    expect(of('n2-standard-4')?.price).toBeUndefined();
  });

  test('a recipe as a job there gives the rows of the one run here; nothing is sent without a yes', async () => {
    box.write('penguins.recipe.yaml', RECIPE);
    const prepare = ['prepare', 'penguins.recipe.yaml', '--output', 'there.csv'];
    const refused = await box.mll(...prepare);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Machine: n1-standard-4 for at most 2 hours');
    expect(refused.stderr).toContain('Price: USD 0.235 per machine and hour (Cloud Billing catalogue, ');
    const { run } = await ok<{ run: Run }>('--yes', ...prepare);
    expect(run).toMatchObject({ status: 'completed', provider: 'vertex', kind: 'prepare' });
    await ok('recipe', 'run', 'penguins.recipe.yaml', '--output', 'here.csv');
    expect(read('there.csv')).toHaveLength(344);
    expect(read('there.csv')).toEqual(read('here.csv'));
  });

  const TRAIN = [
    'train',
    '--data',
    'penguins.csv',
    '--recipe',
    'penguins.recipe.yaml',
    '--algorithm',
    'linear',
  ];

  test('trained there, deployed there; each row of a file is answered, and watched', async () => {
    const { run } = await ok<{ run: Run }>('--yes', ...TRAIN);
    expect(run).toMatchObject({ status: 'completed', provider: 'vertex' });
    const page = (await box.mll('deploy', 'penguins', '--name', 'birds')).stderr;
    expect(page).toContain('Deploy penguins@1 as "birds" on Vertex AI');
    expect(page).toContain('Cost: USD 2.45 per day');
    expect(page).toContain('kept in BigQuery, bq://test.mll_my_project.mll_birds_');
    const deployed = await ok<{ endpoint: Endpoint }>('--yes', 'deploy', 'penguins', '--name', 'birds');
    expect(deployed.endpoint).toMatchObject({
      name: 'birds',
      status: 'ready',
      version: 1,
      provider: 'vertex',
    });
    // As `endpoints show` says it as long as it runs; of an endpoint that is not serverless.
    const { endpoint } = await ok<{ endpoint: Endpoint }>('endpoints', 'show', 'birds');
    expect(endpoint.machines).toMatchObject({ type: 'n1-standard-2', count: 1 });
    expect(endpoint.machines?.perDay).toBeCloseTo(2.448, 6);
    const answers = await ok<FileResult>('invoke', 'birds', '--file', 'penguins.csv', '--output', 'out.csv');
    expect(answers).toMatchObject({ rows: 344, errors: 0 });
    const { predictions } = await ok<InvokeResult>('invoke', 'birds', '--row', ROW);
    expect(predictions[0]?.prediction).toBe('Gentoo');
    const report = (await box.mll('--json', 'monitor', 'birds')).json() as MonitorReport;
    expect(report).toMatchObject({ rows: 345, errors: 0, measured: { errors: 0 } });
    expect(report.drift).toMatchObject({ drifted: false });
  });

  test('retrained behind the gate, served by a shift of the traffic, and rolled back', async () => {
    const done = await box.mll('--yes', 'retrain', 'birds', '--promote', '--gate', 'accuracy > 0.5');
    expect(`${done.code} ${done.code === 0 ? '' : done.stderr}`).toBe('0 ');
    expect(await ok('endpoints', 'show', 'birds')).toMatchObject({
      endpoint: { version: 2, previous: { model: 'penguins', version: 1 } },
    });
    const asked = async (): Promise<InvokeResult['model']> =>
      (await ok<InvokeResult>('invoke', 'birds', '--row', ROW)).model;
    expect(await asked()).toEqual({ name: 'penguins', version: 2 });
    await ok('--yes', 'endpoints', 'rollback', 'birds');
    expect(await asked()).toEqual({ name: 'penguins', version: 1 });
    const [endpoint] = google.vertex.endpoints.all.values();
    expect(Object.values(endpoint?.trafficSplit ?? {})).toEqual([100]);
    expect(endpoint?.deployedModels).toHaveLength(1);
  });

  test('all that was made is listed, and deleted; Google’s own SDK finds nothing left', async () => {
    const { resources } = await ok<{ resources: Resource[] }>('resources', 'list');
    expect([...new Set(resources.map((one) => one.kind))]).toEqual(['endpoint', 'model', 'files']);
    expect(resources[0]).toMatchObject({ title: 'birds', machine: 'n1-standard-2' });
    // gRPC reads the stand-in's certificate when it is loaded.
    const { leftovers } = await import('../../scripts/smoke/vertex-leftovers.mjs');
    const left = (): Promise<string[]> =>
      leftovers({ project: 'my-project', settings: path.join(box.folder, 'ml.yaml') });
    expect((await left()).map((one) => one.replace(/[ :].*/, ''))).toContain('endpoint');
    expect(await ok('--yes', 'resources', 'remove', '--all')).toMatchObject({ left: [] });
    expect(await ok('resources', 'list')).toEqual({ resources: [] });
    expect(await left()).toEqual([]);
    expect(google.vertex.tables.datasets.size).toBe(0);
    expect(await ok('endpoints', 'show', 'birds')).toMatchObject({ endpoint: { status: 'removed' } });
  });
});
