import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { startTablesServer, tablesServerLacks, type TablesServer } from '../rigs/google/bigquery/emulator';
import { type GoogleRig, startGoogle } from '../rigs/google/rig';
import { testPython } from '../python';
import { askingIn } from './asking';
import { mll, openWorkbench, type Workbench } from './workbench';

const lacks = tablesServerLacks();

/** From the Sources view to a profile, a filter, a chart, SQL and a view, as a person does it; SQL is run by bigquery-emulator. */
describe.skipIf(lacks !== undefined)(`BigQuery${lacks === undefined ? '' : ` (skipped: ${lacks})`}`, () => {
  let server: TablesServer;
  let google: GoogleRig;
  let restore: () => void;
  let bench: Workbench;
  const dialog = () => bench.page.locator('.monaco-dialog-box');
  const agree = async (shot?: string): Promise<string> => {
    await dialog()
      .getByText(/Reads: /)
      .waitFor();
    return askingIn(bench).agree(/^Run$/, shot);
  };

  const pick = (label: string, title: string): Promise<void> => askingIn(bench).pick(label, title);

  beforeAll(async () => {
    restore = changeEnvironment(withoutGoogle());
    google = await startGoogle();
    await google.storage.createBucket('exports-of-shop');
    server = await startTablesServer(google.storage.url);
    await server.createDataset('shop');
    await server.sql(
      'CREATE TABLE shop.orders (id INT64, day DATE, country STRING, price NUMERIC, lines ARRAY<STRUCT<sku STRING, n INT64>>)',
    );
    const orders = Array.from({ length: 400 }, (_, k) => ({
      id: k,
      day: new Date(Date.UTC(2024, 0, 1 + (k % 200))).toISOString().slice(0, 10),
      country: k % 9 === 0 ? null : (['NO', 'SE', 'DK'][k % 3] ?? ''),
      price: `${(k * 37) % 500}.25`,
    }));
    const rows = orders.map(
      ({ id, day, country, price }) =>
        `(${id}, DATE '${day}', ${country === null ? 'NULL' : `'${country}'`}, NUMERIC '${price}', [STRUCT('a${id}' AS sku, ${id % 4} AS n)])`,
    );
    await server.sql(`INSERT INTO shop.orders (id, day, country, price, lines) VALUES ${rows.join(', ')}`);
    await server.sql(
      'CREATE VIEW shop.nordic AS SELECT id, country FROM shop.orders WHERE country IS NOT NULL',
    );
    await server.sql(
      `CREATE TABLE shop.long AS SELECT n AS id, 9007199254740993 AS big, '007' AS code, CASE WHEN MOD(n, 3) = 0 THEN NULL ELSE n / 4 END AS weight
       FROM UNNEST(GENERATE_ARRAY(1, 12000)) AS n`,
    );
    bench = await openWorkbench({
      env: { ...google.env, CLOUDSDK_CONFIG: '/nowhere', BIGQUERY_EMULATOR_HOST: server.url },
    });
    fs.writeFileSync(
      path.join(bench.workspace, 'ml.yaml'),
      'project: shop\nsources:\n  bigquery:\n    project: test\n    prices: { query: 6.25 }\nproviders:\n  vertex:\n    project: test\n    region: europe-west1\n    store: gs://exports-of-shop/jobs\n',
    );
    fs.mkdirSync(path.join(bench.workspace, '.ml'), { recursive: true });
    fs.writeFileSync(
      path.join(bench.workspace, '.ml/local.yaml'),
      `python: ${JSON.stringify(testPython())}\n`,
    );
    // The same rows in a file, for what the recipe gives here.
    const lines = orders.map(({ id, day, country, price }) => `${id},${day},${country ?? ''},${price},[]`);
    fs.writeFileSync(
      path.join(bench.workspace, 'orders.csv'),
      `id,day,country,price,lines\n${lines.join('\n')}\n`,
    );
    fs.writeFileSync(
      path.join(bench.workspace, 'long.recipe.yaml'),
      'recipe: 1\ninput: bigquery://test/shop/long\nsteps:\n  - fill_missing: { columns: [weight], with: mean }\n',
    );
    fs.writeFileSync(
      path.join(bench.workspace, 'orders.recipe.yaml'),
      `recipe: 1
input: bigquery://test/shop/orders
steps:
  - drop_missing: { columns: [country] }
  - replace: { columns: [country], values: { DK: Denmark } }
  - filter: { keep: "id > 30 OR country = 'NO'" }
  - drop_columns: { columns: [lines, price] }
`,
    );
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
    await google.stop();
    restore();
  });

  it('looks at projects, datasets and a table without a question', async () => {
    await bench.activity('ML Lifecycle');
    await bench.command('ML Lifecycle: Refresh');
    await bench.treeRow('BigQuery').click();
    await bench.treeRow('test').click();
    await bench.treeRow('shop').click();
    await bench.treeRow('nordic').waitFor();
    await bench.treeRow('orders').click();
    const frame: Frame = await bench.webview('[role=grid]', undefined, 60_000);
    await frame.getByText('all 400 rows').waitFor();
    expect(await dialog().count()).toBe(0);
    await bench.shot('bigquery-table');
  });

  it('sums up the columns after bytes and price were agreed to', async () => {
    const frame = await bench.webview('[role=grid]');
    await frame.getByRole('button', { name: 'Profile…' }).click();
    const text = await agree('bigquery-agree');
    expect(text).toMatch(/Price: USD 6\.25 per TiB \(from ml\.yaml\)/);
    expect(text).toMatch(/Limit: a query that would be billed for more than/);
    await frame.locator('.spark').first().waitFor();
    await bench.shot('bigquery-profile');
  });

  it('tells lengths and patterns of a column of text after their price was agreed to', async () => {
    const frame = await bench.webview('[role=grid]');
    await frame.locator('.grid').focus();
    await bench.page.keyboard.press('Control+Home');
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', 'Space']) await bench.page.keyboard.press(key);
    const panel = frame.getByRole('complementary', { name: 'Details of country' });
    await panel.getByRole('button', { name: 'Lengths and Patterns…' }).press('Enter');
    expect(await agree('bigquery-texts-agree')).toMatch(
      /Lengths and patterns of country in bigquery:\/\/test\/shop\/orders/,
    );
    const table = panel.getByRole('region', { name: 'Texts of country' }).getByRole('table');
    await table.waitFor();
    expect(await table.getByRole('row').allInnerTexts()).toEqual(['pattern\tcells\tshare', 'A\t355\t100 %']);
    await bench.shot('bigquery-texts');
    await panel.getByRole('button', { name: 'Close the details' }).press('Enter');
    await panel.waitFor({ state: 'detached' });
  });

  it('keeps what is shown when a sample’s price is refused, and shows the sample when it is agreed to', async () => {
    const frame = await bench.webview('[role=grid]');
    await frame.getByRole('button', { name: 'Sample…' }).click();
    await pick('About 10 %', 'Sample of the Table');
    await dialog()
      .getByText(/Reads: /)
      .waitFor();
    await bench.shot('bigquery-sample-agree');
    await bench.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    // The profile that was paid for, and all rows, are still there.
    await frame.locator('.badge', { hasText: 'all 400 rows' }).waitFor();
    await frame.locator('.spark').first().waitFor();
    expect(await frame.getByRole('button', { name: 'Profile…' }).count()).toBe(0);
    await bench.shot('bigquery-sample-refused');
    await frame.getByRole('button', { name: 'Sample…' }).click();
    await pick('About 10 %', 'Sample of the Table');
    await agree();
    await frame.locator('.badge', { hasText: 'sample of about 10 % of 400 rows' }).waitFor();
    await frame.getByRole('button', { name: 'Profile…' }).waitFor();
    await bench.shot('bigquery-sample');
  });

  /** The statement that made a view. The stand-in answers with its own form of it. */
  const viewOf = (name: string): string | undefined =>
    server.seen
      .map(
        (body) =>
          (JSON.parse(body) as { configuration?: { query?: { query: string } } }).configuration?.query?.query,
      )
      .find((sql) => sql?.startsWith(`CREATE VIEW \`test\`.\`shop\`.\`${name}\``));
  const save = async (item: string, as: 'View' | 'Table', name: string, shot?: string): Promise<void> => {
    const frame = await bench.webview('h1', /^orders$/);
    await frame.getByRole('button', { name: 'Export…' }).click();
    await bench.page.locator('.quick-input-title', { hasText: 'Export' }).waitFor();
    if (shot) await bench.shot(shot);
    await pick(item, 'Export');
    await askingIn(bench).answer(`Save as ${as} in BigQuery`, `bigquery://test/shop/${name}`);
    // To make a view reads nothing, so there is nothing to agree to.
    if (as === 'Table') expect(await agree()).toContain(`Save the table bigquery://test/shop/${name}`);
    await bench.page.getByText(`bigquery://test/shop/${name} is there now.`).waitFor();
    if (as === 'View') expect(await dialog().count()).toBe(0);
  };

  it('saves a view of all rows or of the sample, and says which', async () => {
    await save('Save Sample as View…', 'View', 'orders_part', 'bigquery-export-sample');
    expect(viewOf('orders_part')).toMatch(
      /\nFROM `test`\.`shop`\.`orders` TABLESAMPLE SYSTEM \(10 PERCENT\)$/,
    );
    await save('Save as View…', 'View', 'orders_all');
    expect(viewOf('orders_all')).toMatch(/\nFROM `test`\.`shop`\.`orders`$/);
    const frame = await bench.webview('h1', /^orders$/);
    await frame.getByRole('button', { name: 'Sample (10 %)…' }).click();
    await pick('All rows', 'Sample of the Table');
    await frame.locator('.badge', { hasText: 'all 400 rows' }).waitFor();
    // What was paid for is shown again, without a question.
    await frame.locator('.spark').first().waitFor();
    expect(await dialog().count()).toBe(0);
  });

  it('filters where the data is, and saves what is chosen as a table', async () => {
    const frame = await bench.webview('[role=grid]');
    await frame.locator('[data-column="2"] .head-summary').click();
    await frame.locator('.filter-values').getByText('NO').click();
    await agree();
    await frame.getByText(/\d+ of 400 rows/).waitFor();
    await bench.shot('bigquery-filter');
    await save('Save as Table…', 'Table', 'orders_no', 'bigquery-export-filtered');
    const { rows } = (await server.sql(
      'SELECT country, COUNT(*) FROM shop.orders_no GROUP BY country ORDER BY country',
    )) as { rows: { f: { v: string }[] }[] };
    const norwegian = Array.from({ length: 400 }, (_, k) => k).filter((k) => k % 9 !== 0 && k % 3 === 0);
    expect(rows.map(({ f }) => f.map(({ v }) => v))).toEqual([['NO', String(norwegian.length)]]);
    await frame.getByRole('button', { name: 'Clear Filter' }).click();
    await frame.locator('.badge', { hasText: 'all 400 rows' }).waitFor();
  });

  it('draws a chart', async () => {
    const frame = await bench.webview('[role=grid]');
    await frame.getByRole('button', { name: 'Charts' }).click();
    await agree();
    const chart = await bench.webview('.chart-view', 'Rows over day', 60_000);
    await chart.locator('.badge', { hasText: 'all 400 rows' }).waitFor();
    await bench.shot('bigquery-chart');
  });

  it('exports a table to Cloud Storage, where its rows are read again', async () => {
    await bench.treeRow('long').click();
    const frame = await bench.webview('h1', /^long$/, 60_000);
    await frame.getByText('all 12,000 rows').waitFor();
    await frame.getByRole('button', { name: 'Export…' }).click();
    await pick('Export to Cloud Storage…', 'Export');
    await askingIn(bench).answer('Export long to Cloud Storage', 'gs://exports-of-shop/long/*.parquet');
    expect(await askingIn(bench).agree('Export', 'bigquery-export')).toContain(
      'BigQuery writes all rows of bigquery://test/shop/long to gs://exports-of-shop/long/*.parquet.',
    );
    await bench.page.getByText('long is in gs://exports-of-shop/long/*.parquet now: 1 file.').waitFor();
    const back = changeEnvironment({ STORAGE_EMULATOR_HOST: google.storage.url });
    const state = fs.mkdtempSync(path.join(bench.workspace, '.state-'));
    const uri = 'gs://exports-of-shop/long/000000000000.parquet';
    const seen = mll(bench.workspace, state, 'data', 'preview', uri, '--rows', '2', '--offset', '2');
    back();
    expect(seen).toMatchObject({
      rows: [
        [3, '9007199254740993', '007', null],
        [4, '9007199254740993', '007', 1],
      ],
      total: 12_000,
    });
  });

  it('runs SQL, with what it cost beside the result', async () => {
    await bench.contextMenu(bench.treeRow('orders'), 'SQL in BigQuery…');
    const frame = await bench.webview('h1', /SQL over orders in BigQuery/, 60_000);
    await frame.getByRole('button', { name: 'Run' }).click();
    await agree();
    await frame.getByText(/400 rows, 5 columns .*billed/).waitFor();
    await bench.shot('bigquery-sql');
  });

  it('asks before it reads the rows of a view', async () => {
    await bench.treeRow('nordic').click();
    const frame = await bench.webview('h1', 'nordic', 60_000);
    await frame.getByText('The rows of this view were not asked for.').waitFor();
    await bench.shot('bigquery-view');
    await frame.getByRole('button', { name: 'Read Rows…' }).click();
    await agree();
    await frame.getByText('all 355 rows').waitFor();
  });

  it('becomes a dataset', async () => {
    await bench.contextMenu(bench.treeRow('orders'), 'Add to Datasets');
    await bench.treeRow(/orders.*400 rows, 5 columns/).waitFor();
    await bench.shot('bigquery-dataset');
  });

  it('shows a recipe on the first rows, which are free, with the types of the table', async () => {
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('long.recipe.yaml'), 'Open Recipe View');
    const frame = await bench.webview('.steps, button, vscode-button', /Read It|first 10,000/, 60_000);
    await frame.getByRole('button', { name: 'Read It' }).click();
    await frame.getByText('sample: the first 10,000 of 12,000 rows').waitFor({ timeout: 60_000 });
    // A text of digits stays one, and a number beyond 2^53 keeps its last digit.
    await frame.getByText('007', { exact: true }).first().waitFor();
    await frame
      .getByText(/^9,?007,?199,?254,?740,?993$/)
      .first()
      .waitFor();
    await frame.getByRole('button', { name: 'Run in BigQuery…' }).waitFor();
    expect(await dialog().count()).toBe(0);
    await bench.shot('bigquery-recipe-view');
    for (const name of ['Run in BigQuery…', 'Run on All Rows…']) {
      await frame.getByRole('button', { name }).click();
      await bench.page.locator('.quick-input-title', { hasText: 'into a…' }).waitFor();
      await bench.page.keyboard.press('Escape');
    }
  });

  it('runs a recipe there, with the rows that it gives here', async () => {
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('orders.recipe.yaml'), 'Run in BigQuery…');
    await pick('Table', 'into a…');
    const input = bench.page.locator('.quick-input-widget input').first();
    await bench.page.locator('.quick-input-title', { hasText: 'Save as Table in BigQuery' }).waitFor();
    expect(await input.inputValue()).toBe('bigquery://test/shop/orders_clean');
    await input.press('Enter');
    expect(await agree('bigquery-recipe-agree')).toMatch(
      /Save the table bigquery:\/\/test\/shop\/orders_clean/,
    );
    const frame = await bench.webview('h1', 'orders_clean', 60_000);
    const here = path.join(bench.workspace, 'here.jsonl');
    const state = fs.mkdtempSync(path.join(bench.workspace, '.state-'));
    mll(
      bench.workspace,
      state,
      ...['recipe', 'run', 'orders.recipe.yaml', '--input', 'orders.csv', '-o', here],
    );
    const wanted = fs
      .readFileSync(here, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const { id, day, country } = JSON.parse(line) as { id: number; day: string; country: string };
        return [String(id), day, country];
      });
    await frame.getByText(`all ${wanted.length} rows`).waitFor();
    await bench.shot('bigquery-recipe');
    expect(wanted.length).toBeGreaterThan(200);
    const { rows } = (await server.sql('SELECT * FROM shop.orders_clean ORDER BY id')) as {
      rows: { f: { v: string }[] }[];
    };
    expect(rows.map(({ f }) => f.map(({ v }) => v))).toEqual(wanted);
    await bench.activity('ML Lifecycle');
  });

  it('runs one recipe there and, on the exported rows, as a job of Vertex AI, with the same rows', async () => {
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('long.recipe.yaml'), 'Run in BigQuery…');
    await pick('Table', 'into a…');
    await askingIn(bench).answer('Save as Table in BigQuery', 'bigquery://test/shop/long_clean');
    await agree();
    const table = await bench.webview('h1', 'long_clean', 60_000);
    await table.getByText('all 12,000 rows').waitFor();
    await bench.contextMenu(bench.file('long.recipe.yaml'), 'Prepare Dataset with Recipe');
    await pick('Vertex AI', 'Prepare on');
    // Where the export before went; the recipe stays as it is.
    await bench.page.locator('.quick-input-title', { hasText: 'The Rows of long for the Job' }).waitFor();
    const input = bench.page.locator('.quick-input-widget input').first();
    expect(await input.inputValue()).toBe('gs://exports-of-shop/long/000000000000.parquet');
    await bench.shot('bigquery-job-input');
    await input.press('Enter');
    await askingIn(bench).agree('Send and Start', 'bigquery-job-estimate');
    const run = await bench.webview('button, vscode-button', 'Cancel', 60_000);
    await run.getByText('Completed').waitFor({ timeout: 120_000 });
    await bench.shot('bigquery-job');
    expect(google.vertex.calls.seen).toContain('CreateCustomJob');

    const state = fs.mkdtempSync(path.join(bench.workspace, '.state-'));
    const there = (await server.sql('SELECT id, big, code, weight FROM shop.long_clean ORDER BY id')) as {
      rows: { f: { v: string }[] }[];
    };
    const page = (offset: number) =>
      mll(
        bench.workspace,
        state,
        ...['data', 'preview', 'long-prepared', '--rows', '6000', '--offset', String(offset)],
      ) as { rows: [number, string, string, number][] };
    const rows = [...page(0).rows, ...page(6000).rows];
    const job = rows.toSorted(([a], [b]) => a - b);
    expect(job).toHaveLength(12_000);
    expect(job.map(([id, big, code]) => [String(id), big, code])).toEqual(
      there.rows.map(({ f }) => f.slice(0, 3).map(({ v }) => v)),
    );
    const weights = there.rows.map(({ f }) => Number(f[3]?.v));
    expect(
      Math.max(...job.map(([, , , weight], at) => Math.abs(weight - (weights[at] ?? NaN)))),
    ).toBeLessThan(1e-9);
    expect(fs.readFileSync(path.join(bench.workspace, 'long.recipe.yaml'), 'utf8')).toContain(
      'input: bigquery://test/shop/long\n',
    );
  });
});
