import path from 'node:path';
import * as vscode from 'vscode';
import type { DownloadPlan, UploadPlan } from '../../core/api';
import { UserError } from '../../core/errors';
import { sumBytes } from '../../core/store-plans';
import { keyName } from '../../core/store-uri';
import { askAboutSecret } from '../agree';
import { askOne, askText } from '../ask';
import { agree, chooseData, isDataFile, projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import type { StoreNode, StoreTree } from '../store-view';
import { parentOf } from '../store-uris';
import { moment } from '../words';
import { chosenNode, chosenNodes } from './stores';
import { bytes as bytesText, plural } from '../../words';

const SHOWN = 10;
const LEAVE_OUT = 'Leave It Out';
/** Where files were sent last from the Explorer. */
const LAST_TARGET = 'mll.store.lastTarget';

const files = (count: number): string => plural(count, 'file');

function named(all: readonly { readonly name: string; readonly bytes: number }[]): string[] {
  const sorted = all.toSorted((a, b) => b.bytes - a.bytes);
  const lines = sorted.slice(0, SHOWN).map((one) => `${bytesText(one.bytes)}  ${one.name}`);
  return sorted.length > SHOWN ? [...lines, `and ${files(sorted.length - SHOWN)} that are smaller`] : lines;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

/** The bucket or folder that a row stands for or lies in. */
const targetOf = (node: StoreNode): string => (node.kind === 'object' ? parentOf(node.uri) : node.uri);

/** Asks for files and uploads them to a bucket or folder; from the Explorer, asks where to. */
export async function upload(context: CommandContext, given: unknown, all: unknown): Promise<void> {
  if (given instanceof vscode.Uri) return uploadFromExplorer(context, given, all);
  const node = chosenNode(context, given, ['bucket', 'prefix', 'object']);
  await chooseAndUpload(context, node, { canSelectFiles: true, title: 'Upload Files' });
}

export async function uploadFolder(context: CommandContext, given: unknown): Promise<void> {
  const node = chosenNode(context, given, ['bucket', 'prefix', 'object']);
  await chooseAndUpload(context, node, {
    canSelectFiles: false,
    canSelectFolders: true,
    title: 'Upload Folder',
  });
}

async function chooseAndUpload(
  context: CommandContext,
  node: StoreNode,
  options: vscode.OpenDialogOptions,
): Promise<void> {
  const to = targetOf(node);
  const chosen = await vscode.window.showOpenDialog({
    ...options,
    canSelectMany: true,
    openLabel: 'Upload',
    defaultUri: vscode.Uri.file(node.root),
  });
  if (chosen)
    await send(
      context,
      context.stores,
      node.root,
      chosen.map((one) => one.fsPath),
      to,
    );
}

async function uploadFromExplorer(context: CommandContext, given: vscode.Uri, all: unknown): Promise<void> {
  const chosen = Array.isArray(all) ? all.filter((one): one is vscode.Uri => one instanceof vscode.Uri) : [];
  const { root } = await projectOf(context, given);
  const last = context.extension.workspaceState.get<string>(LAST_TARGET, 's3://');
  const to = await askText({
    title: 'Upload to a Store',
    prompt:
      'Where to: s3://BUCKET/FOLDER/ or gs://BUCKET/FOLDER/. With a slash at the end it goes there under its own name.',
    value: last,
    valueSelection: [last.length, last.length],
    validateInput: (text) =>
      /^(s3|gs):\/\/[^/]+/.test(text) ? undefined : 'Write s3://BUCKET/FOLDER/ or gs://BUCKET/FOLDER/',
  });
  if (to === undefined) return;
  await context.extension.workspaceState.update(LAST_TARGET, to);
  await send(
    context,
    context.stores,
    root,
    (chosen.length > 0 ? chosen : [given]).map((one) => one.fsPath),
    to,
  );
}

/** Files and folders that were dropped on a row. */
export async function uploadDropped(
  ui: Ui,
  tree: StoreTree,
  target: StoreNode,
  dropped: string,
): Promise<void> {
  const paths = dropped
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => vscode.Uri.parse(line))
    .filter((uri) => uri.scheme === 'file' || uri.scheme === 'vscode-remote')
    .map((uri) => uri.fsPath);
  const to = targetOf(target);
  if (paths.length === 0 || to === '') {
    throw new UserError('invalid', 'Only files and folders can be dropped, on a bucket or a folder in it.', {
      fix: 'Open a store in the Stores view, and drop them on a bucket.',
    });
  }
  await send(ui, tree, target.root, paths, to);
}

/** Uploads after it was shown what would leave, and agreed to. */
async function send(
  ui: Ui,
  tree: StoreTree,
  root: string,
  paths: readonly string[],
  to: string,
): Promise<void> {
  const { stores } = await ui.lifecycle(root);
  const planned = (ignored: boolean): Promise<UploadPlan[]> =>
    waitFor('Looking what would be uploaded', (call) =>
      Promise.all(paths.map((one) => stores.planUpload(one, to, { ignored }, call.signal))),
    );
  let plans = await planned(false);
  const question = (): string => {
    const count = plans.reduce((sum, one) => sum + one.files.length, 0);
    const bytes = plans.reduce((sum, one) => sum + one.bytes, 0);
    return `Upload ${files(count)} (${bytesText(bytes)}) to ${to}?`;
  };
  const detail = (): string => {
    const leftOut = plans.flatMap((one) => one.leftOut);
    const replaces = plans.flatMap((one) => one.replaces ?? []);
    const unseen = plans.some((one) => one.replaces === undefined);
    return [
      ...named(
        plans.flatMap((one) =>
          one.files.map(({ file, bytes }) => ({ name: path.relative(root, file), bytes })),
        ),
      ),
      ...(leftOut.length === 0 ? [] : ['', `Left out by .gitignore or .mlignore: ${listed(leftOut)}`]),
      ...(replaces.length === 0 ? [] : ['', `Replaced there: ${listed(replaces)}`]),
      ...(unseen ? ['', 'You may not list there, so whether something is replaced cannot be seen.'] : []),
    ].join('\n');
  };
  const yes = 'Upload';
  const withIgnored = 'Add What Is Left Out';
  for (;;) {
    const isEmpty = plans.every((one) => one.files.length === 0);
    const leaves = plans.some((one) => one.leftOut.length > 0);
    const buttons = [...(isEmpty ? [] : [yes]), ...(leaves ? [withIgnored] : [])];
    if (buttons.length === 0) {
      throw new UserError('invalid', 'There is no file in it to upload.', { fix: 'Choose another folder.' });
    }
    const answer = await vscode.window.showInformationMessage(
      question(),
      { modal: true, detail: detail() },
      ...buttons,
    );
    if (answer === undefined) return;
    if (answer === yes) break;
    plans = await planned(true);
  }
  const sent = await withoutSecrets(plans, root);
  if (!sent) return;
  try {
    await waitFor(`Uploading to ${to}`, async (call) => {
      for (const plan of sent) await stores.upload(plan, call);
    });
  } finally {
    tree.refresh(to.endsWith('/') ? to : parentOf(to));
  }
  if (sent.length > 0) vscode.window.setStatusBarMessage(`Uploaded to ${to}`, 5000);
}

/** What is left to be sent after each finding was confirmed or its file left out; undefined where the person gave up. */
async function withoutSecrets(
  plans: readonly UploadPlan[],
  root: string,
): Promise<readonly UploadPlan[] | undefined> {
  // A secret stands in code and settings, not in a table.
  const looked = plans.flatMap((one) => one.files).filter(({ file }) => !isDataFile(file));
  if (looked.length === 0) return plans;
  const secrets = await waitFor('Looking for secrets', async ({ signal }) => {
    const { findSecrets } = await import('../../core/secrets');
    return findSecrets(
      looked.map(({ file }) => ({ file, name: path.relative(root, file) })),
      signal,
    );
  });
  const left = new Set<string>();
  for (const secret of secrets) {
    if (left.has(secret.file)) continue;
    const answer = await askAboutSecret(secret, LEAVE_OUT);
    if (answer === undefined) return undefined;
    if (answer === LEAVE_OUT) left.add(secret.file);
  }
  const goes = ({ file }: { readonly file: string }): boolean => !left.has(path.relative(root, file));
  return plans
    .map((one) => ({ ...one, files: one.files.filter(goes), bytes: sumBytes(one.files.filter(goes)) }))
    .filter((one) => one.files.length > 0);
}

/** Downloads an object to a file, or folders and several objects into a folder that is asked for. */
export async function download(context: CommandContext, given: unknown, all: unknown): Promise<void> {
  const nodes = chosenNodes(context, given, all).filter((one) => one.uri !== '');
  const [only, ...others] = nodes;
  if (!only) {
    chosenNode(context, undefined, ['bucket', 'prefix', 'object']);
    return;
  }
  if (others.length === 0 && only.kind === 'object') {
    const file = await askForFile(only);
    if (file !== undefined) await fetchTo(context, only, file, true);
    return;
  }
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: 'Download into Folder',
      openLabel: 'Download',
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(only.root),
    })) ?? [];
  if (!folder) return;
  for (const node of nodes) await fetchTo(context, node, `${folder.fsPath}${path.sep}`, false);
}

