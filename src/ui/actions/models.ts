import path from 'node:path';
import * as vscode from 'vscode';
import { askText } from '../ask';
import { agree, askForData, choose, type Chosen } from '../choose';
import type { CommandContext } from '../command-context';
import { followRun } from '../jobs';
import { isNode } from '../nodes';
import { openPanel } from '../panels';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { changeModel } from '../shares';
import { chooseMachine, chooseWhere, ensureReady, type Where } from '../where';
import { UserError } from '../../core/errors';
import type { Endpoint } from '../../core/model';

/** A model by its tree row, its `name@version`, or the run that made it. */
async function chooseModel(
  context: CommandContext,
  given: unknown,
  title: string,
): Promise<Chosen | undefined> {
  if (!isNode(given) || given.kind !== 'run') return choose(context, 'models', given, title);
  const lifecycle = await context.lifecycle(given.root);
  const { model } = await lifecycle.runs.get(given.name);
  if (!model) {
    throw new UserError('notFound', `The run ${given.name} left no model.`, {
      fix: 'Choose a training run that is completed.',
    });
  }
  return { root: given.root, lifecycle, name: `${model.name}@${model.version}` };
}

/** Makes an endpoint of a model, or gives an endpoint of that name the model; then shows it. */
export async function deploy(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await chooseModel(context, given, 'Deploy a Model');
  if (chosen) await deployModel(context, chosen.root, chosen.name);
}

/** Deploys `name@version` where the person wants it and opens the endpoint's view. */
export async function deployModel(context: Ui, root: string, reference: string): Promise<void> {
  const lifecycle = await context.lifecycle(root);
  const model = await lifecycle.models.get(reference);
  const full = `${model.name}@${model.version}`;
  const same = (await lifecycle.endpoints.list()).find((one) => one.name === model.name);
  let endpoint: Endpoint;
  if (same?.status === 'removed') {
    // Deleted elsewhere: its entry here is taken up again.
    if (!(await ensureReady(context, root, same.provider))) return;
    endpoint = await waitFor(`Deploying ${full} again`, (call) =>
      lifecycle.endpoints.update(same.name, full, call),
    );
  } else if (same && (same.model !== model.name || same.version !== model.version)) {
    const change = 'Change Model';
    const another = 'New Endpoint…';
    const pick = await vscode.window.showInformationMessage(
      `The endpoint "${same.name}" serves ${same.model}@${same.version}.`,
      { modal: true, detail: `${full} can replace it without dropping a request; Roll Back returns to it.` },
      change,
      another,
    );
    if (pick === undefined) return;
    if (pick === change) {
      if (!(await ensureReady(context, root, same.provider))) return;
      if (!(await changeModel(lifecycle, same.name, full))) return;
      endpoint = same;
    } else {
      const name = await askText({
        title: 'Name of the endpoint',
        value: `${model.name}-2`,
      });
      const where = name === undefined ? undefined : await place(context, root);
      if (name === undefined || !where) return;
      endpoint = await start(context, root, full, name, where);
    }
  } else {
    const where = await place(context, root);
    if (!where) return;
    endpoint = await start(context, root, full, model.name, where);
  }
  context.changed(root, 'endpoints');
  openPanel(context, { view: 'endpoint', root, name: endpoint.name });
}

/** Where the endpoint is to run, ready for it; undefined when the person declined. */
async function place(context: Ui, root: string): Promise<Where | undefined> {
  const lifecycle = await context.lifecycle(root);
  const where = await chooseWhere(lifecycle, 'Deploy to', true);
  if (!where || !(await ensureReady(context, root, where.provider))) return undefined;
  if (where.serverless !== false) return where;
  const machine = await chooseMachine(lifecycle, where.provider);
  return machine === undefined ? undefined : { ...where, machine };
}

async function start(
  context: Ui,
  root: string,
  model: string,
  name: string,
  where: Where,
): Promise<Endpoint> {
  const lifecycle = await context.lifecycle(root);
  void vscode.commands.executeCommand('mll.endpoints.focus', { preserveFocus: true });
  return waitFor(`Deploying ${model}${where.provider === 'local' ? ' on this machine' : ''}`, (call) =>
    lifecycle.endpoints.deploy({ model, name, ...where }, call),
  );
}

/** Scores a model on other data, as a run. */
export async function evaluate(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await chooseModel(context, given, 'Evaluate Model');
  if (!chosen) return;
  const data = await askForData('Data with the true values', chosen.root);
  const where = data === undefined ? undefined : await chooseWhere(chosen.lifecycle, 'Evaluate on');
  if (data === undefined || !where || !(await ensureReady(context, chosen.root, where.provider))) return;
  const run = await waitFor('Starting', (call) =>
    chosen.lifecycle.runs.evaluate({ model: chosen.name, data, part: 'all', provider: where.provider }, call),
  );
  followRun(context, chosen.root, run);
  openPanel(context, { view: 'run', root: chosen.root, name: run.id });
}

/** Predicts each row of a file, as a run. */
export async function predict(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await chooseModel(context, given, 'Predict a File');
  if (!chosen) return;
  const data = await askForData('Rows to predict', chosen.root);
  const where = data === undefined ? undefined : await chooseWhere(chosen.lifecycle, 'Predict on');
  if (data === undefined || !where || !(await ensureReady(context, chosen.root, where.provider))) return;
  const run = await waitFor('Starting', (call) =>
    chosen.lifecycle.runs.batchPredict({ model: chosen.name, data, provider: where.provider }, call),
  );
  followRun(context, chosen.root, run);
  openPanel(context, { view: 'run', root: chosen.root, name: run.id });
}

export async function exportModel(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await chooseModel(context, given, 'Export Model');
  if (!chosen) return;
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: `Export ${chosen.name} to a folder`,
      openLabel: 'Export Here',
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(chosen.root),
    })) ?? [];
  if (!folder) return;
  const target = path.join(folder.fsPath, chosen.name.replace('@', '-'));
  const written = await chosen.lifecycle.models.export(chosen.name, target);
  const reveal = 'Reveal';
  const pick = await vscode.window.showInformationMessage(
    `${chosen.name} is in ${written}. It runs with "mlflow models serve" too.`,
    reveal,
  );
  if (pick === reveal) await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(written));
}

export async function removeModel(context: CommandContext, given: unknown): Promise<void> {
  const node = isNode(given) ? given : (given ?? context.trees.selected('models'));
  const chosen = await chooseModel(context, node, 'Remove Model Version');
  if (!chosen) return;
  const detail =
    'The package is deleted from this machine. The run that made it stays, and can be run again.';
  if (!(await agree(`Remove the model ${chosen.name}?`, detail, 'Remove'))) return;
  await chosen.lifecycle.models.remove(chosen.name);
  context.changed(chosen.root, 'models');
}
