import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorkbench, type Workbench } from './workbench';

/** A run over all rows that is cancelled by its notification leaves nothing behind, and the next one works. */
let bench: Workbench;
let workspace: string;
let frame: Frame;

const ROWS = 250_000;
/** The first rows, the sample among them, are cheap and soon on their way to the file; the last take many seconds. */
const RECIPE = `recipe: 1
input: names.csv
steps:
  - compute: { far: "CASE WHEN id < 150000 THEN 0 ELSE levenshtein(rpad(name, 200, 'abc'), lpad(name, 200, 'xyz')) END" }
  - compute: { twice: id * 2 }
`;
const files = (): string[] => fs.readdirSync(workspace).sort();
const notices = () => bench.page.locator('.notifications-center .notification-list-item');

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll cancel '));
  const lines = Array.from({ length: ROWS }, (_, k) => `${k},name ${k}`);
  fs.writeFileSync(path.join(workspace, 'names.csv'), `id,name\n${lines.join('\n')}\n`);
  fs.writeFileSync(path.join(workspace, 'names.recipe.yaml'), RECIPE);
  bench = await openWorkbench({ workspace });
  await bench.contextMenu(bench.file('names.recipe.yaml'), 'Open Recipe View');
  frame = await bench.webview('[data-step="1"]', undefined, 60_000);
  await frame.getByRole('heading', { name: 'After all steps' }).waitFor();
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('is cancelled by its notification, and leaves no file and no part of one', async () => {
  const run = frame.getByRole('button', { name: 'Run on All Rows…' });
  await run.click();
  await bench.chooseFile(path.join(workspace, 'out.csv'));
  // The view's own look at all rows has the engine before it.
  await expect
    .poll(() => files().some((one) => /^out\.csv\..*\.part$/.test(one)), { timeout: 120_000 })
    .toBe(true);
  expect(await run.isDisabled()).toBe(true);
  await bench.command('Notifications: Show Notifications');
  await notices().filter({ hasText: 'Running names.recipe.yaml' }).waitFor();
  await bench.shot('recipe-cancel');
  await notices().getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect.poll(files).toEqual(['names.csv', 'names.recipe.yaml']);
  // The view can be used again, and says nothing of a failure.
  await expect.poll(() => run.isEnabled()).toBe(true);
  expect(await frame.getByText(/written to/).count()).toBe(0);
  await expect
    .poll(() =>
      notices()
        .filter({ hasText: /names\.recipe|out\.csv|cancel/i })
        .count(),
    )
    .toBe(0);
  await bench.shot('recipe-cancelled');
});

it('runs to its end after that, under the same name', async () => {
  await frame
    .locator('[data-step="0"]')
    .getByRole('button', { name: /^Switch .* off$/ })
    .click();
  await frame
    .locator('[data-step="0"]')
    .getByRole('button', { name: /^Switch .* on$/ })
    .waitFor();
  await frame.getByRole('button', { name: 'Run on All Rows…' }).click();
  await bench.chooseFile(path.join(workspace, 'out.csv'));
  await frame.getByText('250,000 rows of 250,000 rows written to').waitFor();
  const written = fs.readFileSync(path.join(workspace, 'out.csv'), 'utf8').trim().split('\n');
  expect([written.length, written[0], written.at(-1)]).toEqual([
    ROWS + 1,
    'id,name,twice',
    '249999,name 249999,499998',
  ]);
  expect(files()).toEqual(['names.csv', 'names.recipe.yaml', 'out.csv']);
});
