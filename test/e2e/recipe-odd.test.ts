import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** A recipe on a table with the names, signs, dates and spellings that people's tables have, with more rows than the sample. */
let bench: Workbench;
let frame: Frame;
let workspace: string;

const ROWS = 25_000;
const DATA = 'Bestellungen 2023 – größe.csv';
const RECIPE = 'Bestellungen 2023 – größe.recipe.yaml';
const TOWNS = ['Zürich', 'Zürich ', 'zürich', 'São Paulo', '東京', 'Ærø', 'Köln', 'Koeln', `O'Hare "X"`, ''];
const inProject = (name: string): string => path.join(workspace, name);
const yaml = (): string => fs.readFileSync(inProject(RECIPE), 'utf8');
const steps = (): string[] => [...yaml().matchAll(/^ {2}- (\w+):/gm)].map((one) => String(one[1]));
const step = (index: number): Locator => frame.locator(`[data-step="${index}"]`);

/** Semicolons, decimal commas, prices with their sign, and moments on both sides of a change of the clocks. */
function orders(): string {
  const change = Date.UTC(2023, 9, 29, 1);
  const rows = Array.from({ length: ROWS }, (_, k) => {
    const at = Date.UTC(2023, 9, 26, 22) + k * 17 * 60_000;
    const hours = at < change ? 2 : 1;
    const local = new Date(at + hours * 3_600_000).toISOString().slice(0, 19);
    const price = (((k * 37) % 100_000) / 100 + 1000).toLocaleString('de-DE', { minimumFractionDigits: 2 });
    return [
      `B-${String(k).padStart(6, '0')}`,
      k % 13 === 0 ? '' : `${50 + ((k * 7) % 150)},5`,
      `${price} €`,
      `${local}+0${hours}:00`,
      `"${(TOWNS[(k * k + Math.floor(k / 7)) % 10] ?? '').replaceAll('"', '""')}"`,
      k % 3,
      (k * 7919) % 100 < 30 ? 'ja' : 'nein',
    ].join(';');
  });
  return `Order №;Größe (cm);Preis in €;Bestellt am;Stadt, Land;select;Rückgabe?\n${rows.join('\n')}\n`;
}

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll odd '));
  fs.mkdirSync(inProject('.ml'));
  fs.writeFileSync(inProject(DATA), orders());
  fs.writeFileSync(
    inProject(RECIPE),
    `recipe: 1\ninput: ${DATA}\ntarget: Rückgabe?\nsplit: { test: 0.2, method: stratified, seed: 7 }\nsteps: []\n`,
  );
  // Wherever the person is: hours are those of UTC.
  bench = await openWorkbench({ workspace, env: { TZ: 'America/New_York' } });
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

describe('a recipe on a table with odd names', () => {
  it('is suggested, seen on a sample at once and then on all rows, and says which', async () => {
    await bench.contextMenu(bench.file(RECIPE), 'Open Recipe View');
    frame = await bench.webview('.steps-none', undefined, 60_000);
    await frame.getByText('all 25,000 rows').waitFor();
    await frame.getByRole('button', { name: 'Suggest' }).click();
    const panel = frame.getByRole('region', { name: 'Suggestions' });
    await panel.getByText('looks like an identifier').waitFor();
    await panel.getByRole('button', { name: /^Add All/ }).click();
    await expect
      .poll(steps)
      .toEqual([
        'drop_columns',
        'trim',
        'merge_variants',
        'cast',
        'date_parts',
        'fill_missing',
        'fill_missing',
        'encode',
      ]);
    expect(yaml()).toMatch(/merge_variants: \{ columns: \[ "Stadt, Land" \], as: \{ zürich: Zürich \} \}/);
    await frame.getByText('sample: the first 20,000 of 25,000 rows').waitFor();
    await frame.getByText('all 25,000 rows').waitFor();
    await frame.getByRole('heading', { name: 'After all steps' }).waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('recipe-odd');
  });

  it('has names that stand whole beside their signs', async () => {
    const cut = await frame.evaluate<string[]>(
      `[...document.querySelectorAll('.head-text')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)`,
    );
    expect(cut).toEqual([]);
    await frame.getByRole('columnheader', { name: /Größe \(cm\)/ }).waitFor();
  });

  it('shows at a cell what it held before, and the hours of UTC', async () => {
    await step(1)
      .locator('.step-title')
      .click({ position: { x: 5, y: 5 } });
    await frame.getByRole('heading', { name: 'After step 2: Trim text' }).waitFor();
    const changed = frame.locator('.cell-changed').first();
    // The table is drawn anew once all rows are there: a person looks again.
    await expect
      .poll(async () => {
        await frame.getByRole('heading', { name: 'After step 2: Trim text' }).hover();
        await changed.hover();
        return frame.locator('.grid-tip').textContent();
      })
      .toBe('Zürich  → Zürich');
    await bench.shot('recipe-odd-before');
    await frame.getByRole('button', { name: 'Show After All Steps' }).click();
    await frame.getByRole('heading', { name: 'After all steps' }).waitFor();
  });

  it('undoes all of it and does it again', async () => {
    await frame.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(steps).toEqual([]);
    await frame.locator('.steps-none').waitFor();
    await expect.poll(() => frame.getByRole('button', { name: 'Redo' }).isEnabled()).toBe(true);
    await frame.getByRole('button', { name: 'Redo' }).click();
    await expect.poll(() => steps().length).toBe(8);
    await step(7).waitFor();
  });

  it('takes one suggestion, then those that are ticked, and each edit is undone in its turn', async () => {
    const undo = frame.getByRole('button', { name: 'Undo' });
    await undo.click();
    await frame.locator('.steps-none').waitFor();
    await frame.getByRole('button', { name: 'Suggest' }).click();
    const panel = frame.getByRole('region', { name: 'Suggestions' });
    await panel.getByRole('button', { name: 'Add: Trim text' }).click();
    await expect.poll(steps).toEqual(['trim']);
    await panel.getByRole('checkbox', { name: 'Take: Drop columns' }).uncheck();
    await panel.getByRole('button', { name: 'Add 6 Steps' }).click();
    const most = ['trim', 'merge_variants', 'cast', 'date_parts', 'fill_missing', 'fill_missing', 'encode'];
    await expect.poll(steps).toEqual(most);
    await panel.getByRole('button', { name: 'Add: Drop columns' }).waitFor();
    await bench.shot('recipe-odd-suggestions');
    await panel.getByRole('button', { name: 'Close' }).click();
    for (let left = most.length - 1; left > 0; left -= 1) {
      await step(left)
        .getByRole('button', { name: /^Remove step/ })
        .click();
      await expect.poll(steps).toEqual(most.slice(0, left));
    }
    for (let back = 2; back <= most.length; back += 1) {
      await undo.click();
      await expect.poll(steps).toEqual(most.slice(0, back));
    }
    await undo.click();
    await expect.poll(steps).toEqual(['trim']);
    await undo.click();
    await expect.poll(steps).toEqual([]);
  });
});
