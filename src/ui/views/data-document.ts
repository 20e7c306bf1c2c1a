import * as vscode from 'vscode';
import type { Engine } from '../../core/api';
import type { FirstPage } from '../../formats/first-page';
import { isAbort } from '../../core/errors';
import type { Dialect, TableSource } from '../../core/table';
import type { DataViewEvents, PageRequest, RemoteState, TableId } from '../../protocol';
import type { CallOptions } from '../../rpc';
import { fileSource } from '../file-source';
import type { Ui } from '../project';
import { watchFile } from '../watch-file';
import type { Page } from '../webview';

/** A table as the data view has it; all its editors share one table in the engine. */
export interface DataDocument extends vscode.CustomDocument {
  /** The first rows, how the person chose that they are read, and where the rest is. */
  open(): Promise<{ readonly first: FirstPage; readonly given?: TableSource; readonly remote?: RemoteState }>;
  table(): Promise<TableId>;
  /** Makes sure that what a page asks for can be read. */
  need?(request: Omit<PageRequest, 'table'>, signal: AbortSignal): Promise<void>;
  fetched?(): Promise<{ readonly bytes: number; readonly requests: number; readonly total: number }>;
  /** How a text table is read from now on; undefined: as it is detected. */
  setDialect?(dialect: Partial<Dialect> | undefined): Promise<void>;
  /** Brings the whole table here. */
  fetch?(call: CallOptions): Promise<void>;
  readonly pages: Set<Page<DataViewEvents>>;
  /** Forgets the table (the file is another, or the engine is) and tells the editors. */
  changed(reason: 'file' | 'engine'): void;
}

/** The table of a document in the engine: opened at its first use, and again after it was forgotten. */
export function engineTable(
  ui: Ui,
  source: () => Promise<TableSource>,
  onRestart: () => void,
): { open(): Promise<TableId>; forget(): void; dispose(): void } {
  let table: Promise<TableId> | undefined;
  let stop: (() => void) | undefined;
  const begin = async (): Promise<TableId> => {
    const engine: Engine = await ui.engine();
    stop ??= engine.onRestart(onRestart);
    return (await engine.call('open', { source: await source() })).table;
  };
  const forget = (): void => {
    const old = table;
    table = undefined;
    void old?.then(async (id) => (await ui.engine()).call('close', { table: id })).catch(() => undefined);
  };
  return {
    open() {
      const made = (table ??= begin());
      made.catch(() => {
        if (table === made) table = undefined;
      });
      return made;
    },
    forget,
    dispose() {
      stop?.();
      forget();
    },
  };
}

/** A file of this machine. */
export function openFileDocument(ui: Ui, uri: vscode.Uri): DataDocument {
  /** Chosen for this editor alone, because the folder is no project. */
  let chosen: Partial<Dialect> | undefined;
  const source = async (): Promise<TableSource> => {
    const kept = await fileSource(ui.root(uri), uri.fsPath);
    const dialect = chosen ?? kept.dialect;
    return { path: uri.fsPath, ...(dialect ? { dialect } : {}) };
  };
  const pages = new Set<Page<DataViewEvents>>();
  const changed = (reason: 'file' | 'engine'): void => {
    table.forget();
    for (const page of pages) page.tell('changed', { reason });
  };
  const table = engineTable(ui, source, () => changed('engine'));
  const watch = watchFile(uri, () => changed('file'));
  return {
    uri,
    pages,
    changed,
    async open() {
      const [{ firstPage }, given] = await Promise.all([import('../../formats/first-page'), source()]);
      return { first: await firstPage(uri.fsPath, { source: given }), given };
    },
    async setDialect(dialect) {
      const root = ui.root(uri);
      chosen = dialect;
      try {
        if (root !== undefined && vscode.workspace.isTrusted) {
          await (await ui.lifecycle(root)).datasets.setDialect(uri.fsPath, dialect);
          chosen = undefined;
        }
      } catch (error) {
        // No project was wanted: then it holds for as long as the editor is open.
        if (!isAbort(error)) throw error;
      } finally {
        changed('file');
      }
    },
    table: () => table.open(),
    dispose() {
      watch.dispose();
      table.dispose();
    },
  };
}
