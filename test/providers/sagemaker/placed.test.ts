import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../src/core/api';
import { estimateLines } from '../../../src/core/estimate';
import { createLifecycle } from '../../../src/core/lifecycle';
import type { Run } from '../../../src/core/run';
import { providers } from '../../../src/providers';
import { stores } from '../../../src/stores';
import { startEngine } from '../../engine/build';
import { changeEnvironment } from '../../environment';
import { testPython } from '../../python';
import { type Front, startFront } from '../../rigs/front';
import { awsRig, makeSagemakerRig, type SagemakerRig } from './rig';

const ROWS = 60_000;
const CSV = 's3://their-data/in/big table.csv';
const PARQUET = 's3://their-data/in/clean.parquet';
const PLACES = 's3://their-data/in/places.csv';
const FAR = 's3://far-data/in/small.csv';

const RECIPE = `recipe: 1
input: INPUT
target: kind
split: { test: 0.2, method: stratified, seed: 7 }
steps:
  - fill_missing: { columns: [score], with: median }
  - encode: { columns: [place], method: one_hot, unknown: other }
`;

const PLACE_NAMES = ['north', 'south', 'east'];

/** A recipe on a table in a store splits classes by their share; one on a table that is here does so with a cut that says nothing. */
const byShare = (recipe: string): string => recipe.replace('seed: 7', 'seed: 7, cut: {}');

/** The class follows from the score but for some rows; whole scores come first, so that only the whole table shows what they are. */
function rowOf(row: number): string {
  const score = ((row * 7919) % 1000) / 100;
  const kind = score + ((row * 31) % 30) / 10 > 6 ? 'high' : 'low';
  const place = PLACE_NAMES[(row * 7) % 3] ?? '';
  // So that it is large also as Parquet.
  const mark = createHash('md5').update(String(row)).digest('hex');
  return `${row},${kind},${row % 11 === 0 ? '' : score},${place},${mark}\n`;
}

