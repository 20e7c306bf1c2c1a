import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { type CellEdits, createCellEdits } from '../../core/cell-edits';
import { isAbort, toErrorData, UserError } from '../../core/errors';
import type { FileState } from '../../core/table';
import { fileState, sameState } from '../../formats/file-state';
import type { CellEdit, CellPlace, EditStatus, SaveEditsRequest, TableId } from '../../protocol';
import type { CallOptions } from '../../rpc';
import { plural } from '../../words';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { showText } from '../shown-text';

/** So long (ms) a save runs before it is shown. */
const QUICK_MS = 700;
/** A file that is written again and again is not asked for ever. */
const ATTEMPTS = 3;

/** The unsaved edits of a document. VS Code holds the order of undo and redo; each step is a cell's text before and after. */
export interface DocumentEdits {
  readonly edits: CellEdits;
  status(): EditStatus;
  /** Nothing that reads rows by their numbers shows edits of a file that is another now. */
  shown(): CellEdits | undefined;
  text(place: CellPlace, signal: AbortSignal): Promise<{ readonly text: string }>;
  edit(change: CellPlace & { readonly value: string }, signal: AbortSignal): Promise<void>;
  /** Writes the file, or another one with the edits in it. */
  save(token: vscode.CancellationToken, destination?: vscode.Uri): Promise<void>;
  revert(): void;
  backup(destination: vscode.Uri): Promise<vscode.CustomDocumentBackup>;
  restore(backup: string): Promise<void>;
  /** True when it was but our own last save that changed the file: the views show that already. */
  fileChanged(): Promise<boolean>;
  showAsText(): Promise<void>;
}

export interface EditedDocument {
  readonly uri: vscode.Uri;
  table(): Promise<TableId>;
  /** The views are to show other cells. */
  edited(status: EditStatus): void;
  /** The file is another one now. */
  changed(): void;
  /** VS Code is to note a step that can be undone. */
  noted(step: { readonly label: string; undo(): void; redo(): void }): void;
}

