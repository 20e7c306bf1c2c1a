import type * as vscode from 'vscode';
import type { SourceNode } from '../core/source';

/** One row of the Sources view; commands on it get it as their argument. */
export interface SourceRow {
  readonly kind: 'source' | SourceNode['kind'] | 'note';
  /** The project whose settings lead there. */
  readonly root: string;
  readonly name: string;
  /** `bigquery://project/dataset/table`; `bigquery://` for the source itself, '' for what has none. */
  readonly uri: string;
  readonly item: vscode.TreeItem;
}

export interface SourceTree {
  selected(): readonly SourceRow[];
  /** Reads all again, or what lies in one project, dataset or table. */
  refresh(uri?: string): void;
  /** Reads the next page of what is listed there. */
  more(uri: string): void;
}

export function isSourceRow(value: unknown): value is SourceRow {
  return typeof value === 'object' && value !== null && 'uri' in value && 'kind' in value && 'item' in value;
}

/** The scheme of tables in sources, as in their addresses; here, so that activation loads nothing of the core. */
export const isSourceScheme = (scheme: string): boolean => scheme === 'bigquery';
