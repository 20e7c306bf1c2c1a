import * as vscode from 'vscode';
import { casesIn, sendCases } from '../case-results';
import { isCasesFile } from '../case-files';
import { activeFile } from '../choose';
import type { CommandContext } from '../command-context';
import { waitFor } from '../progress';

/** Sends one case of a file, as its text is now; the answer appears in its line. */
export async function sendCase(context: CommandContext, uri: unknown, name: unknown): Promise<void> {
  if (!(uri instanceof vscode.Uri) || typeof name !== 'string') return;
  const document = await vscode.workspace.openTextDocument(uri);
  const found = await casesIn(context, uri, document.getText());
  await sendCases(context, uri, { ...found, cases: found.cases.filter((one) => one.name === name) });
}

/** Sends all cases of a file. */
export async function runAllCases(context: CommandContext, given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : activeFile();
  if (!uri || !isCasesFile(uri)) return;
  const document = await vscode.workspace.openTextDocument(uri);
  const found = await casesIn(context, uri, document.getText());
  await vscode.window.showTextDocument(document, { preview: false });
  const results = await waitFor(`Sending ${found.cases.length} cases`, ({ signal }) =>
    sendCases(context, uri, found, signal),
  );
  const failed = results.filter((one) => !one.passed).length;
  const text =
    failed === 0 ? `All ${results.length} cases passed.` : `${failed} of ${results.length} cases failed.`;
  vscode.window.setStatusBarMessage(text, 8000);
}
