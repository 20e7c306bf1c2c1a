import * as vscode from 'vscode';
import type { Lifecycle } from '../core/api';

/** What of the extension is asked here; it asks this file itself. */
interface Window {
  readonly extension: vscode.ExtensionContext;
  roots(): readonly string[];
  lifecycle(root: string): Promise<Lifecycle>;
}

const KEY = 'recipe.mayRead';

/**
 * Whether recipes may read this path or address: it lies in a folder of the window, the person agreed to it in this workspace, or it
 * is a dataset of a project that they trust.
 */
export async function mayRead(ui: Window, root: string, place: string): Promise<boolean> {
  if (ui.extension.workspaceState.get<readonly string[]>(KEY, []).includes(place)) return true;
  const { isOutside } = await import('../core/outside');
  if (!(await isOutside(ui.roots(), place))) return true;
  if (!vscode.workspace.isTrusted) return false;
  const lifecycle = await ui.lifecycle(root);
  if (!(await lifecycle.exists())) return false;
  return (await lifecycle.datasets.list()).some((one) => one.source.path === place);
}

export async function allowReading(ui: Window, place: unknown): Promise<void> {
  if (typeof place !== 'string') return;
  const before = ui.extension.workspaceState.get<readonly string[]>(KEY, []);
  await ui.extension.workspaceState.update(KEY, [...new Set([...before, place])]);
}

/** A UserError, with a button to agree, where a recipe names a place that it may not read. */
export async function assertMayRead(ui: Window, root: string, recipe: string, place: string): Promise<void> {
  const { isOutside, outsideError } = await import('../core/outside');
  if ((await isOutside([root], place)) && !(await mayRead(ui, root, place)))
    throw outsideError(recipe, place);
}
