import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  Column,
  DataViewApi,
  DataViewEvents,
  DataViewState,
  ErrorData,
  ScanProgress,
} from '../../src/protocol';
import { button, icon, progressRing } from '../shared/controls';
import { errorBanner, errorData, wasCancelled } from '../shared/error';
import type { Grid, GridRow } from '../shared/grid';
import { appElement, connectHost } from '../shared/host';
import { createActions, listenToKeys } from './actions';
import { gridRows, isPlain, pageOf, rowChoice, saved, showColumns, shownColumns, shownNames } from './choice';
import { createChecks } from './checks';
import { createEditing } from './edits';
import { createFetching } from './fetching';
import { makeDataGrid } from './make-grid';
import { messages } from './messages';
import { createProfiling } from './profiling';
import { createSearch } from './search';
import { sidePanel } from './side-panel';
import { emptyText } from './texts';
import { type Phase, toolbar } from './toolbar';
import { chips, tools } from './tools';
import { createUnfit } from './unfit';
import { createWholeCells } from './whole-cell';
import '../shared/style.css';
import '../shared/columns.css';
import './style.css';
import './tools.css';

const app = appElement();

let file: DataViewState | undefined;
let columns: readonly Column[] = [];
let rows: number | null = null;
/** Rows of the choice; null: they are not counted yet. */
let chosen: number | null = null;
let rejected = 0;
let progress: ScanProgress | undefined;
let phase: Phase = 'opening';
let openError: ErrorData | undefined;
let readError: ErrorData | undefined;
let pageError: ErrorData | undefined;
let dialectOpen = false;
let grid: Grid | undefined;
let work = new AbortController();

const host = connectHost<DataViewApi, DataViewEvents>({
  changed: () => void start(),
  edited(edits) {
    editing.set({ edits });
    grid?.reload();
    draw();
  },
});
const editing = createEditing(host, {
  grid: () => grid,
  columns: () => columns,
  isRead: () => phase === 'profiling' || phase === 'ready',
  onError: failed,
});
const profiling = createProfiling(host, () => {
  grid?.refreshSummaries();
  draw();
});
const checks = createChecks(host, draw, failed);
const fetching = createFetching(host, draw, failed);
const unfit = createUnfit(host, draw, failed);
const cells = createWholeCells(host, draw, failed);
const search = createSearch({
  grid: () => grid,
  columns: () => ({ all: columns, shown: shownColumns(columns).shown }),
  choice: () => rowChoice(columns),
  find: (request, signal) => host.call('find', request, { signal }),
  onChange: draw,
  onError: failed,
});

function failed(error: unknown): void {
  if (wasCancelled(error)) return;
  pageError = errorData(error);
  draw();
}

const actions = createActions(host, { grid: () => grid, columns: () => columns, draw, onError: failed });
const { act, runFix } = actions;

async function load(offset: number, limit: number, signal: AbortSignal): Promise<readonly GridRow[]> {
  const plain = isPlain(rowChoice(columns));
  const page = await host.call('page', pageOf(columns, offset, limit), { signal });
  const total = plain ? null : page.total;
  if (total !== chosen || pageError) {
    chosen = total;
    pageError = undefined;
    if (total !== null) grid?.setTotal(total, rows ?? total);
    draw();
  }
  if (file?.remote?.part === 'chunks') fetching.ask();
  return gridRows(page);
}

/** Shows other rows or columns: what is under way for the old ones ends. */
function choose(part: Parameters<typeof saved.set>[0]): void {
  const before = JSON.stringify([rowChoice(columns), shownNames(columns)]);
  saved.set(part);
  const choice = rowChoice(columns);
  if (grid) showColumns(grid, columns);
  if (JSON.stringify([choice, shownNames(columns)]) !== before) {
    search.forget();
    pageError = undefined;
    if ('filter' in part || 'sort' in part) {
      chosen = null;
      grid?.scrollTo({ top: 0, left: grid.place().left });
      if (isPlain(choice) && rows !== null) grid?.setTotal(rows);
    }
    grid?.reload();
  }
  draw();
}

function openColumn(name: string): void {
  const { panel, details } = saved.get();
  saved.set({ panel: panel === 'column' && details === name ? '' : 'column', details: name });
  draw();
}

