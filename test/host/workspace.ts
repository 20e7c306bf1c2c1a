import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';

/** Absolute path of a file in the folder that the window has open. */
export function inWorkspace(...parts: string[]): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return path.join(folder.uri.fsPath, ...parts);
}

/** The extension under test, active. */
export async function activated(): Promise<vscode.Extension<unknown>> {
  const extension = vscode.extensions.getExtension('ml-lifecycle.ml-lifecycle');
  assert.ok(extension);
  await extension.activate();
  return extension;
}

/** Resolves once `look` gives something; what it waits for is named when it never comes. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 250; tries += 1) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come.`);
}

/** Makes the folder a project without the question. */
export async function makeProject(): Promise<void> {
  const file = inWorkspace('ml.yaml');
  if (!existsSync(file)) await writeFile(file, 'project: host\nprovider: local\npython: managed\n');
}

/** The editor in front: its kind (`text`, or a custom editor's type) and file. */
export function front(): { kind: string; file: string } | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputCustom) return { kind: input.viewType, file: input.uri.fsPath };
  if (input instanceof vscode.TabInputText) return { kind: 'text', file: input.uri.fsPath };
  return undefined;
}
