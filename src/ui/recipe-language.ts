import * as vscode from 'vscode';
import type { RecipeProblem } from '../recipe/model';
import type { Ui } from './project';
import { createRecipeColumns } from './recipe-columns';
import { replaceIn } from './recipe-text';

const SELECTOR: vscode.DocumentSelector = { pattern: '**/*.recipe.{yaml,yml}', scheme: 'file' };
const QUIET_MS = 250;

export const isRecipeFile = (uri: vscode.Uri): boolean => /\.recipe\.ya?ml$/i.test(uri.fsPath);

const rangeOf = (one: RecipeProblem): vscode.Range =>
  new vscode.Range(one.line, one.column, one.endLine, one.endColumn);

/** Squiggles, quick fixes and completion in a recipe's text. */
export function registerRecipeLanguage(ui: Ui): void {
  const diagnostics = vscode.languages.createDiagnosticCollection('mll.recipe');
  const timers = new Map<string, NodeJS.Timeout>();
  const problems = new Map<string, readonly RecipeProblem[]>();
  /** Of each recipe the version of its text and what is marked in it. */
  const marked = new Map<string, string>();

  const looked = createRecipeColumns(ui);

  async function check(document: vscode.TextDocument): Promise<void> {
    const { parse } = await import('../recipe/document');
    const version = document.version;
    const known = await looked.data(document);
    const others = known && (await looked.tables(document, parse(document.getText()).recipe));
    if (document.isClosed || document.version !== version) return;
    const found = parse(document.getText(), known, others).problems;
    // What is marked is not marked anew: that would take away a menu of quick fixes which is just opening.
    const mark = `${version} ${JSON.stringify(found)}`;
    if (marked.get(document.uri.toString()) === mark) return;
    marked.set(document.uri.toString(), mark);
    problems.set(document.uri.toString(), found);
    diagnostics.set(
      document.uri,
      found.map((one) => {
        const shown = new vscode.Diagnostic(rangeOf(one), one.message, vscode.DiagnosticSeverity.Error);
        shown.source = 'ML Lifecycle';
        return shown;
      }),
    );
  }
  const later = (document: vscode.TextDocument): void => {
    if (!isRecipeFile(document.uri) || document.uri.scheme !== 'file') return;
    const key = document.uri.toString();
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        check(document).catch((error: unknown) => ui.log.error(String(error)));
      }, QUIET_MS),
    );
  };

  const fixes: vscode.CodeActionProvider = {
    async provideCodeActions(document, range) {
      const found = problems.get(document.uri.toString()) ?? [];
      const here = found.filter((one) => rangeOf(one).intersection(range));
      if (here.length === 0) return [];
      const { apply } = await import('../recipe/edit');
      const action = (title: string, write: (edit: vscode.WorkspaceEdit) => void): vscode.CodeAction => {
        const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
        made.edit = new vscode.WorkspaceEdit();
        write(made.edit);
        return made;
      };
      return here.flatMap((one) => {
        const { fix, mends = [], step = 0 } = one;
        const actions = mends
          .filter((mend) => mend.title !== fix?.title)
          .map(({ title, edit: change }) => {
            const named = /^(Switch Off|Remove)$/.test(title) ? `${title} Step ${step + 1}` : title;
            return action(named, (edit) => replaceIn(edit, document, apply(document.getText(), change)));
          });
        if (!fix) return actions;
        const first = action(fix.title, (edit) => edit.replace(document.uri, rangeOf(one), fix.replacement));
        first.isPreferred = true;
        return [first, ...actions];
      });
    },
  };

  const completion: vscode.CompletionItemProvider = {
    async provideCompletionItems(document, position) {
      const { recipeCompletions } = await import('./recipe-completion');
      const before = document.lineAt(position.line).text.slice(0, position.character);
      const lines = Array.from({ length: position.line }, (_, at) => document.lineAt(at).text);
      const found = recipeCompletions(lines, before, (await looked.data(document)) ?? []);
      return found.map((one) => {
        const kind = {
          step: vscode.CompletionItemKind.Function,
          option: vscode.CompletionItemKind.Property,
          value: vscode.CompletionItemKind.EnumMember,
          column: vscode.CompletionItemKind.Field,
        }[one.kind];
        const item = new vscode.CompletionItem(one.label, kind);
        item.insertText = one.snippet ? new vscode.SnippetString(one.insert) : one.insert;
        item.detail = one.detail;
        return item;
      });
    },
  };

  ui.extension.subscriptions.push(
    diagnostics,
    vscode.workspace.onDidOpenTextDocument(later),
    vscode.workspace.onDidChangeTextDocument(({ document }) => later(document)),
    vscode.workspace.onDidSaveTextDocument(later),
    vscode.workspace.onDidCloseTextDocument((document) => {
      const key = document.uri.toString();
      clearTimeout(timers.get(key));
      timers.delete(key);
      problems.delete(key);
      marked.delete(key);
      looked.forget(document);
      diagnostics.delete(document.uri);
    }),
    vscode.languages.registerCodeActionsProvider(SELECTOR, fixes, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    vscode.languages.registerCompletionItemProvider(SELECTOR, completion, ' ', ':', '[', ','),
  );
  vscode.workspace.textDocuments.forEach(later);
}
