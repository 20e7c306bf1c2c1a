import { strict as assert } from 'node:assert';
import { writeFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { wordsOf } from '../../src/ui/case-results';
import { activated, inWorkspace, makeProject } from './workspace';

const TEXT = `endpoint: penguins
cases:
  - name: a big one
    row: { Sex: MALE }
    expect: Gentoo
  - name: a small one
    row: { Sex: FEMALE }
    expect: Adelie
`;

describe('cases', () => {
  it('each have a lens that sends them', async () => {
    await activated();
    await makeProject();
    const file = inWorkspace('penguins.cases.yaml');
    await writeFile(file, TEXT);
    const uri = vscode.Uri.file(file);
    await vscode.window.showTextDocument(uri);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
    );
    const found = lenses
      .filter((one) => one.command?.command === 'mll.case.send')
      .map((one) => [one.range.start.line, one.command?.arguments?.[1]] as const);
    assert.deepEqual(found, [
      [2, 'a big one'],
      [5, 'a small one'],
    ]);
  });

  it('say what was answered', () => {
    const passed = {
      name: 'a',
      passed: true,
      message: '',
      latencyMs: 3.14159,
      prediction: { prediction: 'Gentoo' },
    };
    assert.deepEqual(wordsOf(passed), { state: 'passed', text: 'Gentoo · 3.1 ms' });
    const failed = { ...passed, passed: false, message: 'Gentoo, expected Adelie' };
    assert.deepEqual(wordsOf(failed), { state: 'failed', text: 'Gentoo, expected Adelie · 3.1 ms' });
  });
});
