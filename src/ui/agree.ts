import * as vscode from 'vscode';
import { queryLines } from '../core/query-estimate';
import type { QueryEstimate } from '../core/source';
import { bytes } from '../words';
import { type Estimate, estimateLines, type SecretFound, secretText } from '../core/estimate';

const SEND_FILE = 'Send the File';

/** Asks about one thing that looks like a secret: true to send its file, `other` for what else may be done; undefined to give up. */
export async function askAboutSecret<Other extends string = never>(
  secret: SecretFound,
  other?: Other,
): Promise<true | Other | undefined> {
  const mend =
    other === undefined ? '\n\nTake it out of the file, or keep the file here with a line in .mlignore.' : '';
  const pick = await vscode.window.showWarningMessage(
    'A file that would be sent holds what looks like a secret.',
    { modal: true, detail: `${secretText(secret)}${mend}` },
    ...[SEND_FILE, ...(other === undefined ? [] : [other])],
  );
  if (pick === SEND_FILE) return true;
  return pick === undefined ? undefined : other;
}

/** Shows what would leave this machine and what it may cost, and asks; what looks like a secret is asked for one by one before. */
export async function agreeInWindow(estimate: Estimate): Promise<boolean> {
  for (const secret of estimate.secrets) {
    if ((await askAboutSecret(secret)) !== true) return false;
  }
  const start = 'Send and Start';
  const detail = estimateLines(estimate).join('\n');
  return (
    (await vscode.window.showInformationMessage(`${estimate.action}?`, { modal: true, detail }, start)) ===
    start
  );
}

/** Queries that read no more than this are run without a question for as long as the window is open: the person said so. */
let quiet = 0;

/** Shows what queries would read and cost, and asks. */
export async function agreeToQueryInWindow(estimate: QueryEstimate): Promise<boolean> {
  const isBound = estimate.bound === 'exactly' || estimate.bound === 'at most';
  if (isBound && estimate.bytes <= quiet) {
    vscode.window.setStatusBarMessage(
      `$(server) ${estimate.action}: ${queryLines(estimate).slice(0, 3).join(', ')}`,
      8000,
    );
    return true;
  }
  const run = 'Run';
  const always = `Run, and Do Not Ask up to ${bytes(estimate.bytes)}`;
  const pick = await vscode.window.showInformationMessage(
    `${estimate.action}?`,
    { modal: true, detail: queryLines(estimate).join('\n') },
    run,
    ...(isBound && estimate.bytes > 0 ? [always] : []),
  );
  if (pick === always) quiet = estimate.bytes;
  return pick !== undefined;
}
