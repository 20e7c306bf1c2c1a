import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { SourceTarget } from '../../core/source';
import { parseSourceUri, parseTableUri, sourceUri } from '../../core/source-uri';
import { plural } from '../../words';
import { askText } from '../ask';
import { agree, projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { rememberExport } from '../exported-table';
import { openPanel } from '../panels';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { isSourceRow, type SourceRow } from '../source-view';
import { uriOf } from '../store-uris';
import { addFile } from './data';

/** The table that a command acts on; a UserError when there is none. */
function tableRow(context: CommandContext, given: unknown): SourceRow {
  const rows = isSourceRow(given) ? [given] : context.sources.selected();
  const found = rows.find(({ item }) => item.contextValue?.startsWith('source.table') === true);
  if (found) return found;
  throw new UserError('invalid', 'No table is chosen in the Sources view.', {
    fix: 'Choose a table there first.',
    actions: [{ title: 'Show Sources', command: 'mll.sources.focus' }],
  });
}

export async function openTable(context: CommandContext, given: unknown): Promise<void> {
  const { uri } = tableRow(context, given);
  await vscode.commands.executeCommand('vscode.openWith', uriOf(uri), 'mll.data');
}

/** Asks for an address. */
export async function openAddress(context: CommandContext): Promise<void> {
  await projectOf(context);
  const text = await askText({
    title: 'Open Table in BigQuery',
    prompt: 'The address of a table or view',
    placeHolder: 'bigquery://PROJECT/DATASET/TABLE',
    validateInput: (value) => (value.trim() === '' ? undefined : tableProblem(value)),
  });
  if (text === undefined || text.trim() === '') return;
  const uri = sourceUri(parseSourceUri(text.trim()));
  await vscode.commands.executeCommand('vscode.openWith', uriOf(uri), 'mll.data');
}

export async function copyAddress(context: CommandContext, given: unknown): Promise<void> {
  const row = isSourceRow(given) ? given : context.sources.selected()[0];
  if (row && row.uri !== '') await vscode.env.clipboard.writeText(row.uri);
}

export async function addToDatasets(context: CommandContext, given: unknown): Promise<void> {
  const { root, uri } = tableRow(context, given);
  await addFile(context, root, uri);
}

/** SQL over a table, or over the source without one. */
export function openSql(context: CommandContext, given: unknown): void {
  const { root, uri } = tableRow(context, given);
  openPanel(context, { view: 'sql', root, name: uri });
}

/** Asks where in Cloud Storage the Parquet files go, and lets BigQuery write them. */
export async function exportTable(ui: Ui, root: string, uri: string): Promise<void> {
  const lifecycle = await ui.lifecycle(root);
  const { table } = parseTableUri(uri);
  const to = await askText({
    title: `Export ${table} to Cloud Storage`,
    prompt:
      'Parquet files are written by BigQuery itself; * stands for their numbers. The bucket has to be in the same location.',
    value: `gs://BUCKET/${table.replace(/\$.*$/, '')}/*.parquet`,
    valueSelection: [5, 11],
    validateInput: (text) =>
      /^gs:\/\/[a-z0-9][a-z0-9._-]+\/\S+$/.test(text)
        ? undefined
        : 'An address such as gs://BUCKET/FOLDER/*.parquet',
  });
  if (to === undefined) return;
  const detail = `BigQuery writes all rows of ${uri} to ${to}. The export itself is not charged; storage in the bucket is.`;
  if (!(await agree(`Export ${table}?`, detail, 'Export'))) return;
  const source = await lifecycle.sources.open(uri);
  const { files } = await waitFor(`Exporting ${table}`, (call) => source.exportTo(uri, to, call));
  if (files === 1) await rememberExport(ui, uri, to);
  void vscode.window.showInformationMessage(`${table} is in ${to} now: ${plural(files, 'file')}.`);
}

export async function exportCommand(context: CommandContext, given: unknown): Promise<void> {
  const { root, uri } = tableRow(context, given);
  await exportTable(context, root, uri);
}

/** Asks under which name, beside that table, a table or view shall be made; undefined when the person closes it. */
export async function askTarget(
  ui: Ui,
  root: string,
  { beside, as, ending }: { beside: string; as: 'table' | 'view'; ending: string },
): Promise<SourceTarget | undefined> {
  const at = parseTableUri(beside);
  const table = await askText({
    title: `Save as ${as === 'view' ? 'View' : 'Table'} in BigQuery`,
    prompt:
      as === 'view'
        ? 'A view holds the query, no rows: it is run whenever it is read.'
        : 'A table holds the rows as they are now; its storage is charged.',
    value: sourceUri({ ...at, table: `${at.table.replace(/\$.*$/, '')}${ending}` }),
    validateInput: tableProblem,
  });
  if (table === undefined) return undefined;
  const source = await (await ui.lifecycle(root)).sources.open(table);
  const replace = await source.schema(table).then(
    () => true,
    (error: unknown) => {
      if (error instanceof UserError && error.kind === 'notFound') return false;
      throw error;
    },
  );
  const lost = 'There is something of that name already. It would be lost.';
  if (replace && !(await agree(`Replace ${table}?`, lost, 'Replace'))) return undefined;
  return { table, as, replace };
}

/** Why a text is no table's address; undefined where it is one. */
export function tableProblem(text: string): string | undefined {
  try {
    parseTableUri(text.trim());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Asks for a name beside the table, and keeps the result of a query under it. */
export async function saveQuery(
  ui: Ui,
  root: string,
  { sql, beside, as }: { sql: string; beside: string; as: 'table' | 'view' },
): Promise<string | undefined> {
  const target = await askTarget(ui, root, { beside, as, ending: as === 'view' ? '_view' : '_copy' });
  if (!target) return undefined;
  const { sources } = await ui.lifecycle(root);
  const source = await sources.open(target.table);
  const made = await waitFor(`Saving ${target.table}`, (call) =>
    source.save(sql, target, sources.asked(call)),
  );
  return made.uri;
}

export function refreshSources(context: CommandContext, given: unknown): void {
  const uri = isSourceRow(given) ? given.uri : typeof given === 'string' ? given : undefined;
  context.sources.refresh(uri);
}
