import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import { testPython } from '../python';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** A first run on a machine without an environment, the person's own script, and a run that is cancelled. */
let workspace: string;
let state: string;
let bench: Workbench;
let frame: Frame;

const inProject = (name: string): string => path.join(workspace, name);

beforeAll(async () => {
  workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll training ')));
  state = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-training-state-'));
  bench = await openWorkbench({ workspace, env: { MLL_STATE: state } });
});
afterAll(async () => {
  await bench.close();
  for (const folder of [workspace, state])
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

async function openTrainPage(): Promise<void> {
  await bench.activity('Explorer');
  await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
  frame = await bench.webview('h1', /^Train on penguins/, 60_000);
}

/** Starts the training page's script; resolves with the frame of its run. */
async function startScript(name: string): Promise<Frame> {
  await frame.getByText('My own script', { exact: true }).click();
  await frame.getByRole('combobox', { name: 'Script' }).click();
  await frame.getByRole('option', { name }).click();
  await frame.getByRole('button', { name: 'Start', exact: true }).click();
  return bench.webview('button, vscode-button', 'Open Full Log', 60_000);
}

describe('a first run', () => {
  it('asks to make the project before it sets anything up, and a set-up can be cancelled', async () => {
    await openTrainPage();
    const start = frame.getByRole('button', { name: 'Set Up Python and Start' });
    await start.click();
    const dialog = bench.page.locator('.monaco-dialog-box', { hasText: 'Make this folder' });
    await dialog.waitFor();
    await dialog.getByText('ml.yaml').waitFor();
    expect(fs.readdirSync(workspace).sort()).toEqual(['README.md', 'birdstrikes.csv', 'penguins.csv']);
    expect(fs.readdirSync(state)).toEqual([]);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => start.isEnabled()).toBe(true);
    expect(fs.readdirSync(workspace)).not.toContain('ml.yaml');
    expect(fs.readdirSync(state)).toEqual([]);

    await start.click();
    expect(await bench.press(/^Make/, 20_000)).toBe(true);
    await frame.getByText(/^Setting up Python: /).waitFor();
    expect(fs.readdirSync(workspace)).toContain('ml.yaml');
    await bench.shot('set-up');
    await frame.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => start.isEnabled()).toBe(true);
    expect(await frame.getByRole('alert').count()).toBe(0);
    expect(fs.existsSync(inProject('.ml/runs'))).toBe(false);
    await bench.command('View: Close All Editors');
  });
});

describe("the person's own script", () => {
  it('is made by the command, found by the training page, and leaves a model', async () => {
    fs.writeFileSync(inProject('.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
    await bench.command('ML Lifecycle: New Training Script');
    await bench.page.locator('.tab', { hasText: 'train.py' }).waitFor();
    expect(fs.readFileSync(inProject('train.py'), 'utf8')).toContain('ml.save(');
    await openTrainPage();
    expect(await faultsOf(frame)).toEqual([]);
    const run = await startScript('train.py');
    await run.getByRole('button', { name: 'Deploy…' }).waitFor({ timeout: 120_000 });
    await run.getByText('Confusion matrix').waitFor();
    expect(await faultsOf(run)).toEqual([]);
    await bench.shot('script');
    expect(fs.readdirSync(inProject('.ml/models/penguins'))).toContain('1.json');
  });
});

describe('a run that is cancelled from its view', () => {
  it('ends, keeps what it logged, and has a tab title of its own', async () => {
    fs.writeFileSync(
      inProject('slow.py'),
      'import time\n\nimport ml_lifecycle as ml\n\nml.data("train")\nprint("now it waits")\ntime.sleep(600)\n',
    );
    await openTrainPage();
    const run = await startScript('slow.py');
    await run.getByText('now it waits').waitFor({ timeout: 60_000 });
    await run.getByRole('button', { name: 'Cancel' }).click();
    await run.getByText('Cancelled', { exact: true }).waitFor({ timeout: 60_000 });
    await run.getByText('This run was cancelled; what it logged until then is kept.').waitFor();
    await bench.shot('cancelled');
    await bench.activity('ML Lifecycle');
    await bench.treeRow(/train · cancelled/).waitFor();
    await bench.treeRow('penguins@1').first().waitFor();
    const titles = await bench.page.locator('.tab', { hasText: 'Run: train penguins' }).allInnerTexts();
    expect(titles).toHaveLength(2);
    expect(new Set(titles).size).toBe(2);
  });
});
