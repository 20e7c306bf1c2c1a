import { statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { beforeWildcards } from '../formats/part-files';
import { samePath } from '../formats/paths';

const QUIET_MS = 300;

/**
 * Calls back once writing to a file, or to any of those of a folder or pattern, has paused; also when one is gone, or is
 * made anew.
 */
export function watchFile(uri: vscode.Uri, changed: () => void): vscode.Disposable {
  const above = beforeWildcards(uri.fsPath);
  const many = above !== uri.fsPath || (statSync(above, { throwIfNoEntry: false })?.isDirectory() ?? false);
  const folder = vscode.Uri.file(many ? above : path.dirname(uri.fsPath));
  const pattern = new vscode.RelativePattern(folder, many ? '**' : '*');
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  let timer: NodeJS.Timeout | undefined;
  const hear = (other: vscode.Uri): void => {
    const inside = path.relative(above, other.fsPath);
    // What begins with a dot is no data of a folder: the project's own notes among it.
    if (many ? /(^|[\\/])\./.test(inside) : !samePath(other.fsPath, uri.fsPath)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET_MS);
  };
  watcher.onDidChange(hear);
  watcher.onDidCreate(hear);
  watcher.onDidDelete(hear);
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    watcher.dispose();
  });
}