export function createDocumentEdits(ui: Ui, document: EditedDocument): DocumentEdits {
  const { uri } = document;
  const name = path.basename(uri.fsPath);
  let edits = createCellEdits();
  /** The file as it was when a cell was edited first, or as it was saved last. */
  let known: FileState | undefined;
  /** The file as our last save left it: the views were told of that at once. */
  let saved: FileState | undefined;
  let conflict = false;
  /** Steps that were made on a file which another program changed since can be neither undone nor redone. */
  let generation = 0;
  let last: Promise<unknown> = Promise.resolve();

  const status = (): EditStatus => ({ count: edits.count, conflict });
  const tell = (): void => document.edited(status());

  function refuseConflict(): void {
    if (!conflict) return;
    throw new UserError(
      'conflict',
      `${name} was changed by another program while edits of it were not saved.`,
      {
        fix: 'Nothing was written over it. Discard the edits to go on with the file as it is now.',
      },
    );
  }

  /**
   * The table was closed while it was asked, as its file is another; or the engine noticed that before the watcher did. With edits
   * that are not saved the latter is a conflict.
   */
  function isReadAnew(error: unknown, signal: AbortSignal): boolean {
    if (signal.aborted) return false;
    if (isAbort(error)) return true;
    if (edits.count > 0 || toErrorData(error).kind !== 'conflict') return false;
    document.changed();
    return true;
  }

  function readAnew(): UserError {
    return new UserError('conflict', `${name} was read anew in that moment, so the cell was left as it is.`, {
      fix: 'Edit it again.',
    });
  }

  function step(place: CellPlace, from: string, to: string): void {
    const mine = generation;
    const change = (before: string, after: string) => () => {
      if (mine === generation && !conflict) edits.set(place, before, after);
      else {
        void vscode.window.showWarningMessage(
          `${name} was changed by another program since, so this edit can be neither taken back nor made again.`,
        );
      }
      tell();
    };
    change(from, to)();
    document.noted({
      label: `Edit ${place.column}, row ${place.row + 1}`,
      undo: change(to, from),
      redo: change(from, to),
    });
  }

  async function write(request: SaveEditsRequest, token: vscode.CancellationToken): Promise<FileState> {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort(new DOMException('Cancelled.', 'AbortError')));
    let report: CallOptions['onProgress'];
    const engine = await ui.engine();
    const saving = engine.call(
      'saveEdits',
      { table: await document.table(), ...request },
      { signal: abort.signal, onProgress: (value) => report?.(value) },
    );
    const slow = Symbol();
    const quick = await Promise.race([
      saving,
      new Promise<typeof slow>((resolve) => setTimeout(() => resolve(slow), QUICK_MS)),
    ]);
    if (quick !== slow) return quick;
    return waitFor(`Saving ${name}`, async ({ signal, onProgress }) => {
      report = onProgress;
      signal?.addEventListener('abort', () => abort.abort(signal.reason));
      return saving;
    });
  }

  return {
    get edits() {
      return edits;
    },
    status,
    shown: () => (conflict ? undefined : edits),
    async text(place, signal) {
      for (let attempt = 1; ; attempt += 1) {
        refuseConflict();
        const made = edits.get(place);
        if (made) return { text: made.value };
        try {
          const engine = await ui.engine();
          const { text } = await engine.call(
            'cellText',
            { table: await document.table(), ...place },
            { signal },
          );
          return { text };
        } catch (error) {
          if (!isReadAnew(error, signal)) throw error;
          if (attempt === ATTEMPTS) throw readAnew();
        }
      }
    },
    async edit({ value, ...place }, signal) {
      const mine = (async () => {
        refuseConflict();
        const engine = await ui.engine();
        const checked = await engine
          .call('checkEdit', { table: await document.table(), ...place, value }, { signal })
          // The row may be another one now, so that it is for the person to say it again.
          .catch((error: unknown) => {
            throw isReadAnew(error, signal) ? readAnew() : error;
          });
        if (known && edits.count > 0 && !sameState(known, checked.state)) conflict = true;
        refuseConflict();
        known = checked.state;
        const from = edits.get(place)?.value ?? checked.before;
        if (from !== value) step(place, from, value);
      })();
      last = mine.catch(() => undefined);
      await mine;
    },
    async save(token, destination) {
      await last;
      refuseConflict();
      const list = edits.list();
      const other = destination && destination.fsPath !== uri.fsPath ? destination.fsPath : undefined;
      if (list.length === 0 && other === undefined) return;
      const state = known ?? (await fileState(uri.fsPath));
      const written = await write({ edits: list, state, ...(other ? { output: other } : {}) }, token);
      if (other !== undefined) return;
      known = saved = written;
      edits.saved(list);
      document.changed();
      tell();
    },
    revert() {
      edits.clear();
      known = undefined;
      conflict = false;
      generation += 1;
      document.changed();
      tell();
    },
    async backup(destination) {
      const state = known ?? (await fileState(uri.fsPath));
      const { backupText } = await import('../../core/cell-edits-backup');
      const text = backupText(edits.list(), state);
      await vscode.workspace.fs.writeFile(destination, Buffer.from(text));
      return {
        id: destination.toString(),
        delete: () => void vscode.workspace.fs.delete(destination).then(undefined, () => undefined),
      };
    },
    async restore(id) {
      const { readBackup } = await import('../../core/cell-edits-backup');
      const { file, edits: list } = readBackup(await readFile(vscode.Uri.parse(id).fsPath, 'utf8'));
      edits = createCellEdits(list);
      known = file;
      conflict = !sameState(file, await fileState(uri.fsPath).catch(() => ({ bytes: -1, modified: '' })));
    },
    async fileChanged() {
      const now = await fileState(uri.fsPath).catch(() => undefined);
      if (known && now && sameState(known, now)) {
        const asShown = !conflict && saved !== undefined && sameState(saved, now);
        conflict = false;
        tell();
        return asShown;
      }
      if (edits.count > 0) conflict = true;
      else {
        known = undefined;
        generation += 1;
      }
      tell();
      return false;
    },
    async showAsText() {
      await showText('Edits.json', `${JSON.stringify(edits.list().map(asRead), null, 2)}\n`);
    },
  };
}

/** An edit as a person counts: rows from 1. */
const asRead = ({ row, column, before, value }: CellEdit): object => ({
  row: row + 1,
  column,
  before,
  value,
});

/** Asks, then lets VS Code forget the edits of the editor in front. */
export async function discardEdits(status: EditStatus): Promise<void> {
  if (status.count === 0) return;
  const discard = 'Discard';
  const chosen = await vscode.window.showWarningMessage(
    `Discard ${plural(status.count, 'edit')}?`,
    { modal: true, detail: 'The cells go back to what the file holds. This cannot be undone.' },
    discard,
  );
  if (chosen === discard) await vscode.commands.executeCommand('workbench.action.files.revert');
}
