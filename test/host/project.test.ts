import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { launchers } from '../../src/ui/terminal-command';
import { activated, inWorkspace, makeProject, until } from './workspace';

describe('a folder', () => {
  it('is left alone while its views are only looked at', async () => {
    await activated();
    for (const view of ['datasets', 'runs', 'models', 'endpoints']) {
      await vscode.commands.executeCommand(`mll.${view}.focus`);
    }
    await vscode.commands.executeCommand('mll.refresh');
    assert.equal(existsSync(inWorkspace('.ml')), false);
    assert.equal(existsSync(inWorkspace('ml.yaml')), false);
  });

  it('becomes a project, and a file of it a dataset', async () => {
    await makeProject();
    const uri = vscode.Uri.file(inWorkspace('penguins.csv'));
    await vscode.commands.executeCommand('mll.addToDatasets', uri, [uri]);
    const file = inWorkspace('.ml', 'datasets', 'penguins.json');
    await until('The manifest of the dataset', () => (existsSync(file) ? true : undefined));
    const dataset = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    assert.equal(dataset.name, 'penguins');
    assert.equal(dataset.rows, 344);
    assert.deepEqual((dataset.source as { path: string }).path, 'penguins.csv');
  });
});

describe('mll in the terminal', () => {
  it('is run by the Node of the extension host, from any path', async () => {
    const extension = await activated();
    const script = `${extension.extensionPath}/dist/mll.js`;
    const { mll } = launchers(process.execPath, script);
    assert.ok(mll);
    if (process.platform === 'win32') return;
    const said = execFileSync('/bin/sh', ['-c', mll, 'mll', '--version'], { encoding: 'utf8' });
    assert.match(said, /^\d+\.\d+\.\d+\n$/);
    const odd = launchers("/bin/ec'ho", 'a b').mll;
    assert.ok(odd?.includes(`exec '/bin/ec'\\''ho' 'a b'`));
  });
});
