import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutAws } from '../environment';
import { testPython } from '../python';
import { type Front, startFront } from '../rigs/front';
import { type Moto, startMoto } from '../rigs/moto';
import { makeSandbox, type Sandbox } from './mll';

const ROWS = 150_000;
let moto: Moto;
let front: Front;
let box: Sandbox;
let restore: () => void;
let admin: S3Client;
const local = (name: string): string => path.join(box.folder, name);

/** `id,kind,score`: the class follows from the score but for some rows, so that a model can be trained on it. */
function rowOf(row: number): string {
  const score = ((row * 7919) % 100) / 10;
  return `${row},${score + ((row * 31) % 30) / 10 > 6 ? 'high' : 'low'},${score}\n`;
}
const rowsFrom = (first: number, rows: number): string =>
  Array.from({ length: rows }, (_, row) => rowOf(first + row)).join('');

async function put(key: string, body: string | Buffer): Promise<void> {
  await admin.send(new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: body }));
}

beforeAll(async () => {
  moto = await startMoto();
  front = await startFront(moto.url);
  restore = changeEnvironment({ ...withoutAws(), ...moto.env, AWS_ENDPOINT_URL: front.url });
  box = makeSandbox();
  admin = new S3Client({ endpoint: moto.url, forcePathStyle: true });
  await admin.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  await put('in/big table.csv', `id,kind,score\n${rowsFrom(0, ROWS)}`);
  await put('in/small.csv', `id,kind,score\n${rowsFrom(0, 300)}`);
  const made = spawnSync(testPython(), [path.join(import.meta.dirname, '../core/remote.py'), box.folder], {
    encoding: 'utf8',
  });
  expect(made.stderr).toBe('');
  await put('in/groups.parquet', fs.readFileSync(local('groups-of-7777.parquet')));
});
afterAll(async () => {
  box.remove();
  restore();
  await front.stop();
  await moto.stop();
});
beforeEach(() => {
  front.seen.length = 0;
});

const moved = (): number => front.seen.reduce((bytes, one) => bytes + one.sent, 0);

