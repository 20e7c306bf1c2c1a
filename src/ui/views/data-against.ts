import path from 'node:path';
import * as vscode from 'vscode';
import type { TableSource } from '../../core/table';
import { askOne } from '../ask';
import { DATA_EXTENSIONS } from '../choose';
import { fileSource } from '../file-source';
import type { Ui } from '../project';

export interface NamedTable {
  readonly name: string;
  readonly source: TableSource;
}

/** Asks for another table: a dataset of the project, or a file; undefined when none was chosen. */
export async function chooseTable(ui: Ui, uri: vscode.Uri): Promise<NamedTable | undefined> {
  const root = ui.root(uri);
  const lifecycle = root !== undefined && vscode.workspace.isTrusted ? await ui.lifecycle(root) : undefined;
  const datasets = lifecycle && (await lifecycle.exists()) ? await lifecycle.datasets.list() : [];
  const file = { label: '$(folder-opened) Choose a File…' };
  const items: vscode.QuickPickItem[] = [
    ...datasets
      .filter((one) => path.resolve(root ?? '', one.source.path) !== uri.fsPath)
      .map((one) => ({ label: one.name, description: one.source.path })),
    file,
  ];
  const chosen = items.length === 1 ? file : await askOne(items, { title: 'Look for the Same Rows In' });
  if (!chosen) return undefined;
  if (chosen !== file && lifecycle)
    return { name: chosen.label, source: await lifecycle.datasets.source(chosen.label) };
  const [found] =
    (await vscode.window.showOpenDialog({
      title: 'Look for the Same Rows In',
      ...(uri.scheme === 'file' ? { defaultUri: vscode.Uri.joinPath(uri, '..') } : {}),
      filters: { Tables: DATA_EXTENSIONS },
    })) ?? [];
  if (!found) return undefined;
  return { name: path.basename(found.fsPath), source: await fileSource(ui.root(found), found.fsPath) };
}
