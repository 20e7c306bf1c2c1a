import path from 'node:path';
import * as vscode from 'vscode';
import { showError } from './errors';
import type { Ui } from './project';

export const PANEL_VIEWS = ['train', 'run', 'endpoint', 'doctor', 'sql', 'chart', 'preprocess'] as const;
export type PanelView = (typeof PANEL_VIEWS)[number];

/** What a panel shows; kept in its page, so that it comes back after a reload. */
export interface PanelKey {
  readonly view: PanelView;
  readonly root: string;
  /** Absolute path or dataset (train), run id, endpoint's name; '' for the doctor. SQL: a table or a `.sql` file, or ''. Chart: a table or a chart file. Preprocess: the tables, as JSON. */
  readonly name: string;
  /** Train: the recipe that was asked for. */
  readonly recipe?: string;
  /** Chart: what the data view shows, as JSON. */
  readonly given?: string;
}

export interface PanelContent {
  /** It is asked for again, with another key of the same thing. */
  again?(key: PanelKey): void;
  /** Shows that tab, where the view has tabs. */
  show?(tab: 'test' | 'monitor'): void;
  dispose(): void;
}

/** These execute nothing of the folder. */
const SAFE: readonly PanelView[] = ['sql', 'chart'];

interface Open {
  readonly panel: vscode.WebviewPanel;
  readonly content: Promise<PanelContent | undefined>;
}

const opened = new Map<string, Open>();
const idOf = (key: PanelKey): string => JSON.stringify([key.view, key.root, key.name]);

function titleOf(key: PanelKey): string {
  switch (key.view) {
    case 'train':
      return `Train: ${path.basename(key.name)}`;
    case 'run':
      return `Run: ${key.name}`;
    case 'endpoint':
      return `Endpoint: ${key.name}`;
    case 'doctor':
      return 'Doctor';
    case 'chart':
      return `Chart: ${path.basename(key.name)}`;
    case 'preprocess':
      return `Preprocess: ${path.basename((JSON.parse(key.name) as string[])[0] ?? '')}`;
    case 'sql':
      return `SQL: ${key.name === '' ? path.basename(key.root) : path.basename(key.name)}`;
  }
}

type Tab = 'test' | 'monitor' | undefined;

/** Fills a panel; the views are handed in, because each of them opens panels itself. */
export type Fill = (ui: Ui, panel: vscode.WebviewPanel, key: PanelKey, tab: Tab) => Promise<PanelContent>;

let fill: Fill = () => Promise.reject(new Error('The views are not registered.'));

function adopt(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey, tab?: Tab): void {
  const id = idOf(key);
  const drawing = (ground: 'light' | 'dark'): vscode.Uri =>
    vscode.Uri.joinPath(ui.extension.extensionUri, 'media', 'panels', `${key.view}-${ground}.svg`);
  panel.iconPath = { light: drawing('light'), dark: drawing('dark') };
  const content = fill(ui, panel, key, tab).catch((error: unknown) => {
    void showError(ui, error);
    return undefined;
  });
  opened.set(id, { panel, content });
  panel.onDidDispose(() => {
    opened.delete(id);
    void content.then((one) => one?.dispose());
  });
}

/**
 * Tabs of that title which a reload left asleep: VS Code hands such a panel over only when it is looked at, so a new one
 * would stand beside it.
 */
function asleep(view: PanelView, title: string): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(
      ({ input, label }) =>
        input instanceof vscode.TabInputWebview &&
        input.viewType.endsWith(`mll.${view}`) &&
        label === title &&
        ![...opened.values()].some((one) => one.panel.title === label),
    );
}

/** Gives a panel the title that its content says; no two things of one view have the same. */
export function retitle(panel: vscode.WebviewPanel, view: PanelView, title: string): void {
  if (panel.title === title) return;
  const old = asleep(view, title);
  panel.title = title;
  if (old.length > 0) void vscode.window.tabGroups.close(old, true);
}

/** Shows a panel: the one that is there for the same thing, else a new one. */
export function openPanel(ui: Ui, key: PanelKey, tab?: Tab): void {
  const known = opened.get(idOf(key));
  if (known) {
    known.panel.reveal();
    void known.content.then((one) => {
      if (tab) one?.show?.(tab);
      one?.again?.(key);
    });
    return;
  }
  const old = asleep(key.view, titleOf(key));
  const panel = vscode.window.createWebviewPanel(
    `mll.${key.view}`,
    titleOf(key),
    vscode.ViewColumn.Active,
    {},
  );
  adopt(ui, panel, key, tab);
  if (old.length > 0) void vscode.window.tabGroups.close(old, true);
}

/** True when the person sees that panel now. */
export function isShown(view: PanelView, root: string, name: string): boolean {
  return opened.get(idOf({ view, root, name }))?.panel.visible ?? false;
}

function keyOf(state: unknown, view: PanelView): PanelKey | undefined {
  if (typeof state !== 'object' || state === null || !('panel' in state)) return undefined;
  const { panel } = state;
  if (typeof panel !== 'object' || panel === null || !('root' in panel) || !('name' in panel))
    return undefined;
  const { root, name } = panel;
  if (typeof root !== 'string' || typeof name !== 'string') return undefined;
  const recipe = 'recipe' in panel && typeof panel.recipe === 'string' ? { recipe: panel.recipe } : {};
  const given = 'given' in panel && typeof panel.given === 'string' ? { given: panel.given } : {};
  return { view, root, name, ...recipe, ...given };
}

/** Takes the views, and brings panels back after a reload. */
export function registerPanels(ui: Ui, views: Fill): void {
  fill = views;
  for (const view of PANEL_VIEWS) {
    ui.extension.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(`mll.${view}`, {
        deserializeWebviewPanel(panel, state) {
          const key = keyOf(state, view);
          // A project that is not open here any more, or not trusted: nothing to show.
          if (!key || (!vscode.workspace.isTrusted && !SAFE.includes(view))) panel.dispose();
          else adopt(ui, panel, key);
          return Promise.resolve();
        },
      }),
    );
  }
}

/** What the pages keep of the key. */
export function panelState(key: PanelKey): Readonly<Record<string, string>> {
  const { root, name, recipe, given } = key;
  return {
    root,
    name,
    ...(recipe === undefined ? {} : { recipe }),
    ...(given === undefined ? {} : { given }),
  };
}

/** Runs the button of a failure: commands of ours only, whatever a page asks for. */
export async function runFix(fix: { command: string; args?: readonly unknown[] }): Promise<void> {
  if (!fix.command.startsWith('mll.')) throw new Error(`${fix.command} is no command of ML Lifecycle.`);
  await vscode.commands.executeCommand(fix.command, ...(fix.args ?? []));
}
