import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { cleanOutputs } from '../../core/recipe-matching';
import { UserError } from '../../core/errors';
import type { PreprocessViewApi, PreprocessViewEvents } from '../../protocol';
import { isMany } from '../../formats/part-files';
import { plural } from '../../words';
import { nameFromPath } from '../../core/names';
import { saveIfOpen } from '../actions/recipe';
import { agree } from '../choose';
import { followRun } from '../jobs';
import { type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import type { Ui } from '../project';
import { showPage } from '../webview';
import { ensureReady } from '../where';

const MOST_NAMED = 5;

/** The key's name is the list of the chosen tables' paths, as JSON. */
export function tablesOf(key: PanelKey): string[] {
  const list: unknown = JSON.parse(key.name);
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

function assertTrusted(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError('permission', 'This folder is not trusted, so its recipes are not run.', {
    fix: 'Trust the folder first (Manage in the bar on top).',
  });
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
        const [first] = tables;
        const grows = tables.length === 1 && first !== undefined && (await isMany(first));
        return { tables: names, matches, trusted: vscode.workspace.isTrusted, grows };
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
      async prepareNew({ recipe }, { signal }) {
        assertTrusted();
        const [input] = tables;
        if (input === undefined || !(await ensureReady(ui, root, 'local'))) return undefined;
        await saveIfOpen(vscode.Uri.file(recipe));
        const request = {
          recipe,
          input,
          output: `${nameFromPath(input)}-prepared`,
          provider: 'local' as const,
        };
        const { run, ...found } = await (await core()).runs.prepareNew(request, { signal });
        if (run === undefined) return found;
        followRun(ui, root, run);
        return { ...found, run: run.id };
      },
      openRun: async ({ run }) => {
        await vscode.commands.executeCommand('mll.run.open', run);
      },
      async run({ recipe, format, remember, folder }, { signal, progress }) {
        assertTrusted();
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
        await saveIfOpen(vscode.Uri.file(recipe));
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
