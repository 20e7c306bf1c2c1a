import path from 'node:path';
import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import { leftText } from '../../words';
import { activeFile, agree, choose, chooseData } from '../choose';
import type { CommandContext } from '../command-context';
import { followRun } from '../jobs';
import { isNode } from '../nodes';
import { openPanel } from '../panels';
import { waitFor } from '../progress';
import { ensureReady } from '../where';
import { saveIfOpen } from './recipe';
import { recipeInput } from '../recipe-text';
import { showText } from '../shown-text';

/** Opens the training page for a file, a dataset, or the data of a recipe. */
export async function train(context: CommandContext, given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : given === undefined ? activeFile() : undefined;
  if (uri && /\.recipe\.ya?ml$/i.test(uri.fsPath)) {
    await saveIfOpen(uri);
    const root = context.root(uri) ?? path.dirname(uri.fsPath);
    const document = await vscode.workspace.openTextDocument(uri);
    const data = await recipeInput(uri.fsPath, document.getText());
    openPanel(context, { view: 'train', root, name: data, recipe: uri.fsPath });
    return;
  }
  const chosen = await chooseData(context, given, 'Train');
  // A table in a store may be trained on where it lies: the page says what is fetched for here.
  if (!chosen) return;
  openPanel(context, { view: 'train', root: chosen.root, name: chosen.name });
}

export async function openRun(context: CommandContext, given: unknown): Promise<void> {
  const id = isNode(given) && given.kind !== 'run' ? given.run : given;
  const chosen = await choose(context, 'runs', id, 'Open Run');
  if (!chosen) return;
  const root = isNode(given) ? given.root : chosen.root;
  openPanel(context, { view: 'run', root, name: chosen.name });
}

export async function cancelRun(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'runs', given, 'Cancel Run');
  if (!chosen) return;
  await chosen.lifecycle.runs.cancel(chosen.name);
  context.changed(chosen.root, 'runs');
}

export async function rerun(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'runs', given, 'Run Again');
  if (!chosen) return;
  const { provider } = await chosen.lifecycle.runs.get(chosen.name);
  if (!(await ensureReady(context, chosen.root, provider))) return;
  const run = await waitFor('Starting', (call) => chosen.lifecycle.runs.rerun(chosen.name, {}, call));
  followRun(context, chosen.root, run);
  openPanel(context, { view: 'run', root: chosen.root, name: run.id });
}

export async function removeRun(context: CommandContext, given: unknown): Promise<void> {
  const node = isNode(given) ? given : (given ?? context.trees.selected('runs'));
  const chosen = await choose(context, 'runs', node, 'Remove Run');
  if (!chosen) return;
  const parts = chosen.node?.children?.length ?? 0;
  const also = parts === 0 ? '' : ` So are the ${parts} runs that scored its models.`;
  const { runs } = chosen.lifecycle;
  // Without a login it can still be forgotten here.
  const left = await runs.left(chosen.name).catch((error: unknown) => toErrorData(error).message);
  const here = typeof left === 'string';
  const there = here
    ? ` Its files at the provider stay: ${left}`
    : left.length === 0
      ? ''
      : ` So are its files at the provider: ${left.map(leftText).join('; ')}.`;
  const detail = `Its log, metrics and job folder are deleted.${also}${there} A model that it made stays.`;
  if (!(await agree(`Remove the run ${chosen.name}?`, detail, 'Remove'))) return;
  await runs.remove(chosen.name, { here });
  context.changed(chosen.root, 'runs');
}

/** The whole log as a text document. */
export async function openRunLog(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'runs', given, 'Open Run Log');
  if (!chosen) return;
  await showLog(chosen.name, (cursor) => chosen.lifecycle.runs.logs(chosen.name, cursor));
}

export type ReadLog = (
  cursor?: string,
) => Promise<{ readonly items: readonly string[]; readonly cursor: string }>;

/** A log from its beginning to its present end. */
export async function readLog(read: ReadLog): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let cursor: string | undefined; ;) {
    const chunk = await read(cursor);
    for (const line of chunk.items) lines.push(line);
    if (chunk.items.length === 0 || chunk.cursor === cursor) return lines;
    cursor = chunk.cursor;
  }
}

export async function showLog(of: string, read: ReadLog): Promise<void> {
  await showText(`${of}.log`, (await readLog(read)).join('\n'));
}
