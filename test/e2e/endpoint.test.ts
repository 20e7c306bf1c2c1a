import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Papa from 'papaparse';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aptInstall, onPath } from '../../scripts/lib/cache.mjs';
import { laySample } from '../../scripts/lib/sample.mjs';
import { testPython } from '../python';
import { endEndpoints, faultsOf, mll, openWorkbench, type Workbench } from './workbench';

/** What is done with an endpoint once it is there: other programs, files, cases, labels, a second window. */
let workspace: string;
let state: string;
let bench: Workbench;
let frame: Frame;
let token: string;

interface PredictedRow {
  readonly Species: string;
  readonly prediction: string;
}
const inProject = (name: string): string => path.join(workspace, name);
const readCsv = (name: string): readonly PredictedRow[] =>
  Papa.parse<PredictedRow>(fs.readFileSync(inProject(name), 'utf8').trim(), { header: true }).data;

/** What a snippet prints when it is run as it was copied. */
function run(program: string, args: readonly string[], input: string): string {
  const done = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, MLL_TOKEN: token },
  });
  if (done.status !== 0)
    throw new Error(`${program}: ${done.error?.message ?? ''}${done.stdout}${done.stderr}`);
  return done.stdout;
}

beforeAll(async () => {
  if (!onPath('curl')) aptInstall('curl');
  workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll endpoint ')));
  state = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-endpoint-state-'));
  fs.mkdirSync(inProject('.ml'));
  fs.writeFileSync(inProject('.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
  mll(workspace, state, 'train', '--data', 'penguins.csv', '--target', 'Species', '--algorithm', 'linear');
  mll(workspace, state, 'deploy', 'penguins');
  bench = await openWorkbench({ workspace, env: { MLL_STATE: state } });
  await bench.activity('ML Lifecycle');
  await bench.openRow(/penguins@1 · ready/);
  frame = await bench.webview('button, vscode-button', 'Next Example', 60_000);
});
afterAll(async () => {
  await bench.close();
  endEndpoints(workspace, state);
  for (const folder of [workspace, state])
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

describe('a request', () => {
  let answer: string;

  it('is sent with the keyboard alone', async () => {
    await frame.getByRole('spinbutton', { name: /Body Mass/ }).focus();
    await bench.page.keyboard.press('ArrowUp');
    await bench.page.keyboard.press('Control+Enter');
    answer = await frame.locator('.prediction').innerText();
    expect(['Adelie', 'Chinstrap', 'Gentoo']).toContain(answer);
    expect(await faultsOf(frame)).toEqual([]);
  });

  it('is copied as curl, Python and JavaScript that work as they are, with no token in them', async () => {
    const copy = async (label: string, sign: RegExp): Promise<string> => {
      await frame.getByRole('button', { name: label, exact: true }).click();
      await expect.poll(() => bench.clipboard()).toMatch(sign);
      return bench.clipboard();
    };
    const python = await copy('Python', /^import json/);
    await bench.pressNotification('Copy Token');
    await expect.poll(() => bench.clipboard()).not.toBe(python);
    token = await bench.clipboard();
    const curl = await copy('curl', /^curl /);
    const javascript = await copy('JavaScript', /^const rows/);
    for (const text of [curl, python, javascript]) expect(text).not.toContain(token);
    expect(JSON.parse(run('bash', ['-s'], curl))).toMatchObject({ predictions: [{ prediction: answer }] });
    expect(run(testPython(), ['-'], python)).toContain(`'prediction': '${answer}'`);
    expect(run(process.execPath, ['--input-type=module', '-'], javascript)).toContain(
      `prediction: '${answer}'`,
    );
  });

  it('of a whole file writes the predictions next to it and shows them', async () => {
    await frame.getByText('Paste rows, or send a file').click();
    await frame.getByRole('button', { name: 'Send File…' }).click();
    await bench.chooseFile(inProject('penguins.csv'));
    const data = await bench.webview('h1', 'penguins.predictions.csv', 60_000);
    await data.getByText('all 344 rows').first().waitFor();
    const rows = readCsv('penguins.predictions.csv');
    expect(rows).toHaveLength(344);
    expect(rows.filter((one) => one.prediction === one.Species).length).toBeGreaterThan(300);
    await bench.page.locator('.tab', { hasText: 'Endpoint: penguins' }).click();
    frame = await bench.webview('button, vscode-button', 'Next Example');
  });
});

describe('cases', () => {
  it('pass and fail in the Testing view, each saying why', async () => {
    const row = JSON.stringify({ ...readCsv('penguins.csv')[0] });
    fs.writeFileSync(
      inProject('penguins.cases.yaml'),
      `endpoint: penguins\ncases:\n  - name: right\n    row: ${row}\n    expect: Adelie\n  - name: wrong\n    row: ${row}\n    expect: Gentoo\n`,
    );
    await bench.activity('Testing');
    const tests = bench.page.locator('.test-explorer .monaco-list-row');
    const file = tests.filter({ hasText: 'penguins.cases.yaml' }).first();
    await file.waitFor();
    await file.hover();
    await file.getByRole('button', { name: /^Run Test/ }).click();
    const named = (name: string): string => `.test-explorer .monaco-list-row[aria-label^="${name}"]`;
    if ((await file.getAttribute('aria-expanded')) === 'false') await file.click();
    await bench.page.locator(`${named('right')}[aria-label*="Passed"]`).waitFor();
    await bench.page.locator(`${named('wrong')}[aria-label*="Failed"]`).waitFor();
    await bench.page
      .getByText(/expected Gentoo/)
      .first()
      .waitFor();
    await bench.shot('testing');
  });
});

describe('monitoring', () => {
  it('shows accuracy once a file of labels is given', async () => {
    // A quarter of the true values are others than the model says.
    const labels = readCsv('penguins.csv').map((row, k) =>
      k % 4 === 1 ? { ...row, Species: 'Chinstrap' } : row,
    );
    fs.writeFileSync(inProject('labels.csv'), `${Papa.unparse([...labels])}\n`);
    await bench.command('ML Lifecycle: Monitor Endpoint');
    frame = await bench.webview('button, vscode-button', 'Choose Labels File…', 60_000);
    await frame
      .getByText(/of \d columns/)
      .first()
      .waitFor();
    await frame.getByRole('button', { name: 'Choose Labels File…' }).click();
    await bench.chooseFile(inProject('labels.csv'));
    await frame.getByText('Accuracy now').waitFor();
    const shown = await frame.locator('.figures', { hasText: 'Accuracy now' }).innerText();
    // The file's rows, and the first of them twice more by the two cases.
    const predicted = readCsv('penguins.predictions.csv').map((one) => one.prediction);
    const right = [0, 0, ...predicted.keys()].filter((k) => predicted[k] === labels[k]?.Species).length;
    expect(shown.split('\n')).toEqual([
      'Accuracy now',
      `${((right / 346) * 100).toFixed(1)} %`,
      'In training',
      expect.stringMatching(/ %$/),
      'Rows with a label',
      '346',
    ]);
    await frame.getByText('More than 5 % worse than in training.').waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('labels');
  });
});

describe('a second window on the folder', () => {
  it('sees run and endpoint of the first, and each follows what the other does', async () => {
    const other = await bench.secondWindow();
    await other.activity('ML Lifecycle');
    await other.openRow(/train · .*\d/);
    await (
      await other.webview('button, vscode-button', 'Deploy…', 60_000)
    )
      .getByText('Confusion matrix')
      .waitFor();
    await other.openRow(/penguins@1 · ready/);
    const second = await other.webview('button, vscode-button', 'Next Example', 60_000);
    await second.getByRole('button', { name: 'Send', exact: true }).click();
    await second.locator('.prediction').waitFor();
    await second.getByRole('button', { name: 'Stop', exact: true }).click();
    await bench.activity('ML Lifecycle');
    await bench.treeRow(/penguins@1 · stopped/).waitFor();
    await frame.getByText('The endpoint is stopped').waitFor();
    await bench.shot('stopped');
    await other.close();
  });
});
