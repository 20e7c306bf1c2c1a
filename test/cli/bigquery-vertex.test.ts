import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { testPython } from '../python';
import { startTablesServer, tablesServerLacks, type TablesServer } from '../rigs/google/bigquery/emulator';
import { type GoogleRig, startGoogle } from '../rigs/google/rig';
import { makeSandbox, type Sandbox } from './mll';

const lacks = tablesServerLacks();
const BUCKET = 'orders-of-ada';
const COUNTRIES = ['NO', ' SE ', 'DK', null];
const ORDERS = Array.from({ length: 240 }, (_, id) => ({
  id,
  country: COUNTRIES[id % 4] ?? null,
  weight: id % 5 === 0 ? null : id / 4,
}));

/** One recipe over one table, where the table is and as a job; SQL is run by bigquery-emulator, the job by the stand-in for Vertex AI. */
describe.skipIf(lacks !== undefined)(
  `one recipe in BigQuery and on Vertex AI${lacks === undefined ? '' : ` (skipped: ${lacks})`}`,
  { timeout: 300_000 },
  () => {
    let google: GoogleRig;
    let server: TablesServer;
    let box: Sandbox;
    const undo: (() => void)[] = [];

    beforeAll(async () => {
      undo.push(changeEnvironment(withoutGoogle()));
      google = await startGoogle();
      await google.storage.createBucket(BUCKET);
      server = await startTablesServer(google.storage.url);
      undo.push(changeEnvironment({ ...google.env, BIGQUERY_EMULATOR_HOST: server.url }));
      await server.createDataset('shop');
      await server.sql('CREATE TABLE shop.orders (id INT64, country STRING, weight FLOAT64)');
      const values = ORDERS.map(
        ({ id, country, weight }) =>
          `(${id}, ${country === null ? 'NULL' : `'${country}'`}, ${weight === null ? 'NULL' : weight.toFixed(2)})`,
      );
      await server.sql(`INSERT INTO shop.orders (id, country, weight) VALUES ${values.join(', ')}`);
      box = makeSandbox();
      box.write(
        'ml.yaml',
        JSON.stringify({
          project: 'shop',
          stores: { gs: { project: 'test' } },
          sources: { bigquery: { project: 'test' } },
          providers: {
            vertex: { project: 'test', region: 'europe-west1', store: `gs://${BUCKET}/jobs` },
          },
        }),
      );
      box.write(
        'orders.recipe.yaml',
        `recipe: 1
input: bigquery://test/shop/orders
steps:
  - drop_missing: { columns: [country] }
  - trim: { columns: [country] }
  - replace: { columns: [country], values: { DK: Denmark } }
  - fill_missing: { columns: [weight], with: mean }
  - filter: { keep: "id >= 8 OR country = 'NO'" }
`,
      );
      await box.done('env', 'use', testPython());
    });
    afterAll(async () => {
      box.remove();
      await server.stop();
      await google.stop();
      for (const one of undo.toReversed()) one();
    });

    it('gives the same rows', async () => {
      await box.done('recipe', 'run', 'orders.recipe.yaml', '-o', 'bigquery://test/shop/clean');
      const answer = (await server.sql('SELECT id, country, weight FROM shop.clean ORDER BY id')) as {
        rows: { f: { v: string }[] }[];
      };
      const there = answer.rows.map(({ f: [id, country, weight] }) => [
        Number(id?.v),
        country?.v,
        Number(weight?.v),
      ]);

      const folder = `gs://${BUCKET}/orders`;
      await box.done('sources', 'export', 'bigquery://test/shop/orders', `${folder}/*.parquet`);
      const { run, dataset } = await box.done<{
        run: { status: string; provider: string };
        dataset: { name: string };
      }>(
        'prepare',
        'orders.recipe.yaml',
        ...['--input', `${folder}/000000000000.parquet`, '--provider', 'vertex', '-o', 'clean.parquet'],
      );
      expect(run).toMatchObject({ status: 'completed', provider: 'vertex' });
      expect(google.vertex.calls.seen).toContain('CreateCustomJob');
      const { rows } = await box.done<{ rows: [number, string, number][] }>(
        ...['data', 'preview', dataset.name, '--rows', '1000'],
      );
      const job = rows.toSorted(([a], [b]) => a - b);

      expect(job).toHaveLength(
        ORDERS.filter(({ id, country }) => country !== null && (id >= 8 || country === 'NO')).length,
      );
      expect(job.map(([id, country]) => [id, country])).toEqual(there.map(([id, country]) => [id, country]));
      for (const [at, [, , weight]] of job.entries()) expect(weight).toBeCloseTo(Number(there[at]?.[2]), 12);
    });

    it('is not run there on one of several files that a table was exported to', async () => {
      const part = `gs://${BUCKET}/parts/000000000000.parquet`;
      await box.done('sources', 'export', 'bigquery://test/shop/orders', part);
      await box.done('store', 'get', part, 'part.parquet');
      await box.done('store', 'put', 'part.parquet', part.replace('0.parquet', '1.parquet'));
      const jobs = google.vertex.calls.seen.filter((one) => one === 'CreateCustomJob').length;
      const refused = await box.mll(
        ...['--json', '--yes', 'prepare', 'orders.recipe.yaml', '--input', part],
        ...['--provider', 'vertex', '-o', 'part of it.parquet'],
      );
      expect(refused.json()).toMatchObject({
        error: {
          kind: 'unsupported',
          message: `${part} is one of 2 files that one table was exported to; a dataset and the data of a job are one file.`,
          fix: `Download them all and name them together: mll store get gs://${BUCKET}/parts/ FOLDER, then "FOLDER/*.parquet". For this part alone: mll store get ${part} FILE.`,
        },
      });
      expect(google.vertex.calls.seen.filter((one) => one === 'CreateCustomJob')).toHaveLength(jobs);
    });
  },
);
