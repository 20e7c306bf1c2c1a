import type * as vscode from 'vscode';
import { workspace } from 'vscode';
import { registerCaseLenses } from './ui/case-lenses';
import { registerCaseTests } from './ui/case-tests';
import { registerCommands } from './ui/commands';
import { registerEditors } from './ui/editors';
import { registerTexts } from './ui/shown-text';
import { fillPanel } from './ui/panel-views';
import { registerPanels } from './ui/panels';
import { createUi } from './ui/project';
import { registerRecipeLanguage } from './ui/recipe-language';
import { registerSourceTree } from './ui/source-tree';
import { registerStoreTree } from './ui/store-tree';
import { registerTrees } from './ui/trees';

/** Registers what package.json names and does nothing else: no file is read and no process started before a gesture. */
export function activate(extension: vscode.ExtensionContext): void {
  const ui = createUi(extension, async (root, host) => {
    const [{ createLifecycle }, { providers }, { stores }, { sources }] = await Promise.all([
      import('./core/lifecycle'),
      import('./providers'),
      import('./stores'),
      import('./sources'),
    ]);
    return createLifecycle(root, { ...host, providers, stores, sources });
  });
  const trees = registerTrees(ui);
  registerCommands({
    ...ui,
    trees,
    stores: registerStoreTree(ui),
    sources: registerSourceTree(ui),
  });
  registerEditors(ui);
  extension.subscriptions.push(registerTexts());
  registerPanels(ui, fillPanel);
  registerRecipeLanguage(ui);
  registerCaseLenses(ui);
  registerCaseTests(ui);

  const offer = (): void => {
    import('./ui/terminal-command')
      .then(({ offerTerminalCommand }) => offerTerminalCommand(ui))
      .catch((error: unknown) => ui.log.warn(`"mll" is not in the terminals: ${String(error)}`));
  };
  // After activation: two small files for the terminals.
  setTimeout(offer, 0);
  extension.subscriptions.push(
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('mll.terminal.command')) offer();
    }),
  );
}