function openPanel(panel: 'columns' | 'cell' | 'checks'): void {
  saved.set({ panel: saved.get().panel === panel ? '' : panel });
  draw();
}

function closePanel(): void {
  saved.set({ panel: '' });
  draw();
  grid?.focus();
}

function makeGrid(): Grid | undefined {
  return makeDataGrid(app, {
    label: `Rows of ${file?.name ?? 'the file'}`,
    load,
    onError: failed,
    editing,
    onSort: (sort) => choose({ sort: [...sort] }),
    onColumn: openColumn,
    onCopy: () => actions.copy('tsv'),
    columns: () => columns,
    parts: () => profiling.parts,
    unsummed: () => file?.remote?.part === 'chunks',
    grid: () => grid,
    draw,
  });
}

async function start(): Promise<void> {
  work.abort();
  work = new AbortController();
  const { signal } = work;
  const place = grid?.place() ?? { top: saved.get().top, left: saved.get().left };
  openError = readError = pageError = undefined;
  search.forget();
  checks.forget();
  unfit.forget();
  cells.forget();
  try {
    const opened = await host.call('open', {}, { signal });
    const isReload = file !== undefined;
    file = opened;
    editing.set(opened);
    columns = opened.first.columns;
    rejected = opened.first.rejected;
    rows = opened.first.exact ? opened.first.total : null;
    chosen = null;
    phase = 'reading';
    draw();
    grid ??= makeGrid();
    if (!grid) return;
    if (isReload) grid.reload();
    showColumns(grid, columns);
    grid.setTotal(opened.first.total);
    if (isPlain(rowChoice(columns)) && !shownNames(columns))
      grid.seed(opened.first.offset, gridRows(opened.first));
    // Parquet is read by the engine alone: that its first page has no columns says nothing.
    if (columns.length > 0 || !opened.first.exact) await read(place);
    else phase = 'ready';
  } catch (error) {
    if (signal.aborted || wasCancelled(error)) return;
    openError = errorData(error);
  }
  draw();
}

/** All rows in the background: their number and exact types, then the profile. */
async function read(place: { top: number; left: number } | undefined): Promise<void> {
  const { signal } = work;
  readError = progress = undefined;
  profiling.forget();
  phase = 'reading';
  draw();
  try {
    // Asked for now, it goes through the rows together with the scan. In a source it costs, so the person asks for it; of rows
    // and columns that are fetched when they are shown most are not here.
    const unasked = file?.source?.profiled === false || file?.remote?.part === 'chunks';
    const asked = unasked ? undefined : profiling.ask(signal);
    asked?.catch(() => undefined);
    const scanned = await host.call(
      'scan',
      {},
      {
        signal,
        onProgress(value) {
          progress = value as ScanProgress;
          const all = progress.bytes === progress.totalBytes && isPlain(rowChoice(columns));
          if (all) grid?.setTotal(progress.rows);
          draw();
        },
      },
    );
    const typesChanged = JSON.stringify(scanned.columns) !== JSON.stringify(columns);
    columns = scanned.columns;
    rows = scanned.rows;
    rejected = scanned.rejected;
    if (isPlain(rowChoice(columns))) grid?.setTotal(rows);
    if (grid) showColumns(grid, columns);
    if (typesChanged || rejected > 0) grid?.reload();
    if (place) grid?.scrollTo(place);
    if (file?.remote && file.remote.part !== 'all') fetching.ask();
    await summed(asked);
    await unfit.ask(signal);
  } catch (error) {
    if (signal.aborted) return;
    phase = 'stopped';
    if (!wasCancelled(error)) readError = errorData(error);
  }
  draw();
}

async function summed(asked: Promise<void> | undefined): Promise<void> {
  phase = asked ? 'profiling' : 'ready';
  draw();
  await asked?.catch((error: unknown) => {
    if (!file?.source) throw error;
    failed(error);
  });
  phase = 'ready';
  draw();
}

function stopReading(): void {
  work.abort();
  work = new AbortController();
  phase = 'stopped';
  draw();
}

const dismiss = (): void => {
  pageError = undefined;
  draw();
};

