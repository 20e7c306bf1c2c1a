import * as vscode from 'vscode';
import { isAbort, toErrorData, UserError } from '../../core/errors';
import type { EditViewApi } from '../../protocol';
import type { Handlers } from '../../rpc';
import type { DataDocument } from './data-document';
import { discardEdits, type DocumentEdits } from './data-edits';

/** What the view of a document asks of its edits. */
export function editHandlers(document: DataDocument): Handlers<EditViewApi> {
  return {
    async cellText(place, { signal }) {
      return editsOf(document).text(place, signal);
    },
    async edit(change, { signal }) {
      await editsOf(document).edit(change, signal);
    },
    async save() {
      await vscode.commands.executeCommand('workbench.action.files.save');
    },
    async discardEdits() {
      await discardEdits(editsOf(document).status());
    },
    async showEdits() {
      await editsOf(document).showAsText();
    },
  };
}

function editsOf({ edits }: DataDocument): DocumentEdits {
  if (edits) return edits;
  throw new UserError(
    'unsupported',
    'This table lies in a store, and only files of this machine can be edited.',
    {
      fix: 'Download the file (Stores), edit it here, and upload it again.',
    },
  );
}

/** VS Code shows what was wrong with its own words around it, so all of it has to be in the message. */
export async function saveDocument(
  document: DataDocument,
  token: vscode.CancellationToken,
  destination?: vscode.Uri,
): Promise<void> {
  if (destination?.toString() === document.uri.toString()) return saveDocument(document, token);
  if (destination && (!document.edits || document.edits.status().count === 0)) {
    await vscode.workspace.fs.copy(document.uri, destination, { overwrite: true });
    return;
  }
  try {
    await document.edits?.save(token, destination);
  } catch (error) {
    if (isAbort(error)) throw new vscode.CancellationError();
    const { message, fix } = toErrorData(error);
    throw new Error(fix === undefined ? message : `${message} ${fix}`, { cause: error });
  }
}

/** Of a document without edits nothing has to be kept. */
export async function backupDocument(
  document: DataDocument,
  destination: vscode.Uri,
): Promise<vscode.CustomDocumentBackup> {
  return document.edits?.backup(destination) ?? { id: destination.toString(), delete: () => undefined };
}
