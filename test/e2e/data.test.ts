import fs from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** The data view as a person uses it on a table of 10,000 rows that nothing was tuned for. */
let bench: Workbench;
let frame: Frame;
type Strike = Readonly<Record<string, string>>;
let strikes: readonly Strike[];

const inProject = (name: string): string => path.join(bench.workspace, name);
const read = (name: string): readonly Strike[] =>
  Papa.parse<Strike>(fs.readFileSync(inProject(name), 'utf8').trim(), { header: true }).data;
const badge = (text: string | RegExp) => frame.locator('.data-title .badge', { hasText: text }).waitFor();
const cell = (row: number, column: number) => frame.locator(`[id$="-${row + 1}-${column + 1}"]`);

beforeAll(async () => {
  bench = await openWorkbench();
  strikes = read('birdstrikes.csv');
  await bench.contextMenu(bench.file('birdstrikes.csv'), 'Open Data View');
  frame = await bench.webview('[role=grid]');
  await badge('all 10,000 rows');
});
afterAll(() => bench.close());

const COLUMN = 'Wildlife Size';

describe('the data view', () => {
  it('filters by chosen values, and says how many rows are seen', async () => {
    const at = Object.keys(strikes[0] ?? {}).indexOf(COLUMN);
    expect(at).toBeGreaterThanOrEqual(0);
    await cell(0, 0).click();
    for (let k = 0; k < at; k += 1) await bench.page.keyboard.press('ArrowRight');
    await bench.page.keyboard.press('ArrowUp');
    await bench.page.keyboard.press('Space');
    await frame.getByRole('complementary', { name: `Details of ${COLUMN}` }).waitFor();
    await frame.getByRole('checkbox', { name: 'Large' }).click();
    const large = strikes.filter((one) => one[COLUMN] === 'Large');
    await badge(`${large.length.toLocaleString('en-US')} of 10,000 rows`);
    await frame.getByText(`${COLUMN}: Large`).waitFor();
    // The number at the left stays the row's place in the file.
    const first = strikes.findIndex((one) => one[COLUMN] === 'Large') + 1;
    await expect.poll(() => frame.locator('.cell-label').first().innerText()).toBe(String(first));
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('data-filter');
  });

  it('searches in what is seen, and goes to the match and to a row', async () => {
    await bench.page.keyboard.press('Control+f');
    await frame.getByPlaceholder('Search (Ctrl+F)').fill('texas');
    await bench.page.keyboard.press('Enter');
    const cells = strikes
      .filter((one) => one[COLUMN] === 'Large')
      .flatMap((one) => Object.values(one).filter((text) => text.toLowerCase().includes('texas')));
    await frame.getByText(`1 of ${cells.length}`).waitFor();
    await bench.page.keyboard.press('Enter');
    await frame.getByText(`2 of ${cells.length}`).waitFor();
    await expect.poll(() => frame.locator('.cell.cell-active').innerText()).toMatch(/texas/i);
    await bench.page.keyboard.press('Control+g');
    await frame.getByRole('spinbutton', { name: 'Go to row' }).fill('30');
    await bench.page.keyboard.press('Enter');
    const thirtieth =
      strikes.map((one, k) => ({ one, k })).filter(({ one }) => one[COLUMN] === 'Large')[29]?.k ?? 0;
    await expect
      .poll(() =>
        frame
          .locator('.grid-row', { has: frame.locator('.cell-active') })
          .locator('.cell-label')
          .innerText(),
      )
      .toBe(String(thirtieth + 1));
  });

  it('copies a chosen range as a table', async () => {
    await expect
      .poll(() => frame.evaluate<string>("document.activeElement?.getAttribute('role') ?? ''"))
      .toBe('grid');
    await bench.page.keyboard.press('Home');
    await bench.page.keyboard.press('Shift+ArrowDown');
    await bench.page.keyboard.press('Shift+ArrowRight');
    await bench.page.keyboard.press('Control+Shift+c');
    await bench.page.getByRole('option', { name: 'Markdown table' }).click();
    const [a = '', b = ''] = Object.keys(strikes[0] ?? {});
    await expect.poll(() => bench.clipboard()).toContain(`| ${a} | ${b} |`);
    const lines = (await bench.clipboard()).split('\n');
    const large = strikes.filter((one) => one[COLUMN] === 'Large');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toContain(large[30]?.[a] ?? '?');
  });

  it('hides columns, sorts by two, and writes exactly that to a file', async () => {
    await frame.getByRole('button', { name: /^Columns/ }).click();
    const all = Object.keys(strikes[0] ?? {});
    await frame.getByRole('textbox', { name: 'Search columns' }).fill('e');
    await frame.getByRole('button', { name: 'Only These' }).click();
    const names = all.filter((name) => name.toLowerCase().includes('e'));
    await frame.getByText(`${names.length} of ${all.length} columns shown`).waitFor();
    await bench.shot('data-columns');
    await frame.getByRole('button', { name: 'Close the columns' }).click();
    const [first = '', second = ''] = names;
    await frame.getByRole('columnheader', { name: first }).locator('.head-name').click();
    await frame
      .getByRole('columnheader', { name: second })
      .locator('.head-name')
      .click({ modifiers: ['Shift'] });
    await frame.getByText(`${second} ascending`).waitFor();
    await frame.getByRole('button', { name: 'Export…' }).click();
    await bench.chooseFile(inProject('some.csv'));
    await expect.poll(() => fs.existsSync(inProject('some.csv'))).toBe(true);
    const written = read('some.csv');
    expect(Object.keys(written[0] ?? {})).toEqual(names);
    expect(written).toHaveLength(strikes.filter((one) => one[COLUMN] === 'Large').length);
  });

  it('comes back as it was after another editor was in front', async () => {
    await bench.file('README.md').dblclick();
    await bench.page.locator('.editor-instance .view-line').first().waitFor();
    await bench.page.locator('.tab', { hasText: 'birdstrikes.csv' }).click();
    frame = await bench.webview('[role=grid]', undefined, 60_000);
    await frame.getByText(`${COLUMN}: Large`).waitFor();
    await badge(/ of 10,000 rows/);
    await frame.getByRole('button', { name: 'Clear All' }).click();
    await badge('all 10,000 rows');
  });

  it('reads the file as the person says, and remembers it', async () => {
    await frame.getByRole('button', { name: /comma-separated/ }).click();
    await frame.getByRole('checkbox', { name: 'First line names the columns' }).click();
    await bench.press(/^Make/, 10_000);
    await badge('all 10,001 rows');
    await frame.getByRole('button', { name: /chosen by you/ }).waitFor();
    await bench.shot('data-dialect');
    expect(fs.readdirSync(inProject('.ml/dialects'))).toHaveLength(1);
    await frame.getByRole('button', { name: 'Detect Again' }).click();
    await badge('all 10,000 rows');
    expect(fs.readdirSync(inProject('.ml/dialects'))).toEqual([]);
  });
});