function toolLines(): TemplateResult | typeof nothing {
  if (columns.length === 0) return nothing;
  return html`${tools({
    search: search.state(),
    onSearch: (part) => search.set(part),
    onFind: (backwards) => search.next(backwards),
    onLeave: () => grid?.focus(),
    rows: chosen ?? rows,
    onGo(row) {
      grid?.activate({ row: Math.max(0, row - 1), column: Math.max(0, grid.active().column) });
      grid?.focus();
    },
    columns: {
      shown: shownColumns(columns).shown.length,
      all: columns.length,
      open: saved.get().panel === 'columns',
    },
    onColumns: () => openPanel('columns'),
    cellOpen: saved.get().panel === 'cell',
    onCell: () => openPanel('cell'),
    checksOpen: saved.get().panel === 'checks',
    onChecks: () => openPanel('checks'),
    inSource: file?.source !== undefined,
    actions,
  })}
  ${chips(rowChoice(columns), {
    onSort: (sort) => choose({ sort }),
    onFilter: (filter) => choose({ filter }),
    onOpen: openColumn,
    onLeave: () => grid?.focus(),
  })}`;
}

function page(): TemplateResult {
  if (openError) {
    return html`<div class="page stack">
      ${errorBanner(openError, { onRetry: () => void start(), onFix: runFix })}
      <div>${button({ label: 'Open as Text', kind: 'secondary', onClick: () => act('openAsText') })}</div>
    </div>`;
  }
  if (!file) return html`<div class="page">${progressRing('Opening the file…')}</div>`;
  if (saved.get().panel === 'checks') checks.begin();
  const panel = sidePanel({
    columns,
    rows,
    checks,
    cells,
    parts: profiling.parts,
    source: file.source,
    grid,
    choose,
    actions,
    given: file.given,
    onClose: closePanel,
    draw,
  });
  const details = saved.get().panel === 'column' && panel !== undefined ? saved.get().details : undefined;
  const index = shownColumns(columns).shown.findIndex(({ name }) => name === details);
  grid?.setSelected(index < 0 ? undefined : index);
  const empty = emptyText({
    chosen,
    rows,
    columns: columns.length,
    isRead: phase !== 'opening' && phase !== 'reading',
    part: file.remote?.part,
    source: file.source,
  });
  const isChosen = rowChoice(columns).filter.length > 0;
  return html`<div class="data-view">
    ${toolbar({
      state: file,
      phase,
      progress,
      columns: columns.length,
      rows,
      chosen: isChosen ? chosen : undefined,
      parts: profiling.parts,
      fetched: fetching.fetched,
      fetching: fetching.busy,
      dialectOpen,
      onDialect: () => {
        dialectOpen = !dialectOpen;
        draw();
      },
      onDialectChange: (dialect) => actions.setDialect(dialect),
      onTable: (table) => actions.chooseTable(table),
      act,
      onSkip: () => grid?.focus(),
      onStop: stopReading,
      onFetch: () => fetching.all(),
      onProfile: () => void summed(profiling.ask(work.signal)),
      onSourceAct: actions.sourceAct,
    })}
    ${messages({
      readError,
      pageError,
      stopped: phase === 'stopped',
      rejected,
      profile: profiling.profile,
      unfit: unfit.notice(file.given, choose),
      edits: editing.notice(),
      runFix,
      onRead: () => void read(undefined),
      onRetryPage() {
        dismiss();
        grid?.retry();
      },
      onDismiss: dismiss,
    })}
    ${toolLines()}
    <div class="data-main">
      <div class="data-grid grid-host ${columns.length === 0 ? 'data-grid-none' : ''}"></div>
      ${
        empty
          ? html`<div class="data-empty">
              ${icon('inbox')}
              <p>${empty}</p>
            </div>`
          : nothing
      }
      ${panel ?? nothing}
    </div>
  </div>`;
}

function draw(): void {
  if (openError && grid) {
    grid.dispose();
    grid = file = undefined;
  }
  render(page(), app);
}

listenToKeys(app, { onNext: search.next, onCopy: () => actions.copy(), onLeave: closePanel });

draw();
void start();
