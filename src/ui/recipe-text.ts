import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../core/errors';
import type { TableSource } from '../core/table';
import { fileSource } from './file-source';
import { assertMayRead } from './outside';
import type { Ui } from './project';
import type { RecipeSample } from './recipe-sample';

/** What a recipe's text names as its input: the absolute path of a file beside it, an address in a store, else a dataset's name. */
export async function recipeInput(file: string, text: string): Promise<string> {
  const { parse } = await import('../recipe/document');
  const { input } = parse(text).recipe;
  if (input === undefined) {
    throw new UserError('invalid', `${path.basename(file)} does not say which data it is for.`, {
      fix: 'Write "input: FILE" as its first line.',
      actions: [{ title: 'Open File', command: 'mll.openFile', args: [file, 1] }],
    });
  }
  const { isStoreUri } = await import('../core/store-uri');
  if (isStoreUri(input)) return input;
  const beside = path.resolve(path.dirname(file), input);
  const there = await access(beside).then(
    () => true,
    () => false,
  );
  return there || /[*?[\]]/.test(input) ? beside : input;
}

/** The table that a recipe's text is for, as a file of this machine. */
export async function recipeSource(ui: Ui, root: string, file: string, text: string): Promise<TableSource> {
  const input = await allowedInput(ui, root, file, text);
  // A file needs no project, so that a folder that is not trusted can be looked at.
  if (path.isAbsolute(input)) return fileSource(root, input);
  return (await ui.lifecycle(root)).datasets.source(input);
}

/** As {@link recipeSource}; of a text table in a store that is not here, its beginning. Its `close` is the caller's to call. */
export async function recipeTable(
  ui: Ui,
  root: string,
  file: string,
  text: string,
): Promise<{ readonly source: TableSource; readonly sample?: RecipeSample }> {
  const input = await allowedInput(ui, root, file, text);
  if (path.isAbsolute(input)) return { source: await fileSource(root, input) };
  const { openRecipeSample } = await import('./recipe-sample');
  const sample = await openRecipeSample(ui, root, input);
  if (sample) return { source: sample.source, sample };
  return { source: await (await ui.lifecycle(root)).datasets.source(input) };
}

async function allowedInput(ui: Ui, root: string, file: string, text: string): Promise<string> {
  const input = await recipeInput(file, text);
  const place = path.isAbsolute(input) ? input : await (await ui.lifecycle(root)).datasets.address(input);
  await assertMayRead(ui, root, file, place);
  return input;
}

/** Writes into an edit the smallest replacement that turns a document's text into `next`. */
export function replaceIn(edit: vscode.WorkspaceEdit, document: vscode.TextDocument, next: string): void {
  const before = document.getText();
  const shorter = Math.min(before.length, next.length);
  let start = 0;
  while (start < shorter && before[start] === next[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === next[next.length - 1 - end]) end += 1;
  const range = new vscode.Range(document.positionAt(start), document.positionAt(before.length - end));
  edit.replace(document.uri, range, next.slice(start, next.length - end));
}

/** Replaces the smallest part that turns a document's text into `next`; cursor and folds elsewhere stay. */
export async function replaceText(document: vscode.TextDocument, next: string): Promise<boolean> {
  if (document.getText() === next) return true;
  const edit = new vscode.WorkspaceEdit();
  replaceIn(edit, document, next);
  return vscode.workspace.applyEdit(edit);
}
