import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { badgeIn, cities, GRID, openCities, type OpenCities } from './cities';
import { keysOf } from './keys';
import type { Workbench } from './workbench';

/** The data view by the keyboard alone: no pointer is used from the opened workbench on. */
let bench: Workbench;
let open: OpenCities;
let frame: Frame;

const rows = cities((k) => (k === 7 ? 'note 8 ' : `note ${k + 1}`));
const { press, type, focused, tabTo, toGrid, toHeader } = keysOf(
  () => bench,
  () => frame,
  GRID,
);
const badge = (text: string): Promise<void> => badgeIn(frame, text);
const active = (): Promise<string> => frame.locator('.cell-active').first().innerText();
const firstCell = (column: number): Promise<string> =>
  frame
    .locator(`[id$="-1-${column + 1}"]`)
    .first()
    .innerText();

beforeAll(async () => {
  open = await openCities(rows);
  ({ bench, frame } = open);
});
afterAll(() => open.close());

it('Tab comes to everything that can be used, and to the table by one key', async () => {
  await frame.locator('.spark').first().waitFor();
  const wanted = await frame.evaluate<string[]>(
    `[...document.querySelectorAll('button, input, select, vscode-button, vscode-text-field, vscode-checkbox, [tabindex="0"]')]
      .filter((one) => !one.disabled && one.checkVisibility())
      .map((one) => one.getAttribute('aria-label') || one.labels?.[0]?.innerText.trim() || one.placeholder || one.innerText.trim() || one.className)`,
  );
  expect(wanted.length).toBeGreaterThan(12);
  await toGrid();
  const seen = new Set<string>([GRID]);
  for (let k = 0; k < wanted.length + 5; k += 1) {
    await press('Shift+Tab');
    seen.add(await focused());
    if ((await focused()) === 'Skip to the Table') break;
  }
  expect(wanted.filter((name) => !seen.has(name))).toEqual([]);
  await press('Enter');
  await expect.poll(focused).toBe(GRID);
});

it('sorts by one column and by another one within it', async () => {
  await toHeader(1);
  await press('Enter', 'Enter');
  await expect.poll(() => firstCell(1)).toBe('Oslo');
  await press('ArrowRight', 'Shift+Enter');
  const sorted = rows.toSorted((a, b) => b.city.localeCompare(a.city) || a.price - b.price || a.id - b.id);
  await expect.poll(() => firstCell(3)).toBe(sorted[0]?.note);
  await tabTo('Remove: price ascending', 'Shift+Tab');
  await press('Enter');
  await tabTo('Remove: city descending', 'Shift+Tab');
  await press('Enter');
  await expect.poll(() => firstCell(3)).toBe('note 1');
});

it('filters by a value and by a range in the panel of a column, and comes back from it', async () => {
  await toHeader(1);
  await press('Space');
  await frame.getByRole('complementary', { name: 'Details of city' }).waitFor();
  await tabTo('Lima');
  await press('Space');
  await badge('100 of 300 rows');
  await press('Escape');
  await expect.poll(focused).toBe(GRID);
  await frame.getByRole('complementary', { name: 'Details of city' }).waitFor({ state: 'detached' });
  await toHeader(2);
  await press('Space');
  await frame.getByRole('complementary', { name: 'Details of price' }).waitFor();
  await tabTo('From');
  await type('90');
  await press('Enter');
  const some = rows.filter((one) => one.city === 'Lima' && one.price >= 90);
  await badge(`${some.length} of 300 rows`);
  await tabTo('Clear Filter');
  await press('Enter');
  await badge('100 of 300 rows');
  await tabTo('Remove: city: Lima', 'Shift+Tab');
  await press('Enter');
  await badge('all 300 rows');
  await bench.shot('keyboard-filter');
});

it('searches, goes to a row, makes a column wider, looks into a cell and copies', async () => {
  await press('Control+f');
  await type('note 29');
  await press('Enter');
  await frame.getByText('1 of 11', { exact: true }).waitFor();
  await press('Enter');
  await frame.getByText('2 of 11', { exact: true }).waitFor();
  await press('Escape', 'F3');
  await frame.getByText('3 of 11', { exact: true }).waitFor();
  await press('Control+g');
  await type('250');
  await press('Enter');
  await toGrid();
  await expect.poll(() => frame.locator('.cell-label', { hasText: /^250$/ }).count()).toBe(1);
  await press('Home', 'ArrowRight', 'ArrowRight', 'ArrowRight');
  await expect.poll(active).toBe('note 250');
  await press('Space');
  const cell = frame.getByRole('complementary', { name: /note/ });
  await cell.getByText('note 250').first().waitFor();
  await press('Shift+ArrowDown', 'Control+c');
  await expect.poll(() => bench.clipboard()).toBe('note 250\r\nnote 251');
  await press('Control+Home', 'ArrowUp');
  const width = async (): Promise<number> =>
    (await frame.locator('.head-cell[data-column="0"]').boundingBox())?.width ?? 0;
  const before = await width();
  await press('Shift+ArrowRight');
  await expect.poll(width).toBeGreaterThan(before);
});

