import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutGoogle } from '../environment';
import { startTablesServer, tablesServerLacks, type TablesServer } from '../rigs/google/bigquery/emulator';
import { openWorkbench, type Workbench } from './workbench';

const lacks = tablesServerLacks();

/** From the Sources view to a profile, a filter, a chart, SQL and a view, as a person does it; SQL is run by bigquery-emulator. */
describe.skipIf(lacks !== undefined)(`BigQuery${lacks === undefined ? '' : ` (skipped: ${lacks})`}`, () => {
  let server: TablesServer;
  let bench: Workbench;
  const dialog = () => bench.page.locator('.monaco-dialog-box');
  const agree = async (shot?: string): Promise<string> => {
    await dialog()
      .getByText(/Reads: /)
      .waitFor();
    const text = await dialog().innerText();
    if (shot !== undefined) await bench.shot(shot);
    await dialog().getByRole('button', { name: 'Run', exact: true }).click();
    return text;
  };

  beforeAll(async () => {
    server = await startTablesServer();
    await server.createDataset('shop');
    await server.sql(
      'CREATE TABLE shop.orders (id INT64, day DATE, country STRING, price NUMERIC, lines ARRAY<STRUCT<sku STRING, n INT64>>)',
    );
    const rows = Array.from(
      { length: 400 },
      (_, k) =>
        `(${k}, DATE_ADD(DATE '2024-01-01', INTERVAL ${k % 200} DAY), ${k % 9 === 0 ? 'NULL' : `'${['NO', 'SE', 'DK'][k % 3]}'`}, NUMERIC '${(k * 37) % 500}.25', [STRUCT('a${k}' AS sku, ${k % 4} AS n)])`,
    );
    await server.sql(`INSERT INTO shop.orders (id, day, country, price, lines) VALUES ${rows.join(', ')}`);
    await server.sql(
      'CREATE VIEW shop.nordic AS SELECT id, country FROM shop.orders WHERE country IS NOT NULL',
    );
    const unset = Object.entries(withoutGoogle()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    bench = await openWorkbench({
      env: { ...Object.fromEntries(unset), BIGQUERY_EMULATOR_HOST: server.url },
    });
    fs.writeFileSync(
      path.join(bench.workspace, 'ml.yaml'),
      'project: shop\nsources:\n  bigquery:\n    project: test\n    prices: { query: 6.25 }\n',
    );
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
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

  it('filters where the data is', async () => {
    const frame = await bench.webview('[role=grid]');
    await frame.locator('[data-column="2"] .head-summary').click();
    await frame.locator('.filter-values').getByText('NO').click();
    await agree();
    await frame.getByText(/\d+ of 400 rows/).waitFor();
    await bench.shot('bigquery-filter');
    await frame.getByRole('button', { name: 'Clear Filter' }).click();
    await frame.getByText('all 400 rows').waitFor();
  });

  it('draws a chart', async () => {
    const frame = await bench.webview('[role=grid]');
    await frame.getByRole('button', { name: 'Charts' }).click();
    await agree();
    const chart = await bench.webview('.chart-view svg, svg.chart, figure svg', undefined, 60_000);
    await chart.locator('svg').first().waitFor();
    await bench.shot('bigquery-chart');
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
});
