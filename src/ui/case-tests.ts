import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { isAbort, toErrorData } from '../core/errors';
import { CASES_PATTERN } from './case-files';
import { casesIn, setOutcome, wordsOf } from './case-results';
import type { Ui } from './project';

/** The Testing view's list of cases. It reads nothing before that view is opened. */
export function registerCaseTests(ui: Ui): void {
  const controller = vscode.tests.createTestController('mll.cases', 'ML Lifecycle cases');
  ui.extension.subscriptions.push(controller);
  let watching: vscode.FileSystemWatcher | undefined;

  async function readFileItem(item: vscode.TestItem): Promise<void> {
    const { uri } = item;
    if (!uri) return;
    try {
      const found = await casesIn(ui, uri, await readFile(uri.fsPath, 'utf8'));
      item.error = undefined;
      item.description = found.endpoint;
      item.children.replace(
        found.cases.map((one) => {
          const child = controller.createTestItem(`${uri.toString()}#${one.name}`, one.name, uri);
          child.range = new vscode.Range(one.line, 0, one.line, 0);
          return child;
        }),
      );
    } catch (error) {
      item.children.replace([]);
      item.error = toErrorData(error).message;
    }
  }

  const add = (uri: vscode.Uri): vscode.TestItem => {
    const known = controller.items.get(uri.toString());
    if (known) return known;
    const item = controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
    item.canResolveChildren = true;
    controller.items.add(item);
    return item;
  };

  async function discover(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    if (!watching) {
      watching = vscode.workspace.createFileSystemWatcher(CASES_PATTERN);
      ui.extension.subscriptions.push(watching);
      watching.onDidCreate((uri) => void readFileItem(add(uri)));
      watching.onDidChange((uri) => void readFileItem(add(uri)));
      watching.onDidDelete((uri) => controller.items.delete(uri.toString()));
    }
    const files = await vscode.workspace.findFiles(CASES_PATTERN, '{**/node_modules/**,**/.ml/**}', 500);
    await Promise.all(files.map((uri) => readFileItem(add(uri))));
  }

  controller.resolveHandler = (item) => (item ? readFileItem(item) : discover());
  controller.refreshHandler = discover;

  async function run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const test = controller.createTestRun(request);
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    const skipped = new Set(request.exclude?.map((one) => one.id) ?? []);
    const wanted = new Map<vscode.TestItem, Set<string>>();
    const all: vscode.TestItem[] = [];
    controller.items.forEach((one) => all.push(one));
    for (const item of request.include ?? all) {
      const file = item.parent ?? item;
      if (!item.parent && item.children.size === 0) await readFileItem(item);
      const names = wanted.get(file) ?? new Set<string>();
      if (item.parent) names.add(item.id);
      else item.children.forEach((child) => names.add(child.id));
      wanted.set(file, names);
    }
    for (const [file, ids] of wanted) {
      const items = [...ids]
        .filter((id) => !skipped.has(id))
        .flatMap((id) => {
          const item = file.children.get(id);
          return item ? [item] : [];
        });
      await runFile(test, file, items, abort.signal);
    }
    test.end();
  }

  async function runFile(
    test: vscode.TestRun,
    file: vscode.TestItem,
    items: readonly vscode.TestItem[],
    signal: AbortSignal,
  ): Promise<void> {
    const { uri } = file;
    if (!uri || items.length === 0) return;
    for (const item of items) test.started(item);
    try {
      const found = await casesIn(ui, uri, await readFile(uri.fsPath, 'utf8'));
      const names = new Set(items.map((one) => one.label));
      const cases = found.cases.filter((one) => names.has(one.name));
      const lifecycle = await ui.lifecycle(found.root);
      const results = await lifecycle.cases.run(found.endpoint, cases, { signal });
      for (const result of results) {
        const item = items.find((one) => one.label === result.name);
        if (!item) continue;
        const outcome = wordsOf(result);
        setOutcome(uri, result.name, outcome);
        const sign = result.passed ? '✓' : '✗';
        // A terminal shows it, which wants both signs at the end of a line.
        test.appendOutput(`${sign} ${result.name}: ${outcome.text}\r\n`, undefined, item);
        if (result.passed) test.passed(item, result.latencyMs);
        else {
          const message = new vscode.TestMessage(result.message);
          if (item.range) message.location = new vscode.Location(uri, item.range);
          test.failed(item, message, result.latencyMs);
        }
      }
    } catch (error) {
      for (const item of items) {
        if (isAbort(error)) test.skipped(item);
        else test.errored(item, new vscode.TestMessage(toErrorData(error).message));
      }
    }
  }

  controller.createRunProfile('Send', vscode.TestRunProfileKind.Run, run, true);
}
