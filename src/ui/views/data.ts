import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { DataViewApi, DataViewEvents, RemoteState } from '../../protocol';
import { runFix } from '../panels';
import type { Ui } from '../project';
import { addressOf, S3 } from '../store-uris';
import { showPage } from '../webview';
import { type DataDocument, openFileDocument } from './data-document';

export async function openDocument(ui: Ui, uri: vscode.Uri): Promise<DataDocument> {
  if (uri.scheme !== S3) return openFileDocument(ui, uri);
  return (await import('./remote-document')).openRemoteDocument(ui, uri);
}

/** One editor of a table. */
export function showData(ui: Ui, document: DataDocument, panel: vscode.WebviewPanel): void {
  const { uri } = document;
  const page = showPage<DataViewApi, DataViewEvents>(ui, panel.webview, 'data', {
    async open() {
      const { first, given, remote } = await document.open();
      return {
        name: path.posix.basename(uri.path),
        path: remote?.uri ?? vscode.workspace.asRelativePath(uri),
        bytes: first.bytes,
        format: first.format,
        dialect: first.dialect,
        ...(document.setDialect ? { given: given?.dialect ?? {} } : {}),
        first: first.page,
        isDataset: await isDataset(ui, uri),
        trusted: vscode.workspace.isTrusted,
        ...(remote ? { remote } : {}),
      };
    },
    async page(params, { signal }) {
      if (params.sort?.length || params.filter?.length)
        whole(document, await document.open(), 'sorted and filtered');
      await document.need?.(params, signal);
      const table = await document.table();
      return (await ui.engine()).call('page', { table, ...params }, { signal });
    },
    async find(params, { signal }) {
      whole(document, await document.open(), 'searched');
      const table = await document.table();
      return (await ui.engine()).call('find', { table, ...params }, { signal });
    },
    async checks(_, { signal }) {
      whole(document, await document.open(), 'checked');
      const table = await document.table();
      return (await ui.engine()).call('checks', { table }, { signal });
    },
    async exportTable(params) {
      whole(document, await document.open(), 'exported');
      await (await import('./data-out')).exportRows(ui, document, params);
    },
    async copy(params) {
      await (await import('./data-out')).copyCells(ui, document, params);
    },
    async scan(_, { signal, progress }) {
      const table = await document.table();
      return (await ui.engine()).call('scan', { table }, { signal, onProgress: progress });
    },
    async profile(_, { signal, progress }) {
      const table = await document.table();
      return (await ui.engine()).call('profile', { table }, { signal, onProgress: progress });
    },
    async setDialect({ dialect }) {
      await document.setDialect?.(dialect ?? undefined);
    },
    async fetched() {
      if (!document.fetched) throw noStore();
      return document.fetched();
    },
    async fetch(_, { signal, progress }) {
      if (!document.fetch) throw noStore();
      await document.fetch({ signal, onProgress: progress });
    },
    openAsText: async () => {
      await vscode.commands.executeCommand('mll.openAsText', uri);
    },
    sql: async () => {
      await vscode.commands.executeCommand('mll.sql.open', uri);
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

/** What looks at all rows needs them here; of a text table in a store it is done with the rows that are. */
function whole(document: DataDocument, { remote }: { readonly remote?: RemoteState }, done: string): void {
  if (!document.fetch || remote === undefined || remote.part === 'all') return;
  if (remote.part === 'beginning' && done !== 'exported') return;
  throw new UserError(
    'unsupported',
    `Only what is shown of this table is here, so it cannot be ${done} yet.`,
    {
      fix: 'Fetch the whole table first (the button above).',
    },
  );
}

function noStore(): UserError {
  return new UserError('unsupported', 'This table is a file of this machine.', {
    fix: 'It is here as a whole.',
  });
}

async function isDataset(ui: Ui, uri: vscode.Uri): Promise<boolean> {
  const root = ui.root(uri);
  if (root === undefined || !vscode.workspace.isTrusted) return false;
  const there = await stat(path.join(root, 'ml.yaml')).catch(() => undefined);
  if (!there) return false;
  const { datasets } = await ui.lifecycle(root);
  const place = (kept: string): string => (uri.scheme === S3 ? kept : path.resolve(root, kept));
  const own = uri.scheme === S3 ? addressOf(uri) : uri.fsPath;
  return (await datasets.list()).some((one) => place(one.source.path) === own);
}
