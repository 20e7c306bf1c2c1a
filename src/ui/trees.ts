import * as vscode from 'vscode';
import type { Lifecycle } from '../core/api';
import type { Node } from './nodes';
import type { Ui, What } from './project';
import { fromProjects } from './project-roots';

const VIEWS: readonly What[] = ['datasets', 'runs', 'models', 'endpoints'];

async function nodesOf(what: What, root: string, lifecycle: Lifecycle): Promise<readonly Node[]> {
  const { datasetNode, endpointNode, modelNodes, runNodes } = await import('./nodes-of');
  switch (what) {
    case 'datasets':
      return (await lifecycle.datasets.list()).map((one) => datasetNode(root, one));
    case 'runs':
      return runNodes(root, await lifecycle.runs.list());
    case 'models':
      return modelNodes(root, await lifecycle.models.list());
    case 'endpoints':
      return (await lifecycle.endpoints.list()).map((one) => endpointNode(root, one));
  }
}

export interface Trees {
  /** What is chosen in a view, for commands that come by key. */
  selected(view: What): Node | undefined;
  refresh(): void;
  view(what: What): vscode.TreeView<Node>;
}

/** The four views. A view that is not open reads nothing, and a folder without `ml.yaml` is left alone. */
export function registerTrees(ui: Ui): Trees {
  const views = new Map<What, { view: vscode.TreeView<Node>; changed: vscode.EventEmitter<void> }>();
  for (const what of VIEWS) {
    const changed = new vscode.EventEmitter<void>();
    const provider: vscode.TreeDataProvider<Node> = {
      onDidChangeTreeData: changed.event,
      getTreeItem: (node) => node.item,
      async getChildren(parent) {
        if (parent) return [...(parent.children ?? [])];
        return fromProjects(ui, (root, lifecycle) => nodesOf(what, root, lifecycle));
      },
    };
    const view = vscode.window.createTreeView(`mll.${what}`, {
      treeDataProvider: provider,
      showCollapseAll: what === 'models' || what === 'runs',
    });
    views.set(what, { view, changed });
    ui.extension.subscriptions.push(view, changed);
  }
  const get = (what: What): { view: vscode.TreeView<Node>; changed: vscode.EventEmitter<void> } => {
    const found = views.get(what);
    if (!found) throw new Error(`There is no view ${what}.`);
    return found;
  };
  const refresh = (): void => {
    for (const { changed } of views.values()) changed.fire();
  };
  ui.extension.subscriptions.push(
    ui.onChanged(({ what }) => get(what).changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(refresh),
    vscode.workspace.onDidChangeWorkspaceFolders(refresh),
  );
  return { selected: (view) => get(view).view.selection[0], refresh, view: (what) => get(what).view };
}
