import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { namedIn } from '../../core/sql-tables';
import { isSourceUri } from '../../core/source-uri';
import { isStoreUri } from '../../core/store-uri';
import type { Column, TableSource } from '../../core/table';
import { below } from '../../formats/paths';
import type { QueryId, SqlTable, SqlViewApi, SqlViewEvents } from '../../protocol';
import { fileSource } from '../file-source';
import { type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { isProject } from '../project-roots';
import { showPage } from '../webview';

interface Known extends SqlTable {
  source(): Promise<TableSource>;
}

/** The first line of a saved file names the table that is `data` in it. */
const DATA_LINE = /^--\s*data:\s*(\S.*?)\s*$/m;

export const isSqlFile = (name: string): boolean => /\.sql$/i.test(name);

/** The panel of SQL: over what lies in a source it is run there. */
export async function showSqlPanel(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey): Promise<PanelContent> {
  const { root, name } = key;
  const said = isSqlFile(name) ? DATA_LINE.exec(await readFile(name, 'utf8'))?.[1] : name;
  const address =
    said === undefined || said === '' || path.isAbsolute(said) || isSourceUri(said)
      ? said
      : await addressOfDataset(ui, root, said);
  if (address === undefined || !isSourceUri(address)) return showSql(ui, panel, key);
  return (await import('./source-sql')).showSourceSql(ui, panel, key, address);
}

/** Where a dataset lies; undefined for what is none, or where nothing of the folder is trusted. */
async function addressOfDataset(ui: Ui, root: string, name: string): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) return undefined;
  const { datasets } = await ui.lifecycle(root);
  return datasets.address(name).catch(() => undefined);
}

/** The panel of SQL over a file and the project's datasets. `key.name` is a table, a `.sql` file, or ''. */
function showSql(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey): PanelContent {
  const { root, name } = key;
  let kept: QueryId | undefined;

  async function forget(): Promise<void> {
    const old = kept;
    kept = undefined;
    if (old !== undefined) await (await ui.engine()).call('queryClose', { query: old });
  }

  /** What `data` is: the table that the panel was opened for, or the one that the `.sql` file names. */
  async function dataName(): Promise<string | undefined> {
    if (!isSqlFile(name)) return name === '' ? undefined : name;
    const said = DATA_LINE.exec(await readFile(name, 'utf8'))?.[1];
    if (said === undefined) return undefined;
    const beside = path.resolve(root, said);
    return (await isFile(beside)) ? beside : said;
  }

  async function tables(): Promise<Known[]> {
    const datasets = await projectDatasets(ui, root);
    const own = await dataName();
    if (own === undefined) return datasets;
    const same = datasets.find((one) => one.names[0] === own || one.place === own);
    if (same) {
      const others = datasets.filter((one) => one !== same);
      return [{ ...same, names: [...new Set([...same.names, ...stem(own), 'data'])] }, ...others];
    }
    const taken = new Set(datasets.flatMap(({ names }) => names));
    const { columns } = await fileColumns(root, own);
    const mine: Known = {
      names: [...stem(own).filter((one) => !taken.has(one)), 'data'],
      path: vscode.workspace.asRelativePath(own),
      columns,
      source: () => fileSource(root, own),
    };
    return [mine, ...datasets.map((one) => ({ ...one, names: one.names.filter((it) => it !== 'data') }))];
  }

  const page = showPage<SqlViewApi, SqlViewEvents>(
    ui,
    panel.webview,
    'sql',
    {
      async open() {
        const found = await tables();
        const isFileOpen = isSqlFile(name);
        const first = found[0]?.names[0];
        return {
          title: name === '' ? 'the project’s datasets' : path.basename(name),
          tables: found.map(({ names, path: where, columns }) => ({ names, path: where, columns })),
          text: isFileOpen
            ? await readFile(name, 'utf8')
            : first === undefined
              ? ''
              : `SELECT *\nFROM ${quoted(first)}\nLIMIT 1000`,
          isFile: isFileOpen,
          trusted: vscode.workspace.isTrusted,
        };
      },
      async run({ sql }, { signal }) {
        await forget();
        const found = await tables();
        const byName = new Map(found.flatMap((one) => one.names.map((it) => [it, one] as const)));
        const named: Record<string, TableSource> = {};
        for (const one of namedIn(sql, [...byName.keys()])) {
          const source = await byName.get(one)?.source();
          if (source) named[one] = source;
        }
        const result = await (await ui.engine()).call('query', { sql, tables: named }, { signal });
        kept = result.query;
        return result;
      },
      async page(params, { signal }) {
        return (await ui.engine()).call('queryPage', params, { signal });
      },
      async saveAsDataset({ query }) {
        return saveAsDataset(ui, root, query);
      },
      async saveSql({ sql }) {
        const own = await dataName();
        const target = await vscode.window.showSaveDialog({
          title: 'Save SQL',
          defaultUri: vscode.Uri.file(
            isSqlFile(name) ? name : path.join(root, `${stem(own ?? 'query')[0] ?? 'query'}.sql`),
          ),
          filters: { SQL: ['sql'] },
        });
        if (!target) return undefined;
        const about = own === undefined || DATA_LINE.test(sql) ? '' : `-- data: ${portable(root, own)}\n`;
        const text = `${about}${sql.trimEnd()}\n`;
        await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
        return path.basename(target.fsPath);
      },
      runFix,
    },
    panelState(key),
  );
  const watching = ui.onChanged((change) => {
    if (change.root === root && change.what === 'datasets') page.tell('changed', {});
  });
  return {
    dispose() {
      watching.dispose();
      page.dispose();
      void forget().catch(() => undefined);
    },
  };
}

