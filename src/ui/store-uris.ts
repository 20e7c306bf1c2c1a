import * as vscode from 'vscode';

/** The scheme of objects in S3, as in their addresses. */
export const S3 = 's3';

/** An address `s3://bucket/key` (the key stands as it is) as VS Code has addresses. */
export function uriOf(address: string): vscode.Uri {
  const [, authority = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(address) ?? [];
  return vscode.Uri.from({ scheme: S3, authority, path: `/${key}` });
}

/** The reverse of {@link uriOf}. */
export function addressOf(uri: vscode.Uri): string {
  return `${S3}://${uri.authority}${uri.path}`;
}

/** The folder or bucket that holds an address: `s3://b/a/c.csv` → `s3://b/a/`. */
export function parentOf(address: string): string {
  return /^s3:\/\/[^/]*\/$/.test(address) ? address : address.replace(/[^/]*\/?$/, '');
}
