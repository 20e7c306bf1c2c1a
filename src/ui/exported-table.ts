import { UserError } from '../core/errors';
import { isSourceUri, tableName } from '../core/source-uri';
import { askText } from './ask';
import type { Ui } from './project';

/** The address of the recipe's data; '' where that is not here, or the recipe says no data at all. */
export async function addressOf(ui: Ui, root: string, recipe: string): Promise<string> {
  const { recipes, datasets } = await ui.lifecycle(root);
  return recipes
    .input(recipe)
    .then((named) => datasets.address(named))
    .catch((error: unknown) => {
      if (error instanceof UserError && (error.kind === 'notFound' || error.kind === 'invalid')) return '';
      throw error;
    });
}

const EXPORTS = 'sources.exports';
type Exports = Readonly<Record<string, string>>;

/** Keeps where the one file is that a table was exported to. BigQuery writes a number of twelve digits for the star. */
export async function rememberExport(ui: Ui, uri: string, to: string): Promise<void> {
  const { workspaceState } = ui.extension;
  const file = to.replace('*', '0'.repeat(12));
  await workspaceState.update(EXPORTS, { ...workspaceState.get<Exports>(EXPORTS, {}), [uri]: file });
}

/** A job reads files: for a recipe on a table in BigQuery, the one that it was exported to. Undefined when the person closes the box. */
export async function inputForJob(
  ui: Ui,
  root: string,
  recipe: string,
): Promise<{ readonly input?: string } | undefined> {
  const uri = await addressOf(ui, root, recipe);
  if (!isSourceUri(uri)) return {};
  const known = ui.extension.workspaceState.get<Exports>(EXPORTS, {})[uri];
  const name = tableName(uri);
  const text = await askText({
    title: `The Rows of ${name} for the Job`,
    prompt: `A job reads files, not BigQuery: ${known === undefined ? 'export the table to Cloud Storage first, then name the Parquet file with its rows' : 'the Parquet file with the rows, as the table was exported last'}.`,
    value: known ?? `gs://BUCKET/${name}/000000000000.parquet`,
    ...(known === undefined ? { valueSelection: [5, 11] } : {}),
    validateInput: (value) =>
      /^gs:\/\/[a-z0-9][a-z0-9._-]+\/[^\s*]+$/.test(value.trim())
        ? undefined
        : 'The address of one file, such as gs://BUCKET/FOLDER/000000000000.parquet',
  });
  return text === undefined ? undefined : { input: text.trim() };
}