describe('a table in a bucket', () => {
  it('is looked at without a project: its beginning, in two requests', async () => {
    const { json } = await box.mll(
      '--json',
      'data',
      'preview',
      's3://bucket/in/big table.csv',
      '--rows',
      '2',
    );
    expect(json()).toMatchObject({
      columns: [{ name: 'id' }, { name: 'kind' }, { name: 'score' }],
      rows: [
        [0, 'low', 0],
        [1, 'low', 1.9],
      ],
      exact: false,
    });
    const { total } = json() as { total: number };
    expect(Math.abs(total / ROWS - 1)).toBeLessThan(0.1);
    expect(front.seen.map((one) => one.method)).toEqual(['HEAD', 'GET']);
    expect(moved()).toBeLessThanOrEqual(1_000_000);
    expect(fs.existsSync(local('ml.yaml'))).toBe(false);
  });

  it('shows any rows of Parquet by its footer and their chunks', async () => {
    const whole = await box.mll(
      '--json',
      'data',
      'preview',
      'groups-of-7777.parquet',
      '--offset',
      '31000',
      '--rows',
      '3',
    );
    const { rows } = whole.json() as { rows: unknown[] };
    const { json } = await box.mll(
      '--json',
      'data',
      'preview',
      's3://bucket/in/groups.parquet',
      '--offset',
      '31000',
      '--rows',
      '3',
    );
    expect(json()).toMatchObject({ rows, total: 60_000, exact: true });
    expect(moved()).toBeLessThan(0.25 * fs.statSync(local('groups-of-7777.parquet')).size);
  });

  it('says what it takes to see more', async () => {
    const { json } = await box.mll(
      '--json',
      'data',
      'preview',
      's3://bucket/in/big table.csv',
      '--offset',
      '140000',
    );
    expect(json()).toMatchObject({
      error: {
        kind: 'unsupported',
        fix: expect.stringContaining('mll data fetch s3://bucket/in/big table.csv') as string,
      },
    });
    const folder = await box.mll('--json', 'data', 'preview', 's3://bucket/in/');
    expect(folder.json()).toMatchObject({
      error: { message: 's3://bucket/in/ is a folder; a table is one object.' },
    });
    const absent = await box.mll('--json', 'data', 'add', 's3://bucket/in/none.csv', '--name', 'none');
    expect(absent.json()).toMatchObject({ error: { kind: 'notFound' } });
  });

  it('is not one of the files that a table was exported to: that is said before it is a dataset, a recipe’s data or a job’s', async () => {
    for (const part of [0, 1, 2])
      await put(`out/t-00000000000${part}.csv`, `id,kind,score\n${rowsFrom(part * 100, 100)}`);
    await put('out/alone-000000000000.csv', `id,kind,score\n${rowsFrom(0, 100)}`);
    await put('out/t-000000000000.txt', 'no part');
    box.write('part.recipe.yaml', 'recipe: 1\ninput: s3://bucket/out/t-000000000000.csv\nsteps: []\n');
    const uri = 's3://bucket/out/t-000000000000.csv';
    const refusal = {
      error: {
        kind: 'unsupported',
        message: `${uri} is one of 3 files that one table was exported to; a dataset and the data of a job are one file.`,
        fix: `Download them all and name them together: mll store get s3://bucket/out/ FOLDER, then "FOLDER/t-*.csv". For this part alone: mll store get ${uri} FILE.`,
      },
    };
    const asked = [
      ['data', 'add', uri, '--name', 'part'],
      ['recipe', 'run', 'part.recipe.yaml', '-o', 'part.csv'],
      ['prepare', 'part.recipe.yaml', '-o', 'part.csv'],
      ['train', '--data', uri, '--target', 'kind'],
    ];
    for (const args of asked)
      expect((await box.mll('--json', '--yes', ...args)).json()).toMatchObject(refusal);
    const star = await box.mll('--json', '--yes', 'data', 'add', 's3://bucket/out/t-*.csv');
    expect(star.json()).toMatchObject({
      error: {
        kind: 'unsupported',
        message: 's3://bucket/out/t-*.csv stands for several objects; a table is one object.',
        fix: 'Name one object, or download them and name them together: mll store get s3://bucket/out/ FOLDER, then "FOLDER/t-*.csv"',
      },
    });

    const seen = await box.done<{ rows: unknown[]; total: number }>('data', 'preview', uri);
    expect(seen.total).toBe(100);
    const alone = await box.done<{ dataset: { name: string; rows: number } }>(
      ...['data', 'add', 's3://bucket/out/alone-000000000000.csv', '--name', 'alone'],
    );
    expect(alone.dataset.rows).toBe(100);
    await box.done('store', 'get', 's3://bucket/out/', 'all');
    const { dataset } = await box.done<{ dataset: { rows: number } }>(
      ...['data', 'add', 'all/t-*.csv', '--name', 'together'],
    );
    expect(dataset.rows).toBe(300);
    for (const name of ['alone', 'together']) await box.done('data', 'remove', name);
  });

  it('becomes a dataset without being fetched', async () => {
    const added = await box.mll('--json', '--yes', 'data', 'add', 's3://bucket/in/big table.csv');
    expect(added.json()).toMatchObject({
      dataset: {
        name: 'big-table',
        source: { path: 's3://bucket/in/big table.csv' },
        estimated: true,
        hash: expect.stringMatching(/^etag:/) as string,
      },
    });
    expect(front.seen.map((one) => one.method)).toEqual(['HEAD', 'GET']);
    expect(moved()).toBeLessThanOrEqual(1_000_000);
    const { dataset } = (await box.mll('--json', 'data', 'add', 's3://bucket/in/groups.parquet')).json() as {
      dataset: { rows: number; estimated: boolean };
    };
    expect(dataset).toMatchObject({ rows: 60_000, estimated: false });
    const shown = await box.mll('data', 'show', 'big');
    expect(shown.stdout).toMatch(
      /^big-table: s3:\/\/bucket\/in\/big table\.csv\nabout \d{3},\d{3} rows, etag:/,
    );
    const sql = await box.mll('--json', 'data', 'sql', 'SELECT sum(id) AS ids FROM groups');
    expect(sql.json()).toMatchObject({ rows: [[(60_000 * 59_999) / 2]] });
  });

  it('is fetched once, and again only after it changed', async () => {
    const fetched = await box.mll('--json', 'data', 'fetch', 'big-table');
    const { path: copy } = fetched.json() as { path: string };
    expect(path.relative(local('.ml/cache'), copy)).not.toMatch(/^\.\./);
    expect(path.basename(copy)).toBe('big table.csv');
    expect(fs.statSync(copy).size).toBe(Buffer.byteLength(`id,kind,score\n${rowsFrom(0, ROWS)}`));
    front.seen.length = 0;
    const profile = await box.mll('--json', 'data', 'profile', 'big-table');
    expect(profile.json()).toMatchObject({ rows: ROWS, columns: [{ min: 0, max: ROWS - 1 }, {}, {}] });
    expect(front.seen.map((one) => one.method)).toEqual(['HEAD']);
    await put('in/big table.csv', `id,kind,score\n${rowsFrom(0, 10)}`);
    const again = await box.mll('--json', 'data', 'profile', 'big-table');
    expect(again.json()).toMatchObject({ rows: 10 });
  });

  it('is used from its copy while the store cannot be reached', async () => {
    front.fault = () => ({ status: 500, body: '' });
    const preview = await box.mll('--json', 'data', 'preview', 'big-table', '--rows', '1');
    front.fault = undefined;
    expect(preview.json()).toMatchObject({ rows: [[0, 'low', 0]], total: 10, exact: true });
  });

  it('is trained on, with a recipe that stands in the project', async () => {
    box.write('.ml/local.yaml', `python: ${JSON.stringify(testPython())}\n`);
    await box.mll('--json', 'data', 'add', 's3://bucket/in/small.csv');
    const suggested = await box.mll(
      '--json',
      'recipe',
      'suggest',
      'small',
      '--target',
      'kind',
      '-o',
      'small.recipe.yaml',
    );
    expect(suggested.code).toBe(0);
    expect(fs.readFileSync(local('small.recipe.yaml'), 'utf8')).toMatch(
      /^input: s3:\/\/bucket\/in\/small\.csv$/m,
    );
    const trained = await box.mll('--json', 'train', '--data', 'small', '--param', 'algorithm=linear');
    expect(trained.json()).toMatchObject({
      run: {
        status: 'completed',
        data: { name: 'small', rows: 300 },
        recipe: 'small.recipe.yaml',
      },
    });
    const { datasets } = (await box.mll('--json', 'data', 'list')).json() as { datasets: { name: string }[] };
    expect(datasets.map((one) => one.name).sort()).toEqual(['big-table', 'groups', 'small']);
    const { dataset } = (await box.mll('--json', 'data', 'show', 'small')).json() as {
      dataset: { hash: string };
    };
    expect(dataset.hash).toMatch(/^[0-9a-f]{64}$/);
  });
});
