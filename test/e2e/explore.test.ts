import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** One column looked at closely, widths, what a screen reader is told, bytes; and a file of any size: `MLL_E2E_BYTES=1e9` by hand. */
let bench: Workbench;
let workspace: string;
let frame: Frame;

const BYTES = Number(process.env.MLL_E2E_BYTES ?? 4e6);
const DAY = 86_400_000;
const SHOPS = ['Nord', 'Süd', 'West'];
/** A row a day in 2023 and 2024, without March 2024. */
const days = Array.from({ length: 731 }, (_, k) =>
  new Date(Date.UTC(2023, 0, 1) + k * DAY).toISOString().slice(0, 10),
);
const rows = days
  .filter((day) => !day.startsWith('2024-03'))
  .map((day, k) => ({ day, shop: SHOPS[k % 3] ?? '', price: (k * 37) % 400 }));

const inFolder = (name: string): string => path.join(workspace, name);
const badge = (view: Frame, text: string | RegExp) =>
  view.locator('.data-title .badge', { hasText: text }).waitFor();

/** So many bytes of lines; the answer is the number of rows. */
function writeLarge(file: string): number {
  const out = fs.openSync(file, 'w');
  let row = 0;
  let written = fs.writeSync(out, 'id,kind,amount,note\n');
  while (written < BYTES) {
    let part = '';
    while (part.length < 2 ** 20 && written + part.length < BYTES) {
      part += `${row},k${row % 7},${(row % 1000) / 8},"note, of row ${row}"\n`;
      row += 1;
    }
    written += fs.writeSync(out, part);
  }
  fs.closeSync(out);
  return row;
}

let large = 0;

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll explore '));
  fs.writeFileSync(
    inFolder('shops.csv'),
    `day,shop,price\n${rows.map((one) => `${one.day},${one.shop},${one.price}`).join('\n')}\n`,
  );
  large = writeLarge(inFolder('large.csv'));
  bench = await openWorkbench({ workspace });
  await bench.contextMenu(bench.file('shops.csv'), 'Open Data View');
  frame = await bench.webview('h1', 'shops.csv');
  await badge(frame, `all ${rows.length} rows`);
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** Opens the details of a column by the keyboard alone. */
async function details(column: number): Promise<void> {
  await frame.locator('.grid').focus();
  await bench.page.keyboard.press('Control+Home');
  for (let k = 0; k < column; k += 1) await bench.page.keyboard.press('ArrowRight');
  await bench.page.keyboard.press('ArrowUp');
  await bench.page.keyboard.press('Space');
}

it('shows another number of bins, and the same bins for each value of another column', async () => {
  await details(2);
  const panel = frame.getByRole('complementary', { name: 'Details of price' });
  await panel.getByRole('spinbutton', { name: 'Bins' }).fill('8');
  await panel.getByRole('spinbutton', { name: 'Bins' }).press('Enter');
  await expect.poll(() => panel.locator('figure rect.spark-bar').count()).toBe(8);
  await panel.getByLabel('Compare by').selectOption('shop');
  await panel.getByRole('heading', { name: 'Compared by shop' }).waitFor();
  for (const shop of SHOPS) {
    const line = panel.locator('.column-chart-groups li', { hasText: shop });
    const own = rows.filter((one) => one.shop === shop).length;
    await line.getByText(`${own} rows`).waitFor();
  }
  expect(await faultsOf(frame)).toEqual([]);
  await bench.shot('explore-compared');
});

it('finds the gaps of a calendar', async () => {
  await details(0);
  const panel = frame.getByRole('complementary', { name: 'Details of day' });
  await panel.getByRole('button', { name: 'Find Gaps' }).click();
  await panel.getByText('2024-03-01 to 2024-03-31: 31 days').waitFor();
  await panel.getByText('31 of 731 days have no rows').waitFor();
  await bench.shot('explore-gaps');
});

it('tells how long the texts of a column are, and how they are built', async () => {
  await details(1);
  const panel = frame.getByRole('complementary', { name: 'Details of shop' });
  await panel.getByRole('button', { name: 'Lengths and Patterns' }).press('Enter');
  await panel.getByText('3 to 4 characters, 3.67 on average.').waitFor();
  const table = panel.getByRole('region', { name: 'Texts of shop' }).getByRole('table');
  expect(await table.getByRole('row').allInnerTexts()).toEqual(['pattern\tcells\tshare', 'Aa\t700\t100 %']);
  await bench.shot('explore-texts');
});

