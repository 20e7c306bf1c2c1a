import * as vscode from 'vscode';
import type { Engine } from '../../core/api';
import type { FirstPage } from '../../formats/first-page';
import { isAbort, UserError } from '../../core/errors';
import type { Dialect, TableSource } from '../../core/table';
import type { DataViewEvents, PageRequest, RemoteState, TableId } from '../../protocol';
import { share } from '../../core/share';
import type { CallOptions } from '../../rpc';
import { fileSource } from '../file-source';
import type { Ui } from '../project';
import { watchFile } from '../watch-file';
import type { Page } from '../webview';
import { createDocumentEdits, type DocumentEdits } from './data-edits';

/** A table as the data view has it; all its editors share one table in the engine. */
export interface DataDocument extends vscode.CustomDocument {
  /** The first rows, how the person chose that they are read, and where the rest is. */
  open(): Promise<{ readonly first: FirstPage; readonly given?: TableSource; readonly remote?: RemoteState }>;
  /** Progress as that of a scan, while the file is unpacked. */
  table(call?: CallOptions): Promise<TableId>;
  /** Makes sure that what a page asks for can be read. */
  need?(request: Omit<PageRequest, 'table'>, signal: AbortSignal): Promise<void>;
  fetched?(): Promise<{ readonly bytes: number; readonly requests: number; readonly total: number }>;
  /** How a text table is read from now on; undefined: as it is detected. */
  setDialect?(dialect: Partial<Dialect> | undefined): Promise<void>;
  /** Which of the file's sheets or tables is shown, and read by everything, from now on. */
  chooseTable?(table: string): Promise<void>;
  /** Has the project remember what was chosen while there was none: what is done with the file reads the same. */
  keep?(): Promise<void>;
  /** Brings the whole table here. */
  fetch?(call: CallOptions): Promise<void>;
  /** Of a file of this machine: what is changed and not saved. */
  readonly edits?: DocumentEdits;
  readonly pages: Set<Page<DataViewEvents>>;
  /** Forgets the table (the file is another, or the engine is) and tells the editors. */
  changed(reason: 'file' | 'engine'): void;
}

/** The table of a document in the engine: opened at its first use, and again after it was forgotten. Progress as that of a scan. */
export function engineTable(
  ui: Ui,
  source: () => Promise<TableSource>,
  onRestart: () => void,
): { open(call?: CallOptions): Promise<TableId>; forget(): void; dispose(): void } {
  interface Opening {
    readonly open: ReturnType<typeof share<TableId>>;
    readonly end: AbortController;
    id?: TableId;
  }
  let table: Opening | undefined;
  let stop: (() => void) | undefined;
  function opening(): Opening {
    const end = new AbortController();
    const mine: Opening = {
      end,
      open: share(async (signal, onProgress) => {
        const engine: Engine = await ui.engine();
        stop ??= engine.onRestart(onRestart);
        const call = { signal: AbortSignal.any([signal, end.signal]), onProgress };
        return (mine.id = (await engine.call('open', { source: await source() }, call)).table);
      }),
    };
    return mine;
  }
  const forget = (): void => {
    const old = table;
    table = undefined;
    old?.end.abort();
    const id = old?.id;
    if (id !== undefined)
      void ui
        .engine()
        .then((engine) => engine.call('close', { table: id }))
        .catch(() => undefined);
  };
  return {
    open({ signal, onProgress } = {}) {
      return (table ??= opening()).open(signal, onProgress);
    },
    forget,
    dispose() {
      stop?.();
      forget();
    },
  };
}

/** What VS Code lends to a document that can be edited. */
export interface DocumentHost {
  noted(document: DataDocument, step: { readonly label: string; undo(): void; redo(): void }): void;
}

/** A file of this machine. */
export function openFileDocument(ui: Ui, uri: vscode.Uri, host: DocumentHost): DataDocument {
  /** Chosen for this editor alone, because the folder is no project. */
  let chosen: Partial<Dialect> | undefined;
  let chosenTable: string | undefined;
  const source = async (): Promise<TableSource> => {
    const kept = await fileSource(ui.root(uri), uri.fsPath);
    const dialect = chosen ?? kept.dialect;
    const name = chosenTable ?? kept.table;
    return {
      path: uri.fsPath,
      ...(dialect ? { dialect } : {}),
      ...(name === undefined ? {} : { table: name }),
    };
  };
  async function inProject(): Promise<boolean> {
    const root = ui.root(uri);
    if (root === undefined || !vscode.workspace.isTrusted) return false;
    return (await ui.lifecycle(root)).exists();
  }
  async function keep(): Promise<void> {
    const root = ui.root(uri);
    if (root === undefined || chosenTable === undefined || !vscode.workspace.isTrusted) return;
    await (await ui.lifecycle(root)).datasets.chooseTable(uri.fsPath, chosenTable);
    chosenTable = undefined;
  }
  const pages = new Set<Page<DataViewEvents>>();
  const changed = (reason: 'file' | 'engine'): void => {
    table.forget();
    for (const page of pages) page.tell('changed', { reason });
  };
  const table = engineTable(ui, source, () => changed('engine'));
  const edits = createDocumentEdits(ui, {
    uri,
    table: () => table.open(),
    edited: (status) => {
      for (const page of pages) page.tell('edited', status);
    },
    changed: () => changed('file'),
    noted: (step) => host.noted(document, step),
  });
  const watch = watchFile(uri, () => {
    void edits.fileChanged().then((asShown) => {
      if (!asShown) changed('file');
    });
  });
  const document: DataDocument = {
    uri,
    pages,
    changed,
    edits,
    async open() {
      const [{ firstPage }, given] = await Promise.all([import('../../formats/first-page'), source()]);
      return { first: await firstPage(uri.fsPath, { source: given }), given };
    },
    async setDialect(dialect) {
      if (edits.edits.count > 0) throw unsaved('read otherwise');
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
    async chooseTable(name) {
      chosenTable = name;
      try {
        // To look at a sheet no project is made.
        if (await inProject()) await keep();
      } finally {
        changed('file');
      }
    },
    keep,
    table: (call) => table.open(call),
    dispose() {
      watch.dispose();
      table.dispose();
    },
  };
  return document;
}

/** What is made of the saved file does not have the edits in it. */
export function unsaved(done: string): UserError {
  return new UserError('conflict', `The table has edits that are not saved, so it cannot be ${done} yet.`, {
    fix: 'Save the edits (Ctrl+S) or discard them first.',
  });
}
