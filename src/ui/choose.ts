import path from 'node:path';
import * as vscode from 'vscode';
import type { Lifecycle } from '../core/api';
import { UserError } from '../core/errors';
import { isCloudScheme } from '../core/store-uri';
import { askOne } from './ask';
import type { CommandContext } from './command-context';
import { isNode, type Node } from './nodes';
import type { Ui, What } from './project';
import { addressOf } from './store-uris';
import { endpointStatus } from './words';
import { rowsText } from '../words';

/** A thing of a project that a command acts on. */
export interface Chosen {
  readonly root: string;
  readonly name: string;
  readonly lifecycle: Lifecycle;
  readonly node?: Node;
}

const TEXT_EXTENSIONS = ['csv', 'tsv', 'jsonl', 'ndjson'];
const PACKED = ['gz', 'zst'];
/** Without the dot; some have two parts. */
export const DATA_EXTENSIONS = [
  ...TEXT_EXTENSIONS,
  'parquet',
  'xlsx',
  'xlsm',
  'xls',
  'ods',
  'arrow',
  'feather',
  'avro',
  'sqlite',
  'sqlite3',
  'duckdb',
  ...TEXT_EXTENSIONS.flatMap((one) => PACKED.map((packed) => `${one}.${packed}`)),
];

export function isDataFile(file: string): boolean {
  const name = path.basename(file).toLowerCase();
  return [...DATA_EXTENSIONS, 'json', 'json.gz', 'json.zst'].some((extension) =>
    name.endsWith(`.${extension}`),
  );
}

/** A data file, or what a data view shows: a folder, or the files that a pattern names. */
export function isTable(uri: vscode.Uri): boolean {
  const own = uri.toString();
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return (
    isDataFile(uri.path) ||
    tabs.some(
      ({ input }) =>
        input instanceof vscode.TabInputCustom &&
        input.viewType === 'mll.data' &&
        input.uri.toString() === own,
    )
  );
}

/** The window's project folder; a UserError when no folder is open. */
export function rootOf(ui: Ui, uri?: vscode.Uri): string {
  const root = ui.root(uri);
  if (root !== undefined) return root;
  throw new UserError('invalid', 'No folder is open.', {
    fix: 'Open the folder that holds your data; it becomes the project.',
    actions: [{ title: 'Open Folder', command: 'vscode.openFolder' }],
  });
}

export async function projectOf(ui: Ui, uri?: vscode.Uri): Promise<{ root: string; lifecycle: Lifecycle }> {
  const root = rootOf(ui, uri);
  return { root, lifecycle: await ui.lifecycle(root) };
}

async function offered(what: What, lifecycle: Lifecycle): Promise<vscode.QuickPickItem[]> {
  if (!(await lifecycle.exists())) return [];
  switch (what) {
    case 'datasets':
      return (await lifecycle.datasets.list()).map((one) => ({
        label: one.name,
        description: rowsText(one),
      }));
    case 'runs':
      return (await lifecycle.runs.list()).map((one) => ({
        label: one.id,
        description: `${one.name} · ${one.status}`,
      }));
    case 'models':
      return (await lifecycle.models.list()).map((one) => ({
        label: `${one.name}@${one.version}`,
        description: one.algorithm,
      }));
    case 'endpoints':
      return (await lifecycle.endpoints.list()).map((one) => ({
        label: one.name,
        description: `${one.model}@${one.version} · ${endpointStatus(one.status)}`,
      }));
  }
}

const NOTHING: Readonly<Record<What, UserError>> = {
  datasets: new UserError('notFound', 'There is no dataset yet.', {
    fix: 'Add a file first.',
    actions: [{ title: 'Add Dataset', command: 'mll.dataset.add' }],
  }),
  runs: new UserError('notFound', 'There is no run yet.', {
    fix: 'Train a model first.',
    actions: [{ title: 'Train', command: 'mll.train' }],
  }),
  models: new UserError('notFound', 'There is no model yet.', {
    fix: 'Train one first.',
    actions: [{ title: 'Train', command: 'mll.train' }],
  }),
  endpoints: new UserError('notFound', 'There is no endpoint yet.', {
    fix: 'Deploy a model first.',
    actions: [{ title: 'Deploy', command: 'mll.model.deploy' }],
  }),
};

