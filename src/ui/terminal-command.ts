import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Ui } from './project';

const posix = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `mll` for the systems' shells: the same program, run by the Node that runs this extension. */
export function launchers(node: string, script: string): Readonly<Record<string, string>> {
  return {
    mll: `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${posix(node)} ${posix(script)} "$@"\n`,
    // In a batch file a percent sign of a path is doubled.
    'mll.cmd': `@echo off\r\nsetlocal\r\nset ELECTRON_RUN_AS_NODE=1\r\n"${node.replaceAll('%', '%%')}" "${script.replaceAll('%', '%%')}" %*\r\n`,
  };
}

/** Offers `mll` in new terminals of this window, unless the setting says no. */
export async function offerTerminalCommand(ui: Ui): Promise<void> {
  const variables = ui.extension.environmentVariableCollection;
  variables.description = 'The command `mll` of ML Lifecycle';
  if (!vscode.workspace.getConfiguration('mll').get<boolean>('terminal.command', true)) {
    variables.clear();
    return;
  }
  const folder = path.join(ui.extension.globalStorageUri.fsPath, 'bin');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(launchers(process.execPath, ui.dist('mll.js')))) {
    const file = path.join(folder, name);
    if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
    await writeFile(file, text);
    await chmod(file, 0o755);
  }
  variables.prepend('PATH', folder + path.delimiter);
}
