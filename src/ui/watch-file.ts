import path from 'node:path';
import * as vscode from 'vscode';

const QUIET_MS = 300;

/** Calls back once writing to a file has paused; also when it is gone, and when it is made again. */
export function watchFile(uri: vscode.Uri, changed: () => void): vscode.Disposable {
  const folder = vscode.Uri.file(path.dirname(uri.fsPath));
  const pattern = new vscode.RelativePattern(folder, '*');
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  let timer: NodeJS.Timeout | undefined;
  const hear = (other: vscode.Uri): void => {
    if (other.fsPath !== uri.fsPath) return;
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