/**
 * What a command acts on: the tree's row or the name it was given, what is chosen in the focused view when it came by
 * key, the only one there is, or what the person picks; undefined when they close the list.
 */
export async function choose(
  context: CommandContext,
  what: What,
  given: unknown,
  title: string,
): Promise<Chosen | undefined> {
  const node = isNode(given) ? given : undefined;
  if (node) {
    return { root: node.root, name: node.name, lifecycle: await context.lifecycle(node.root), node };
  }
  const { root, lifecycle } = await projectOf(context);
  if (typeof given === 'string' && given !== '') return { root, name: given, lifecycle };
  const selected = context.trees.view(what).visible ? context.trees.selected(what) : undefined;
  const items = await offered(what, lifecycle);
  const [only, ...others] = items;
  if (only === undefined) throw NOTHING[what];
  if (others.length === 0) return { root, name: only.label, lifecycle };
  const first = items.filter((one) => one.label === selected?.name);
  const rest = items.filter((one) => one.label !== selected?.name);
  const pick = await askOne([...first, ...rest], { title, matchOnDescription: true });
  return pick && { root, name: pick.label, lifecycle };
}

/** A data file or dataset: from the Explorer, an editor, a tree's row or a name; else it is asked for. `name` is an absolute path, an address in a store, or a dataset's name. */
export async function chooseData(
  context: CommandContext,
  given: unknown,
  title: string,
): Promise<Chosen | undefined> {
  if (isNode(given) || typeof given === 'string') return choose(context, 'datasets', given, title);
  const uri = given instanceof vscode.Uri ? given : activeFile();
  if (uri && isCloudScheme(uri.scheme)) return { ...(await projectOf(context, uri)), name: addressOf(uri) };
  if (uri?.scheme === 'file' && (given instanceof vscode.Uri || isTable(uri))) {
    return { ...(await projectOf(context, uri)), name: uri.fsPath };
  }
  const { root, lifecycle } = await projectOf(context);
  const datasets = await offered('datasets', lifecycle);
  const files = await vscode.workspace.findFiles(
    new vscode.RelativePattern(root, `**/*.{${DATA_EXTENSIONS.join(',')}}`),
    '{**/node_modules/**,**/.ml/**,**/.git/**,**/.venv/**}',
    200,
  );
  const other = 'Another file…';
  const items = [
    ...datasets.map((one) => ({ ...one, file: one.label, iconPath: new vscode.ThemeIcon('database') })),
    ...files
      .map((one) => ({
        label: path.relative(root, one.fsPath),
        file: one.fsPath,
        iconPath: new vscode.ThemeIcon('file'),
      }))
      .sort((a, b) => a.label.localeCompare(b.label)),
    { label: other, file: '', iconPath: new vscode.ThemeIcon('folder-opened') },
  ];
  const pick = await askOne(items, { title });
  if (!pick) return undefined;
  if (pick.file !== '') return { root, lifecycle, name: pick.file };
  const file = await askForData(title, root);
  return file === undefined ? undefined : { root, lifecycle, name: file };
}

/** Asks for a data file; undefined when the dialog was closed. */
export async function askForData(title: string, root: string): Promise<string | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title,
      defaultUri: vscode.Uri.file(root),
      filters: { Data: [...DATA_EXTENSIONS, ...PACKED] },
    })) ?? [];
  return file?.fsPath;
}

/** The file of the active editor, a custom one too. */
export function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) return input.uri;
  return vscode.window.activeTextEditor?.document.uri;
}

/** Asks before something is lost; true when the person agreed. */
export async function agree(question: string, detail: string, action: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, action)) === action;
}
