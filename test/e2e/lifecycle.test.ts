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
afterAll(() => bench.close());

describe('the path of a person', () => {
  let frame: Frame;

  it('1. shows its views with a word of welcome and one button each, and has run nothing', async () => {
    await bench.activity('ML Lifecycle');
    for (const view of ['Datasets', 'Stores', 'Sources', 'Runs', 'Models', 'Endpoints']) {
      await bench.page.locator('.pane-header', { hasText: view }).first().waitFor();
    }
    const welcome = bench.page.locator('.welcome-view-content:visible');
    await expect.poll(() => welcome.count()).toBe(6);
    for (const button of [
      'Add Dataset',
      'Add Store',
      'Connect Google…',
      'Train',
      'Check This Machine',
      'Deploy a Model',
    ]) {
      await expect.poll(() => welcome.getByRole('button', { name: button, exact: true }).count()).toBe(1);
    }
    expect(fs.existsSync(inProject('.ml'))).toBe(false);
    expect(fs.existsSync(inProject('ml.yaml'))).toBe(false);
    await bench.shot('welcome');
  });

  it('2. opens the data view by a right-click, with all rows and every column’s facts', async () => {
    // As `npm start` does: the interpreter of this machine, in the person's own settings of the project.
    fs.mkdirSync(inProject('.ml'));
    fs.writeFileSync(inProject('.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
    await bench.activity('Explorer');
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
    await expect.poll(() => fs.existsSync(inProject('penguins.recipe.yaml'))).toBe(true);
    await frame.locator('[role=grid]').first().waitFor();
    expect(fs.readFileSync(inProject('penguins.recipe.yaml'), 'utf8')).toMatch(/^target: Species$/m);
    await bench.page.waitForTimeout(1500);
    await bench.shot('recipe');
  });

  it('4. Train… needs one click, and the run shows its log, metrics and report', async () => {
    await press(frame.getByRole('button', { name: 'Train…' }).first());
    frame = await bench.webview('h1', 'Train on penguins.csv');
    await frame
      .getByText(/Adelie: 152 rows/)
      .first()
      .waitFor();
    await bench.shot('train');
    await press(frame.getByRole('button', { name: 'Start', exact: true }));
    // The consent of a first run: what will be made in the folder.
    await bench.shot('consent');
    expect(await bench.press(/^Make/, 10_000)).toBe(true);
    frame = await bench.webview('button, vscode-button', 'Cancel', 60_000);
    await bench.shot('run-live');
    await frame.getByRole('button', { name: 'Deploy…' }).waitFor({ timeout: 200_000 });
    for (const title of ['Confusion matrix', 'Permutation importance', 'Baseline']) {
      await frame.getByText(new RegExp(title, 'i')).first().waitFor();
    }
    await bench.shot('run');
    expect(fs.readdirSync(inProject('.ml/models/penguins'))).toContain('1');
  });

  it('5. Deploy makes an endpoint whose form is filled with an example', async () => {
    await press(frame.getByRole('button', { name: 'Deploy…' }));
    frame = await bench.webview('button, vscode-button', 'Next Example', 120_000);
    await frame
      .getByLabel(/Body Mass \(g\)/)
      .first()
      .waitFor();
    expect(
      await frame
        .getByLabel(/Body Mass \(g\)/)
        .first()
        .inputValue(),
    ).toMatch(/^\d+$/);
  });

  it('6. Send shows prediction, probabilities and latency, six clicks after the right-click', async () => {
    await press(frame.getByRole('button', { name: 'Send', exact: true }));
    await frame
      .getByText(/^(Adelie|Gentoo|Chinstrap)$/)
      .first()
      .waitFor();
    await frame.getByText(/\d ms/).first().waitFor();
    expect(clicks).toBe(6);
    await bench.shot('endpoint');
  });

  it('6b. a request is saved as a case, sent by its CodeLens and listed as a test', async () => {
    await frame.locator('.save-case input').fill('a typical penguin');
    await frame.getByRole('button', { name: 'Save as Case' }).click();
    await expect.poll(() => fs.existsSync(inProject('penguins.cases.yaml'))).toBe(true);
    expect(fs.readFileSync(inProject('penguins.cases.yaml'), 'utf8')).toMatch(/name: a typical penguin/);
    await bench.activity('Explorer');
    await bench.file('penguins.cases.yaml').dblclick();
    const lens = bench.page.locator('.codelens-decoration a', { hasText: 'Send' }).first();
    await lens.waitFor();
    await lens.click();
    // The result stands in the line as a decoration, which the editor draws as generated content.
    const decorations = (): Promise<string> =>
      bench.page.evaluate<string>(
        "[...document.querySelectorAll('.view-lines span')].map((one) => getComputedStyle(one, '::after').content).join(' ')",
      );
    await expect.poll(decorations).toMatch(/✓.*ms/);
    await bench.shot('case');
    await bench.activity('Testing');
    await bench.treeRow('a typical penguin').or(bench.treeRow('penguins.cases.yaml')).first().waitFor();
    await bench.shot('testing');
  });

  it('6c. pasted rows are all answered, each field checked', async () => {
    const [head, ...rows] = fs.readFileSync(inProject('penguins.csv'), 'utf8').trim().split('\n');
    await bench.activity('Explorer');
    await bench.page.locator('.tab', { hasText: 'Endpoint: penguins' }).click();
    frame = await bench.webview('button, vscode-button', 'Next Example');
    await frame.getByText('Paste rows, or send a file').click();
    await frame.locator('textarea').fill([head, ...rows.slice(-60)].join('\n'));
    await frame.getByRole('button', { name: 'Read Rows' }).click();
    await frame.getByRole('button', { name: 'Send All (60)' }).click();
    await frame
      .getByText(/60 rows/)
      .first()
      .waitFor();
    await bench.shot('pasted');
  });

  it('6d. a stopped endpoint is started again, and answers', async () => {
    await frame.getByRole('button', { name: 'Stop', exact: true }).click();
    await frame.getByRole('button', { name: 'Start', exact: true }).click({ timeout: 30_000 });
    await frame.getByRole('button', { name: 'Stop', exact: true }).waitFor({ timeout: 60_000 });
    await frame.getByRole('button', { name: 'Send', exact: true }).click();
    await frame
      .getByText(/^(Adelie|Gentoo|Chinstrap)$/)
      .first()
      .waitFor();
  });

  it('7. Monitor shows requests, latency and drift of every column', async () => {
    await bench.activity('ML Lifecycle');
    await bench.treeRow('penguins@1').or(bench.treeRow('penguins')).first().waitFor();
    await bench.command('ML Lifecycle: Monitor Endpoint');
    frame = await bench.webview('button, vscode-button', 'Retrain with New Data…', 30_000);
    await frame.getByText(/p50/).first().waitFor();
    await frame
      .getByText(/of 6 columns/)
      .first()
      .waitFor();
    await bench.page.waitForTimeout(1000);
    await bench.shot('monitor');
  });

  it('8. Retrain compares, replaces behind the gate, and Roll Back returns', async () => {
    await frame.getByRole('button', { name: 'Retrain with the Same Data' }).click();
    await frame.getByText(/gate/i).first().waitFor();
    const back = frame.getByRole('button', { name: 'Roll Back to Version 1' });
    await back.waitFor({ timeout: 240_000 });
    await bench.shot('retrain');
    await back.click();
    await bench.press(/^Roll Back/, 3000);
    await frame.getByRole('button', { name: 'Roll Back to Version 2' }).waitFor({ timeout: 60_000 });
    // The report is that of the model which serves now: its requests are there, so its predictions are compared.
    await frame.getByRole('row', { name: /^Species prediction/ }).waitFor();
    // The two runs that scored the models stand below the retraining's own, closed.
    const runs = bench.page.locator('.sidebar .monaco-list-row', { hasText: /· F1|· Accuracy/ });
    await bench.treeRow(/^penguins@2.*train/).waitFor();
    expect(await runs.filter({ hasText: 'evaluate' }).count()).toBe(0);
  });

  it('keeps its look in three themes and comes back after a reload', async () => {
    for (const theme of ['light', 'contrast', 'dark'] as const) {
      await bench.theme(theme);
      await bench.shot(`monitor-${theme}`);
    }
    await bench.reload();
    await bench.webview('h1', 'penguins', 60_000);
  });
});
