import * as vscode from 'vscode';
import { isAbort, toErrorData } from '../core/errors';
import type { Ui } from './project';

/** The one place where a failure of a command is shown: what happened, what to do next, buttons that do it; a defect offers the log. */
export async function showError(ui: Ui, error: unknown): Promise<void> {
  if (isAbort(error)) return;
  const data = toErrorData(error);
  if (data.kind === 'internal') {
    logDefect(ui, error);
    const log = 'Show Log';
    const pick = await vscode.window.showErrorMessage(`ML Lifecycle: ${data.message}`, log);
    if (pick === log) ui.log.show();
    return;
  }
  const actions = data.actions ?? [];
  const text = [data.message, data.fix].filter((one) => one !== undefined).join(' ');
  const pick = await vscode.window.showErrorMessage(text, ...actions.map((one) => one.title));
  const chosen = actions.find((one) => one.title === pick);
  if (chosen) await vscode.commands.executeCommand(chosen.command, ...(chosen.args ?? []));
}

/** Keeps the stack of what should not have been thrown. */
export function logDefect(ui: Ui, error: unknown): void {
  ui.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
