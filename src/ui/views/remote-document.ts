import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { RemoteTable } from '../../core/remote';
import { remoteFolder } from '../../core/remote-datasets';
import type { TableSource } from '../../core/table';
import type { FirstPage } from '../../formats/first-page';
import { formatOfName } from '../../formats/part-group';
import { firstPage } from '../../formats/first-page';
import type { DataViewEvents } from '../../protocol';
import { rootOf } from '../choose';
import type { Ui } from '../project';
import { addressOf } from '../store-uris';
import type { Page } from '../webview';
import { type DataDocument, engineTable } from './data-document';

/** What is here of a table in a store: parts of it, or its copy as a whole. */
interface Here {
  readonly first: FirstPage;
  readonly source: TableSource;
  /** Undefined for the copy. */
  readonly parts?: RemoteTable;
  /** Nothing is here, because nothing but the whole can be shown. */
  readonly nothing?: UserError;
}

/** A table in a store: looked at by ranges until it is fetched. */
export function openRemoteDocument(ui: Ui, uri: vscode.Uri): DataDocument {
  const address = addressOf(uri);
  const pages = new Set<Page<DataViewEvents>>();
  let here: Promise<Here> | undefined;

  async function find(): Promise<Here> {
    if (!vscode.workspace.isTrusted) {
      throw new UserError('permission', 'This folder is not trusted, so its stores are not used.', {
        fix: 'Trust the folder, then try again.',
      });
    }
    const lifecycle = await ui.lifecycle(rootOf(ui));
    const there = await lifecycle.datasets.inStore(address);
    const copy = there?.path;
    if (copy !== undefined) return { first: await firstPage(copy), source: { path: copy } };
    const [{ FETCH_COMMAND, openRemote }, place] = await Promise.all([
      import('../../core/remote'),
      lifecycle.stores.at(address),
    ]);
    try {
      const parts = await openRemote(place, remoteFolder());
      return { first: parts.first, source: parts.source, parts };
    } catch (error) {
      const isWhole =
        error instanceof UserError && error.actions.some(({ command }) => command === FETCH_COMMAND);
      if (!isWhole) throw error;
      const page = { columns: [], rows: [], offset: 0, total: 0, exact: true, rejected: 0 };
      const format = formatOfName(place.key) ?? 'csv';
      const first = { page, format, dialect: null, bytes: there?.bytes ?? 0 };
      return { first, source: { path: '' }, nothing: error };
    }
  }

  const look = (): Promise<Here> => {
    const made = (here ??= find());
    made.catch(() => {
      if (here === made) here = undefined;
    });
    return made;
  };
  /** The object is another, or it is here as a whole now: the parts say nothing any more. */
  const forget = (): void => {
    table.forget();
    void here?.then(({ parts }) => parts?.close()).catch(() => undefined);
    here = undefined;
  };
  const changed = (reason: 'file' | 'engine'): void => {
    if (reason === 'file') forget();
    else table.forget();
    for (const page of pages) page.tell('changed', { reason });
  };
  const table = engineTable(
    ui,
    async () => {
      const { source, nothing } = await look();
      if (nothing) throw nothing;
      return source;
    },
    () => changed('engine'),
  );

  return {
    uri,
    pages,
    changed,
    async open() {
      const { first, parts, nothing } = await look();
      return { first, remote: { uri: address, part: nothing ? 'none' : (parts?.part ?? 'all') } };
    },
    table: () => table.open(),
    async need({ offset, limit, columns }, signal) {
      const { parts } = await look();
      if (parts?.part !== 'chunks') return;
      const all = (await (await ui.engine()).call('scan', { table: await table.open() }, { signal })).columns;
      const wanted = columns?.map((name) => all.findIndex((one) => one.name === name));
      try {
        await parts.need(offset, offset + limit, wanted, signal);
      } catch (error) {
        if (error instanceof UserError && error.kind === 'conflict') changed('file');
        throw error;
      }
    },
    async fetched() {
      const { parts } = await look();
      const { rows } = await (await ui.engine()).call('scan', { table: await table.open() });
      return { ...(parts?.fetched() ?? { bytes: 0, requests: 0 }), total: parts?.total(rows) ?? rows };
    },
    async fetch(call) {
      const { datasets } = await ui.lifecycle(rootOf(ui));
      await datasets.fetch(address, call);
      changed('file');
    },
    dispose() {
      forget();
      table.dispose();
    },
  };
}
