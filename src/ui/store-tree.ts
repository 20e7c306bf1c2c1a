import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { StorePage } from '../core/store';
import { showError } from './errors';
import type { Ui } from './project';
import { SCHEMES } from './store-uris';
import type { StoreNode, StoreTree } from './store-view';

/** What was read of a bucket or folder. */
interface Listing {
  readonly pages: StorePage[];
  beginning: string;
  /** Pages that are to be shown. */
  wanted: number;
}

const PAGE = 500;

/** Buckets and what is in them. Nothing is asked of a cloud before a store is opened in the view. */
export function registerStoreTree(ui: Ui): StoreTree {
  const changed = new vscode.EventEmitter<StoreNode | undefined>();
  const listings = new Map<string, Listing>();
  const shown = new Map<string, StoreNode>();

  const listingOf = (uri: string): Listing => {
    const known = listings.get(uri) ?? { pages: [], beginning: '', wanted: 1 };
    listings.set(uri, known);
    return known;
  };

  async function childrenOf(node: StoreNode): Promise<readonly StoreNode[]> {
    const nodes = await import('./store-nodes');
    try {
      const { stores } = await ui.lifecycle(node.root);
      const { scheme } = node;
      if (scheme) {
        const roots = await stores.roots(scheme);
        return roots.map((one) =>
          nodes.bucketNode(node.root, scheme, one, listingOf(`${scheme}://${one.name}/`).beginning),
        );
      }
      const listing = listingOf(node.uri);
      const { store, key } = await stores.at(node.uri);
      while (listing.pages.length < listing.wanted) {
        const next = listing.pages.at(-1)?.next;
        if (listing.pages.length > 0 && next === undefined) break;
        const options = { limit: PAGE, ...(next === undefined ? {} : { next }) };
        listing.pages.push(await store.list(`${key}${listing.beginning}`, options));
      }
      return nodes.contentNodes(
        node.root,
        node.uri,
        listing.pages,
        listing.beginning,
        (uri) => listingOf(uri).beginning,
      );
    } catch (error) {
      return nodes.problemNodes(node, error);
    }
  }

  async function topNodes(): Promise<StoreNode[]> {
    if (!vscode.workspace.isTrusted) return [];
    const found: StoreNode[] = [];
    for (const root of ui.roots()) {
      const isProject = await access(path.join(root, 'ml.yaml')).then(
        () => true,
        () => false,
      );
      if (!isProject) continue;
      try {
        const remembered = await (await ui.lifecycle(root)).stores.remembered();
        for (const scheme of SCHEMES) {
          const settings = remembered[scheme];
          if (settings) found.push((await import('./store-nodes')).storeNode(root, scheme, settings));
        }
      } catch (error) {
        void showError(ui, error);
      }
    }
    return found;
  }

  const provider: vscode.TreeDataProvider<StoreNode> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: (node) => node.item,
    async getChildren(parent) {
      const found = parent ? await childrenOf(parent) : await topNodes();
      for (const one of found) if (one.uri !== '') shown.set(one.uri, one);
      return [...found];
    },
  };
  const view = vscode.window.createTreeView('mll.stores', {
    treeDataProvider: provider,
    showCollapseAll: true,
    canSelectMany: true,
    dragAndDropController: {
      dragMimeTypes: [],
      dropMimeTypes: ['text/uri-list'],
      async handleDrop(target, data) {
        const dropped = await data.get('text/uri-list')?.asString();
        if (dropped === undefined || target === undefined) return;
        try {
          await (await import('./actions/store-transfers')).uploadDropped(ui, tree, target, dropped);
        } catch (error) {
          void showError(ui, error);
        }
      },
    },
  });
  const tree: StoreTree = {
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
    search(uri, beginning) {
      listings.set(uri, { pages: [], beginning, wanted: 1 });
      // The row itself says what it is searched for.
      changed.fire(undefined);
    },
    beginningOf: (uri) => listings.get(uri)?.beginning ?? '',
  };
  ui.extension.subscriptions.push(
    view,
    changed,
    vscode.workspace.onDidGrantWorkspaceTrust(() => tree.refresh()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => tree.refresh()),
  );
  return tree;
}
