import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import { testPython } from '../python';
import { endEndpoints, openWorkbench, type Workbench } from './workbench';
import { killNow } from '../kill';

/** VS Code is killed while a job runs and an endpoint serves: both go on, and the next window finds them. */
let workspace: string;
let state: string;
let bench: Workbench | undefined;

beforeAll(() => {
  workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll killed ')));
  state = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-killed-state-'));
  fs.mkdirSync(path.join(workspace, '.ml'));
  fs.writeFileSync(path.join(workspace, '.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
});
afterAll(async () => {
  await bench?.close();
  endEndpoints(workspace, state);
  for (const folder of [workspace, state]) {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
});

const open = (): Promise<Workbench> => openWorkbench({ workspace, env: { MLL_STATE: state } });

/** The first training of a project asks for consent; a later one starts at once, and may be done within seconds. */
async function train(window: Workbench, algorithm: string, first: boolean): Promise<void> {
  await window.contextMenu(window.file('penguins.csv'), 'Train…');
  const frame = await window.webview('h1', /^Train on penguins/, 60_000);
  await frame.getByText(algorithm, { exact: true }).click();
  await frame.getByRole('button', { name: 'Start', exact: true }).click();
  if (first) await window.press(/^Make/, 5000);
}

describe('VS Code killed with -9', () => {
  it('neither stops nor loses a run and an endpoint', async () => {
    bench = await open();
    await train(bench, 'Linear or logistic regression', true);
    let frame = await bench.webview('button, vscode-button', 'Deploy…', 120_000);
    await frame.getByRole('button', { name: 'Deploy…' }).click();
    frame = await bench.webview('button, vscode-button', 'Next Example', 120_000);
    const address = await frame.getByText(/^http:\/\/127\.0\.0\.1:\d+$/).innerText();

    await bench.activity('Explorer');
    await train(bench, 'Automatic', false);
    await bench.webview('button, vscode-button', 'Cancel', 60_000);
    killNow(bench.server.pid);
    await bench.close();
    expect((await fetch(`${address}/ping`)).status).toBe(200);

    bench = await open();
    await bench.activity('ML Lifecycle');
    await bench.treeRow(/penguins@1 · ready/).waitFor();
    await expect
      .poll(() => bench?.page.locator('.sidebar .monaco-list-row', { hasText: /train · Accuracy/ }).count(), {
        timeout: 120_000,
      })
      .toBe(2);
    await bench.openRow(/penguins@1 · ready/);
    frame = await bench.webview('button, vscode-button', 'Next Example', 60_000);
    await frame.getByRole('button', { name: 'Send', exact: true }).click();
    await frame
      .getByText(/^(Adelie|Gentoo|Chinstrap)$/)
      .first()
      .waitFor();
  });
});
