import * as vscode from 'vscode';
import { showError } from './errors';
import type { Ui } from './project';
import { S3 } from './store-uris';
import type { DataDocument } from './views/data-document';

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
  const text: vscode.TextDocumentContentProvider = {
    async provideTextDocumentContent(uri) {
      try {
        return await (await import('./actions/stores')).readText(ui, uri);
      } catch (error) {
        void showError(ui, error);
        throw error;
      }
    },
  };
  ui.extension.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(S3, text),
    vscode.window.registerCustomEditorProvider('mll.data', data, {
      supportsMultipleEditorsPerDocument: true,
    }),
    vscode.window.registerCustomEditorProvider('mll.recipe', recipe, {
      supportsMultipleEditorsPerDocument: true,
    }),
  );
}