async function askForFile(node: StoreNode): Promise<string | undefined> {
  const chosen = await vscode.window.showSaveDialog({
    title: `Download ${node.name}`,
    saveLabel: 'Download',
    defaultUri: vscode.Uri.file(path.join(node.root, node.name)),
  });
  return chosen?.fsPath;
}

/** `asked`: the dialog has asked already whether the file may be replaced. */
async function fetchTo(context: CommandContext, node: StoreNode, to: string, asked: boolean): Promise<void> {
  const { stores } = await context.lifecycle(node.root);
  const plan = await waitFor(`Looking what is in ${node.name}`, (call) =>
    stores.planDownload(node.uri, to, call.signal),
  );
  if (!(await agreeToDownload(plan, asked))) return;
  await waitFor(`Downloading ${node.name}`, (call) => stores.download(plan, call));
  void offer(plan, to);
}

async function agreeToDownload(plan: DownloadPlan, asked: boolean): Promise<boolean> {
  const replaces = asked ? [] : plan.replaces;
  if (plan.refused.length === 0 && replaces.length === 0) return true;
  const detail = [
    ...(plan.refused.length === 0
      ? []
      : [
          `${files(plan.refused.length)} cannot be on this system and would be left out:`,
          ...plan.refused.slice(0, SHOWN).map((one) => `${one.key}: ${one.reason}`),
        ]),
    ...(replaces.length === 0 ? [] : [`Replaced on this machine: ${listed(replaces)}`]),
  ].join('\n');
  return agree(`Download ${files(plan.files.length)} (${bytesText(plan.bytes)})?`, detail, 'Download');
}

