import path from 'node:path';
import * as vscode from 'vscode';
import { toErrorData } from '../core/errors';
import type { StoreObject, StorePage, StoreRoot, StoreSettings } from '../core/store';
import { CLOUD_STORES, type CloudScheme, keyName } from '../core/store-uri';
import { isDataFile } from './choose';
import { bucketOf, uriOf } from './store-uris';
import type { StoreNode } from './store-view';
import { moment } from './words';
import { bytes as bytesText } from '../words';

const { ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } = vscode;

type Facts = Partial<Omit<vscode.TreeItem, 'label'>>;

function closed(label: string, facts: Facts): vscode.TreeItem {
  return Object.assign(new TreeItem(label, TreeItemCollapsibleState.Collapsed), facts);
}

function leaf(label: string, facts: Facts): vscode.TreeItem {
  return Object.assign(new TreeItem(label, TreeItemCollapsibleState.None), facts);
}

/** `begins with "2024"` behind a row that is searched. */
const searched = (beginning: string): string => (beginning === '' ? '' : `begins with "${beginning}"`);

/** By whose login a store is used, in words. */
function loginOf(scheme: CloudScheme, { profile, account, keyFile }: StoreSettings): string {
  if (keyFile !== undefined) return path.basename(keyFile);
  return (
    profile ?? account ?? { s3: 'login of the environment', gs: 'application default credentials' }[scheme]
  );
}

/** The way into a cloud's store that a project remembers. */
export function storeNode(root: string, scheme: CloudScheme, settings: StoreSettings): StoreNode {
  const by = loginOf(scheme, settings);
  const { project, region } = settings;
  const item = closed(CLOUD_STORES[scheme], {
    id: `store ${root} ${scheme}`,
    description: [project, by, region].filter((one) => one !== undefined).join(' · '),
    contextValue: 'store.cloud',
    iconPath: new ThemeIcon('cloud'),
    tooltip: `${{ s3: 'Amazon S3', gs: 'Google Cloud Storage' }[scheme]} by ${by}`,
  });
  return { kind: 'store', root, scheme, name: CLOUD_STORES[scheme], uri: '', item };
}

export function bucketNode(
  root: string,
  scheme: CloudScheme,
  bucket: StoreRoot,
  beginning: string,
): StoreNode {
  const uri = `${scheme}://${bucket.name}/`;
  const item = closed(bucket.name, {
    id: `${root} ${uri}`,
    description: [bucket.region, searched(beginning)]
      .filter((one) => one !== undefined && one !== '')
      .join(' · '),
    contextValue: `store.bucket${beginning === '' ? '' : '.searched'}`,
    iconPath: new ThemeIcon('archive'),
    tooltip: bucket.created === undefined ? uri : `${uri}\nMade ${moment(bucket.created)}`,
    accessibilityInformation: { label: `Bucket ${bucket.name} ${searched(beginning)}` },
  });
  return { kind: 'bucket', root, name: bucket.name, uri, item };
}

function prefixNode(root: string, uri: string, beginning: string): StoreNode {
  const name = keyName(uri);
  const item = closed(name === '' ? '/' : name, {
    id: `${root} ${uri}`,
    description: searched(beginning),
    contextValue: `store.prefix${beginning === '' ? '' : '.searched'}`,
    iconPath: ThemeIcon.Folder,
    resourceUri: uriOf(uri),
    tooltip: uri,
    accessibilityInformation: { label: `Folder ${name} ${searched(beginning)}` },
  });
  return { kind: 'prefix', root, name, uri, item };
}

function objectNode(root: string, uri: string, object: StoreObject): StoreNode {
  const name = keyName(uri);
  const size = bytesText(object.bytes);
  const item = leaf(name, {
    id: `${root} ${uri}`,
    description: `${size} · ${moment(object.modified)}`,
    contextValue: `store.object${isDataFile(name) ? '.table' : ''}`,
    iconPath: ThemeIcon.File,
    resourceUri: uriOf(uri),
    tooltip: `${uri}\n${size} (${object.bytes.toLocaleString('en-US')} bytes)\nModified ${moment(object.modified)}`,
    accessibilityInformation: { label: `${name}, ${size}, modified ${moment(object.modified)}` },
  });
  const self: StoreNode = { kind: 'object', root, name, uri, item };
  item.command = { command: 'mll.store.open', title: 'Open', arguments: [self] };
  return self;
}

function noteNode(root: string, label: string, facts: Facts): StoreNode {
  return {
    kind: 'note',
    root,
    name: label,
    uri: '',
    item: leaf(label, { contextValue: 'store.note', ...facts }),
  };
}

/** Folders and objects of a bucket or folder as far as they were read, and a row that reads on. */
export function contentNodes(
  root: string,
  uri: string,
  pages: readonly StorePage[],
  beginning: string,
  beginningOf: (uri: string) => string,
): StoreNode[] {
  const bucket = bucketOf(uri);
  const folders = pages
    .flatMap((one) => one.prefixes)
    .map((key) => prefixNode(root, bucket + key, beginningOf(bucket + key)));
  const objects = pages
    .flatMap((one) => one.objects)
    // What a console leaves to stand for the folder itself.
    .filter((one) => bucket + one.key !== uri)
    .map((one) => objectNode(root, bucket + one.key, one));
  const found = [...folders, ...objects];
  if (pages.at(-1)?.next !== undefined) {
    const more = noteNode(root, 'Load more…', {
      description: `${found.length.toLocaleString('en-US')} shown`,
      iconPath: new ThemeIcon('ellipsis'),
      command: { command: 'mll.store.more', title: 'Load More', arguments: [uri] },
    });
    return [...found, more];
  }
  if (found.length > 0) return found;
  const nothing = beginning === '' ? 'Nothing in it' : `Nothing begins with "${beginning}"`;
  return [noteNode(root, nothing, { iconPath: new ThemeIcon('info') })];
}

/** A failure where the content would stand, with rows that do something about it. */
export function problemNodes(node: StoreNode, error: unknown): StoreNode[] {
  const { message, fix, actions = [] } = toErrorData(error);
  const problem = noteNode(node.root, message, {
    iconPath: new ThemeIcon('error', new ThemeColor('testing.iconFailed')),
    tooltip: fix === undefined ? message : `${message}\n\n${fix}`,
    accessibilityInformation: { label: `${message} ${fix ?? ''}` },
  });
  const next =
    fix === undefined
      ? []
      : [noteNode(node.root, fix, { iconPath: new ThemeIcon('lightbulb'), tooltip: fix })];
  const buttons = actions.map(({ title, command, args = [] }) =>
    noteNode(node.root, title, {
      iconPath: new ThemeIcon('play'),
      command: { command, title, arguments: [...args] },
    }),
  );
  const again = noteNode(node.root, 'Try again', {
    iconPath: new ThemeIcon('refresh'),
    command: { command: 'mll.store.refresh', title: 'Try Again', arguments: [node.uri] },
  });
  return [problem, ...next, ...buttons, again];
}
