import path from 'node:path';
import * as vscode from 'vscode';
import { askText } from '../ask';
import {
  activeFile,
  agree,
  askForData,
  choose,
  chooseData,
  isDataFile,
  isTable,
  projectOf,
  rootOf,
} from '../choose';
import type { CommandContext } from '../command-context';
import { isSourceUri } from '../../core/source-uri';
import { isCloudScheme, isStoreUri } from '../../core/store-uri';
import { isMany } from '../../formats/part-files';
import { plural } from '../../words';
import { isNode } from '../nodes';
import { openPanel } from '../panels';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { addressOf, uriOf } from '../store-uris';

/** Where a dataset's or file's table is. */
async function placeOf(ui: Ui, root: string, nameOrPath: string): Promise<vscode.Uri> {
  if (path.isAbsolute(nameOrPath)) return vscode.Uri.file(nameOrPath);
  const { datasets } = await ui.lifecycle(root);
  const address = await datasets.address(nameOrPath);
  if (isStoreUri(address) || isSourceUri(address)) return uriOf(address);
  return vscode.Uri.file((await datasets.source(nameOrPath)).path);
}

/** Opens the data view on a file or dataset. */
export async function openData(context: CommandContext, given: unknown): Promise<void> {
  // The file itself is enough, so that a folder that is not trusted can be looked at.
  const uri = given instanceof vscode.Uri ? given : undefined;
  const active = given === undefined ? activeFile() : undefined;
  const direct = uri ?? (active && isDataFile(active.path) ? active : undefined);
  if (direct) {
    await vscode.commands.executeCommand('vscode.openWith', direct, 'mll.data');
    return;
  }
  const chosen = await chooseData(context, given, 'Open Data View');
  if (!chosen) return;
  const place = await placeOf(context, chosen.root, chosen.name);
  await vscode.commands.executeCommand('vscode.openWith', place, 'mll.data');
}

/** SQL over a table, over what a `.sql` file is about, or over the project's datasets. */
export function openSql(context: CommandContext, given: unknown): void {
  if (isNode(given)) {
    openPanel(context, { view: 'sql', root: given.root, name: given.name });
    return;
  }
  const uri = given instanceof vscode.Uri ? given : activeFile();
  const direct = uri && (isTable(uri) || /\.sql$/i.test(uri.path)) ? uri : undefined;
  const name = direct === undefined ? '' : isCloudScheme(direct.scheme) ? addressOf(direct) : direct.fsPath;
  openPanel(context, { view: 'sql', root: rootOf(context, direct), name });
}

/** Shows the file of a custom editor as text. */
export async function openAsText(_: CommandContext, given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : activeFile();
  if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
}

/** Opens a folder of equal files, or those that a pattern names, as one table. */
export async function openFolder(context: CommandContext, given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : await askForPattern(context);
  if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, 'mll.data');
}

async function askForPattern(context: CommandContext): Promise<vscode.Uri | undefined> {
  const root = rootOf(context);
  const text = await askText({
    title: 'Open as Table',
    prompt: 'A folder of equal files, or a pattern: * is any part of a name, ** are any folders',
    placeHolder: 'sales/2024-*.csv',
    validateInput: async (value) => {
      if (value.trim() === '') return undefined;
      if (!(await isMany(path.resolve(root, value.trim())))) return 'There is no such folder.';
      return undefined;
    },
  });
  const wanted = text?.trim() ?? '';
  return wanted === '' ? undefined : vscode.Uri.file(path.resolve(root, wanted));
}

/** Adds one file, or all that are chosen in the Explorer. */
export async function addToDatasets(context: CommandContext, given: unknown, all: unknown): Promise<void> {
  const chosen = Array.isArray(all) ? all.filter((one): one is vscode.Uri => one instanceof vscode.Uri) : [];
  const files = chosen.length > 0 ? chosen : given instanceof vscode.Uri ? [given] : [activeFile()];
  const tables: vscode.Uri[] = [];
  for (const one of files) {
    if (one && (isTable(one) || (one.scheme === 'file' && (await isMany(one.fsPath))))) tables.push(one);
  }
  if (tables.length === 0) return chooseAndAdd(context);
  for (const uri of tables) {
    const { root } = await projectOf(context, uri);
    await addFile(context, root, isCloudScheme(uri.scheme) ? addressOf(uri) : uri.fsPath);
  }
}

/** Asks for a file and adds it. */
export async function chooseAndAdd(context: CommandContext): Promise<void> {
  const { root } = await projectOf(context);
  const file = await askForData('Add Dataset', root);
  if (file !== undefined) await addFile(context, root, file);
}

/** Adds a file as a dataset and shows it in the tree. */
export async function addFile(ui: Ui, root: string, file: string): Promise<void> {
  const lifecycle = await ui.lifecycle(root);
  const dataset = await waitFor(`Reading ${path.basename(file)}`, async (call) => {
    await lifecycle.init();
    return lifecycle.datasets.add(file, {}, call);
  });
  ui.changed(root, 'datasets');
  vscode.window.setStatusBarMessage(`Dataset ${dataset.name}: ${plural(dataset.rows, 'row')}`, 5000);
  await vscode.commands.executeCommand('mll.datasets.focus');
}

export async function removeDataset(context: CommandContext, given: unknown): Promise<void> {
  const node = isNode(given) ? given : context.trees.selected('datasets');
  const chosen = await choose(context, 'datasets', node, 'Remove Dataset');
  if (!chosen) return;
  const detail = 'Its entry is removed. The data file stays where it is.';
  if (!(await agree(`Remove the dataset "${chosen.name}"?`, detail, 'Remove'))) return;
  await chosen.lifecycle.datasets.remove(chosen.name);
  context.changed(chosen.root, 'datasets');
}
