import * as vscode from 'vscode';
import { projectOf, rootOf } from '../choose';
import type { CommandContext } from '../command-context';
import { openPanel } from '../panels';

export async function init(context: CommandContext): Promise<void> {
  const { root, lifecycle } = await projectOf(context);
  await lifecycle.init();
  for (const what of ['datasets', 'runs', 'models', 'endpoints'] as const) context.changed(root, what);
}

export function doctor(context: CommandContext): void {
  openPanel(context, { view: 'doctor', root: rootOf(context), name: '' });
}

/** Opens a text file at a line, counted from 1; `args` come from a failure's button. */
export async function openFile(file: unknown, line: unknown): Promise<void> {
  if (typeof file !== 'string') return;
  const at = Math.max(0, (typeof line === 'number' ? line : 1) - 1);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, 0, at, 0) });
}
