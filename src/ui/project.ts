import path from 'node:path';
import * as vscode from 'vscode';
import type { Engine, Host, Lifecycle } from '../core/api';

export type What = 'datasets' | 'runs' | 'models' | 'endpoints';

/** Makes the lifecycle of a folder; the composition root lends it, because only it sees the providers, stores and sources. */
export type OpenLifecycle = (
  root: string,
  host: Omit<Host, 'providers' | 'stores' | 'sources'>,
) => Promise<Lifecycle>;

/** What every part of the extension works with. Nothing in it touches disk or process before it is asked. */
export interface Ui {
  readonly extension: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  /** Project folder of a file or, without one, of the window; undefined when no folder is open. */
  root(uri?: vscode.Uri): string | undefined;
  /** All folders of the window. */
  roots(): readonly string[];
  lifecycle(root: string): Promise<Lifecycle>;
  engine(): Promise<Engine>;
  /** Fires when manifests of an opened project changed, whoever changed them. */
  readonly onChanged: vscode.Event<{ readonly root: string; readonly what: What }>;
  /** Tells the views to read again. */
  changed(root: string, what: What): void;
  /** Absolute path of a file that ships in `dist`. */
  dist(...parts: string[]): string;
}

export function createUi(extension: vscode.ExtensionContext, open: OpenLifecycle): Ui {
  const log = vscode.window.createOutputChannel('ML Lifecycle', { log: true });
  const changes = new vscode.EventEmitter<{ root: string; what: What }>();
  const opened = new Map<string, Promise<Lifecycle>>();
  let engine: Promise<Engine> | undefined;
  const dist = (...parts: string[]): string => path.join(extension.extensionPath, 'dist', ...parts);

  async function startEngine(): Promise<Engine> {
    const { createEngine } = await import('../core/engine');
    const memory = vscode.workspace.getConfiguration('mll').get<number>('engine.memoryLimit', 0);
    return createEngine({
      script: dist('engine.js'),
      tempFolder: path.join(extension.globalStorageUri.fsPath, 'engine'),
      log: (message) => log.info(message),
      ...(memory > 0 ? { memoryLimit: memory * 2 ** 20 } : {}),
    });
  }

  async function openProject(root: string): Promise<Lifecycle> {
    const [{ stateFolder }, { selectedPython }, { proxyOfSettings }, current] = await Promise.all([
      import('../core/folders'),
      import('./python-extension'),
      import('./proxy'),
      ui.engine(),
    ]);
    const lifecycle = await open(root, {
      engine: current,
      pythonFolder: dist('python'),
      supervisorScript: dist('supervisor.js'),
      stateFolder: stateFolder(),
      now: () => new Date(),
      log: (message) => log.info(message),
      selectedPython: () => selectedPython(root),
      proxy: proxyOfSettings,
      consent: askConsent,
      mayRead: async (place) => (await import('./outside')).mayRead(ui, root, place),
      agree: async (estimate) => (await import('./agree')).agreeInWindow(estimate),
      agreeToQuery: async (estimate) => (await import('./agree')).agreeToQueryInWindow(estimate),
    });
    extension.subscriptions.push(lifecycle, {
      dispose: lifecycle.watch((what) => changes.fire({ root, what })),
    });
    return lifecycle;
  }

  const roots = (): string[] =>
    (vscode.workspace.workspaceFolders ?? [])
      .filter((one) => one.uri.scheme === 'file')
      .map((one) => one.uri.fsPath);

  const ui: Ui = {
    extension,
    log,
    dist,
    roots,
    root(uri) {
      const file = uri ?? vscode.window.activeTextEditor?.document.uri;
      const folder = file && vscode.workspace.getWorkspaceFolder(file);
      if (folder?.uri.scheme === 'file') return folder.uri.fsPath;
      // A single file that was opened without a folder: its own folder may become the project.
      return uri?.scheme === 'file' ? path.dirname(uri.fsPath) : roots()[0];
    },
    lifecycle(root) {
      const known = opened.get(root);
      if (known) return known;
      const made = openProject(root);
      opened.set(root, made);
      made.catch(() => opened.delete(root));
      return made;
    },
    engine() {
      engine ??= startEngine();
      return engine;
    },
    onChanged: changes.event,
    changed: (root, what) => changes.fire({ root, what }),
  };
  extension.subscriptions.push(log, changes, {
    dispose: () => {
      void engine?.then((one) => one.dispose());
    },
  });
  return ui;
}

async function askConsent(question: string, detail: string): Promise<boolean> {
  const make = 'Make Project';
  return (await vscode.window.showInformationMessage(question, { modal: true, detail }, make)) === make;
}
