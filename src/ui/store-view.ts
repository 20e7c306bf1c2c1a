import type * as vscode from 'vscode';
import type { CloudScheme } from '../core/store-uri';

/** One row of the Stores view; commands on it get it as their argument. */
export interface StoreNode {
  readonly kind: 'store' | 'bucket' | 'prefix' | 'object' | 'note';
  /** The project whose settings lead there. */
  readonly root: string;
  /** Which cloud's store; of the rows that stand for one. */
  readonly scheme?: CloudScheme;
  readonly name: string;
  /** `s3://bucket/key`; a bucket's and a folder's ends in `/`. '' for what has none. */
  readonly uri: string;
  readonly item: vscode.TreeItem;
}

export function isStoreNode(value: unknown): value is StoreNode {
  return typeof value === 'object' && value !== null && 'uri' in value && 'kind' in value && 'root' in value;
}

export interface StoreTree {
  /** What is chosen, for commands that come by key. */
  selected(): readonly StoreNode[];
  /** Reads all again, or what lies in one bucket or folder. */
  refresh(uri?: string): void;
  /** Reads the next page of a bucket or folder. */
  more(uri: string): void;
  /** Shows only what begins with this; '' shows all. */
  search(uri: string, beginning: string): void;
  /** What a search of a bucket or folder was for. */
  beginningOf(uri: string): string;
}
