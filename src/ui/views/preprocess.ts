import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { cleanOutputs } from '../../core/recipe-matching';
import { UserError } from '../../core/errors';
import type { PreprocessViewApi, PreprocessViewEvents } from '../../protocol';
import { isMany } from '../../formats/part-files';
import { plural } from '../../words';
import { agree } from '../choose';
import { type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import type { Ui } from '../project';
import { showPage } from '../webview';

const MOST_NAMED = 5;

/** The key's name is the list of the chosen tables' paths, as JSON. */
export function tablesOf(key: PanelKey): string[] {
  const list: unknown = JSON.parse(key.name);
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

async function existing(files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return files.filter((_, k) => there[k]);
}

/** The page on which a recipe is run over tables that were chosen in the Explorer, with the report of each. */
export function showPreprocess(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey): PanelContent {
  const { root } = key;
  const tables = tablesOf(key);
  const core = () => ui.lifecycle(root);
  const page = showPage<PreprocessViewApi, PreprocessViewEvents>(
    ui,
    panel.webview,
    'preprocess',
    {
      async open(_, { signal }) {
        const matches = await (await core()).recipes.matching(tables, { signal });
        const names = await Promise.all(
          tables.map(async (one) => `${path.basename(one)}${(await isMany(one)) ? '/' : ''}`),
        );
        return { tables: names, matches, trusted: vscode.workspace.isTrusted };
      },
      async chooseFolder() {
        const [folder] =
          (await vscode.window.showOpenDialog({
            title: 'Folder of the Outputs',
            openLabel: 'Choose',
            canSelectFiles: false,
            canSelectFolders: true,
            defaultUri: vscode.Uri.file(path.dirname(tables[0] ?? root)),
          })) ?? [];
        return folder?.fsPath;
      },
      async run({ recipe, format, remember, folder }, { signal, progress }) {
        if (!vscode.workspace.isTrusted) {
          throw new UserError('permission', 'This folder is not trusted, so its recipes are not run.', {
            fix: 'Trust the folder first (Manage in the bar on top).',
          });
        }
        const outputs = cleanOutputs(tables, format, folder);
        const there = await existing(outputs.map((one) => one.output));
        if (there.length > 0) {
          const named = there.slice(0, MOST_NAMED).map((file) => path.basename(file));
          const more =
            there.length > MOST_NAMED ? `\nand ${plural(there.length - MOST_NAMED, 'more file')}` : '';
          const question =
            there.length === 1
              ? 'The output is there already.'
              : `${there.length} of the outputs are there already.`;
          if (!(await agree(question, `${named.join('\n')}${more}`, 'Replace'))) return undefined;
        }
        const open = vscode.workspace.textDocuments.find((one) => one.uri.fsPath === recipe);
        if (open?.isDirty) await open.save();
        const request = { recipe, tables: outputs, remember };
        return (await core()).recipes.runEach(request, { signal, onProgress: progress });
      },
      openData: async ({ file }) => {
        await vscode.commands.executeCommand('mll.openData', vscode.Uri.file(file));
      },
      openRecipe: async ({ file }) => {
        await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'mll.recipe');
      },
      newRecipe: async () => {
        const [first] = tables;
        if (first !== undefined)
          await vscode.commands.executeCommand('mll.preprocess', vscode.Uri.file(first));
      },
      runFix,
    },
    panelState(key),
  );
  // A recipe that is mended meanwhile may run now.
  const watching = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(root, '**/*.recipe.{yaml,yml}'),
  );
  const changed = (): void => page.tell('changed', {});
  const stops = [
    watching,
    watching.onDidChange(changed),
    watching.onDidCreate(changed),
    watching.onDidDelete(changed),
  ];
  return {
    dispose() {
      for (const stop of stops) stop.dispose();
      page.dispose();
    },
  };
}
