import * as vscode from 'vscode';
import { showError } from './errors';
import type { Ui } from './project';
import { isSourceScheme } from './source-view';
import { SCHEMES } from './store-uris';
import type { DataDocument, DocumentHost } from './views/data-document';

/** The data view, whose edits are steps that VS Code undoes, saves and backs up, and the recipe view. */
export function registerEditors(ui: Ui): void {
  const steps = new vscode.EventEmitter<vscode.CustomDocumentEditEvent<DataDocument>>();
  const host: DocumentHost = { noted: (document, step) => steps.fire({ document, ...step }) };
  const saving = async (
    document: DataDocument,
    token: vscode.CancellationToken,
    destination?: vscode.Uri,
  ): Promise<void> => (await import('./views/data-edit-handlers')).saveDocument(document, token, destination);
  const data: vscode.CustomEditorProvider<DataDocument> = {
    onDidChangeCustomDocument: steps.event,
    openCustomDocument: async (uri, { backupId }) =>
      (await import('./views/data')).openDocument(ui, uri, host, backupId),
    async resolveCustomEditor(document, panel) {
      if (isSourceScheme(document.uri.scheme)) {
        const { isSourceDocument, showSourceData } = await import('./views/source-data');
        if (isSourceDocument(document)) showSourceData(ui, document, panel);
        return;
      }
      (await import('./views/data')).showData(ui, document, panel);
    },
    saveCustomDocument: (document, token) => saving(document, token),
    saveCustomDocumentAs: (document, destination, token) => saving(document, token, destination),
    revertCustomDocument(document) {
      document.edits?.revert();
      return Promise.resolve();
    },
    backupCustomDocument: async (document, { destination }) =>
      (await import('./views/data-edit-handlers')).backupDocument(document, destination),
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
    steps,
    ...SCHEMES.map((scheme) => vscode.workspace.registerTextDocumentContentProvider(scheme, text)),
    vscode.window.registerCustomEditorProvider('mll.data', data, {
      supportsMultipleEditorsPerDocument: true,
    }),
    vscode.window.registerCustomEditorProvider('mll.recipe', recipe, {
      supportsMultipleEditorsPerDocument: true,
    }),
  );
}
