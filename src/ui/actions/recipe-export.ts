import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { checkModuleName } from '../../core/outputs';
import { askOne } from '../ask';
import type { CommandContext } from '../command-context';
import { waitFor } from '../progress';
import { projectOf } from '../choose';
import { chooseRecipe, saveIfOpen } from './recipe';

const LANGUAGES = [
  { label: 'pandas', detail: 'A Python function over a pandas DataFrame', as: 'pandas' },
  { label: 'polars', detail: 'A Python function over a polars DataFrame', as: 'polars' },
  { label: 'SQL', detail: 'One SELECT for DuckDB', as: 'sql' },
] as const;

const PLACES = [
  { label: '$(notebook) Notebook…', place: 'notebook' },
  { label: '$(file-code) File…', place: 'file' },
  { label: '$(clippy) Clipboard', place: 'clipboard' },
] as const;

/** The recipe as code that gives the same table: which language, then where to. */
export async function exportRecipe(context: CommandContext, given: unknown): Promise<void> {
  const uri = await chooseRecipe(context, given, 'Export Recipe as Code');
  if (!uri) return;
  const name = path.basename(uri.fsPath);
  const title = `Export ${name} as Code`;
  const language = await askOne([...LANGUAGES], {
    title,
    placeHolder: 'In which language',
  });
  if (!language) return;
  const where = await askOne([...PLACES], { title, placeHolder: 'Where to' });
  if (!where) return;
  const { as } = language;
  const base = uri.fsPath.replace(/\.recipe\.ya?ml$/i, '');
  const [ending, kind] =
    where.place === 'notebook'
      ? ['ipynb', 'Jupyter Notebook']
      : as === 'sql'
        ? ['sql', 'SQL']
        : ['py', 'Python'];
  const output =
    where.place === 'clipboard'
      ? undefined
      : await vscode.window.showSaveDialog({
          title,
          saveLabel: 'Export',
          // Beside code that imports pandas no file may be called so, whatever the recipe's name is.
          defaultUri: vscode.Uri.file(`${base}${ending === 'py' ? '_recipe' : ''}.${ending}`),
          filters: { [kind]: [ending] },
        });
  if (where.place !== 'clipboard' && !output) return;
  if (output) checkModuleName(output.fsPath);
  const { lifecycle } = await projectOf(context, uri);
  await saveIfOpen(uri);
  const notebook = where.place === 'notebook';
  const code = await waitFor(`Fitting ${name}`, (call) =>
    lifecycle.recipes.export({ recipe: uri.fsPath, as, notebook }, call),
  );
  if (!output) {
    await vscode.env.clipboard.writeText(code);
    void vscode.window.showInformationMessage(`${name} is on the clipboard as ${language.label}.`);
    return;
  }
  await writeFile(output.fsPath, code, 'utf8');
  await vscode.commands.executeCommand('vscode.open', output);
}
