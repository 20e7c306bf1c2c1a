import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TableSource } from '../../core/table';
import type { DataViewApi, DataViewEvents, TableId } from '../../protocol';
import { runFix } from '../panels';
import type { Ui } from '../project';
import { watchFile } from '../watch-file';
import { type Page, showPage } from '../webview';

/** A file as the data view has it; all its editors share one table in the engine. */
export interface DataDocument extends vscode.CustomDocument {
  readonly source: TableSource;
  table(): Promise<TableId>;
  /** Forgets the table: the file is another, or the engine is. */
  forget(): void;
  readonly pages: Set<Page<DataViewEvents>>;
}

export function openDocument(ui: Ui, uri: vscode.Uri): DataDocument {
  const source: TableSource = { path: uri.fsPath };
  const pages = new Set<Page<DataViewEvents>>();
  let table: Promise<TableId> | undefined;
  const stops: vscode.Disposable[] = [];

  const tell = (reason: 'file' | 'engine'): void => {
    document.forget();
    for (const page of pages) page.tell('changed', { reason });
  };
  stops.push(watchFile(uri, () => tell('file')));

  async function open(): Promise<TableId> {
    const engine = await ui.engine();
    if (stops.length < 2) stops.push(new vscode.Disposable(engine.onRestart(() => tell('engine'))));
    return (await engine.call('open', { source })).table;
  }

  const document: DataDocument = {
    uri,
    source,
    pages,
    table() {
      const made = (table ??= open());
      made.catch(() => {
        if (table === made) table = undefined;
      });
      return made;
    },
    forget() {
      const old = table;
      table = undefined;
      void old?.then(async (id) => (await ui.engine()).call('close', { table: id })).catch(() => undefined);
    },
    dispose() {
      for (const stop of stops) stop.dispose();
      document.forget();
    },
  };
  return document;
}

/** One editor of a data file. */
export function showData(ui: Ui, document: DataDocument, panel: vscode.WebviewPanel): void {
  const { uri } = document;
  const page = showPage<DataViewApi, DataViewEvents>(ui, panel.webview, 'data', {
    async open() {
      const { firstPage } = await import('../../formats/first-page');
      const first = await firstPage(uri.fsPath);
      return {
        name: path.basename(uri.fsPath),
        path: vscode.workspace.asRelativePath(uri),
        bytes: first.bytes,
        format: first.format,
        dialect: first.dialect,
        first: first.page,
        isDataset: await isDataset(ui, uri),
        trusted: vscode.workspace.isTrusted,
      };
    },
    async page(params, { signal }) {
      const table = await document.table();
      return (await ui.engine()).call('page', { table, ...params }, { signal });
    },
    async scan(_, { signal, progress }) {
      const table = await document.table();
      return (await ui.engine()).call('scan', { table }, { signal, onProgress: progress });
    },
    async profile(_, { signal, progress }) {
      const table = await document.table();
      return (await ui.engine()).call('profile', { table }, { signal, onProgress: progress });
    },
    openAsText: async () => {
      await vscode.commands.executeCommand('mll.openAsText', uri);
    },
    preprocess: async () => {
      await vscode.commands.executeCommand('mll.preprocess', uri);
    },
    train: async () => {
      await vscode.commands.executeCommand('mll.train', uri);
    },
    addToDatasets: async () => {
      await vscode.commands.executeCommand('mll.addToDatasets', uri);
      page.tell('changed', { reason: 'file' });
    },
    runFix,
  });
  document.pages.add(page);
  const trusted = vscode.workspace.onDidGrantWorkspaceTrust(() => page.tell('changed', { reason: 'file' }));
  panel.onDidDispose(() => {
    document.pages.delete(page);
    trusted.dispose();
    page.dispose();
  });
}

async function isDataset(ui: Ui, uri: vscode.Uri): Promise<boolean> {
  const root = ui.root(uri);
  if (root === undefined || !vscode.workspace.isTrusted) return false;
  const there = await stat(path.join(root, 'ml.yaml')).catch(() => undefined);
  if (!there) return false;
  const { datasets } = await ui.lifecycle(root);
  return (await datasets.list()).some((one) => path.resolve(root, one.source.path) === uri.fsPath);
}
