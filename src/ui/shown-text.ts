import * as vscode from 'vscode';

const SCHEME = 'mll-text';
const texts = new Map<string, string>();
let shown = 0;

/** Makes texts that are there to be read alone; their tabs close without a question, which those of unnamed files do not. */
export function registerTexts(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: ({ query }) =>
        texts.get(query) ?? 'The window was loaded anew, and this text was not kept. Open it again.\n',
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === SCHEME) texts.delete(uri.query);
    }),
  );
}

/** `name`: of the tab; its ending tells the language, as that of a file does. */
export async function showText(name: string, text: string): Promise<void> {
  shown += 1;
  const key = String(shown);
  texts.set(key, text);
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name.replaceAll('/', ' ')}`, query: key });
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}
