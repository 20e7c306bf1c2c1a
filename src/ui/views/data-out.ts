import path from 'node:path';
import * as vscode from 'vscode';
import { copiedText } from '../../core/copied-text';
import { UserError } from '../../core/errors';
import type { Cell, Column } from '../../core/table';
import type { CellRequest, CopyFormat, CopyRequest, RowChoice } from '../../protocol';
import { bytes, plural } from '../../words';
import { askOne } from '../ask';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import type { DataDocument } from './data-document';

const PAGE = 5000;
/** Cells that a clipboard still takes with ease; an export has no such limit. */
const MOST_CELLS = 2_000_000;

const FORMATS: Readonly<Record<CopyFormat, string>> = {
  tsv: 'Tab-separated, for a spreadsheet',
  csv: 'CSV',
  json: 'JSON records',
  markdown: 'Markdown table',
  sql: 'SQL list of values',
};

/** Puts cells on the clipboard. */
export async function copyCells(ui: Ui, document: DataDocument, request: CopyRequest): Promise<void> {
  const { from, to, columns: names, as: given, ...choice } = request;
  const cells = (to - from) * names.length;
  if (cells > MOST_CELLS) {
    throw new UserError('unsupported', `${plural(cells, 'cell')} are too many for the clipboard.`, {
      fix: 'Choose fewer rows or columns, or use Export….',
    });
  }
  const format = given ?? (await askFormat());
  if (format === undefined) return;
  await waitFor('Copying', async ({ signal, onProgress }) => {
    const engine = await ui.engine();
    const table = await document.table();
    const rows: (readonly Cell[])[] = [];
    let columns: readonly Column[] = [];
    for (let offset = from; offset < to; offset += PAGE) {
      const wanted = { offset, limit: Math.min(PAGE, to - offset), columns: names, ...choice };
      await document.need?.(wanted, signal ?? new AbortController().signal);
      const page = await engine.call('page', { table, ...wanted }, signal ? { signal } : {});
      columns = page.columns;
      rows.push(...(document.edits?.shown()?.over(page) ?? page).rows);
      onProgress?.({ rows: rows.length });
    }
    // As in the grid: one cell alone is its text, without a name above it.
    const only = cells === 1 && format === 'tsv' ? String(rows[0]?.[0] ?? '') : undefined;
    await vscode.env.clipboard.writeText(only ?? copiedText(columns, rows, format));
    vscode.window.setStatusBarMessage(`$(check) Copied ${plural(rows.length * names.length, 'cell')}`, 4000);
  });
}

export async function askFormat(): Promise<CopyFormat | undefined> {
  const formats = Object.keys(FORMATS) as CopyFormat[];
  const items = formats.map((format) => ({ label: FORMATS[format], format }));
  return (await askOne(items, { title: 'Copy Cells As' }))?.format;
}

/** Writes the chosen rows to a file that the person names. */
export async function exportRows(
  ui: Ui,
  document: DataDocument,
  choice: RowChoice & { columns: readonly string[] },
): Promise<void> {
  const { uri } = document;
  const stem = path.posix.basename(uri.path).replace(/(\.[a-z0-9]+)+$/i, '');
  const folder =
    uri.scheme === 'file' ? vscode.Uri.joinPath(uri, '..') : vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: 'Export Rows',
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, `${stem}.selection.csv`) } : {}),
    filters: {
      CSV: ['csv'],
      'Tab-separated': ['tsv'],
      Parquet: ['parquet'],
      'JSON Lines': ['jsonl'],
      Excel: ['xlsx'],
    },
  });
  if (!target) return;
  const { rows, notes } = await waitFor(`Writing ${path.posix.basename(target.path)}`, async ({ signal }) =>
    (await ui.engine()).call(
      'exportTable',
      { table: await document.table(), ...choice, output: target.fsPath },
      signal ? { signal } : {},
    ),
  );
  const open = 'Open';
  void vscode.window
    .showInformationMessage(
      [`${plural(rows, 'row')} written to ${path.posix.basename(target.path)}.`, ...notes].join(' '),
      open,
    )
    .then((chosen) => {
      if (chosen === open) void vscode.commands.executeCommand('mll.openData', target);
    });
}

/** Signs that no system takes in the name of a file, and more than a name needs. */
const fileWord = (text: string): string => text.replaceAll(/[\\/:*?"<>|\s\p{Cc}]+/gu, '_').slice(0, 60);

/** Writes one cell to a file that the person names. */
export async function saveCell(
  ui: Ui,
  document: DataDocument,
  request: Omit<CellRequest, 'table'>,
): Promise<void> {
  const { uri } = document;
  const stem = path.posix.basename(uri.path).replace(/(\.[a-z0-9]+)+$/i, '');
  const folder =
    uri.scheme === 'file' ? vscode.Uri.joinPath(uri, '..') : vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${stem}.${fileWord(request.column)}.${request.row + 1}`;
  const target = await vscode.window.showSaveDialog({
    title: 'Save the Cell',
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {}),
  });
  if (!target) return;
  const written = await waitFor(`Writing ${path.posix.basename(target.path)}`, async ({ signal }) =>
    (await ui.engine()).call(
      'exportCell',
      { table: await document.table(), ...request, output: target.fsPath },
      signal ? { signal } : {},
    ),
  );
  vscode.window.setStatusBarMessage(
    `$(check) ${bytes(written.bytes)} written to ${path.posix.basename(target.path)}`,
    6000,
  );
}
