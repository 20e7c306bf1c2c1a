import * as vscode from 'vscode';
import type { PythonInfo } from '../core/api';
import { toErrorData, UserError } from '../core/errors';
import { waitFor } from './progress';
import type { Ui } from './project';

/** What a first set-up brings onto this machine. */
export const DOWNLOAD = 'about 400 MB on disk, from the package index that pip is configured for';

/**
 * The interpreter for jobs, complete. Where there is none, or packages are missing, setting it up is offered, and the
 * caller goes on afterwards; undefined when the person declined.
 */
export async function ensurePython(ui: Ui, root: string): Promise<PythonInfo | undefined> {
  const { python } = await ui.lifecycle(root);
  let found: PythonInfo | undefined;
  let reason: string;
  try {
    found = await python.current();
    const missing = Object.entries(found.missing);
    if (missing.length === 0) return found;
    reason = `${found.path} lacks: ${missing.map(([name, why]) => `${name} (${why})`).join(', ')}.`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const data = toErrorData(error);
    reason = data.message;
  }
  const create = 'Create Environment';
  const install = 'Install Missing Packages';
  const select = 'Select Interpreter…';
  const buttons = found ? [install, create, select] : [create, select];
  const pick = await vscode.window.showInformationMessage(
    'Python has to be set up for jobs.',
    {
      modal: true,
      detail: `${reason}\n\nCreate Environment makes one for ML Lifecycle alone and installs its packages there (${DOWNLOAD}).`,
    },
    ...buttons,
  );
  if (pick === undefined) return undefined;
  if (pick === select) {
    await vscode.commands.executeCommand('mll.python.select');
    const info = await python.current();
    return Object.keys(info.missing).length === 0 ? info : ensurePython(ui, root);
  }
  if (pick === install) return waitFor('Installing Python packages', (call) => python.installMissing(call));
  return createManaged(ui, root);
}

/** Makes the managed environment and makes it this project's. */
export async function createManaged(ui: Ui, root: string): Promise<PythonInfo> {
  const { python } = await ui.lifecycle(root);
  await waitFor('Creating the Python environment', (call) => python.createManaged(call));
  return python.use('managed');
}
