import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { FormatId, TableSource } from '../../core/table';
import { isCloudScheme } from '../../core/store-uri';
import type { FirstPage } from '../../formats/first-page';
import { samePath } from '../../formats/paths';
import type {
  CellRequest,
  DataViewApi,
  DataViewEvents,
  DataViewState,
  PageRequest,
  RemoteState,
} from '../../protocol';
import { runFix } from '../panels';
import type { Ui } from '../project';
import { isProject } from '../project-roots';
import { isSourceScheme } from '../source-view';
import { addressOf } from '../store-uris';
import { showPage } from '../webview';
import { type DataDocument, type DocumentHost, openFileDocument, unsaved } from './data-document';
import type { NamedTable } from './data-against';
import { editHandlers } from './data-edit-handlers';

/** Formats of files that are one table. */
const ALONE: ReadonlySet<FormatId> = new Set(['csv', 'jsonl', 'parquet']);

/** `backup`: the edits that were not saved when the window closed. */
export async function openDocument(
  ui: Ui,
  uri: vscode.Uri,
  host: DocumentHost,
  backup?: string,
): Promise<DataDocument> {
  if (isSourceScheme(uri.scheme)) return (await import('./source-data')).openSourceDocument(uri);
  if (!isCloudScheme(uri.scheme)) {
    const document = openFileDocument(ui, uri, host);
    if (backup !== undefined) await document.edits?.restore(backup);
    return document;
  }
  return (await import('./remote-document')).openRemoteDocument(ui, uri);
}

/** One editor of a table. */
export function showData(ui: Ui, document: DataDocument, panel: vscode.WebviewPanel): void {
  const { uri } = document;
  /** The table that the checks look for the same rows in. */
  let against: NamedTable | undefined;
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
        first: document.edits?.shown()?.over(first.page) ?? first.page,
        editable:
          first.format === 'csv' &&
          !first.packed &&
          first.files === undefined &&
          document.edits !== undefined,
        ...(first.files === undefined ? {} : { files: first.files }),
        edits: document.edits?.status() ?? { count: 0, conflict: false },
        isDataset: await isDataset(ui, uri),
        trusted: vscode.workspace.isTrusted,
        ...(remote ? { remote } : {}),
        ...(await tablesOf(ui, first, given)),
      };
    },
    async page(params, { signal }) {
      if (params.sort?.length || params.filter?.length)
        whole(document, await document.open(), 'sorted and filtered');
      await document.need?.(params, signal);
      const table = await document.table({ signal });
      const page = await (await ui.engine()).call('page', { table, ...params }, { signal });
      return document.edits?.shown()?.over(page) ?? page;
    },
    async cell(params, { signal }) {
      await document.need?.(oneCell(params), signal);
      const table = await document.table({ signal });
      return (await ui.engine()).call('cell', { table, ...params }, { signal });
    },
    async saveCell(params, { signal }) {
      await document.need?.(oneCell(params), signal);
      await (await import('./data-out')).saveCell(ui, document, params);
    },
    async find(params, { signal }) {
      whole(document, await document.open(), 'searched');
      const table = await document.table({ signal });
      return (await ui.engine()).call('find', { table, ...params }, { signal });
    },
    async checks(params, { signal }) {
      whole(document, await document.open(), 'checked');
      const table = await document.table({ signal });
      const more = against ? { against } : {};
      return (await ui.engine()).call('checks', { table, ...params, ...more }, { signal });
    },
    async chooseAgainst() {
      against = await (await import('./data-against')).chooseTable(ui, uri);
      return against?.name;
    },
    async exportTable(params) {
      whole(document, await document.open(), 'exported');
      if ((document.edits?.status().count ?? 0) > 0) throw unsaved('exported');
      await (await import('./data-out')).exportRows(ui, document, params);
    },
    async copy(params) {
      await (await import('./data-out')).copyCells(ui, document, params);
    },
    async scan(_, { signal, progress }) {
      const table = await document.table({ signal, onProgress: progress });
      return (await ui.engine()).call('scan', { table }, { signal, onProgress: progress });
    },
    async profile(_, { signal, progress }) {
      const table = await document.table({ signal });
      return (await ui.engine()).call('profile', { table }, { signal, onProgress: progress });
    },
    async unfit(_, { signal }) {
      const table = await document.table({ signal });
      return (await ui.engine()).call('unfit', { table }, { signal });
    },
    async textShape({ column }, { signal }) {
      whole(document, await document.open(), 'counted');
      const table = await document.table({ signal });
      return (await ui.engine()).call('textShape', { table, column }, { signal });
    },
    async setDialect({ dialect }) {
      await document.setDialect?.(dialect ?? undefined);
    },
    async chooseTable({ table }) {
      await document.chooseTable?.(table);
    },
    async fetched() {
      if (!document.fetched) throw noStore();
      return document.fetched();
    },
    async fetch(_, { signal, progress }) {
      if (!document.fetch) throw noStore();
      await document.fetch({ signal, onProgress: progress });
    },
    sourceAct: () => undefined,
    openAsText: async () => {
      await vscode.commands.executeCommand('mll.openAsText', uri);
    },
    async chartData({ chart }, { signal, progress }) {
      whole(document, await document.open(), 'counted');
      const table = await document.table();
      return (await ui.engine()).call('chart', { table, chart }, { signal, onProgress: progress });
    },
    chart: async (given) => {
      await vscode.commands.executeCommand('mll.chart.open', uri, given);
    },
    sql: async () => {
      await document.keep?.();
      await vscode.commands.executeCommand('mll.sql.open', uri);
    },
    preprocess: async () => {
      await document.keep?.();
      await vscode.commands.executeCommand('mll.preprocess', uri);
    },
    train: async () => {
      await document.keep?.();
      await vscode.commands.executeCommand('mll.train', uri);
    },
    addToDatasets: async () => {
      await document.keep?.();
      await vscode.commands.executeCommand('mll.addToDatasets', uri);
      page.tell('changed', { reason: 'file' });
    },
    runFix,
    ...editHandlers(document),
  });
  document.pages.add(page);
  const trusted = vscode.workspace.onDidGrantWorkspaceTrust(() => page.tell('changed', { reason: 'file' }));
  panel.onDidDispose(() => {
    document.pages.delete(page);
    trusted.dispose();
    page.dispose();
  });
}

const oneCell = ({ row, column, ...choice }: Omit<CellRequest, 'table'>): Omit<PageRequest, 'table'> => ({
  offset: row,
  limit: 1,
  columns: [column],
  ...choice,
});

/** The sheets or tables of a file that holds several, and the one that is shown. */
async function tablesOf(
  ui: Ui,
  first: FirstPage,
  source: TableSource | undefined,
): Promise<Pick<DataViewState, 'tables' | 'table'>> {
  if (!source || first.files !== undefined || ALONE.has(first.format)) return {};
  // What is wrong with the file is said where its rows are read.
  const tables = first.tables ?? (await (await ui.engine()).call('tables', { source }).catch(() => []));
  const table = first.table ?? source.table ?? tables[0];
  if (table === undefined) return {};
  return tables.length > 1 || !tables.includes(table) ? { tables, table } : {};
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
  if (!(await isProject(root))) return false;
  const { datasets } = await ui.lifecycle(root);
  const isOwn = (kept: string): boolean =>
    isCloudScheme(uri.scheme) ? kept === addressOf(uri) : samePath(path.resolve(root, kept), uri.fsPath);
  return (await datasets.list()).some((one) => isOwn(one.source.path));
}