// The job reads what lies in a bucket from there: nothing of it comes here, and nothing goes back.
describe('data in S3 and a job on SageMaker', { timeout: 300_000 }, () => {
  let front: Front;
  let restore: () => void;
  let rig: SagemakerRig;
  let engine: Awaited<ReturnType<typeof startEngine>>;
  let lifecycle: Lifecycle;
  const s3 = new S3Client({});
  const file = (name: string): string => path.join(rig.paths.root, name);
  const put = (Key: string, Body: string | Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: 'their-data', Key, Body }));
  const ended = async (run: Run): Promise<Run> => {
    const done = await lifecycle.runs.wait(run.id);
    expect(done.error).toBeUndefined();
    return done;
  };
  /** Bytes of these objects that came here. */
  const came = (): number =>
    front.seen
      .filter((one) => one.method === 'GET' && /^\/(their|far)-data\/in\//.test(one.path))
      .reduce((sum, one) => sum + one.sent, 0);
  /** Keys in the project's bucket that hold data. */
  const sent = async (): Promise<string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: rig.bucket }));
    return Contents.map((one) => one.Key ?? '').filter((key) => /^some\/prefix\/[^/]+\/data\//.test(key));
  };
  const isFetched = async (): Promise<boolean> =>
    fs.readdir(file('.ml/cache/stores')).then(
      () => true,
      () => false,
    );

  beforeAll(async () => {
    const aws = await awsRig();
    front = await startFront(aws.url);
    restore = changeEnvironment({ AWS_ENDPOINT_URL_S3: front.url });
    engine = await startEngine();
    rig = await makeSagemakerRig({
      engine: engine.engine,
      pythonFolder: path.resolve(import.meta.dirname, '../../../python'),
      providers,
      stores,
    });
    const settings = await fs.readFile(file('ml.yaml'), 'utf8');
    await fs.writeFile(file('ml.yaml'), settings.replace(/^python: .*$/m, `python: ${testPython()}`));
    lifecycle = createLifecycle(rig.paths.root, rig.host);
    await s3.send(new CreateBucketCommand({ Bucket: 'their-data' }));
    const elsewhere = { LocationConstraint: 'eu-west-1' } as const;
    const far = new S3Client({ region: 'eu-west-1' });
    await far.send(new CreateBucketCommand({ Bucket: 'far-data', CreateBucketConfiguration: elsewhere }));
    const rows = (count: number): string =>
      `id,kind,score,place,mark\n${Array.from({ length: count }, (_, row) => rowOf(row)).join('')}`;
    await put('in/big table.csv', rows(ROWS));
    // Long enough that its beginning alone is looked at.
    const zones = Array.from(
      { length: 60_000 },
      (_, at) => `${PLACE_NAMES[at] ?? `p${at}`},${at},${'-'.repeat(20)}\n`,
    );
    await put('in/places.csv', `place,zone,line\n${zones.join('')}`);
    await fs.writeFile(file('places.csv'), `place,zone,line\n${zones.join('')}`);
    // Its key begins alike: a job that took keys by their beginning would get it too.
    await put('in/big table.csv.old', 'no table\n');
    await far.send(new PutObjectCommand({ Bucket: 'far-data', Key: 'in/small.csv', Body: rows(300) }));
    await fs.writeFile(file('here.csv'), rows(ROWS));
    await fs.writeFile(file('big.recipe.yaml'), RECIPE.replace('INPUT', CSV));
    await fs.writeFile(file('here.recipe.yaml'), byShare(RECIPE.replace('INPUT', 'here.csv')));
    await fs.writeFile(file('copy.recipe.yaml'), 'recipe: 1\ninput: here.csv\nsteps: []\n');
    await lifecycle.recipes.run({ recipe: file('copy.recipe.yaml'), output: file('clean.parquet') });
    await put('in/clean.parquet', await fs.readFile(file('clean.parquet')));
  });
  beforeEach(() => {
    front.seen.length = 0;
    rig.shown.length = 0;
  });
  afterAll(async () => {
    lifecycle.dispose();
    engine.remove();
    restore();
    await front.stop();
    await rig.dispose();
  });

  test('a training reads it where it lies, and finds what one finds that has it here', async () => {
    const params = { algorithm: 'linear', seed: 3 } as const;
    const run = await lifecycle.runs.train({ data: CSV, recipe: file('big.recipe.yaml'), params });
    const page = estimateLines(rig.shown[0] ?? expect.fail('Nothing was shown.'));
    const { size } = await fs.stat(file('here.csv'));
    expect(page).toContain('Sent: no files of yours');
    expect(page).toContain(`Read where it lies: ${CSV}, ${(size / 1e6).toFixed(1)} MB`);
    expect(page).toContain('The role SageMakerRole must be allowed to read it (s3:GetObject).');
    expect(came()).toBeLessThanOrEqual(900_000);
    expect(came()).toBeGreaterThan(0);
    expect(await isFetched()).toBe(false);
    expect(await sent()).toEqual([]);
    expect(run.data).toMatchObject({ estimated: true, hash: expect.stringMatching(/^etag:/) as string });
    expect(Math.abs((run.data?.rows ?? 0) / ROWS - 1)).toBeLessThan(0.05);

    const here = await ended(
      await lifecycle.runs.train({
        data: file('here.csv'),
        recipe: file('here.recipe.yaml'),
        params,
        provider: 'local',
      }),
    );
    const there = await ended(run);
    const [one, other] = [await lifecycle.runs.report(there.id), await lifecycle.runs.report(here.id)];
    expect(one?.rows).toEqual(other?.rows);
    expect(one?.confusion).toEqual(other?.confusion);
  });

  test('so does a recipe on Parquet, to the last row, and the table that it joins; a colleague needs no copy either', async () => {
    const joining = (input: string, places: string): string =>
      RECIPE.replace('INPUT', input).replace(
        '  - encode:',
        `  - join: { with: ${places}, on: [place], columns: [zone] }\n  - encode:`,
      );
    await fs.writeFile(file('clean.recipe.yaml'), joining(PARQUET, PLACES));
    const run = await ended(
      await lifecycle.runs.prepare({ recipe: file('clean.recipe.yaml'), output: 'there.parquet' }),
    );
    expect(run.metrics).toEqual({ rows_in: ROWS, rows_out: ROWS });
    expect(run.data).toMatchObject({ rows: ROWS });
    const page = estimateLines(rig.shown[0] ?? expect.fail('Nothing was shown.'));
    expect(page).toContain('Sent: no files of yours');
    expect(
      page.filter((line) => line.startsWith('Read where it lies: ')).map((line) => line.split(' ')[4]),
    ).toEqual([`${PARQUET},`, `${PLACES},`]);
    expect(page).toContain('The role SageMakerRole must be allowed to read them (s3:GetObject).');
    const sizes = (await Promise.all(['clean.parquet', 'places.csv'].map((name) => fs.stat(file(name))))).map(
      (one) => one.size,
    );
    expect(came()).toBeLessThan(0.2 * (sizes[0] ?? 0) + 900_000);
    expect(900_000).toBeLessThan(0.5 * (sizes[1] ?? 0));
    expect(await isFetched()).toBe(false);
    // What is only joined becomes no dataset.
    expect((await lifecycle.datasets.list()).map((one) => one.source.path)).not.toContain(PLACES);
    await fs.writeFile(file('joined.recipe.yaml'), byShare(joining('here.csv', 'places.csv')));
    await lifecycle.recipes.run({ recipe: file('joined.recipe.yaml'), output: file('again.parquet') });
    const rows = (name: string) => lifecycle.datasets.preview(file(name), 1000, ROWS - 1000);
    expect((await rows('there.parquet')).rows).toEqual((await rows('again.parquet')).rows);
  });

  test('what changed while it was agreed to is not taken for what was looked at', async () => {
    const { host } = rig;
    const changing = createLifecycle(rig.paths.root, {
      ...host,
      agree: async () => {
        await put('in/changing.csv', `id,kind,score,place,mark\n${rowOf(1)}`);
        return true;
      },
    });
    await s3.send(
      new CopyObjectCommand({
        Bucket: 'their-data',
        Key: 'in/changing.csv',
        CopySource: 'their-data/in/big%20table.csv',
      }),
    );
    const request = { data: 's3://their-data/in/changing.csv', recipe: null, target: 'kind' };
    await expect(changing.runs.train(request)).rejects.toMatchObject({
      kind: 'conflict',
      message: 's3://their-data/in/changing.csv has changed since it was looked at. Nothing was started.',
    });
    changing.dispose();
  });

  test('what was deleted while it was agreed to is said to be gone', async () => {
    const gone = createLifecycle(rig.paths.root, {
      ...rig.host,
      agree: async () => {
        await s3.send(new DeleteObjectCommand({ Bucket: 'their-data', Key: 'in/gone.csv' }));
        return true;
      },
    });
    await put('in/gone.csv', `id,kind,score,place,mark\n${rowOf(1)}${rowOf(2)}`);
    const request = { data: 's3://their-data/in/gone.csv', recipe: null, target: 'kind' };
    await expect(gone.runs.train(request)).rejects.toMatchObject({
      kind: 'notFound',
      message: expect.stringContaining('s3://their-data/in/gone.csv') as string,
    });
    expect(await gone.runs.list()).toEqual(await lifecycle.runs.list());
    gone.dispose();
  });

  test('a bucket of another region is refused before the start; its copy, once fetched, is sent', async () => {
    const request = { data: FAR, recipe: null, target: 'kind', params: { algorithm: 'baseline' } } as const;
    await expect(lifecycle.runs.train(request)).rejects.toMatchObject({
      kind: 'unsupported',
      message: `${FAR} lies in eu-west-1: a SageMaker job in us-east-1 reads buckets of its own region only.`,
      actions: [{ command: 'mll.dataset.fetch', args: [FAR] }],
    });
    expect(rig.shown).toEqual([]);
    expect(came()).toBe(0);
    await lifecycle.datasets.fetch(FAR);
    await lifecycle.runs.cancel((await lifecycle.runs.train(request)).id);
    expect(rig.shown[0]?.files.map((one) => one.name)).toEqual(['small.csv']);
    expect(rig.shown[0]?.placed).toBeUndefined();
    expect(await sent()).toHaveLength(1);
  });
});
