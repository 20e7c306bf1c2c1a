import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { replaceText } from '../../src/ui/recipe-text';
import { activated, front, inWorkspace, makeProject, until } from './workspace';

const data = (): vscode.Uri => vscode.Uri.file(inWorkspace('penguins.csv'));

async function isFront(kind: string, file: string): Promise<void> {
  await until(`${kind} of ${file}`, () => {
    const now = front();
    return now?.kind === kind && now.file === file ? true : undefined;
  });
}

describe('data view', () => {
  it('opens on a CSV, and a button leads back to the text', async () => {
    await activated();
    await vscode.window.showTextDocument(data());
    await isFront('text', data().fsPath);
    await vscode.commands.executeCommand('mll.openData', data());
    await isFront('mll.data', data().fsPath);
    await vscode.commands.executeCommand('mll.openAsText', data());
    await isFront('text', data().fsPath);
  });
});

describe('recipe', () => {
  const file = (): string => inWorkspace('penguins.recipe.yaml');

  it('is suggested and written beside the data, and its view opens', async () => {
    await makeProject();
    await vscode.commands.executeCommand('mll.preprocess', data());
    await isFront('mll.recipe', file());
    const text = await readFile(file(), 'utf8');
    assert.match(text, /^recipe: 1$/m);
    assert.match(text, /^input: penguins\.csv$/m);
  });

  it('that is there is opened as it is', async () => {
    const mine = '# mine\nrecipe: 1\ninput: penguins.csv\ntarget: Species\nsteps: []\n';
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await writeFile(file(), mine);
    await vscode.commands.executeCommand('mll.preprocess', data());
    await isFront('mll.recipe', file());
    assert.equal(await readFile(file(), 'utf8'), mine);
  });

  it('is changed by the smallest edit, which can be undone', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'a: 1\nb: 2\nc: 3\n' });
    await vscode.window.showTextDocument(document);
    const changes: { text: string; length: number }[] = [];
    const listening = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document) {
        changes.push(...event.contentChanges.map((one) => ({ text: one.text, length: one.rangeLength })));
      }
    });
    assert.equal(await replaceText(document, 'a: 1\nb: 25\nc: 3\n'), true);
    listening.dispose();
    assert.deepEqual(changes, [{ text: '5', length: 0 }]);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), 'a: 1\nb: 2\nc: 3\n');
  });

  it('has its mistakes marked, with a fix', async () => {
    const broken = inWorkspace('broken.recipe.yaml');
    await writeFile(
      broken,
      'recipe: 1\ninput: penguins.csv\nsteps:\n  - fill_mising: { columns: [Sex], with: mode }\n',
    );
    const document = await vscode.workspace.openTextDocument(broken);
    await vscode.window.showTextDocument(document);
    const [mark] = await until('A mark', () => {
      const found = vscode.languages.getDiagnostics(document.uri);
      return found.length > 0 ? found : undefined;
    });
    assert.ok(mark);
    assert.equal(mark.range.start.line, 3);
    assert.equal(document.getText(mark.range), 'fill_mising');
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      mark.range,
    );
    const fix = actions.find((one) => one.edit !== undefined);
    assert.ok(fix?.edit);
    await vscode.workspace.applyEdit(fix.edit);
    assert.match(document.getText(), /- fill_missing: \{ columns/);
    await until('The mark to go', () =>
      vscode.languages.getDiagnostics(document.uri).length === 0 ? true : undefined,
    );
    await document.save();
    await rm(broken);
  });

  it('is completed with the columns of its data', async () => {
    const typed = inWorkspace('typed.recipe.yaml');
    await writeFile(typed, 'recipe: 1\ninput: penguins.csv\ntarget: \n');
    const document = await vscode.workspace.openTextDocument(typed);
    const found = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(2, 8),
    );
    const labels = found.items.map((one) => (typeof one.label === 'string' ? one.label : one.label.label));
    assert.ok(labels.includes('Species'), labels.join());
    assert.ok(labels.includes('Sex'));
    await rm(typed);
    assert.equal(existsSync(typed), false);
  });
});
