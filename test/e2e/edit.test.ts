import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** Cells edited in the data view as a person does it: keys, undo, save, a window that closes, another program. */
let bench: Workbench;
let frame: Frame;
let workspace: string;
let file: string;

const ROWS = ['1;"Paris";2,1', '2;Rome;2.8', '3;"Oslo ""O""";0.7', '4;Lima;', '5;Bern;0.1'];
const text = (...changed: readonly (readonly [number, string])[]): string =>
  `\uFEFFid;city;people\r\n${ROWS.map((row, k) => changed.find(([at]) => at === k)?.[1] ?? row).join('\r\n')}\r\n`;
const onDisk = (): string => fs.readFileSync(file, 'utf8');
const cell = (row: number, column: number): Locator => frame.locator(`[id$="-${row + 1}-${column + 1}"]`);
const box = (): Locator => frame.locator('.grid-editor');
const isDirty = async (): Promise<boolean> =>
  ((await bench.page.locator('.tab', { hasText: 'cities.csv' }).getAttribute('class')) ?? '').includes(
    'dirty',
  );
const press = (key: string): Promise<void> => bench.page.keyboard.press(key);
const shown = (row: number, column: number, value: string): Promise<void> =>
  expect.poll(() => cell(row, column).innerText(), { timeout: 15_000 }).toBe(value);

async function open(): Promise<void> {
  frame = await bench.webview('[role=grid]', undefined, 60_000);
  await frame.locator('.data-title .badge', { hasText: 'all 5 rows' }).waitFor();
}

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll édit '));
  file = path.join(workspace, 'cities.csv');
  fs.writeFileSync(file, text());
  // In a browser VS Code saves by itself otherwise.
  bench = await openWorkbench({ workspace, settings: { 'files.autoSave': 'off' } });
  await bench.contextMenu(bench.file('cities.csv'), 'Open Data View');
  await open();
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

describe('editing cells', () => {
  it('begins with F2, a double click or a letter; Tab goes on to the next cell, Escape leaves', async () => {
    await cell(1, 1).click();
    await press('F2');
    await box().waitFor();
    expect(await box().inputValue()).toBe('Rome');
    await bench.page.keyboard.type(' (Italy)');
    await press('Enter');
    await shown(1, 1, 'Rome (Italy)');
    expect(await cell(1, 1).getAttribute('aria-label')).toBe('Rome (Italy), was Rome');
    await frame.getByText('1 cell edited, not saved.').waitFor();
    await expect.poll(isDirty).toBe(true);
    expect(onDisk()).toBe(text());

    await cell(0, 1).dblclick();
    await box().waitFor();
    await box().fill('Paris;\nFrance');
    await press('Tab');
    await expect.poll(() => box().inputValue()).toBe('2,1');
    await press('Escape');
    await box().waitFor({ state: 'detached' });
    await shown(0, 1, 'Paris; France');
    await press('x');
    await press('Escape');
    await shown(0, 2, '2,1');
    expect(await faultsOf(frame)).toEqual([]);
    for (const theme of ['light', 'contrast', 'dark'] as const) {
      await bench.theme(theme);
      await bench.shot(`edit-${theme}`);
    }
  });

  it('is undone and made again by the keys of VS Code', async () => {
    await cell(3, 1).click();
    await press('Delete');
    await shown(3, 1, 'missing');
    await press('Control+z');
    await shown(3, 1, 'Lima');
    await press('Control+z');
    await shown(0, 1, 'Paris');
    await press('Control+y');
    await shown(0, 1, 'Paris; France');
    await frame.getByText('2 cells edited, not saved.').waitFor();
    expect(onDisk()).toBe(text());
  });

  it('saves only those cells, and what was saved can be undone', async () => {
    await press('Control+s');
    const saved = text([0, '1;"Paris;\nFrance";2,1'], [1, '2;Rome (Italy);2.8']);
    await expect.poll(onDisk, { timeout: 15_000 }).toBe(saved);
    await expect.poll(isDirty).toBe(false);
    await frame.locator('.cell-changed').first().waitFor({ state: 'detached' });
    await cell(4, 1).click();
    await press('Control+z');
    await shown(0, 1, 'Paris');
    await expect.poll(isDirty).toBe(true);
    await press('Control+s');
    await expect.poll(onDisk, { timeout: 15_000 }).toBe(text([1, '2;Rome (Italy);2.8']));
    await expect.poll(isDirty).toBe(false);
  });

  it('takes a value from the clipboard, in a table that is sorted', async () => {
    await frame.getByRole('columnheader', { name: 'city' }).locator('.head-name').click();
    await frame.getByText('city ascending').waitFor();
    await shown(0, 1, 'Bern');
    await bench.page.evaluate<unknown>(`navigator.clipboard.writeText('Basel\\n')`);
    await cell(0, 1).click();
    await press('Control+v');
    await shown(0, 1, 'Basel');
    await press('ArrowRight');
    await press('F2');
    await box().fill('0.2');
    await press('Control+s');
    await expect.poll(onDisk, { timeout: 15_000 }).toBe(text([1, '2;Rome (Italy);2.8'], [4, '5;Basel;0.2']));
    await expect.poll(isDirty).toBe(false);
    await frame.getByRole('button', { name: 'Remove: city ascending' }).click();
    fs.writeFileSync(file, text());
    await shown(1, 1, 'Rome');
  });

  it('comes back when the window was closed with edits that were not saved', async () => {
    await cell(2, 1).click();
    await press('F2');
    await box().fill('Oslo');
    await press('Enter');
    await frame.getByText('1 cell edited, not saved.').waitFor();
    await expect.poll(isDirty).toBe(true);
    // VS Code keeps what is not saved a moment after the last edit.
    await bench.page.waitForTimeout(3000);
    const loaded = bench.page.waitForEvent('load', { timeout: 60_000 });
    await bench.command('Developer: Reload Window');
    await loaded;
    await open();

    await frame.getByText('1 cell edited, not saved.').waitFor();
    await shown(2, 1, 'Oslo');
    expect(onDisk()).toBe(text());
    expect(await isDirty()).toBe(true);
  });

  it('never writes over what another program wrote meanwhile', async () => {
    const theirs = text([4, '5;Genf;0.1']);
    fs.writeFileSync(file, theirs);
    await frame.getByText('The file was changed by another program.').waitFor();
    await shown(2, 1, 'Oslo "O"');
    await bench.shot('edit-conflict');
    await cell(0, 1).click();
    await press('Control+s');
    await bench.page.waitForTimeout(2000);
    expect(onDisk()).toBe(theirs);
    await press('Escape');
    await frame.getByRole('button', { name: 'Discard…' }).click();
    expect(await bench.press('Discard')).toBe(true);
    await frame.getByText('The file was changed by another program.').waitFor({ state: 'detached' });
    await expect.poll(isDirty).toBe(false);
    await cell(0, 1).click();
    await press('F2');
    await box().fill('Lyon');
    await press('Control+s');
    await expect.poll(onDisk, { timeout: 15_000 }).toBe(text([0, '1;"Lyon";2,1'], [4, '5;Genf;0.1']));
  });
});
