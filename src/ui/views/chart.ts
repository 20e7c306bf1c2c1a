import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { isChartFile, parseChart, saveChart } from '../../core/chart-file';
import { UserError } from '../../core/errors';
import { fileError, fileExists } from '../../core/files';
import { isSourceUri } from '../../core/source-uri';
import { isStoreUri } from '../../core/store-uri';
import type { Column, TableSource } from '../../core/table';
import type { ChartGiven, ChartViewApi, ChartViewEvents, DataChart } from '../../protocol';
import { fileSource } from '../file-source';
import { type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import type { Ui } from '../project';
import { uriOf } from '../store-uris';
import { watchFile } from '../watch-file';
import { showPage } from '../webview';

/** The panel of a chart. `key.name` is a chart file, or a table: an absolute path, an address in a store or a dataset. */
export function showChart(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey): PanelContent {
  const { root, name } = key;
  const isFile = isChartFile(name);
  let given = givenOf(key);
  const watched = new Map<string, vscode.Disposable>();
  let stop: (() => void) | undefined;

  const watch = (file: string): void => {
    if (watched.has(file)) return;
    watched.set(
      file,
      watchFile(vscode.Uri.file(file), () => page.tell('changed', {})),
    );
  };

  async function chart(): Promise<DataChart | undefined> {
    if (!isFile) return undefined;
    watch(name);
    const text = await readFile(name, 'utf8').catch((error: unknown) => {
      throw fileError(error, `read ${name}`);
    });
    return parseChart(text, name);
  }

  /** The table: an absolute path, an address, or a dataset's name. */
  async function tableName(): Promise<string> {
    if (!isFile) return name;
    const data = (await chart())?.data;
    if (data === undefined) {
      throw new UserError('invalid', `${path.basename(name)} does not say of which table it is.`, {
        fix: 'Write one into it: data: FILE, relative to the chart’s file.',
      });
    }
    if (isStoreUri(data) || isSourceUri(data)) return data;
    const beside = path.resolve(path.dirname(name), data);
    if ((await fileExists(beside)) || /[\\/.]/.test(data)) return beside;
    return data;
  }

  /** Its address, when the table lies in a source. */
  async function inSource(): Promise<string | undefined> {
    const table = await tableName();
    if (path.isAbsolute(table)) return undefined;
    const address = isSourceUri(table) ? table : await (await ui.lifecycle(root)).datasets.address(table);
    return isSourceUri(address) ? address : undefined;
  }

  async function source(): Promise<TableSource> {
    const table = await tableName();
    if (path.isAbsolute(table)) {
      watch(table);
      return fileSource(root, table);
    }
    const { datasets } = await ui.lifecycle(root);
    const remote = await datasets.inStore(table);
    if (!remote) {
      const found = await datasets.source(table);
      if (path.isAbsolute(found.path)) watch(found.path);
      return found;
    }
    if (remote.path !== undefined) return { path: remote.path };
    throw new UserError('unsupported', `${table} lies in a store, and charts count all rows of a table.`, {
      fix: 'Open it in the data view and fetch the whole table first.',
    });
  }

  async function columnsOf(from: TableSource): Promise<readonly Column[]> {
    const engine = await ui.engine();
    stop ??= engine.onRestart(() => page.tell('changed', {}));
    const { table, columns } = await engine.call('open', { source: from });
    await engine.call('close', { table });
    return columns;
  }

  async function allColumns(): Promise<readonly Column[]> {
    const address = await inSource();
    if (address === undefined) return columnsOf(await source());
    return (await (await (await ui.lifecycle(root)).sources.open(address)).schema(address)).columns;
  }

  const page = showPage<ChartViewApi, ChartViewEvents>(
    ui,
    panel.webview,
    'chart',
    {
      async open() {
        const own = await chart();
        const table = await tableName();
        return {
          name: path.posix.basename(table.replaceAll('\\', '/')),
          path: path.isAbsolute(table) ? vscode.workspace.asRelativePath(table) : table,
          columns: await allColumns(),
          ...(own ? { chart: own, file: path.basename(name) } : {}),
          given,
          trusted: vscode.workspace.isTrusted,
        };
      },
      async draw({ chart: wanted }, { signal, progress }) {
        const address = await inSource();
        if (address !== undefined) {
          const { sources } = await ui.lifecycle(root);
          const asked = sources.asked({ signal, onProgress: progress });
          return (await sources.open(address)).chart({ table: address }, wanted, asked);
        }
        const from = await source();
        return (await ui.engine()).call(
          'chart',
          { chart: wanted, source: from },
          { signal, onProgress: progress },
        );
      },
      async save({ chart: wanted, as }) {
        trusted();
        const table = await tableName();
        const file = isFile && !as ? name : await chartFile(root, table, wanted);
        if (file === undefined) return undefined;
        await saveChart(file, { ...wanted, data: table });
        return path.basename(file);
      },
      async savePicture({ png, name: stem }) {
        trusted();
        const target = await vscode.window.showSaveDialog({
          title: 'Save Picture',
          defaultUri: vscode.Uri.file(path.join(folderOf(root, name), `${stem}.png`)),
          filters: { PNG: ['png'] },
        });
        if (!target) return undefined;
        await vscode.workspace.fs.writeFile(target, Buffer.from(png, 'base64'));
        return path.basename(target.fsPath);
      },
      async openData() {
        const table = await tableName();
        const address = await inSource();
        const uri = path.isAbsolute(table)
          ? vscode.Uri.file(table)
          : address !== undefined
            ? uriOf(address)
            : isStoreUri(table)
              ? uriOf(table)
              : vscode.Uri.file((await source()).path);
        await vscode.commands.executeCommand('vscode.openWith', uri, 'mll.data');
      },
      runFix,
    },
    panelState(key),
  );
  return {
    again(next) {
      given = givenOf(next);
      if (next.given !== undefined) page.tell('given', given);
    },
    dispose() {
      for (const one of watched.values()) one.dispose();
      stop?.();
      page.dispose();
    },
  };
}

function givenOf({ given }: PanelKey): ChartGiven {
  return given === undefined ? {} : (JSON.parse(given) as ChartGiven);
}

function trusted(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError('permission', 'This folder is not trusted, so nothing is written into it.', {
    fix: 'Trust the folder first.',
  });
}

const folderOf = (root: string, file: string): string => (path.isAbsolute(file) ? path.dirname(file) : root);

async function chartFile(root: string, table: string, chart: DataChart): Promise<string | undefined> {
  const stem = path.posix.basename(table.replaceAll('\\', '/')).replace(/\.[^.]*$/, '');
  const target = await vscode.window.showSaveDialog({
    title: 'Save Chart',
    defaultUri: vscode.Uri.file(path.join(folderOf(root, table), `${stem}.${chart.kind}.chart.yaml`)),
    filters: { Chart: ['yaml', 'yml'] },
  });
  if (!target) return undefined;
  // Only by this name it opens again as a chart.
  return isChartFile(target.fsPath) ? target.fsPath : target.fsPath.replace(/(\.ya?ml)?$/i, '.chart.yaml');
}
