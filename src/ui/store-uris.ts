import * as vscode from 'vscode';
import type { CloudScheme } from '../core/store-uri';

const ALL: Readonly<Record<CloudScheme, true>> = { s3: true, gs: true };
/** The schemes of objects in stores, as in their addresses; here, so that activation loads nothing of the core. */
export const SCHEMES = Object.keys(ALL) as readonly CloudScheme[];

const PARTS = /^(\w+):\/\/([^/]*)\/?(.*)$/s;

/** An address `s3://bucket/key` (the key stands as it is) as VS Code has addresses. */
export function uriOf(address: string): vscode.Uri {
  const [, scheme = '', authority = '', key = ''] = PARTS.exec(address) ?? [];
  return vscode.Uri.from({ scheme, authority, path: `/${key}` });
}

/** The reverse of {@link uriOf}. */
export function addressOf(uri: vscode.Uri): string {
  return `${uri.scheme}://${uri.authority}${uri.path}`;
}

/** The bucket of an address: `s3://b/a/c.csv` → `s3://b/`. */
export function bucketOf(address: string): string {
  const [, scheme = '', bucket = ''] = PARTS.exec(address) ?? [];
  return `${scheme}://${bucket}/`;
}

/** The folder or bucket that holds an address: `s3://b/a/c.csv` → `s3://b/a/`. */
export function parentOf(address: string): string {
  return address === bucketOf(address) ? address : address.replace(/[^/]*\/?$/, '');
}
