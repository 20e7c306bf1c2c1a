import * as vscode from 'vscode';
import type { CommandContext } from '../command-context';

/** The stores as they are remembered now. */
export async function showStores(context: CommandContext, root: string): Promise<void> {
  context.changed(root, 'datasets');
  context.stores.refresh();
  context.sources.refresh();
  await vscode.commands.executeCommand('mll.stores.focus');
}