it('columns are made wider by the mouse and by keys, and stay so', async () => {
  const head = frame.locator('.head-cell[data-column="1"]');
  const width = async (): Promise<number> => (await head.boundingBox())?.width ?? 0;
  const before = await width();
  const box = await head.locator('.head-resize').boundingBox();
  if (!box) throw new Error('No handle.');
  await bench.page.mouse.move(box.x + box.width / 2, box.y + 10);
  await bench.page.mouse.down();
  await bench.page.mouse.move(box.x + box.width / 2 + 80, box.y + 10, { steps: 4 });
  await bench.page.mouse.up();
  expect(await width()).toBe(before + 80);
  await frame.locator('.grid').focus();
  await bench.page.keyboard.press('Control+Home');
  await bench.page.keyboard.press('ArrowRight');
  await bench.page.keyboard.press('ArrowUp');
  await bench.page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(width).toBeLessThan(before + 80);
  const narrow = await width();
  await bench.page.keyboard.press('Shift+ArrowRight');
  await expect.poll(width).toBeGreaterThan(narrow);
});

it('tells a screen reader the row, the column and the value of the cell that the keys are on', async () => {
  await frame.locator('.grid').focus();
  await bench.page.keyboard.press('Control+Home');
  for (let k = 0; k < 5; k += 1) await bench.page.keyboard.press('ArrowDown');
  await bench.page.keyboard.press('ArrowRight');
  const grid = frame.getByRole('grid', { name: 'Rows of shops.csv' });
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(rows.length + 1));
  expect(await grid.getAttribute('aria-colcount')).toBe('4');
  const id = (await grid.getAttribute('aria-activedescendant')) ?? '';
  const cell = frame.locator(`[id="${id}"]`);
  expect(await cell.getAttribute('role')).toBe('gridcell');
  expect(await cell.innerText()).toBe(rows[5]?.shop);
  expect(await cell.getAttribute('aria-colindex')).toBe('3');
  const line = frame.getByRole('row').filter({ has: cell });
  expect(await line.getAttribute('aria-rowindex')).toBe('7');
  await expect.poll(() => line.getByRole('rowheader').innerText()).toBe('6');
  const head = frame.locator('[role=columnheader][aria-colindex="3"]');
  expect(await head.innerText()).toContain('shop');
});

it('goes to the last row of a large file, sums it up, filters it, and stops when told', async () => {
  await bench.contextMenu(bench.file('large.csv'), 'Open Data View');
  const view = await bench.webview('h1', 'large.csv', 60_000);
  const all = `all ${large.toLocaleString('en-US')} rows`;
  if (BYTES >= 5e8) {
    await view.getByRole('button', { name: 'Stop reading' }).click();
    await view.getByText('Reading was stopped').waitFor();
    await bench.shot('explore-stopped');
    await view.getByRole('button', { name: 'Read All Rows' }).click();
    await view.getByText(/^Reading: /).waitFor();
    await bench.shot('explore-reading');
  }
  await badge(view, all);
  await view.locator('.grid').focus();
  await bench.page.keyboard.press('Control+End');
  await view.locator('.cell-active', { hasText: `note, of row ${large - 1}` }).waitFor();
  await view.locator('.spark').first().waitFor();
  await bench.shot('explore-last-row');
  await view.getByPlaceholder('Search (Ctrl+F)').fill(`of row ${large - 2}`);
  await view.getByPlaceholder('Search (Ctrl+F)').press('Enter');
  await view.getByText('1 of 1', { exact: true }).waitFor();
  await view.locator('.grid').focus();
  await bench.page.keyboard.press('Control+Home');
  await bench.page.keyboard.press('ArrowRight');
  await bench.page.keyboard.press('ArrowUp');
  await bench.page.keyboard.press('Space');
  await view.getByRole('checkbox', { name: 'k3' }).click();
  const k3 = Math.floor((large - 1 - 3) / 7) + 1;
  await badge(view, `${k3.toLocaleString('en-US')} of ${large.toLocaleString('en-US')} rows`);
  await expect.poll(() => view.locator('.cell-label').nth(1).innerText()).toBe('11');
  expect(await faultsOf(view)).toEqual([]);
  await bench.shot('explore-filtered');
});
