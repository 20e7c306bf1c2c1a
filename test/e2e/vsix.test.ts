import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverFolder } from '../../scripts/vscode/server.mjs';
import { testPython } from '../python';
import { openWorkbench, root, type Workbench } from './workbench';

/** The package as a person installs it: into a VS Code that has nothing else, in a folder not trusted yet. */
let bench: Workbench;
let extensionsFolder: string;

function packageFile(): string {
  const file = fs.readdirSync(root).find((name) => name.endsWith('.vsix'));
  if (file === undefined) throw new Error('There is no .vsix: run `npm run package` first.');
  return path.join(root, file);
}

beforeAll(async () => {
  extensionsFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-extensions-'));
  const server = path.join(serverFolder(), 'vscode/out/server-main.js');
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-install-'));
  const args = [
    '--accept-server-license-terms',
    '--server-data-dir',
    data,
    '--extensions-dir',
    extensionsFolder,
  ];
  execFileSync(process.execPath, [server, ...args, '--install-extension', packageFile(), '--force']);
  fs.rmSync(data, { recursive: true, force: true });
  bench = await openWorkbench({ extensionsFolder, trust: true });
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(extensionsFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

describe('the installed package', () => {
  it('ships no source, test or map', () => {
    const [folder] = fs.readdirSync(extensionsFolder).filter((name) => name.startsWith('ml-lifecycle'));
    const files = fs
      .readdirSync(path.join(extensionsFolder, String(folder)), { recursive: true })
      .map(String);
    const strays = files.filter(
      (name) => /(^|[\\/])(src|test|scripts)[\\/]|\.map$|\.ts$/.test(name) && !name.includes('node_modules'),
    );
    expect(strays).toEqual([]);
    expect(files.some((name) => name.endsWith('serve.py'))).toBe(true);
  });

  it('shows data in a folder that is not trusted, and offers nothing that executes', async () => {
    await bench.press(/No, I don't trust|Browse in Restricted/i, 8000);
    await bench.contextMenu(bench.file('penguins.csv'), 'Open Data View');
    const frame = await bench.webview('[role=grid]', undefined, 60_000);
    await frame.getByText('all 344 rows').first().waitFor();
    await bench.file('penguins.csv').click({ button: 'right' });
    await bench.page.locator('.context-view .action-item', { hasText: 'Open Data View' }).waitFor();
    expect(await bench.page.locator('.context-view .action-item', { hasText: 'Preprocess…' }).count()).toBe(
      0,
    );
    await bench.page.keyboard.press('Escape');
    await bench.shot('untrusted');
  });

  it('walks the path once the folder is trusted', async () => {
    await bench.command('Workspaces: Manage Workspace Trust');
    await bench.page
      .getByRole('button', { name: /^Trust/ })
      .first()
      .click();
    await bench.page.waitForTimeout(2000);
    // The trust page may be a dialog over the workbench.
    const close = bench.page.locator('.monaco-modal-editor-block').getByRole('button', { name: /^Close/ });
    if ((await close.count()) > 0) await close.first().click();
    fs.mkdirSync(path.join(bench.workspace, '.ml'), { recursive: true });
    fs.writeFileSync(
      path.join(bench.workspace, '.ml/local.yaml'),
      `python: ${JSON.stringify(testPython())}\n`,
    );
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
    let frame = await bench.webview('h1', 'Train on penguins.csv', 60_000);
    await frame.getByText('Linear or logistic regression').click();
    await frame.getByRole('button', { name: 'Start', exact: true }).click();
    await bench.press(/^Make/, 10_000);
    frame = await bench.webview('button, vscode-button', 'Deploy…', 200_000);
    await frame.getByRole('button', { name: 'Deploy…' }).click();
    frame = await bench.webview('button, vscode-button', 'Next Example', 120_000);
    await frame.getByRole('button', { name: 'Send', exact: true }).click();
    await frame
      .getByText(/^(Adelie|Gentoo|Chinstrap)$/)
      .first()
      .waitFor();
    await bench.shot('vsix');
  });
});
