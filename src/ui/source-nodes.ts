import * as vscode from 'vscode';
import { toErrorData } from '../core/errors';
import type { SourceNode, SourcePage } from '../core/source';
import { SOURCES, type SourceScheme } from '../core/source-uri';
import type { SourceRow } from './source-view';

const { ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } = vscode;

type Facts = Partial<Omit<vscode.TreeItem, 'label'>>;

const ICONS: Readonly<Record<SourceNode['kind'], string>> = {
  project: 'project',
  dataset: 'database',
  table: 'table',
  view: 'eye',
  'materialized view': 'eye',
  'external table': 'link-external',
  snapshot: 'history',
  partition: 'split-horizontal',
};
/** What is looked into rather than opened. */
const HOLDS: ReadonlySet<SourceNode['kind']> = new Set(['project', 'dataset']);

export function sourceRow(root: string, scheme: SourceScheme): SourceRow {
  const item = Object.assign(new TreeItem(SOURCES[scheme], TreeItemCollapsibleState.Collapsed), {
    id: `source ${root} ${scheme}`,
    contextValue: 'source.cloud',
    iconPath: new ThemeIcon('server'),
    tooltip: 'Google BigQuery. Looking at projects, tables and rows costs nothing.',
  });
  return { kind: 'source', root, name: SOURCES[scheme], uri: `${scheme}://`, item };
}

function nodeRow(root: string, node: SourceNode): SourceRow {
  const isOpen = HOLDS.has(node.kind) || node.partitioned === true;
  const item = new TreeItem(
    node.name,
    isOpen ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  const facts = [
    HOLDS.has(node.kind) || node.kind === 'table' ? undefined : node.kind,
    node.partitioned ? 'partitioned' : undefined,
    node.location,
    node.title,
  ].filter((one) => one !== undefined);
  const own: SourceRow = { kind: node.kind, root, name: node.name, uri: node.uri, item };
  Object.assign(item, {
    id: `${root} ${node.uri}`,
    description: facts.join(' · '),
    contextValue: HOLDS.has(node.kind)
      ? `source.${node.kind}`
      : `source.table.${node.kind.replaceAll(' ', '')}`,
    iconPath: new ThemeIcon(ICONS[node.kind]),
    tooltip: [node.uri, ...facts].join('\n'),
    accessibilityInformation: { label: `${node.kind} ${node.name} ${facts.join(', ')}` },
    ...(HOLDS.has(node.kind)
      ? {}
      : { command: { command: 'mll.source.open', title: 'Open', arguments: [own] } }),
  });
  return own;
}

function noteRow(root: string, label: string, facts: Facts): SourceRow {
  const item = Object.assign(new TreeItem(label, TreeItemCollapsibleState.None), {
    contextValue: 'source.note',
    ...facts,
  });
  return { kind: 'note', root, name: label, uri: '', item };
}

/** What is listed as far as it was read, and a row that reads on. */
export function contentRows(root: string, uri: string, pages: readonly SourcePage[]): SourceRow[] {
  const found = pages.flatMap(({ nodes }) => nodes).map((node) => nodeRow(root, node));
  if (pages.at(-1)?.next !== undefined) {
    const more = noteRow(root, 'Load more…', {
      description: `${found.length.toLocaleString('en-US')} shown`,
      iconPath: new ThemeIcon('ellipsis'),
      command: { command: 'mll.source.more', title: 'Load More', arguments: [uri] },
    });
    return [...found, more];
  }
  return found.length > 0 ? found : [noteRow(root, 'Nothing in it', { iconPath: new ThemeIcon('info') })];
}

/** A failure where the content would stand, with rows that do something about it. */
export function problemRows(row: SourceRow, error: unknown): SourceRow[] {
  const { message, fix, actions = [] } = toErrorData(error);
  const next =
    fix === undefined ? [] : [noteRow(row.root, fix, { iconPath: new ThemeIcon('lightbulb'), tooltip: fix })];
  return [
    noteRow(row.root, message, {
      iconPath: new ThemeIcon('error', new ThemeColor('testing.iconFailed')),
      tooltip: fix === undefined ? message : `${message}\n\n${fix}`,
      accessibilityInformation: { label: `${message} ${fix ?? ''}` },
    }),
    ...next,
    ...actions.map(({ title, command, args = [] }) =>
      noteRow(row.root, title, {
        iconPath: new ThemeIcon('play'),
        command: { command, title, arguments: [...args] },
      }),
    ),
    noteRow(row.root, 'Try again', {
      iconPath: new ThemeIcon('refresh'),
      command: { command: 'mll.source.refresh', title: 'Try Again', arguments: [row.uri] },
    }),
  ];
}
