import path from 'node:path';
import * as vscode from 'vscode';
import { copiedText } from '../../core/copied-text';
import { UserError } from '../../core/errors';
import { parseTableUri } from '../../core/source-uri';
import type { Source, SourceTable } from '../../core/source';
import type { Page, Profile } from '../../core/table';
import type { CopyFormat, DataViewApi, DataViewEvents, PageRequest, SourceState } from '../../protocol';
import { bytes as bytesText, count } from '../../words';
import { askOne } from '../ask';
import { rootOf } from '../choose';
import { openPanel, runFix } from '../panels';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { addressOf } from '../store-uris';
import { type Page as ViewPage, showPage } from '../webview';
import { askFormat } from './data-out';
import type { DataDocument } from './data-document';

const FIRST_ROWS = 100;

/** A table in a source as its editors share it: what was asked of it, and the results that the source keeps. */
export interface SourceDocument extends DataDocument {
  readonly address: string;
  /** About so many per cent of its blocks are looked at; undefined: all. */
  sample: number | undefined;
  /** Its rows may be read although they are the result of a query. */
  asked: boolean;
  /** By the sample that they are of; undefined: all rows. */
  readonly profiles: Map<number | undefined, Profile>;
  /** Results by the text of their query. */
  readonly results: Map<string, Promise<string>>;
}

export function openSourceDocument(uri: vscode.Uri): SourceDocument {
  const pages = new Set<ViewPage<DataViewEvents>>();
  const noFile = (): Promise<never> => Promise.reject(new Error('A table in a source is no file.'));
  return {
    uri,
    address: addressOf(uri),
    pages,
    sample: undefined,
    asked: false,
    profiles: new Map(),
    results: new Map(),
    open: noFile,
    table: noFile,
    changed(reason) {
      for (const page of pages) page.tell('changed', { reason });
    },
    dispose: () => undefined,
  };
}

export const isSourceDocument = (document: DataDocument): document is SourceDocument => 'address' in document;

