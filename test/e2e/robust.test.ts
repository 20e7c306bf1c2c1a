import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultsOf, openWorkbench, root, type Workbench } from './workbench';
import { killNow } from '../kill';

/** Views on files that are hard on them, and an engine that is killed under them. */
let bench: Workbench;
let workspace: string;

const ROWS = 60_000;
const inFolder = (name: string): string => path.join(workspace, name);
const badge = (frame: Frame, text: string) =>
  frame.locator('.data-title .badge', { hasText: text }).waitFor();
const named = (name: string): Promise<Frame> => bench.webview('h1', name, 60_000);

async function open(name: string): Promise<Frame> {
  await bench.contextMenu(bench.file(name), 'Open Data View');
  return named(name);
}

/** Engines that this window's server started, as process ids. */
function engines(): number[] {
  const parents = new Map<number, number>();
  const found: number[] = [];
  for (const name of fs.readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      const args = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (args.includes(path.join(root, 'dist/engine.js'))) found.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (pid: number): boolean =>
    pid === bench.server.pid || (pid > 1 && isOurs(parents.get(pid) ?? 0));
  return found.filter(isOurs);
}

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll robust '));
  const lines = Array.from({ length: ROWS }, (_, k) => `${k},${k === 50_000 ? 'N/A' : k % 7},note ${k}`);
  fs.writeFileSync(inFolder('late.csv'), `id,n,note\n${lines.join('\n')}\n`);
  for (let at = 0; at < 9; at += 1)
    fs.writeFileSync(inFolder(`small${at}.csv`), `which,k\n${`file ${at},1\n`.repeat(50 + at)}`);
  fs.writeFileSync(inFolder('long cell.csv'), `a,b\n1,${'x'.repeat(10 * 2 ** 20)}\n2,short\n`);
  bench = await openWorkbench({ workspace });
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('comes back by itself at the same place when the engine is killed', async () => {
  const frame = await open('late.csv');
  await badge(frame, 'all 60,000 rows');
  await frame.getByText('1 cell of n holds “N/A”, which is no whole number (line 50002)').waitFor();
  await frame.getByRole('spinbutton', { name: 'Go to row' }).fill('40000');
  await frame.getByRole('spinbutton', { name: 'Go to row' }).press('Enter');
  const note = frame.locator('.cell', { hasText: /^note 39999$/ });
  await note.waitFor();
  const first = await frame.locator('.cell-label').first().innerText();
  const [engine = 0] = engines();
  killNow(engine);
  await expect.poll(() => engines().filter((one) => one !== engine).length, { timeout: 30_000 }).toBe(1);
  await badge(frame, 'all 60,000 rows');
  await frame.getByText('1 cell of n holds “N/A”').waitFor();
  await note.waitFor();
  expect(await frame.locator('.cell-label').first().innerText()).toBe(first);
  await bench.page.keyboard.press('Control+f');
  await frame.getByPlaceholder('Search (Ctrl+F)').fill('note 59999');
  await bench.page.keyboard.press('Enter');
  await frame.getByText('1 of 1', { exact: true }).waitFor();
});

it('keeps a column of numbers one, shows its one other cell, and reads it as missing on demand', async () => {
  const frame = await named('late.csv');
  await frame.getByRole('button', { name: 'Show the Row' }).click();
  await badge(frame, '1 of 60,000 rows');
  await frame.locator('.cell-unfit', { hasText: /^N\/A$/ }).waitFor();
  expect(await frame.locator('.cell-label').first().innerText()).toBe('50001');
  expect(await faultsOf(frame)).toEqual([]);
  await bench.shot('late-missing');
  await frame.getByRole('button', { name: 'Treat as Missing' }).click();
  await bench.press(/^Make/, 10_000);
  await frame.getByText('“N/A” in n is missing').waitFor();
  await badge(frame, 'all 60,000 rows');
  expect(await frame.getByText('1 cell of n holds').count()).toBe(0);
  const [kept = ''] = fs.readdirSync(inFolder('.ml/dialects'));
  expect(JSON.parse(fs.readFileSync(inFolder(`.ml/dialects/${kept}`), 'utf8'))).toMatchObject({
    path: 'late.csv',
    dialect: { missing: { n: ['N/A'] } },
  });
});

it('follows a file that is still being written', async () => {
  const frame = await named('late.csv');
  fs.appendFileSync(inFolder('late.csv'), '60000,1,grown\n60001,2');
  await badge(frame, 'all 60,001 rows');
  await frame.getByText('1 record could not be read').waitFor();
  fs.appendFileSync(inFolder('late.csv'), ',whole\n');
  await badge(frame, 'all 60,002 rows');
});

it('has ten views open at once on one engine, and all are back when it is killed', async () => {
  for (let at = 0; at < 9; at += 1) await badge(await open(`small${at}.csv`), `all ${50 + at} rows`);
  expect(engines()).toHaveLength(1);
  killNow(engines()[0]);
  await badge(await named('small8.csv'), 'all 58 rows');
  for (const at of [3, 0]) {
    await bench.page.locator('.tab', { hasText: `small${at}.csv` }).click();
    const frame = await named(`small${at}.csv`);
    await badge(frame, `all ${50 + at} rows`);
    await frame
      .locator('.cell', { hasText: `file ${at}` })
      .first()
      .waitFor();
  }
});

it('shows a cell of 10 MB cut, and its length', async () => {
  const frame = await open('long cell.csv');
  await badge(frame, 'all 2 rows');
  const cell = frame.locator('.cell', { hasText: /^x{200}…$/ });
  await cell.click();
  await cell.press('Space');
  await frame.locator('.cell-panel').getByText('text · 10,485,760 characters').waitFor();
  await bench.shot('long-cell');
});
