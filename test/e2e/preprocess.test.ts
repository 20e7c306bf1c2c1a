import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testPython } from '../python';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

const RECIPE = `recipe: 1
input: january.csv
steps:
  - fill_missing: { columns: [delay], with: median }
  - drop_missing: { columns: [carrier] }
  - expect: { columns: [delay], rule: range, min: 0, max: 50, severity: warn }
`;

let bench: Workbench;
let workspace: string;
let frame: Frame;

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll preprocess '));
  const write = (name: string, text: string): void => fs.writeFileSync(path.join(workspace, name), text);
  write('january.csv', 'carrier,delay\nAA,10\nB6,20\nDL,30\n');
  write('february.csv', 'carrier,delay,gate\nAA,,A1\n,2,B4\nUA,90,C1\n');
  write('march.csv', 'delay,carrier\n,UA\n');
  write('delays.recipe.yaml', RECIPE);
  // Else the Explorer chooses the file of an editor that opens, and nothing else, a moment after the click.
  bench = await openWorkbench({ workspace, settings: { 'explorer.autoReveal': false } });
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('runs a recipe over files that are chosen in the Explorer, and reports what became of each', async () => {
  await bench.file('february.csv').click();
  await bench.page.locator('.tab', { hasText: 'february.csv' }).waitFor();
  await bench.file('march.csv').click({ modifiers: ['Control'] });
  await expect
    .poll(() => bench.page.locator('.explorer-folders-view .monaco-list-row.selected').count())
    .toBe(2);
  await bench.contextMenu(bench.file('march.csv'), 'Preprocess with Recipe…');
  frame = await bench.webview('.preprocess');
  await frame.getByText('Additional: gate').waitFor();
  expect(await frame.getByRole('radio', { name: /from january\.csv/ }).isChecked()).toBe(true);
  expect(await faultsOf(frame)).toEqual([]);
  await bench.shot('preprocess-chosen');
  await frame.getByRole('radio', { name: 'CSV', exact: true }).check();
  await frame.getByRole('button', { name: 'Run on 2 Tables' }).click();
  await frame.getByText('2 tables written', { exact: true }).waitFor();
  const written = (name: string): string => fs.readFileSync(path.join(workspace, name), 'utf8');
  // The median is that of January.
  expect(written('february-clean.csv')).toBe('carrier,delay\nAA,20.0\nUA,90.0\n');
  expect(written('march-clean.csv')).toBe('carrier,delay\nUA,20.0\n');
  const first = frame.locator('.result').first();
  await first.getByText('3 → 2 rows, 2 columns').waitFor();
  expect(await first.locator('.expectation-broken').count()).toBe(1);
  await first.getByText('Fitted values (1)').click();
  await first.locator('.remembered-value', { hasText: '20' }).waitFor();
  expect(await faultsOf(frame)).toEqual([]);
  await bench.shot('preprocess-report');
});

it('asks before it writes over what is there', async () => {
  const before = fs.statSync(path.join(workspace, 'march-clean.csv')).mtimeMs;
  await frame.getByRole('button', { name: 'Run on 2 Tables' }).click();
  await bench.page.getByText('2 of the outputs are there already.').waitFor();
  expect(await bench.press('Cancel')).toBe(true);
  await frame.getByRole('button', { name: 'Run on 2 Tables' }).waitFor();
  expect(fs.statSync(path.join(workspace, 'march-clean.csv')).mtimeMs).toBe(before);
});

it('takes in the new files of a folder alone, as a job, when asked', async () => {
  fs.mkdirSync(path.join(workspace, '.ml'), { recursive: true });
  fs.writeFileSync(path.join(workspace, '.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
  const months = path.join(workspace, 'months');
  fs.mkdirSync(months);
  fs.copyFileSync(path.join(workspace, 'january.csv'), path.join(months, '01.csv'));
  fs.copyFileSync(path.join(workspace, 'february.csv'), path.join(months, '02.csv'));
  await bench.file('months').waitFor();
  await bench.contextMenu(bench.file('months'), 'Preprocess with Recipe…');
  frame = await bench.webview('.preprocess', 'months/', 60_000);
  await frame.getByRole('radio', { name: /Only new and changed files/ }).check();
  expect(await faultsOf(frame)).toEqual([]);
  await frame.getByRole('button', { name: 'Take In New Files' }).click();
  expect(await bench.press(/^Make/, 20_000)).toBe(true);
  await frame.getByText('A job takes them into months-prepared').waitFor({ timeout: 120_000 });
  await frame.getByText('New: 01.csv, 02.csv').waitFor();
  const parts = (): string[] =>
    fs.globSync('*.parquet', { cwd: path.join(workspace, '.ml/data/months-prepared') });
  await expect.poll(parts, { timeout: 120_000 }).toHaveLength(1);
  fs.copyFileSync(path.join(workspace, 'march.csv'), path.join(months, '03.csv'));
  await frame.getByRole('button', { name: 'Take In New Files' }).click();
  await frame.getByText('New: 03.csv').waitFor({ timeout: 60_000 });
  await frame.getByText('2 files are as before').waitFor();
  await bench.shot('preprocess-new-files');
  await expect.poll(parts, { timeout: 120_000 }).toHaveLength(2);
  await frame.getByRole('button', { name: 'Take In New Files' }).click();
  await frame.getByText('Nothing is new for months-prepared').waitFor({ timeout: 60_000 });
});