it('hides, moves and pins columns', async () => {
  await toGrid();
  await tabTo('Columns', 'Shift+Tab');
  await press('Enter');
  await frame.getByRole('complementary', { name: 'Columns' }).waitFor();
  await tabTo('city');
  await press('Space');
  await frame.locator('.head-cell', { hasText: 'city' }).waitFor({ state: 'detached' });
  await tabTo('Move note up');
  await press('Enter');
  await tabTo('Pin note');
  await press('Enter');
  const names = frame.locator('.head-cell .head-text');
  await expect.poll(() => names.allInnerTexts()).toEqual(['note', 'id', 'price']);
  await tabTo('As in the File', 'Shift+Tab');
  await press('Enter');
  await expect.poll(() => names.allInnerTexts()).toEqual(['id', 'city', 'price', 'note']);
  await press('Escape');
  await expect.poll(focused).toBe(GRID);
});

it('chooses how the file is read', async () => {
  await toGrid();
  await tabTo(/comma-separated/, 'Shift+Tab');
  await press('Enter');
  await tabTo('First line names the columns');
  await press('Space');
  // That a project is made for what is remembered is agreed to by Enter.
  await bench.page.locator('.monaco-dialog-box').waitFor();
  await press('Enter');
  await badge('all 301 rows');
  await tabTo(/comma-separated/, 'Shift+Tab');
  await tabTo('Detect Again');
  await press('Enter');
  await badge('all 300 rows');
});

it('checks the data and shows the rows behind a finding', async () => {
  await toGrid();
  await tabTo('Checks', 'Shift+Tab');
  await press('Enter');
  const panel = frame.getByRole('complementary', { name: 'Checks' });
  await panel.waitFor();
  await panel.getByText(/^1 row .*begin or end with white space$/).waitFor();
  await bench.shot('keyboard-checks');
  const finding = (): Promise<string> =>
    frame.evaluate<string>(`document.activeElement?.closest('li')?.innerText ?? ''`);
  do await tabTo('Show These Rows');
  while (!(await finding()).includes('white space'));
  await press('Enter');
  await badge('1 of 300 rows');
  await expect.poll(() => firstCell(0)).toBe('8');
  await press('Escape');
  await tabTo(/^Remove: /, 'Shift+Tab');
  await press('Enter');
  await badge('all 300 rows');
});

it('edits a cell and takes it back', async () => {
  await toGrid();
  await press('Control+Home', 'ArrowRight', 'F2');
  await frame.locator('.grid-editor').waitFor();
  await press('Shift+Home');
  await type('Rome');
  await press('Enter');
  await expect.poll(() => firstCell(1)).toBe('Rome');
  await press('Control+z');
  await expect.poll(() => firstCell(1)).toBe('Bonn');
});

it('exports to a file by the dialog of VS Code', async () => {
  await toGrid();
  await tabTo('Export…', 'Shift+Tab');
  await press('Enter');
  const file = path.join(bench.workspace, 'out.csv');
  await bench.chooseFile(file);
  await expect.poll(() => fs.existsSync(file) && fs.readFileSync(file, 'utf8').length > 100).toBe(true);
  expect(fs.readFileSync(file, 'utf8')).toBe(
    fs.readFileSync(path.join(bench.workspace, 'cities.csv'), 'utf8'),
  );
});

it('asks by SQL, and saves the result as a file', async () => {
  await press('Control+1');
  await expect.poll(() => frame.evaluate<boolean>('document.hasFocus()')).toBe(true);
  await toGrid();
  await tabTo('SQL…', 'Shift+Tab');
  await press('Enter');
  const sql = await bench.webview('.sql-editor .cm-content');
  await expect
    .poll(() => sql.evaluate<boolean>(`document.activeElement?.closest('.cm-editor') !== null`))
    .toBe(true);
  await press('Control+Home', 'Control+Shift+End');
  await bench.page.keyboard.insertText('SELECT city, count(*) AS n FROM data GROUP BY 1 ORDER BY 1');
  await press('Control+Enter');
  await bench.shot('keyboard-sql-run');
  await sql.getByText('3 rows, 2 columns').waitFor();
  frame = sql;
  // Tab leaves the editor.
  await tabTo('Save SQL…', 'Shift+Tab');
  await press('Enter');
  const file = path.join(bench.workspace, 'count.sql');
  await bench.chooseFile(file);
  await sql.getByText('Saved as count.sql.').waitFor();
  expect(fs.readFileSync(file, 'utf8')).toContain('GROUP BY 1 ORDER BY 1');
  await bench.shot('keyboard-sql');
});
