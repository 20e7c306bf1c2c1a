import * as vscode from 'vscode';
import type { Ui } from './project';
import type { DataDocument } from './views/data';

/** The data view (read-only for now; an edit would come as a document event of the same provider) and the recipe view. */
export function registerEditors(ui: Ui): void {
  const data: vscode.CustomReadonlyEditorProvider<DataDocument> = {
    openCustomDocument: async (uri) => (await import('./views/data')).openDocument(ui, uri),
    async resolveCustomEditor(document, panel) {
      (await import('./views/data')).showData(ui, document, panel);
    },
  };
  const recipe: vscode.CustomTextEditorProvider = {
    async resolveCustomTextEditor(document, panel) {
      (await import('./views/recipe')).showRecipe(ui, document, panel);
    },
  };
  ui.extension.subscriptions.push(
    vscode.window.registerCustomEditorProvider('mll.data', data, {
      supportsMultipleEditorsPerDocument: true,
    }),
    vscode.window.registerCustomEditorProvider('mll.recipe', recipe, {
      supportsMultipleEditorsPerDocument: true,
    }),
  );
}
