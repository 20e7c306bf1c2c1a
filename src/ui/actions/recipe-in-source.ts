import path from 'node:path';
import * as vscode from 'vscode';
import { isSourceUri } from '../../core/source-uri';
import { askOne, askText } from '../ask';
import { projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { addressOf } from '../exported-table';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { uriOf } from '../store-uris';
import { chooseRecipe, saveIfOpen } from './recipe';
import { askTarget, tableProblem } from './sources';

/** The recipe as one query in BigQuery, into a table or view there, which is shown then. */
export async function runInBigQuery(context: CommandContext, given: unknown): Promise<void> {
  const uri = await chooseRecipe(context, given, 'Run Recipe in BigQuery');
  if (!uri) return;
  await saveIfOpen(uri);
  const { root, lifecycle } = await projectOf(context, uri);
  const recipe = uri.fsPath;
  const name = path.basename(recipe).replace(/\.recipe\.ya?ml$/i, '');
  const input = await tableFor(context, root, recipe);
  if (input === undefined) return;
  const pick = await askOne(
    [
      { label: 'Table', detail: 'The rows as they are now, cleaned', as: 'table' as const },
      {
        label: 'View',
        detail: 'The recipe as a query with a name: whoever reads it gets the rows of then, cleaned',
        as: 'view' as const,
      },
    ],
    { title: `Run ${name} in BigQuery into a…` },
  );
  if (!pick) return;
  const target = await askTarget(context, root, { beside: input, as: pick.as, ending: '_clean' });
  if (!target) return;
  const { table: output, as, replace } = target;
  const made = await waitFor(`Running ${name} in BigQuery`, (call) =>
    lifecycle.recipes.runInSource({ recipe, input, output, as, replace }, call),
  );
  context.sources.refresh();
  await vscode.commands.executeCommand('vscode.openWith', uriOf(made.uri), 'mll.data');
}

/** The table in BigQuery that the recipe is for; where its data is elsewhere, or not said, the person names one. */
async function tableFor(ui: Ui, root: string, recipe: string): Promise<string | undefined> {
  const own = await addressOf(ui, root, recipe);
  if (isSourceUri(own)) return own;
  const text = await askText({
    title: 'Run Recipe in BigQuery',
    prompt: 'The table there that shall be cleaned; it needs the columns that the recipe names',
    placeHolder: 'bigquery://PROJECT/DATASET/TABLE',
    validateInput: tableProblem,
  });
  return text?.trim();
}