/** One editor of a table in a source. */
export function showSourceData(ui: Ui, document: SourceDocument, panel: vscode.WebviewPanel): void {
  const { address } = document;
  const root = rootOf(ui);

  async function opened(): Promise<{ source: Source; table: SourceTable }> {
    if (!vscode.workspace.isTrusted) {
      throw new UserError('permission', 'This folder is not trusted, so its sources are not used.', {
        fix: 'Trust the folder, then try again.',
      });
    }
    const source = await (await ui.lifecycle(root)).sources.open(address);
    return { source, table: await source.schema(address) };
  }

  /** The result of a query for these rows; asked for once, then kept by the source. */
  async function resultOf(
    source: Source,
    table: SourceTable,
    wanted: Pick<PageRequest, 'sort' | 'filter' | 'columns'>,
    sample = document.sample,
  ): Promise<string> {
    const sql = sqlOf(source, table, wanted, sample);
    const known = document.results.get(sql);
    if (known) return known;
    const { sources } = await ui.lifecycle(root);
    const made = waitFor(`Asking BigQuery`, async (call) => {
      const options = { action: `Read rows of ${parseTableUri(address).table}`, location: table.location };
      const { result, cached, billed } = await source.query(sql, options, sources.asked(call));
      const cost = cached ? 'from the cache, nothing billed' : `${bytesText(billed)} billed`;
      vscode.window.setStatusBarMessage(`$(check) BigQuery: ${cost}`, 8000);
      return result;
    });
    document.results.set(sql, made);
    // What did not work, or was not agreed to, is asked for again.
    made.catch(() => document.results.delete(sql));
    return made;
  }

  function sqlOf(
    source: Source,
    table: SourceTable,
    { sort, filter, columns }: Pick<PageRequest, 'sort' | 'filter' | 'columns'>,
    sample: number | undefined,
  ): string {
    return source.selectSql(
      {
        table: address,
        ...(sample === undefined ? {} : { sample }),
        ...(columns ? { columns } : {}),
        ...(sort?.length ? { sort } : {}),
        ...(filter?.length ? { filter } : {}),
      },
      table,
    );
  }

  const isPlain = (table: SourceTable, { sort, filter }: Pick<PageRequest, 'sort' | 'filter'>): boolean =>
    table.free && document.sample === undefined && !sort?.length && !filter?.length;

  async function rows(params: Omit<PageRequest, 'table'>, signal?: AbortSignal): Promise<Page> {
    const { source, table } = await opened();
    const { offset, limit, columns } = params;
    const part = { offset, limit };
    if (isPlain(table, params)) {
      return source.page(address, { ...part, ...(columns ? { columns } : {}) }, signal);
    }
    if (!table.free && !document.asked && !params.filter?.length && !params.sort?.length)
      return { columns: table.columns, rows: [], offset, total: 0, exact: true, rejected: 0 };
    return source.resultPage(await resultOf(source, table, params), part, signal);
  }

  const unsupported = (what: string): UserError =>
    new UserError('unsupported', `${what} is not done for tables in BigQuery.`, {
      fix: 'Filter by a column (its details have the form), or write the query yourself (SQL…).',
    });

  const page = showPage<DataViewApi, DataViewEvents>(ui, panel.webview, 'data', {
    async open() {
      const { table } = await opened();
      const first = await rows({ offset: 0, limit: FIRST_ROWS });
      return {
        name: path.posix.basename(document.uri.path),
        path: address,
        bytes: table.bytes ?? 0,
        format: 'bigquery',
        dialect: null,
        first,
        editable: false,
        edits: { count: 0, conflict: false },
        isDataset: await isDataset(ui, root, address),
        trusted: true,
        source: stateOf(table, document),
      };
    },
    page: (params, { signal }) => rows(params, signal),
    async cell({ row, column, ...choice }, { signal }) {
      const found = await rows({ offset: row, limit: 1, columns: [column], ...choice }, signal);
      const cell = found.rows[0]?.[0] ?? null;
      return { cell, length: cell === null ? 0 : String(cell).length };
    },
    async saveCell({ row, column, ...choice }) {
      const found = await rows({ offset: row, limit: 1, columns: [column], ...choice });
      const target = await vscode.window.showSaveDialog({ title: 'Save the Cell' });
      if (!target) return;
      const text = String(found.rows[0]?.[0] ?? '');
      await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    },
    async scan() {
      const { source, table } = await opened();
      if (isPlain(table, {})) return { rows: table.rows ?? 0, rejected: 0, columns: table.columns };
      if (!table.free && !document.asked) return { rows: 0, rejected: 0, columns: table.columns };
      const { total } = await source.resultPage(await resultOf(source, table, {}), { offset: 0, limit: 0 });
      return { rows: total, rejected: 0, columns: table.columns };
    },
    async profile(_, { signal }) {
      const { sources } = await ui.lifecycle(root);
      const { source } = await opened();
      const { sample, profiles } = document;
      const known = profiles.get(sample);
      if (known) return known;
      const made = await source.profile(
        { table: address, ...(sample === undefined ? {} : { sample }) },
        // Its progress has no columns yet.
        sources.asked({ signal, onProgress: (value) => ui.log.info(JSON.stringify(value)) }),
      );
      profiles.set(sample, made);
      return made;
    },
    async textShape({ column }, { signal }) {
      const { sources } = await ui.lifecycle(root);
      const { source } = await opened();
      const { sample } = document;
      const of = { table: address, ...(sample === undefined ? {} : { sample }) };
      return source.textShape(of, column, sources.asked({ signal }));
    },
    async chartData({ chart }, { signal, progress }) {
      const { sources } = await ui.lifecycle(root);
      const { source } = await opened();
      const { sample } = document;
      const of = { table: address, ...(sample === undefined ? {} : { sample }) };
      return source.chart(of, chart, sources.asked({ signal, onProgress: progress }));
    },
    async sourceAct({ act }) {
      if (act === 'rows') {
        document.asked = true;
        const { source, table } = await opened();
        await resultOf(source, table, {}).catch((error: unknown) => {
          document.asked = false;
          throw error;
        });
        document.changed('file');
      } else await chooseSample();
    },
    async exportTable(choice) {
      await out(choice);
    },
    async copy({ from, to, columns: names, as: given, ...choice }) {
      const format: CopyFormat | undefined = given ?? (await askFormat());
      if (format === undefined) return;
      const found = await rows({ offset: from, limit: to - from, columns: names, ...choice });
      await vscode.env.clipboard.writeText(copiedText(found.columns, found.rows, format));
    },
    chart: (given) => {
      openPanel(ui, { view: 'chart', root, name: address, given: JSON.stringify(given) });
    },
    sql: () => {
      openPanel(ui, { view: 'sql', root, name: address });
    },
    async addToDatasets() {
      await (await import('../actions/data')).addFile(ui, root, address);
      page.tell('changed', { reason: 'file' });
    },
    unfit: () => [],
    find: () => Promise.reject(unsupported('Searching cell by cell')),
    checks: () => Promise.reject(unsupported('The list of checks')),
    chooseAgainst: () => undefined,
    setDialect: () => undefined,
    chooseTable: () => undefined,
    fetched: () => Promise.reject(unsupported('Fetching in parts')),
    fetch: () => Promise.reject(unsupported('Fetching the whole table')),
    openAsText: () => undefined,
    preprocess: () => Promise.reject(unsupported('A recipe')),
    train: () => Promise.reject(unsupported('Training')),
    cellText: () => Promise.reject(unsupported('Editing')),
    edit: () => Promise.reject(unsupported('Editing')),
    save: () => undefined,
    discardEdits: () => undefined,
    showEdits: () => undefined,
    runFix,
  });

  async function chooseSample(): Promise<void> {
    const items = [
      { label: 'All rows', percent: undefined },
      ...[0.1, 1, 5, 10, 25].map((percent) => ({
        label: `About ${percent} %`,
        description: 'TABLESAMPLE SYSTEM: whole blocks of the table, so it reads and costs about that share',
        percent,
      })),
    ];
    const pick = await askOne(items, { title: 'Sample of the Table' });
    if (!pick || pick.percent === document.sample) return;
    // What is shown stays until the other rows are there: their price may not be agreed to.
    if (pick.percent !== undefined) {
      const { source, table } = await opened();
      await resultOf(source, table, {}, pick.percent);
    }
    document.sample = pick.percent;
    document.changed('file');
  }

  /** Where the chosen rows go: they stay in BigQuery, or go to Cloud Storage. */
  async function out(choice: Pick<PageRequest, 'sort' | 'filter' | 'columns'>): Promise<void> {
    const { source, table } = await opened();
    const { exportTable, saveQuery } = await import('../actions/sources');
    const { sample } = document;
    const items: (vscode.QuickPickItem & {
      readonly act: 'view' | 'table' | 'export';
      readonly of?: number | undefined;
    })[] = [];
    // A sample is looked at, and rarely what shall be kept: both are named.
    if (sample !== undefined) {
      items.push(
        {
          label: 'Save Sample as View…',
          detail: `About ${sample} % of the blocks of the chosen rows and columns: others at each reading`,
          act: 'view',
          of: sample,
        },
        {
          label: 'Save Sample as Table…',
          detail: `About ${sample} % of the blocks of the chosen rows and columns, as they are now`,
          act: 'table',
          of: sample,
        },
      );
    }
    const which = `The chosen rows and columns${sample === undefined ? '' : ' of the whole table'}`;
    items.push(
      { label: 'Save as View…', detail: `${which}, as a query with a name`, act: 'view' },
      { label: 'Save as Table…', detail: `${which}, as they are now`, act: 'table' },
    );
    if (table.free) {
      const detail = `The whole table as Parquet files${sample === undefined ? '' : ', not the sample'}`;
      items.push({ label: 'Export to Cloud Storage…', detail, act: 'export' });
    }
    const pick = await askOne(items, { title: 'Export', matchOnDetail: true });
    if (!pick) return;
    if (pick.act === 'export') {
      await exportTable(ui, root, address);
      return;
    }
    const sql = sqlOf(source, table, choice, pick.of);
    const made = await saveQuery(ui, root, { sql, beside: address, as: pick.act });
    if (made === undefined) return;
    const add = 'Add to Datasets';
    void vscode.window.showInformationMessage(`${made} is there now.`, add).then(async (chosen) => {
      if (chosen === add) await (await import('../actions/data')).addFile(ui, root, made);
    });
  }

  document.pages.add(page);
  const trusted = vscode.workspace.onDidGrantWorkspaceTrust(() => page.tell('changed', { reason: 'file' }));
  panel.onDidDispose(() => {
    document.pages.delete(page);
    trusted.dispose();
    page.dispose();
  });
}

function stateOf(table: SourceTable, document: SourceDocument): SourceState {
  const { partition, clustered, rows, location, kind } = table;
  const facts = [
    `BigQuery ${kind}`,
    location,
    partition && `partitioned by ${partition.column}${partition.required ? ' (filter by it)' : ''}`,
    clustered && `clustered by ${clustered.join(', ')}`,
    table.bytes === undefined ? undefined : bytesText(table.bytes),
  ];
  return {
    facts: facts.filter((one) => one !== undefined).join(' · '),
    free: table.free,
    asked: document.asked,
    profiled: document.profiles.has(document.sample),
    ...(document.sample === undefined ? {} : { sample: document.sample }),
    ...(rows === undefined ? {} : { rows: count(rows) }),
  };
}

async function isDataset(ui: Ui, root: string, address: string): Promise<boolean> {
  const lifecycle = await ui.lifecycle(root);
  if (!(await lifecycle.exists())) return false;
  return (await lifecycle.datasets.list()).some((one) => one.source.path === address);
}
