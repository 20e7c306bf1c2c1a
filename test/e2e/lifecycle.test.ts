import fs from 'node:fs';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPython } from '../python';
import { openWorkbench, type Workbench } from './workbench';

/** The eight steps as a person does them, with a count of the clicks from the right-click to the answered request. */
let bench: Workbench;
let clicks = 0;

const press = async (target: Locator): Promise<void> => {
  await target.click();
  clicks += 1;
};
const inProject = (name: string): string => path.join(bench.workspace, name);

beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(async () => {
  const remove = bench.command('ML Lifecycle: Remove Endpoint').then(() => bench.press(/Remove/));
  await Promise.race([remove.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 10_000))]);
  await bench.close();
});

describe('the path of a person', () => {
  let frame: Frame;

  it('1. shows four views with a word of welcome and one button each, and has run nothing', async () => {
    await bench.activity('ML Lifecycle');
    for (const view of ['Datasets', 'Runs', 'Models', 'Endpoints']) {
      await bench.page.locator('.pane-header', { hasText: view }).first().waitFor();
    }
    const welcome = bench.page.locator('.welcome-view-content:visible');
    await expect.poll(() => welcome.count()).toBe(4);
    for (const button of ['Add Dataset', 'Train', 'Check This Machine', 'Deploy a Model']) {
      expect(await welcome.getByRole('button', { name: button, exact: true }).count()).toBe(1);
    }
    expect(fs.existsSync(inProject('.ml'))).toBe(false);
    expect(fs.existsSync(inProject('ml.yaml'))).toBe(false);
    await bench.shot('welcome');
    // As `npm start` does: the interpreter of this machine, in the person's own settings of the project.
    fs.mkdirSync(inProject('.ml'));
    fs.writeFileSync(inProject('.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
    await bench.activity('Explorer');
  });

  it('2. opens the data view by a right-click, with all rows and every column’s facts', async () => {
    await bench.contextMenu(bench.file('penguins.csv'), 'Open Data View');
    frame = await bench.webview('[role=grid]');
    await frame.getByText('all 344 rows').first().waitFor();
    const grid = frame.locator('[role=grid]');
    expect(await grid.getAttribute('aria-rowcount')).toBe('345');
    await frame.getByRole('gridcell', { name: 'Torgersen' }).first().waitFor();
    await bench.shot('data');
    expect(fs.existsSync(inProject('ml.yaml'))).toBe(false);
  });

  it('3. Preprocess… suggests a recipe, saves it, and shows the table as it will be', async () => {
    clicks = 0;
    await bench.contextMenu(bench.file('penguins.csv'), 'Preprocess…');
    clicks += 2;
    frame = await bench.webview('.steps, [data-step], ol');
    await expect.poll(() => fs.existsSync(inProject('penguins.recipe.yaml')), { timeout: 20_000 }).toBe(true);
    await frame.locator('[role=grid]').first().waitFor();
    expect(fs.readFileSync(inProject('penguins.recipe.yaml'), 'utf8')).toMatch(/^target: Species$/m);
    await bench.page.waitForTimeout(1500);
    await bench.shot('recipe');
  });

  it('4. Train… needs one click, and the run shows its log, metrics and report', async () => {
    await press(frame.getByRole('button', { name: 'Train…' }).first());
    frame = await bench.webview('button, vscode-button', /Start/);
    await bench.shot('train');
    await press(frame.getByRole('button', { name: /^Start/ }).first());
    // The consents of a first run.
    if (await bench.press(/Make|Create|Yes|OK/, 3000)) await bench.page.waitForTimeout(300);
    frame = await bench.webview('*', /accuracy/i, 120_000);
    await frame.getByRole('button', { name: 'Deploy…' }).waitFor({ timeout: 120_000 });
    await bench.shot('run');
    const models = fs.readdirSync(inProject('.ml/models/penguins'));
    expect(models).toContain('1');
  });

  it('5. Deploy makes an endpoint whose form is filled with an example', async () => {
    await press(frame.getByRole('button', { name: 'Deploy…' }).first());
    frame = await bench.webview('button, vscode-button', /Send/, 60_000);
    await bench.shot('endpoint-form');
  });

  it('6. Send shows the prediction, the probabilities and the latency, six clicks after the right-click', async () => {
    await press(frame.getByRole('button', { name: 'Send', exact: true }).first());
    await frame
      .getByText(/Adelie|Gentoo|Chinstrap/)
      .first()
      .waitFor();
    await frame.getByText(/\d ms/).first().waitFor();
    expect(clicks).toBeLessThanOrEqual(6);
    await bench.shot('endpoint');
  });
});
