import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { isMany } from '../../formats/part-files';
import { askOne } from '../ask';
import { activeFile, type Chosen, chooseData, isTable, projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { chooseWhere, ensureReady } from '../where';
import { waitFor } from '../progress';
import { isStoreUri } from '../../core/store-uri';
import { plural } from '../../words';
import { inputForJob } from '../exported-table';
import { allowReading } from '../outside';
import { openPanel } from '../panels';
import { followRun } from '../jobs';
import type { Ui } from '../project';
import { openRecipeSample } from '../recipe-sample';
import type { RecipeRunResult } from '../../protocol';
import { fetchDataset } from './store-transfers';

const isRecipe = (file: string): boolean => /\.recipe\.ya?ml$/i.test(file);

async function there(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Opens the recipe beside the data; where there is none, the suggested one is written first. */
export async function preprocess(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await chooseData(context, given, 'Preprocess');
  if (!chosen) return;
  const { lifecycle, name } = chosen;
  const file = await lifecycle.recipes.fileFor(name);
  const address = await lifecycle.datasets.address(name);
  // Whoever asks for the recipe of a table in a store lets that recipe read it.
  if (isStoreUri(address)) await allowReading(context, address);
  if (!(await there(file))) {
    const text = await suggestedText(context, chosen);
    if (text === undefined) return;
    const edit = new vscode.WorkspaceEdit();
    const uri = vscode.Uri.file(file);
    // Fails when the file came to be meanwhile: nobody's text is overwritten.
    edit.createFile(uri, { overwrite: false, contents: Buffer.from(text, 'utf8') });
    await vscode.workspace.applyEdit(edit);
  }
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'mll.recipe');
}

/** Of a text table in a store by its beginning; undefined where the person would not have a table fetched that is read as a whole. */
async function suggestedText(
  context: CommandContext,
  { root, name, lifecycle }: Chosen,
): Promise<string | undefined> {
  const looking = `Looking at ${path.basename(name)}`;
  const sample = await waitFor(looking, ({ signal }) => openRecipeSample(context, root, name, signal));
  try {
    if (!sample && !(await fetchDataset(context, root, name, 'Preprocess'))) return undefined;
    const from = sample ? { from: sample.source } : {};
    return (await waitFor(looking, (call) => lifecycle.recipes.suggest(name, from, call))).text;
  } finally {
    await sample?.close();
  }
}

/** Opens the page on which a recipe is run over the files and folders that are chosen in the Explorer. */
export async function preprocessWith(context: CommandContext, given: unknown, all: unknown): Promise<void> {
  const chosen = Array.isArray(all) ? all.filter((one): one is vscode.Uri => one instanceof vscode.Uri) : [];
  const uris = chosen.length > 0 ? chosen : given instanceof vscode.Uri ? [given] : [];
  const tables: string[] = [];
  for (const one of uris) {
    if (one.scheme === 'file' && (isTable(one) || (await isMany(one.fsPath)))) tables.push(one.fsPath);
  }
  const [first] = uris;
  if (tables.length === 0) {
    const one = await chooseData(context, given, 'Preprocess with Recipe');
    if (!one || !(await fetchDataset(context, one.root, one.name, 'Preprocess'))) return;
    tables.push((await one.lifecycle.datasets.source(one.name)).path);
  }
  const { root } = await projectOf(context, first);
  openPanel(context, { view: 'preprocess', root, name: JSON.stringify(tables) });
}

/** The recipe file that a command is about: given, or of the active editor, or picked. */
export async function chooseRecipe(ui: Ui, given: unknown, title: string): Promise<vscode.Uri | undefined> {
  const uri = given instanceof vscode.Uri ? given : activeFile();
  if (uri && isRecipe(uri.fsPath)) return uri;
  const { root } = await projectOf(ui);
  const found = await vscode.workspace.findFiles(
    new vscode.RelativePattern(root, '**/*.recipe.{yaml,yml}'),
    '{**/node_modules/**,**/.ml/**,**/.git/**}',
    200,
  );
  if (found.length <= 1) return found[0];
  const pick = await askOne(
    found.map((one) => ({ label: path.relative(root, one.fsPath), uri: one })),
    { title },
  );
  return pick?.uri;
}

export async function openRecipe(context: CommandContext, given: unknown): Promise<void> {
  const uri = await chooseRecipe(context, given, 'Open Recipe View');
  if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, 'mll.recipe');
}

/** Runs a recipe over all rows into a file that the person chooses; undefined when they close the dialog. */
export async function runRecipeFile(ui: Ui, uri: vscode.Uri): Promise<RecipeRunResult | undefined> {
  const { lifecycle } = await projectOf(ui, uri);
  const base = uri.fsPath.replace(/\.recipe\.ya?ml$/i, '');
  const output = await vscode.window.showSaveDialog({
    title: 'Run Recipe on All Rows',
    saveLabel: 'Run',
    defaultUri: vscode.Uri.file(`${base}-clean.parquet`),
    filters: { Parquet: ['parquet'], CSV: ['csv'], 'JSON Lines': ['jsonl'] },
  });
  if (!output) return undefined;
  const result = await waitFor(`Running ${path.basename(uri.fsPath)}`, (call) =>
    lifecycle.recipes.run({ recipe: uri.fsPath, output: output.fsPath, part: 'all' }, call),
  );
  void offerOutput(result);
  return result;
}

async function offerOutput(result: RecipeRunResult): Promise<void> {
  const open = 'Open Data View';
  const text = `${path.basename(result.output)}: ${plural(result.rowsOut, 'row')} of ${plural(result.rowsIn, 'row')}, ${plural(result.columns.length, 'column')}.${result.rejected === 0 ? '' : ` ${plural(result.rejected, 'record')} of the input could not be read.`}`;
  if ((await vscode.window.showInformationMessage(text, open)) === open) {
    await vscode.commands.executeCommand('mll.openData', vscode.Uri.file(result.output));
  }
}

export async function runRecipe(context: CommandContext, given: unknown): Promise<void> {
  const uri = await chooseRecipe(context, given, 'Run Recipe');
  if (!uri) return;
  await saveIfOpen(uri);
  await runRecipeFile(context, uri);
}

/** The recipe as a job: a run with a dataset as its output. */
export async function prepare(context: CommandContext, given: unknown): Promise<void> {
  const uri = await chooseRecipe(context, given, 'Prepare Dataset with Recipe');
  if (!uri) return;
  await saveIfOpen(uri);
  const { root, lifecycle } = await projectOf(context, uri);
  const where = await chooseWhere(lifecycle, 'Prepare on');
  if (!where || !(await ensureReady(context, root, where.provider))) return;
  const other = await inputForJob(context, root, uri.fsPath);
  if (!other) return;
  const run = await waitFor('Starting', (call) =>
    lifecycle.runs.prepare({ recipe: uri.fsPath, provider: where.provider, ...other }, call),
  );
  followRun(context, root, run);
  openPanel(context, { view: 'run', root, name: run.id });
}

/** Writes what was typed and not saved yet, so that a run takes what is seen. */
export async function saveIfOpen(uri: vscode.Uri): Promise<void> {
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (open?.isDirty) await open.save();
}