async function offer(plan: DownloadPlan, to: string): Promise<void> {
  const [only] = plan.files;
  const same = plan.same === 0 ? '' : `, ${files(plan.same)} were here already`;
  if (plan.files.length === 1 && only && isDataFile(only.file)) {
    const open = 'Open Data View';
    if (
      (await vscode.window.showInformationMessage(
        `Downloaded ${path.basename(only.file)} (${bytesText(plan.bytes)}).`,
        open,
      )) === open
    ) {
      await vscode.commands.executeCommand('mll.openData', vscode.Uri.file(only.file));
    }
    return;
  }
  vscode.window.setStatusBarMessage(
    `Downloaded ${files(plan.files.length)} (${bytesText(plan.bytes)}) to ${to}${same}`,
    8000,
  );
}

/** Lists the versions of an object, and downloads the one that is picked. */
export async function versions(context: CommandContext, given: unknown): Promise<void> {
  const node = chosenNode(context, given, ['object']);
  const { stores } = await context.lifecycle(node.root);
  const { store, key } = await stores.at(node.uri);
  const all = (await store.versions?.(key)) ?? [];
  const pick = await askOne(
    all.map((one) => ({
      label: moment(one.modified),
      description: one.deleted ? 'deleted' : `${bytesText(one.bytes)}${one.latest ? ' · latest' : ''}`,
      detail: one.version === 'null' ? 'This bucket keeps no versions.' : one.version,
      one,
    })),
    { title: `Versions of ${node.name}`, placeHolder: 'The version to download' },
  );
  if (!pick) return;
  if (pick.one.deleted) {
    throw new UserError('notFound', `${node.name} was deleted then: there is nothing to download.`, {
      fix: 'Choose an older version.',
    });
  }
  const file = await askForFile(node);
  const old = store.at?.(pick.one.version);
  if (file === undefined || !old) return;
  await waitFor(`Downloading ${node.name}`, (call) =>
    old.download(key, file, (bytes, totalBytes) => call.onProgress?.({ bytes, totalBytes }), call.signal),
  );
}

/** Brings a table in a store onto this machine, with its size shown first; true when it is here. */
export async function fetchDataset(ui: Ui, root: string, nameOrUri: string, why: string): Promise<boolean> {
  const { datasets } = await ui.lifecycle(root);
  const there = await datasets.inStore(nameOrUri);
  if (!there || there.path !== undefined) return true;
  const detail = `${there.uri}\n${bytesText(there.bytes)} come into .ml/cache of this project, which git ignores.`;
  if (!(await agree(`${why}: fetch ${keyName(there.uri)} first?`, detail, 'Fetch'))) return false;
  await waitFor(`Fetching ${keyName(there.uri)}`, (call) => datasets.fetch(nameOrUri, call));
  return true;
}

/** The command of a failure's button (with an address), and of a dataset's row. */
export async function fetchCommand(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await chooseData(context, given, 'Fetch Dataset');
  if (!chosen || !(await fetchDataset(context, chosen.root, chosen.name, 'To use it on this machine')))
    return;
  context.changed(chosen.root, 'datasets');
  vscode.window.setStatusBarMessage(`${keyName(chosen.name)} is on this machine.`, 5000);
}
