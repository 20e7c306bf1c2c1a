import * as vscode from 'vscode';
import type { SourcePage } from '../core/source';
import type { Ui } from './project';
import { fillPages, fromProjects } from './project-roots';
import type { SourceRow, SourceTree } from './source-view';

const PAGE = 200;

interface Listing {
  readonly pages: SourcePage[];
  /** Pages that are to be shown. */
  wanted: number;
}

/** Projects, datasets and tables of sources. Nothing is asked of a cloud before a row is opened. */
export function registerSourceTree(ui: Ui): SourceTree {
  const changed = new vscode.EventEmitter<SourceRow | undefined>();
  const listings = new Map<string, Listing>();
  const shown = new Map<string, SourceRow>();
  const listingOf = (uri: string): Listing => {
    const known = listings.get(uri) ?? { pages: [], wanted: 1 };
    listings.set(uri, known);
    return known;
  };

  async function childrenOf(row: SourceRow): Promise<readonly SourceRow[]> {
    const nodes = await import('./source-nodes');
    try {
      const source = await (await ui.lifecycle(row.root)).sources.open(row.uri);
      const listing = listingOf(row.uri);
      await fillPages(listing, (next) =>
        source.list(row.kind === 'source' ? '' : row.uri, { limit: PAGE, ...next }),
      );
      return nodes.contentRows(row.root, row.uri, listing.pages);
    } catch (error) {
      return nodes.problemRows(row, error);
    }
  }

  const topRows = (): Promise<SourceRow[]> =>
    fromProjects(ui, async (root, { sources }) => {
      const schemes = await sources.remembered();
      const { sourceRow } = await import('./source-nodes');
      return schemes.map((scheme) => sourceRow(root, scheme));
    });

  const view = vscode.window.createTreeView('mll.sources', {
    showCollapseAll: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: (row: SourceRow) => row.item,
      async getChildren(parent?: SourceRow) {
        const found = parent ? await childrenOf(parent) : await topRows();
        for (const one of found) if (one.uri !== '') shown.set(one.uri, one);
        return [...found];
      },
    },
  });
  const tree: SourceTree = {
    selected: () => view.selection,
    refresh(uri) {
      if (uri === undefined) listings.clear();
      else listings.delete(uri);
      changed.fire(uri === undefined ? undefined : shown.get(uri));
    },
    more(uri) {
      const listing = listingOf(uri);
      listing.wanted = listing.pages.length + 1;
      changed.fire(shown.get(uri));
    },
  };
  ui.extension.subscriptions.push(
    view,
    changed,
    vscode.workspace.onDidGrantWorkspaceTrust(() => tree.refresh()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => tree.refresh()),
  );
  return tree;
}
