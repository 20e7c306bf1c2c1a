import * as vscode from 'vscode';
import { CASES_PATTERN, isCasesFile } from './case-files';
import { casesIn, forgetOutcomes, onOutcome, outcomesOf } from './case-results';
import type { Ui } from './project';

/** "Send" over each case of a cases file, and what it answered behind its first line. */
export function registerCaseLenses(ui: Ui): void {
  const changed = new vscode.EventEmitter<void>();
  const style = (state: string, colour: string): vscode.TextEditorDecorationType =>
    vscode.window.createTextEditorDecorationType({
      after: { margin: '0 0 0 2em', color: new vscode.ThemeColor(colour) },
      isWholeLine: state !== 'sending',
    });
  const styles = {
    passed: style('passed', 'testing.iconPassed'),
    failed: style('failed', 'testing.iconFailed'),
    sending: style('sending', 'editorCodeLens.foreground'),
  };

  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    async provideCodeLenses(document) {
      if (!vscode.workspace.isTrusted) return [];
      // A mistake in the text is the editor's to show; there is just nothing to send meanwhile.
      const found = await casesIn(ui, document.uri, document.getText()).catch(() => undefined);
      return (found?.cases ?? []).map((one) => {
        const command = {
          title: '$(play) Send',
          tooltip: `Sends this case to the endpoint ${found?.endpoint ?? ''}`,
          command: 'mll.case.send',
          arguments: [document.uri, one.name],
        };
        return new vscode.CodeLens(new vscode.Range(one.line, 0, one.line, 0), command);
      });
    },
  };

  async function decorate(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const known = outcomesOf(document.uri);
    const found =
      known.size === 0
        ? undefined
        : await casesIn(ui, document.uri, document.getText()).catch(() => undefined);
    for (const state of ['passed', 'failed', 'sending'] as const) {
      const options = (found?.cases ?? []).flatMap((one) => {
        const outcome = known.get(one.name);
        if (outcome?.state !== state) return [];
        const sign = { passed: '✓', failed: '✗', sending: '…' }[state];
        return [
          {
            range: document.lineAt(Math.min(one.line, document.lineCount - 1)).range,
            renderOptions: { after: { contentText: `${sign} ${outcome.text}` } },
            hoverMessage: outcome.text,
          },
        ];
      });
      editor.setDecorations(styles[state], options);
    }
  }
  const decorateAll = (uri?: vscode.Uri): void => {
    for (const editor of vscode.window.visibleTextEditors) {
      if (!isCasesFile(editor.document.uri)) continue;
      if (uri === undefined || editor.document.uri.toString() === uri.toString()) void decorate(editor);
    }
  };

  ui.extension.subscriptions.push(
    changed,
    ...Object.values(styles),
    vscode.languages.registerCodeLensProvider({ pattern: CASES_PATTERN, scheme: 'file' }, provider),
    onOutcome(decorateAll),
    vscode.window.onDidChangeVisibleTextEditors(() => decorateAll()),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && isCasesFile(document.uri)) forgetOutcomes(document.uri);
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
  );
}
