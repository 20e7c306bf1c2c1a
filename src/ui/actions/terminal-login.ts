import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { CommandContext } from '../command-context';

/** Runs a cloud's own login in a terminal, and reads the stores again when it has ended. */
export function logInByTerminal(context: CommandContext, name: string, command: string): void {
  const terminal = vscode.window.createTerminal({ name, iconPath: new vscode.ThemeIcon('account') });
  terminal.show();
  terminal.sendText(command);
  const listening: vscode.Disposable[] = [];
  const again = (): void => {
    for (const one of listening) one.dispose();
    context.stores.refresh();
  };
  listening.push(
    vscode.window.onDidEndTerminalShellExecution((event) => event.terminal === terminal && again()),
    vscode.window.onDidCloseTerminal((closed) => closed === terminal && again()),
  );
  context.extension.subscriptions.push(...listening);
}

/** True where a terminal would find this program. */
export async function isOnPath(program: string): Promise<boolean> {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  const files = (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)));
  const there = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return there.includes(true);
}
