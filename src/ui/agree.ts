import * as vscode from 'vscode';
import { type Estimate, estimateLines, secretText } from '../core/estimate';

/** Shows what would leave this machine and what it may cost, and asks; what looks like a secret is asked for one by one before. */
export async function agreeInWindow(estimate: Estimate): Promise<boolean> {
  for (const secret of estimate.secrets) {
    const send = 'Send the File';
    const pick = await vscode.window.showWarningMessage(
      'A file that would be sent holds what looks like a secret.',
      {
        modal: true,
        detail: `${secretText(secret)}\n\nTake it out of the file, or keep the file here with a line in .mlignore.`,
      },
      send,
    );
    if (pick !== send) return false;
  }
  const start = 'Send and Start';
  const detail = estimateLines(estimate).join('\n');
  return (
    (await vscode.window.showInformationMessage(`${estimate.action}?`, { modal: true, detail }, start)) ===
    start
  );
}
