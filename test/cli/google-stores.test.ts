import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { SAMPLE_BYTES } from '../../src/core/remote';
import { testPython } from '../python';
import { type Front, startFront } from '../rigs/front';
import { startStorageServer, type StorageServer } from '../rigs/google/storage';
import { makeSandbox, type Sandbox } from './mll';

const ROWS = 150_000;
let server: StorageServer;
let front: Front;
let box: Sandbox;
let restore: () => void;
const local = (name: string): string => path.join(box.folder, name);
const moved = (): number => front.seen.reduce((bytes, one) => bytes + one.sent, 0);

beforeAll(async () => {
  server = await startStorageServer();
  front = await startFront(server.url);
  restore = changeEnvironment({ ...withoutGoogle(), STORAGE_EMULATOR_HOST: front.url });
  box = makeSandbox();
  await server.createBucket('tables');
  const made = spawnSync(testPython(), [path.join(import.meta.dirname, '../core/remote.py'), box.folder], {
    encoding: 'utf8',
  });
  expect(made.stderr).toBe('');
  const rows = Array.from({ length: ROWS }, (_, row) => `${row},${row % 3 === 0 ? 'a' : 'b'},${row / 8}\n`);
  box.write('in/big table.csv', `id,kind,score\n${rows.join('')}`);
  fs.renameSync(local('groups-of-7777.parquet'), local('in/groups.parquet'));
});
afterAll(async () => {
  box.remove();
  restore();
  await front.stop();
  await server.stop();
});
beforeEach(() => {
  front.seen.length = 0;
});

describe('mll with Google Cloud Storage', () => {
  it('lists buckets, uploads a folder, lists it', async () => {
    const { json } = await box.mll('--json', 'store', 'list', 'gs://', '--project', 'test');
    expect(json()).toMatchObject({ buckets: [{ name: 'tables', region: 'europe-west1' }] });
    const put = await box.mll('--json', '--yes', 'store', 'put', 'in', 'gs://tables/');
    expect(put.json()).toMatchObject({ to: 'gs://tables/in/', leftOut: [] });
    const listed = await box.mll('--json', 'store', 'list', 'gs://tables/in/');
    expect(listed.json()).toMatchObject({
      prefixes: [],
      objects: [
        { key: 'in/big table.csv', bytes: fs.statSync(local('in/big table.csv')).size },
        { key: 'in/groups.parquet', bytes: fs.statSync(local('in/groups.parquet')).size },
      ],
      complete: true,
    });
  });

  it('looks at a CSV by its beginning, in two requests', async () => {
    const { json } = await box.mll(
      '--json',
      'data',
      'preview',
      'gs://tables/in/big table.csv',
      '--rows',
      '2',
    );
    expect(json()).toMatchObject({
      rows: [
        [0, 'a', 0],
        [1, 'b', 0.125],
      ],
      exact: false,
    });
    expect(front.seen.map((one) => one.method)).toEqual(['GET', 'GET']);
    expect(moved()).toBeLessThan(SAMPLE_BYTES + 10_000);
  });

  it('looks at rows in the middle of a Parquet table by their chunks alone', async () => {
    const whole = fs.statSync(local('in/groups.parquet')).size;
    const { json } = await box.mll(
      ...['--json', 'data', 'preview', 'gs://tables/in/groups.parquet', '--rows', '1', '--offset', '30000'],
    );
    expect(json()).toMatchObject({
      total: 60_000,
      rows: [[30_000]].map((one) => expect.arrayContaining(one) as unknown),
    });
    expect(moved()).toBeLessThan(whole / 2);
  });

  it('names a table as a dataset and reads it', async () => {
    await box.mll('--yes', 'init');
    await box.mll('--yes', 'data', 'add', 'gs://tables/in/groups.parquet', '--name', 'groups');
    const shown = await box.mll('data', 'show', 'groups');
    expect(shown.stdout).toMatch(/^groups: gs:\/\/tables\/in\/groups\.parquet\n60,?000 rows, etag:\d+/);
  });

  it('downloads, and deletes after saying what', async () => {
    const got = await box.mll('--json', 'store', 'get', 'gs://tables/in/', 'out');
    expect(got.json()).toMatchObject({ files: [{ key: 'in/big table.csv' }, { key: 'in/groups.parquet' }] });
    const [file = ''] = (got.json() as { files: { file: string }[] }).files.map((one) => one.file);
    expect(fs.readFileSync(file).equals(fs.readFileSync(local('in/big table.csv')))).toBe(true);
    const refused = await box.mll('--json', 'store', 'remove', 'gs://tables/in/');
    expect(refused.code).toBe(1);
    await box.mll('--json', '--yes', 'store', 'remove', 'gs://tables/in/');
    const { json } = await box.mll('--json', 'store', 'list', 'gs://tables/');
    expect(json()).toMatchObject({ prefixes: [], objects: [] });
  });

  it('takes project and key file from the settings, the key file’s path from the project’s folder', async () => {
    box.write('ml.yaml', 'project: p\nstores:\n  gs: { project: test, buckets: [other] }\n');
    const { json } = await box.mll('--json', 'store', 'list', 'gs://');
    expect(json()).toMatchObject({ buckets: [{ name: 'tables' }, { name: 'other' }] });
    box.write('.ml/local.yaml', 'stores:\n  gs: { keyFile: keys/none.json }\n');
    const { json: failed } = await box.mll('--json', 'store', 'list', 'gs://');
    expect(failed()).toMatchObject({
      error: { kind: 'notFound', message: `There is no key file ${local('keys/none.json')}.` },
    });
  });
});
