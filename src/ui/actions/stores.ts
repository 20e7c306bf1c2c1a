import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import {
  CLOUD_SCHEMES,
  CLOUD_STORES,
  isStoreUri,
  keyName,
  parseStoreUri,
  storeUri,
} from '../../core/store-uri';
import { askOne, askText } from '../ask';
import { agree, isDataFile, projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { isStoreNode, type StoreNode } from '../store-view';
import { showStores } from './show-stores';
import { addressOf, parentOf, uriOf } from '../store-uris';
import { bytes as bytesText, rowsText } from '../../words';

/** Text up to this size is opened in the editor. */
const TEXT_BYTES = 5_000_000;

/** What a command acts on: the row it was given, with the others that are chosen, or what is chosen in the view. */
export function chosenNodes(context: CommandContext, given: unknown, all: unknown): readonly StoreNode[] {
  const many = Array.isArray(all) ? all.filter(isStoreNode) : [];
  if (many.length > 0) return many;
  return isStoreNode(given) ? [given] : context.stores.selected();
}

/** The one row of these kinds that a command acts on; a UserError when there is none. */
export function chosenNode(
  context: CommandContext,
  given: unknown,
  kinds: readonly StoreNode['kind'][],
): StoreNode {
  const found = chosenNodes(context, given, undefined).find((one) => kinds.includes(one.kind));
  if (found) return found;
  throw new UserError('invalid', 'Nothing of that kind is chosen in the Stores view.', {
    fix: 'Choose a bucket, folder or object there first.',
    actions: [{ title: 'Show Stores', command: 'mll.stores.focus' }],
  });
}

/** Asks which cloud's store is to be used and by which login, and remembers their names. */
export async function addStore(context: CommandContext): Promise<void> {
  const items = CLOUD_SCHEMES.map((scheme) => ({
    label: CLOUD_STORES[scheme],
    description: OWNERS[scheme],
    scheme,
  }));
  const pick = await askOne(items, { title: 'Add Store', matchOnDescription: true });
  if (!pick) return;
  if (pick.scheme === 'gs') return (await import('./google')).connectGoogle(context);
  await addS3(context);
}

const OWNERS = { s3: 'Amazon Web Services', gs: 'Google Cloud' } as const;

async function addS3(context: CommandContext): Promise<void> {
  const { root, lifecycle } = await projectOf(context);
  const { stores } = lifecycle;
  const logins = await stores.logins('s3');
  const picks = [
    ...logins.map((one) => ({
      label: one.name,
      description: [one.how, one.region].filter((part) => part !== undefined).join(' · '),
      settings: one.settings,
    })),
    {
      label: 'Login of the environment',
      description: 'AWS_PROFILE, AWS_ACCESS_KEY_ID, or whatever the AWS CLI uses',
      settings: { profile: undefined },
    },
  ];
  const pick = await askOne(picks, {
    title: 'Add S3: by which login?',
    placeHolder:
      logins.length === 0
        ? 'There is no profile in ~/.aws yet; "aws configure sso" makes one'
        : 'A profile of ~/.aws. Its name is noted in ml.yaml, nothing secret.',
  });
  if (!pick) return;
  await lifecycle.init();
  await stores.remember('s3', { ...(await stores.remembered()).s3, ...pick.settings });
  await showStores(context, root);
}

/** Remembers a bucket that may be used but not listed. */
export async function addBucket(context: CommandContext, given: unknown): Promise<void> {
  const { lifecycle } = await projectOf(context);
  const remembered = await lifecycle.stores.remembered();
  const row = chosenNodes(context, given, undefined).find((one) => one.scheme);
  const scheme = row?.scheme ?? CLOUD_SCHEMES.find((one) => remembered[one]) ?? 's3';
  const name = await askText({
    title: `Add Bucket to ${CLOUD_STORES[scheme]}`,
    prompt: `The name of a bucket that is not in the list, or an address ${scheme}://BUCKET/…`,
  });
  if (name === undefined || name.trim() === '') return;
  const text = name.trim();
  const address = parseStoreUri(isStoreUri(text) ? text : `${scheme}://${text}/`);
  if (address.scheme === 'file') return;
  const settings = remembered[address.scheme] ?? {};
  await lifecycle.init();
  await lifecycle.stores.remember(address.scheme, {
    ...settings,
    buckets: [...new Set([...(settings.buckets ?? []), address.root])],
  });
  context.stores.refresh();
}

export async function forgetStore(context: CommandContext, given: unknown): Promise<void> {
  const { root, scheme = 's3' } = chosenNode(context, given, ['store']);
  const lifecycle = await context.lifecycle(root);
  const name = CLOUD_STORES[scheme];
  const detail = `The entry in ml.yaml is removed. Nothing in ${name} changes, and the login stays.`;
  if (!(await agree(`Remove ${name} from this project?`, detail, 'Remove'))) return;
  await lifecycle.stores.forget(scheme);
  context.stores.refresh();
}

/** Opens an object: a table in the data view, text in the editor. */
export async function openObject(context: CommandContext, given: unknown): Promise<void> {
  const { uri, root } = chosenNode(context, given, ['object']);
  await openAddress(context, root, uri);
}

async function openAddress(ui: Ui, root: string, address: string): Promise<void> {
  const uri = uriOf(address);
  if (isDataFile(uri.path)) {
    await vscode.commands.executeCommand('vscode.openWith', uri, 'mll.data');
    return;
  }
  const { store, key } = await (await ui.lifecycle(root)).stores.at(address);
  const { bytes } = await store.stat(key);
  if (bytes > TEXT_BYTES) {
    const message = `${keyName(key)} (${bytesText(bytes)}) is no table, and too large for the editor.`;
    const download = 'Download…';
    if ((await vscode.window.showInformationMessage(message, download)) === download) {
      await vscode.commands.executeCommand('mll.store.download', nodeOf(root, address));
    }
    return;
  }
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}

/** A row as commands take it, for an address that comes from elsewhere. */
function nodeOf(root: string, uri: string): StoreNode {
  return { kind: 'object', root, name: keyName(uri), uri, item: new vscode.TreeItem(uri) };
}

/** Asks for an address and opens what is there. */
export async function openUri(context: CommandContext): Promise<void> {
  const { root } = await projectOf(context);
  const given = await askText({
    title: 'Open Store Address',
    prompt: 's3://BUCKET/KEY or gs://BUCKET/KEY',
  });
  if (given === undefined) return;
  await openAddress(context, root, storeUri(parseStoreUri(given.trim())));
}

/** What the editor shows of an object that is text. */
export async function readText(ui: Ui, uri: vscode.Uri): Promise<string> {
  const { lifecycle } = await projectOf(ui);
  const { store, key } = await lifecycle.stores.at(addressOf(uri));
  const chunks: Buffer[] = [];
  for await (const chunk of await store.read(key, { start: 0, end: TEXT_BYTES }))
    chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (!bytes.subarray(0, 8192).includes(0)) return bytes.toString('utf8');
  throw new UserError('invalid', `${keyName(key)} is no text.`, {
    fix: 'Download it and open it with the program it is for.',
  });
}

export async function copyUri(context: CommandContext, given: unknown, all: unknown): Promise<void> {
  const nodes = chosenNodes(context, given, all).filter((one) => one.uri !== '');
  await vscode.env.clipboard.writeText(nodes.map((one) => one.uri).join('\n'));
  vscode.window.setStatusBarMessage(
    nodes.length === 1 ? `Copied ${nodes[0]?.uri ?? ''}` : `Copied ${nodes.length} addresses`,
    3000,
  );
}

/** Shows what begins with a text, of a bucket or folder of any size. */
export async function search(context: CommandContext, given: unknown): Promise<void> {
  const { uri } = chosenNode(context, given, ['bucket', 'prefix']);
  const beginning = await askText({
    title: `Search by Prefix in ${uri}`,
    prompt:
      'The beginning of the names to show, also with folders (2024/01). Empty: all. Letter case counts.',
    value: context.stores.beginningOf(uri),
  });
  if (beginning !== undefined) context.stores.search(uri, beginning);
}

export function clearSearch(context: CommandContext, given: unknown): void {
  context.stores.search(chosenNode(context, given, ['bucket', 'prefix']).uri, '');
}

/** Names a table in a store as a dataset; nothing but its beginning or footer is read. */
export async function addToDatasets(context: CommandContext, given: unknown, all: unknown): Promise<void> {
  for (const { root, uri } of chosenNodes(context, given, all).filter((one) => one.kind === 'object')) {
    const lifecycle = await context.lifecycle(root);
    const dataset = await waitFor(`Looking at ${keyName(uri)}`, async (call) => {
      await lifecycle.init();
      return lifecycle.datasets.add(uri, {}, call);
    });
    context.changed(root, 'datasets');
    vscode.window.setStatusBarMessage(`Dataset ${dataset.name}: ${rowsText(dataset)}`, 5000);
  }
  await vscode.commands.executeCommand('mll.datasets.focus');
}

/** Deletes objects and folders, after naming what goes. */
export async function deleteObjects(context: CommandContext, given: unknown, all: unknown): Promise<void> {
  const nodes = chosenNodes(context, given, all).filter(
    (one) => one.kind === 'object' || one.kind === 'prefix',
  );
  const [first] = nodes;
  if (!first) chosenNode(context, undefined, ['object', 'prefix']);
  for (const node of nodes) {
    const { stores } = await context.lifecycle(node.root);
    const plan = await waitFor(`Looking what is in ${node.name}`, (call) =>
      stores.planRemoval(node.uri, call.signal),
    );
    const count = plan.objects.length;
    const what =
      node.kind === 'object'
        ? node.name
        : `${count.toLocaleString('en-US')} ${count === 1 ? 'object' : 'objects'} in ${node.name}/`;
    const names = plan.objects
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, 10)
      .map((one) => `${bytesText(one.bytes)}  ${one.key}`);
    const more =
      count > names.length ? [`and ${(count - names.length).toLocaleString('en-US')} smaller ones`] : [];
    const detail = [node.uri, '', ...names, ...more].join('\n');
    if (!(await agree(`Delete ${what} (${bytesText(plan.bytes)})?`, detail, 'Delete'))) return;
    await waitFor(`Deleting ${what}`, (call) => stores.remove(plan, call)).finally(() =>
      context.stores.refresh(parentOf(node.uri)),
    );
  }
}

export function refreshStores(context: CommandContext, given: unknown): void {
  const uri = isStoreNode(given) ? given.uri : given;
  context.stores.refresh(typeof uri === 'string' && isStoreUri(uri) ? uri : undefined);
}
