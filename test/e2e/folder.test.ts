import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

let bench: Workbench;
let workspace: string;
let frame: Frame;
const badge = (text: string) => frame.locator('.data-title .badge', { hasText: text }).waitFor();

function write(month: string, file: string, text: string): void {
  const folder = path.join(workspace, 'sales', `month=${month}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
}

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll folder '));
  for (const [at, month] of ['01', '02', '03'].entries()) {
    const lines = Array.from({ length: 100 }, (_, row) => `${at * 100 + row},${row / 4}`);
    write(month, 'part.csv', `${['id,price', ...lines].join('\n')}\n`);
  }
  write('02', 'late.csv', 'id,price\n1000,1,2\n');
  write('03', 'other.csv', 'name,age\nZoë,7\n');
  bench = await openWorkbench({ workspace });
  await bench.contextMenu(bench.file('sales'), 'Open as Table…');
  frame = await bench.webview('[role=grid]');
  await badge('all 300 rows');
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('shows the files of a folder as one table, with what is left out', async () => {
  await badge('3 columns');
  await frame.getByText('header · 5 files ·').waitFor();
  await frame.getByText('month=03/other.csv').waitFor();
  await frame.getByText('1 record could not be read').waitFor();
  expect(await frame.getByRole('button', { name: 'Open as Text' }).count()).toBe(0);
  await frame.getByText('Show them').click();
  await frame.getByText('month=02/late.csv, line 2').waitFor();
  expect(await faultsOf(frame)).toEqual([]);
  await bench.shot('folder');
});

it('says of each row which file it is from, and reads a file that comes', async () => {
  await frame.getByRole('spinbutton', { name: 'Go to row' }).fill('250');
  await frame.getByRole('spinbutton', { name: 'Go to row' }).press('Enter');
  await frame.locator('.cell', { hasText: /^249$/ }).click();
  await frame.locator('.cell', { hasText: /^249$/ }).press('Space');
  await frame.locator('.cell-panel').getByText('From month=03/part.csv').waitFor();
  await bench.shot('folder-cell');
  write('04', 'part.csv', 'id,price\n2000,5\n');
  await badge('all 301 rows');
});

it('is added to the datasets and read by the SQL panel', async () => {
  await frame.getByRole('button', { name: 'Add to Datasets' }).click();
  expect(await bench.press(/^Make/, 10_000)).toBe(true);
  await frame.getByRole('button', { name: 'In Datasets' }).waitFor();
  const kept = fs.readFileSync(path.join(workspace, '.ml/datasets/sales.json'), 'utf8');
  expect(JSON.parse(kept)).toMatchObject({ rows: 301, source: { path: 'sales' } });
  await badge('all 301 rows');
});
