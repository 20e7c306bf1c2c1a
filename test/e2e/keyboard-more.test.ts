import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { badgeIn, CITIES, cities, GRID, openCities, type OpenCities } from './cities';
import { keysOf } from './keys';
import type { Workbench } from './workbench';

/** A column's details, copying and charts by the keyboard alone: no pointer is used from the opened workbench on. */
let bench: Workbench;
let open: OpenCities;
let frame: Frame;

const rows = cities();
const { press, type, focused, tabTo, toGrid, toHeader } = keysOf(
  () => bench,
  () => frame,
  GRID,
);
const badge = (text: string): Promise<void> => badgeIn(frame, text);
const panelOf = (column: string) => frame.getByRole('complementary', { name: `Details of ${column}` });

beforeAll(async () => {
  open = await openCities(rows);
  ({ bench, frame } = open);
});
afterAll(() => open.close());

it('filters by a text, a pattern and its opposite', async () => {
  await toHeader(3);
  await press('Space');
  await panelOf('note').waitFor();
  await tabTo('Contains');
  await type('note 29');
  await press('Enter');
  await badge('11 of 300 rows');
  await tabTo('Regular expression');
  await press('Enter');
  await frame.getByRole('textbox', { name: 'Matches' }).waitFor();
  await tabTo('Matches', 'Shift+Tab');
  await press('Control+a');
  await type('9$');
  await press('Enter');
  await badge('30 of 300 rows');
  await tabTo('The opposite');
  await press('Space');
  await badge('270 of 300 rows');
  await bench.shot('keyboard-text-filter');
  await tabTo('Clear Filter');
  await press('Enter');
  await badge('all 300 rows');
  // The button is gone; the focus is not.
  await expect.poll(focused).toBe('Contains');
  await press('Escape');
  await expect.poll(focused).toBe(GRID);
});

it('takes back what is chosen, one by one, and is in the table in the end', async () => {
  await toHeader(1);
  await press('Space');
  await panelOf('city').waitFor();
  await tabTo('Lima');
  await press('Space');
  await badge('100 of 300 rows');
  await press('Escape');
  await toHeader(0);
  await press('Enter', 'Enter');
  await expect.poll(() => frame.locator('.cell-label').first().innerText()).toBe('299');
  await tabTo('Remove: id descending', 'Shift+Tab');
  await press('Enter');
  await expect.poll(focused).toBe('Remove: city: Lima');
  await press('Enter');
  await badge('all 300 rows');
  await expect.poll(focused).toBe(GRID);
});

it('changes the bins of a column and compares it by another', async () => {
  await toHeader(2);
  await press('Space');
  const panel = panelOf('price');
  await panel.waitFor();
  await tabTo('Bins');
  await type('7');
  await press('Enter');
  await expect.poll(() => panel.locator('figure rect.spark-bar').count()).toBe(7);
  await tabTo(/^Compare by/);
  // A native list: typing finds what begins so.
  await type('city');
  await panel.getByRole('heading', { name: 'Compared by city' }).waitFor();
  for (const city of CITIES)
    await panel.locator('.column-chart-groups li', { hasText: city }).getByText('100 rows').waitFor();
  await bench.shot('keyboard-compared');
  await press('Escape');
  await expect.poll(focused).toBe(GRID);
});

it('copies a range as JSON, and is back where it was asked', async () => {
  await toGrid();
  await press('Control+Home', 'Shift+ArrowDown', 'Shift+ArrowRight', 'Control+Shift+c');
  await bench.page.locator('.quick-input-widget').waitFor();
  await type('JSON');
  await press('Enter');
  await expect
    .poll(async () => JSON.parse((await bench.clipboard()) || 'null') as unknown)
    .toEqual([
      { id: 1, city: 'Bonn' },
      { id: 2, city: 'Lima' },
    ]);
  await expect.poll(focused).toBe(GRID);
  await tabTo('Copy cells as…', 'Shift+Tab');
  await press('Enter');
  await bench.page.locator('.quick-input-widget').waitFor();
  await type('Markdown');
  await press('Escape');
  await expect.poll(focused).toBe('Copy cells as…');
});

it('copies all rows, those that are not shown among them', async () => {
  await toGrid();
  await press('Control+a');
  // A moment in which VS Code could choose the text of the page as well.
  await bench.page.keyboard.press('Shift', { delay: 300 });
  await press('Control+c');
  await expect.poll(async () => (await bench.clipboard()).split('\r\n').length).toBe(301);
});

it('draws a chart, and saves it as a file and as a picture', async () => {
  await toGrid();
  await tabTo('Charts', 'Shift+Tab');
  await press('Enter');
  frame = await bench.webview('.chart-view');
  await frame.locator('.badge', { hasText: 'all 300 rows' }).waitFor();
  await expect.poll(() => frame.evaluate<boolean>('document.hasFocus()')).toBe(true);
  await tabTo(/^Chart/);
  await type('Bars');
  await tabTo(/^Category/);
  await type('city');
  await frame.getByRole('heading', { name: 'Rows by city' }).waitFor();
  await tabTo(/^Value/);
  await type('Mean');
  await tabTo(/^Of/);
  await type('price');
  await frame.getByRole('heading', { name: 'Mean of price by city' }).waitFor();
  await frame.locator('.chart-picture[aria-busy=false] mll-data-chart').waitFor();
  await bench.shot('keyboard-chart');
  await tabTo('Save Chart…', 'Shift+Tab');
  await press('Enter');
  const file = path.join(bench.workspace, 'cities.chart.yaml');
  await bench.chooseFile(file);
  await frame.getByText('Saved as cities.chart.yaml.').waitFor();
  expect(fs.readFileSync(file, 'utf8')).toBe(
    'chart: 1\ndata: cities.csv\nkind: bar\nx: city\ny: price\naggregate: mean\n',
  );
  // The button that was pressed has the focus again.
  await expect.poll(focused).toMatch(/^Save Chart/);
  await tabTo('Save Picture…');
  await press('Enter');
  const picture = path.join(bench.workspace, 'cities.png');
  await bench.chooseFile(picture);
  await frame.getByText('Picture saved as cities.png.').waitFor();
  expect(fs.readFileSync(picture).subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001a\n');
  await expect.poll(focused).toBe('Save Picture…');
});

it('asks by SQL: the query can be typed at once', async () => {
  await tabTo('Open Data');
  await press('Enter');
  frame = await bench.webview('.data-title h1', 'cities.csv');
  await toGrid();
  await tabTo('SQL…', 'Shift+Tab');
  await press('Enter');
  frame = await bench.webview('.sql-editor .cm-content');
  await expect.poll(() => frame.evaluate<boolean>('document.hasFocus()')).toBe(true);
  await press('Control+a');
  await type('SELECT count(*) AS n FROM data');
  await press('Control+Enter');
  await frame.getByText('1 row, 1 column').waitFor();
  await expect.poll(focused).toMatch(/^SQL query/);
});
