import type * as vscode from 'vscode';

export type NodeKind = 'dataset' | 'run' | 'model' | 'version' | 'endpoint';

/** One row of a tree; commands on it get it as their argument. */
export interface Node {
  readonly kind: NodeKind;
  readonly root: string;
  /** Dataset's or endpoint's name, a run's id, `model` or `model@version`. */
  readonly name: string;
  /** The run behind a model version. */
  readonly run?: string;
  readonly item: vscode.TreeItem;
  readonly children?: readonly Node[];
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value && 'root' in value && 'name' in value;
}
