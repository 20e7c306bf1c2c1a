import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Lifecycle } from '../core/api';
import { showError } from './errors';
import type { Ui } from './project';

/** True for a folder that was made a project; others are left alone. */
export function isProject(root: string): Promise<boolean> {
  return access(path.join(root, 'ml.yaml')).then(
    () => true,
    () => false,
  );
}

/** What each open project says, one after the other: one that fails says so and hides none of the others. Nothing where the folder is not trusted. */
export async function fromProjects<T>(
  ui: Ui,
  ask: (root: string, lifecycle: Lifecycle) => Promise<readonly T[]>,
): Promise<T[]> {
  if (!vscode.workspace.isTrusted) return [];
  const found: T[] = [];
  for (const root of ui.roots()) {
    if (!(await isProject(root))) continue;
    try {
      found.push(...(await ask(root, await ui.lifecycle(root))));
    } catch (error) {
      void showError(ui, error);
    }
  }
  return found;
}

interface Page {
  readonly next?: string;
}

/** Reads on until as many pages are there as are wanted, or there are no more. */
export async function fillPages<T extends Page>(
  listing: { readonly pages: T[]; readonly wanted: number },
  read: (next: Page) => Promise<T>,
): Promise<void> {
  while (listing.pages.length < listing.wanted) {
    const next = listing.pages.at(-1)?.next;
    if (listing.pages.length > 0 && next === undefined) return;
    listing.pages.push(await read(next === undefined ? {} : { next }));
  }
}
