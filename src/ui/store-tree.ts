import * as vscode from 'vscode';
import type { StorePage } from '../core/store';
import { showError } from './errors';
import type { Ui } from './project';
import { fillPages, fromProjects } from './project-roots';
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
      await fillPages(listing, (next) => store.list(`${key}${listing.beginning}`, { limit: PAGE, ...next }));
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

  const topNodes = (): Promise<StoreNode[]> =>
    fromProjects(ui, async (root, { stores }) => {
      const remembered = await stores.remembered();
      const { storeNode } = await import('./store-nodes');
      return SCHEMES.flatMap((scheme) => {
        const settings = remembered[scheme];
        return settings ? [storeNode(root, scheme, settings)] : [];
      });
    });

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
