import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { startTablesServer, tablesServerLacks, type TablesServer } from '../rigs/google/bigquery/emulator';
import { makeSandbox, type Sandbox } from './mll';

const lacks = tablesServerLacks();

/** A recipe that runs where the data is, by `mll` alone; SQL is run by bigquery-emulator. */
describe.skipIf(lacks !== undefined)(`BigQuery${lacks === undefined ? '' : ` (skipped: ${lacks})`}`, () => {
  let server: TablesServer;
  let box: Sandbox;
  let restore: () => void;
  const COUNTRIES = ['NO', ' SE ', 'DK', null];
  const orders = Array.from({ length: 60 }, (_, id) => ({
    id,
    country: COUNTRIES[id % 4] ?? null,
    weight: id % 5 === 0 ? null : id / 4,
  }));
  const rows = async (sql: string): Promise<(string | null)[][]> => {
    const answer = (await server.sql(sql)) as { rows?: { f: { v: string | null }[] }[] };
    return (answer.rows ?? []).map(({ f }) => f.map(({ v }) => v));
  };

  beforeAll(async () => {
    server = await startTablesServer();
    restore = changeEnvironment({ ...withoutGoogle(), BIGQUERY_EMULATOR_HOST: server.url });
    await server.createDataset('shop');
    await server.sql('CREATE TABLE shop.orders (id INT64, country STRING, weight FLOAT64)');
    const values = orders.map(
      ({ id, country, weight }) =>
        `(${id}, ${country === null ? 'NULL' : `'${country}'`}, ${weight === null ? 'NULL' : weight.toFixed(2)})`,
    );
    await server.sql(`INSERT INTO shop.orders (id, country, weight) VALUES ${values.join(', ')}`);
    box = makeSandbox();
    box.write(
      'ml.yaml',
      'project: shop\nsources:\n  bigquery:\n    project: test\n    prices: { query: 6.25 }\n',
    );
    const lines = orders.map(({ id, country, weight }) => `${id},${country ?? ''},${weight ?? ''}`);
    box.write('orders.csv', `id,country,weight\n${lines.join('\n')}\n`);
    box.write(
      'orders.recipe.yaml',
      `recipe: 1
input: bigquery://test/shop/orders
steps:
  - drop_missing: { columns: [country] }
  - trim: { columns: [country] }
  - fill_missing: { columns: [weight], with: mean }
  - filter: { keep: "id >= 8" }
`,
    );
    box.write(
      'learnt.recipe.yaml',
      'recipe: 1\ninput: bigquery://test/shop/orders\nsteps:\n  - encode: { columns: [country], method: one_hot, unknown: other }\n',
    );
  });
  afterAll(async () => {
    box.remove();
    restore();
    await server.stop();
  });

  it('asks before it runs, and runs nothing without a yes', async () => {
    const { code, stderr } = await box.mll(
      'recipe',
      'run',
      'orders.recipe.yaml',
      '-o',
      'bigquery://test/shop/clean',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/USD 6\.25 per TiB/);
    await expect(rows('SELECT COUNT(*) FROM shop.clean')).rejects.toThrow(/no such table|Table not found/);
  });

  it('makes a table of the rows that the recipe gives here', async () => {
    await box.done('recipe', 'run', 'orders.recipe.yaml', '-o', 'bigquery://test/shop/clean');
    await box.done('recipe', 'run', 'orders.recipe.yaml', '--input', 'orders.csv', '-o', 'here.jsonl');
    const here = fs
      .readFileSync(path.join(box.folder, 'here.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; country: string; weight: number });
    expect(here).toHaveLength(39);
    const there = await rows('SELECT id, country, weight FROM shop.clean ORDER BY id');
    expect(there.map(([id, country]) => [Number(id), country])).toEqual(
      here.map(({ id, country }) => [id, country]),
    );
    for (const [at, [, , weight]] of there.entries())
      expect(Number(weight)).toBeCloseTo(here[at]?.weight ?? NaN, 12);
  });

  it('keeps it as a view when that is asked for', async () => {
    await box.done('recipe', 'run', 'orders.recipe.yaml', '-o', 'bigquery://test/shop/seen', '--as', 'view');
    expect(await rows('SELECT COUNT(*) FROM shop.seen')).toEqual([['39']]);
  });

  it('names the step that cannot be said there, and makes nothing', async () => {
    const { code, stderr } = await box.mll(
      '--yes',
      'recipe',
      'run',
      'learnt.recipe.yaml',
      '-o',
      'bigquery://test/shop/learnt',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/encode/);
    await expect(rows('SELECT COUNT(*) FROM shop.learnt')).rejects.toThrow(/no such table|Table not found/);
  });
});
