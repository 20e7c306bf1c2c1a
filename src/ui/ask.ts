import * as vscode from 'vscode';

/*
 * Lists and boxes that stay until they are answered or Escape is pressed. By default VS Code closes them when
 * anything else takes the focus, and a view that draws itself anew or the palette that gives the focus back can
 * do that while somebody types.
 */

type Question<T> = Omit<T, 'ignoreFocusOut' | 'canPickMany'>;

/** What was typed; undefined when the person declined. */
export function askText(options: Question<vscode.InputBoxOptions>): Thenable<string | undefined> {
  return vscode.window.showInputBox({ ...options, ignoreFocusOut: true });
}

/** One of the items; undefined when the person declined. */
export function askOne<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: Question<vscode.QuickPickOptions>,
): Thenable<T | undefined> {
  return vscode.window.showQuickPick(items, { ...options, ignoreFocusOut: true });
}

/** Any number of the items; undefined when the person declined. */
export function askSome<T extends vscode.QuickPickItem>(
  items: readonly T[],
  options: Question<vscode.QuickPickOptions>,
): Thenable<T[] | undefined> {
  return vscode.window.showQuickPick(items, { ...options, canPickMany: true, ignoreFocusOut: true });
}
