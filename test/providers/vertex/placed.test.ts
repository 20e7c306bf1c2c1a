import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../src/core/api';
import { estimateLines } from '../../../src/core/estimate';
import { createLifecycle } from '../../../src/core/lifecycle';
import type { Run } from '../../../src/core/run';
import { providers } from '../../../src/providers';
import { stores } from '../../../src/stores';
import { startEngine } from '../../engine/build';
import { testPython } from '../../python';
import { makeVertexProject, stopGoogle, type VertexProject } from './rig';

const ROWS = 60_000;
const BUCKET = `their-data-${process.pid}`;
const CSV = `gs://${BUCKET}/in/big table.csv`;
const PARQUET = `gs://${BUCKET}/in/clean.parquet`;
const RECIPE = `recipe: 1
input: INPUT
target: kind
split: { test: 0.2, method: stratified, seed: 7 }
steps:
  - fill_missing: { columns: [score], with: median }
`;
/** A recipe on a table in a store splits classes by their share; one on a table that is here does so with a cut that says nothing. */
const byShare = (recipe: string): string => recipe.replace('seed: 7', 'seed: 7, cut: {}');

/** The class follows from the score but for some rows. */
function rowOf(row: number): string {
  const score = ((row * 7919) % 1000) / 100;
  const kind = score + ((row * 31) % 30) / 10 > 6 ? 'high' : 'low';
  // So that it is large also as Parquet.
  const mark = createHash('md5').update(String(row)).digest('hex');
  return `${row},${kind},${row % 11 === 0 ? '' : score},${mark}\n`;
}
const table = (count: number): string =>
  `id,kind,score,mark\n${Array.from({ length: count }, (_, row) => rowOf(row)).join('')}`;

// The job reads what lies in a bucket from there: nothing of it goes back.
describe('data in Cloud Storage and a job on Vertex AI', { timeout: 300_000 }, () => {
  let rig: VertexProject;
  let engine: Awaited<ReturnType<typeof startEngine>>;
  let lifecycle: Lifecycle;
  const file = (name: string): string => path.join(rig.paths.root, name);
  const put = async (key: string, body: string | Buffer): Promise<void> => {
    const query = `uploadType=media&name=${encodeURIComponent(key)}`;
    const answer = await fetch(`${rig.google.storage.url}/upload/storage/v1/b/${BUCKET}/o?${query}`, {
      method: 'POST',
      body,
    });
    expect(answer.ok).toBe(true);
  };
  const ended = async (run: Run): Promise<Run> => {
    const done = await lifecycle.runs.wait(run.id);
    expect(done.error).toBeUndefined();
    return done;
  };
  /** Keys in the project's bucket that hold data. */
  const sent = async (): Promise<string[]> => {
    const answer = await fetch(`${rig.google.storage.url}/storage/v1/b/${rig.bucket}/o`);
    const { items = [] } = (await answer.json()) as { items?: { name: string }[] };
    return items.map((one) => one.name).filter((key) => /^some\/prefix\/[^/]+\/data\//.test(key));
  };
  const isFetched = async (): Promise<boolean> =>
    fs.readdir(file('.ml/cache/stores')).then(
      () => true,
      () => false,
    );
  const shown = (): string[] => estimateLines(rig.shown[0] ?? expect.fail('Nothing was shown.'));

  beforeAll(async () => {
    engine = await startEngine();
    rig = await makeVertexProject({
      engine: engine.engine,
      pythonFolder: path.resolve(import.meta.dirname, '../../../python'),
      providers,
      stores,
    });
    const settings = await fs.readFile(file('ml.yaml'), 'utf8');
    await fs.writeFile(file('ml.yaml'), settings.replace(/^python: .*$/m, `python: ${testPython()}`));
    lifecycle = createLifecycle(rig.paths.root, rig.host);
    await rig.google.storage.createBucket(BUCKET);
    await put('in/big table.csv', table(ROWS));
    await fs.writeFile(file('here.csv'), table(ROWS));
    await fs.writeFile(file('big.recipe.yaml'), RECIPE.replace('INPUT', CSV));
    await fs.writeFile(file('here.recipe.yaml'), byShare(RECIPE.replace('INPUT', 'here.csv')));
    await fs.writeFile(file('copy.recipe.yaml'), 'recipe: 1\ninput: here.csv\nsteps: []\n');
    await lifecycle.recipes.run({ recipe: file('copy.recipe.yaml'), output: file('clean.parquet') });
    await put('in/clean.parquet', await fs.readFile(file('clean.parquet')));
  });
  beforeEach(() => {
    rig.shown.length = 0;
  });
  afterAll(async () => {
    lifecycle.dispose();
    engine.remove();
    await rig.dispose();
    await stopGoogle();
  });

  test('a training reads it where it lies, and finds what one finds that has it here', async () => {
    const params = { algorithm: 'linear', seed: 3 } as const;
    const run = await lifecycle.runs.train({ data: CSV, recipe: file('big.recipe.yaml'), params });
    const { size } = await fs.stat(file('here.csv'));
    expect(shown()).toContain('Sent: no files of yours');
    expect(shown()).toContain(`Read where it lies: ${CSV}, ${(size / 1e6).toFixed(1)} MB`);
    expect(shown()).toContain(
      'Vertex AI’s Custom Code Service Agent of the project must be allowed to read it (storage.objects.get).',
    );
    expect(await isFetched()).toBe(false);
    expect(await sent()).toEqual([]);
    expect(run.data).toMatchObject({ estimated: true, hash: expect.stringMatching(/^etag:/) as string });

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

  test('so does a recipe on Parquet, to the last row', async () => {
    await fs.writeFile(file('clean.recipe.yaml'), RECIPE.replace('INPUT', PARQUET));
    const recipe = file('clean.recipe.yaml');
    const run = await ended(await lifecycle.runs.prepare({ recipe, output: 'there.parquet' }));
    expect(run.metrics).toEqual({ rows_in: ROWS, rows_out: ROWS });
    expect(run.data).toMatchObject({ rows: ROWS });
    expect(shown()).toContain('Sent: no files of yours');
    expect(await isFetched()).toBe(false);
    await lifecycle.recipes.run({ recipe: file('here.recipe.yaml'), output: file('again.parquet') });
    const rows = (name: string) => lifecycle.datasets.preview(file(name), 1000, ROWS - 1000);
    expect((await rows('there.parquet')).rows).toEqual((await rows('again.parquet')).rows);
  });

  test('what changed while it was agreed to is not taken for what was looked at', async () => {
    await put('in/changing.csv', table(300));
    const changing = createLifecycle(rig.paths.root, {
      ...rig.host,
      agree: async () => {
        await put('in/changing.csv', table(10));
        return true;
      },
    });
    const data = `gs://${BUCKET}/in/changing.csv`;
    await expect(changing.runs.train({ data, recipe: null, target: 'kind' })).rejects.toMatchObject({
      kind: 'conflict',
      message: `${data} has changed since it was looked at. Nothing was started.`,
    });
    changing.dispose();
  });
});