const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (one) => one.isFile(),
    () => false,
  );

const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

/** `penguins` of `penguins.csv`; nothing of an address or a name that is a dataset's. */
function stem(name: string): string[] {
  const base = path.basename(name).replace(/\.[^.]*$/, '');
  return base === '' ? [] : [base];
}

/** As it is written into a file that is shared. */
function portable(root: string, name: string): string {
  return (path.isAbsolute(name) ? below(root, name) : undefined) ?? name;
}

async function fileColumns(root: string, file: string): Promise<{ columns: readonly Column[] }> {
  if (isStoreUri(file)) {
    throw new UserError('unsupported', 'SQL runs over files of this machine and datasets.', {
      fix: 'Add the table to the datasets first.',
    });
  }
  const { firstPage } = await import('../../formats/first-page');
  const first = await firstPage(file, { source: await fileSource(root, file) });
  return { columns: first.page.columns };
}

async function projectDatasets(ui: Ui, root: string): Promise<(Known & { place: string })[]> {
  if (!vscode.workspace.isTrusted || !(await isProject(root))) return [];
  const { datasets } = await ui.lifecycle(root);
  // Those in a source are asked there.
  const here = (await datasets.list()).filter((one) => !isSourceUri(one.source.path));
  return here.map((one) => ({
    names: [one.name],
    path: one.source.path,
    place: isStoreUri(one.source.path) ? one.source.path : path.resolve(root, one.source.path),
    columns: one.columns,
    source: () => datasets.source(one.name),
  }));
}

async function saveAsDataset(ui: Ui, root: string, query: QueryId): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) {
    throw new UserError('permission', 'This folder is not trusted, so nothing is written into it.', {
      fix: 'Trust the folder first.',
    });
  }
  const target = await vscode.window.showSaveDialog({
    title: 'Save Result as Dataset',
    defaultUri: vscode.Uri.file(path.join(root, 'result.parquet')),
    filters: { Parquet: ['parquet'], CSV: ['csv'], 'JSON Lines': ['jsonl'], Excel: ['xlsx'] },
  });
  if (!target) return undefined;
  const lifecycle = await ui.lifecycle(root);
  const dataset = await waitFor(`Writing ${path.basename(target.fsPath)}`, async (call) => {
    await lifecycle.init();
    const engine = await ui.engine();
    const { notes } = await engine.call(
      'queryExport',
      { query, output: target.fsPath },
      call.signal ? { signal: call.signal } : {},
    );
    if (notes.length > 0) void vscode.window.showWarningMessage(notes.join(' '));
    return lifecycle.datasets.add(target.fsPath, {}, call);
  });
  ui.changed(root, 'datasets');
  return dataset.name;
}
