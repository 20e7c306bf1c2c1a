import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  Column,
  DataViewApi,
  DataViewEvents,
  DataViewState,
  ErrorData,
  Fix,
  Profile,
  ScanProgress,
  Sort,
} from '../../src/protocol';
import { columnDetails } from '../shared/column-details';
import { columnSummary } from '../shared/column-summary';
import { button, icon, progressBar, progressRing } from '../shared/controls';
import { errorBanner, errorData, notice, wasCancelled } from '../shared/error';
import { plural } from '../shared/format';
import { createGrid, type Grid } from '../shared/grid';
import { appElement, connectHost, viewState } from '../shared/host';
import { NO_PARTS, partOf, withPart, type ProfileParts } from '../shared/profile-parts';
import { badgeText, fileText, progressText, summingText } from './texts';
import '../shared/style.css';
import '../shared/columns.css';
import './style.css';

const app = appElement();
const saved = viewState({ top: 0, left: 0, sortColumn: '', sortDescending: false, details: '' });

let file: DataViewState | undefined;
let columns: readonly Column[] = [];
let rows: number | null = null;
let rejected = 0;
let profile: Profile | undefined;
let parts = NO_PARTS;
let progress: ScanProgress | undefined;
let phase: 'opening' | 'reading' | 'profiling' | 'stopped' | 'ready' = 'opening';
let openError: ErrorData | undefined;
let readError: ErrorData | undefined;
let pageError: ErrorData | undefined;
let grid: Grid | undefined;
let work = new AbortController();
let saveTimer: ReturnType<typeof setTimeout> | undefined;

const host = connectHost<DataViewApi, DataViewEvents>({ changed: () => void start() });

function currentSort(): Sort | undefined {
  const { sortColumn, sortDescending } = saved.get();
  return columns.some((column) => column.name === sortColumn)
    ? { column: sortColumn, descending: sortDescending }
    : undefined;
}

function profileOf(column: number): ReturnType<typeof partOf> {
  return partOf(parts, columns[column]?.name);
}

function openDetails(column: number | undefined): void {
  const name = column === undefined ? '' : (columns[column]?.name ?? '');
  saved.set({ details: name === saved.get().details ? '' : name });
  draw();
}

function makeGrid(): Grid | undefined {
  const element = app.querySelector<HTMLElement>('.data-grid');
  if (!element) return undefined;
  return createGrid(element, {
    label: `Rows of ${file?.name ?? 'the file'}`,
    async load(offset, limit, signal) {
      const sort = currentSort();
      const page = await host.call(
        'page',
        { offset, limit, ...(sort ? { sort: [sort] } : { early: true }) },
        { signal },
      );
      if (pageError) {
        pageError = undefined;
        draw();
      }
      return page.rows.map((cells) => ({ cells }));
    },
    onError(error) {
      if (wasCancelled(error)) return;
      pageError = errorData(error);
      draw();
    },
    onSort(sort) {
      saved.set({ sortColumn: sort?.column ?? '', sortDescending: sort?.descending ?? false });
      grid?.setSort(sort);
      grid?.reload();
    },
    onColumn: openDetails,
    summary: (column) => {
      const known = profileOf(column);
      return columnSummary(known?.column, known?.rows ?? 0);
    },
    onScroll() {
      saveTimer ??= setTimeout(() => {
        saveTimer = undefined;
        if (grid) saved.set(grid.place());
      }, 250);
    },
  });
}

async function start(): Promise<void> {
  work.abort();
  work = new AbortController();
  const { signal } = work;
  const place = grid?.place() ?? { top: saved.get().top, left: saved.get().left };
  openError = readError = pageError = undefined;
  try {
    const opened = await host.call('open', {}, { signal });
    const isReload = file !== undefined;
    file = opened;
    columns = opened.first.columns;
    rejected = opened.first.rejected;
    rows = opened.first.exact ? opened.first.total : null;
    phase = 'reading';
    draw();
    grid ??= makeGrid();
    if (!grid) return;
    if (isReload) grid.reload();
    grid.setColumns(columns);
    grid.setTotal(opened.first.total);
    const sort = currentSort();
    grid.setSort(sort);
    if (!sort)
      grid.seed(
        opened.first.offset,
        opened.first.rows.map((cells) => ({ cells })),
      );
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
  parts = NO_PARTS;
  phase = 'reading';
  draw();
  try {
    // Asked for now, it goes through the rows together with the scan.
    const profiling = host.call(
      'profile',
      {},
      { signal, onProgress: (value) => showParts(withPart(parts, value as Profile)) },
    );
    profiling.catch(() => undefined);
    const scanned = await host.call(
      'scan',
      {},
      {
        signal,
        onProgress(value) {
          progress = value as ScanProgress;
          if (progress.bytes === progress.totalBytes) grid?.setTotal(progress.rows);
          draw();
        },
      },
    );
    const typesChanged = JSON.stringify(scanned.columns) !== JSON.stringify(columns);
    columns = scanned.columns;
    rows = scanned.rows;
    rejected = scanned.rejected;
    grid?.setTotal(rows);
    grid?.setColumns(columns);
    if (typesChanged || rejected > 0) grid?.reload();
    if (place) grid?.scrollTo(place);
    phase = 'profiling';
    draw();
    profile = await profiling;
    showParts({ sample: undefined, all: profile });
    phase = 'ready';
  } catch (error) {
    if (signal.aborted) return;
    phase = 'stopped';
    if (!wasCancelled(error)) readError = errorData(error);
  }
  draw();
}

function showParts(next: ProfileParts): void {
  parts = next;
  grid?.refreshSummaries();
  draw();
}

function stopReading(): void {
  work.abort();
  work = new AbortController();
  phase = 'stopped';
  draw();
}

function toolbar(state: DataViewState): TemplateResult {
  const isEmpty = columns.length === 0 ? rows !== null : rows === 0;
  const reason = !state.trusted
    ? 'Trust this folder first: nothing is executed in a restricted one.'
    : isEmpty
      ? 'There are no rows to work on.'
      : undefined;
  const busy = phase === 'reading' || phase === 'profiling';
  return html`<header class="data-bar">
    <div class="data-title">
      <h1 title=${state.path}>${state.name}</h1>
      ${
        columns.length === 0 && rows === null
          ? nothing
          : html`<span class="badge">${badgeText(state.first.rows.length, rows)}</span>
              <span class="badge">${plural(columns.length, 'column')}</span>`
      }
      <div class="data-file muted">${fileText(state)}</div>
    </div>
    <div class="data-buttons row">
      ${button({
        label: 'Preprocess…',
        icon: 'wand',
        disabled: reason !== undefined,
        title: reason ?? 'Clean this data with a recipe',
        onClick: () => void act('preprocess'),
      })}
      ${button({
        label: 'Train…',
        icon: 'beaker',
        kind: 'secondary',
        disabled: reason !== undefined,
        title: reason ?? 'Train a model on this data',
        onClick: () => void act('train'),
      })}
      ${button({
        label: state.isDataset ? 'In Datasets' : 'Add to Datasets',
        icon: state.isDataset ? 'check' : 'add',
        kind: 'secondary',
        disabled: !state.trusted || state.isDataset,
        title:
          (state.trusted ? undefined : reason) ??
          (state.isDataset ? 'This file is one of the project’s datasets' : 'Keep this file under Datasets'),
        onClick: () => void act('addToDatasets'),
      })}
      ${
        state.format === 'parquet'
          ? nothing
          : button({
              label: 'Open as Text',
              icon: 'go-to-file',
              kind: 'icon',
              onClick: () => void act('openAsText'),
            })
      }
    </div>
    <div class="data-progress">
      ${
        phase === 'reading'
          ? html`${progressBar('Reading the file', progress && progress.totalBytes > 0 ? progress.bytes / progress.totalBytes : undefined)}
              <div class="data-progress-text"><span class="muted">${progressText(progress)}</span></div>`
          : phase === 'profiling'
            ? html`${progressBar('Summing up the columns', parts.all ? parts.all.columns.length / Math.max(1, columns.length) : undefined)}
                <div class="data-progress-text">
                  <span class="muted">${summingText(parts.sample?.rows)}</span>
                </div>`
            : nothing
      }
      ${busy ? button({ label: 'Stop reading', icon: 'debug-stop', kind: 'icon', onClick: stopReading }) : nothing}
    </div>
    <div class="visually-hidden" role="status">
      ${phase === 'ready' && rows !== null ? `${plural(rows, 'row')} read.` : ''}
    </div>
  </header>`;
}

async function act(method: 'preprocess' | 'train' | 'addToDatasets' | 'openAsText'): Promise<void> {
  try {
    await host.call(method, {});
  } catch (error) {
    if (!wasCancelled(error)) pageError = errorData(error);
  }
  draw();
}

function runFix(fix: Fix): void {
  host.call('runFix', fix).catch((error: unknown) => {
    pageError = errorData(error);
    draw();
  });
}

function messages(): TemplateResult {
  return html`<div class="data-messages">
    ${readError ? errorBanner(readError, { onRetry: () => void read(undefined), onFix: runFix }) : nothing}
    ${
      pageError
        ? errorBanner(pageError, {
            onFix: runFix,
            onRetry() {
              pageError = undefined;
              draw();
              grid?.retry();
            },
            onDismiss() {
              pageError = undefined;
              draw();
            },
          })
        : nothing
    }
    ${
      phase === 'stopped' && !readError
        ? notice(
            'info',
            html`<span>Reading was stopped: the number of rows and the summaries are not known. </span>
              ${button({ label: 'Read All Rows', kind: 'secondary', onClick: () => void read(undefined) })}`,
          )
        : nothing
    }
    ${
      rejected > 0
        ? notice(
            'warning',
            html`${plural(rejected, 'record')} could not be read and ${rejected === 1 ? 'is' : 'are'} not in
            the table. ${rejectList()}`,
          )
        : nothing
    }
  </div>`;
}

function rejectList(): TemplateResult | typeof nothing {
  if (!profile || profile.rejects.length === 0) return nothing;
  return html`<details>
    <summary>
      Show ${profile.rejects.length < rejected ? `the first ${profile.rejects.length}` : 'them'}
    </summary>
    <ul class="data-rejects">
      ${profile.rejects.map(
        (one) =>
          html`<li>
            Line ${one.line}${one.column ? html`, column ${one.column}` : nothing}: ${one.reason}
            <code>${one.raw.slice(0, 200)}</code>
          </li>`,
      )}
    </ul>
  </details>`;
}

function emptyText(): string | undefined {
  if (phase === 'opening' || phase === 'reading' || rows === null) return undefined;
  if (columns.length === 0) return 'This file is empty: it has no header and no rows.';
  return rows === 0 ? 'This file has a header and no rows.' : undefined;
}

function page(): TemplateResult {
  if (openError) {
    return html`<div class="page stack">
      ${errorBanner(openError, { onRetry: () => void start(), onFix: runFix })}
      <div>
        ${button({ label: 'Open as Text', kind: 'secondary', onClick: () => void act('openAsText') })}
      </div>
    </div>`;
  }
  if (!file) return html`<div class="page">${progressRing('Opening the file…')}</div>`;
  const index = columns.findIndex((column) => column.name === saved.get().details);
  const details = index < 0 ? undefined : profileOf(index);
  grid?.setSelected(details ? index : undefined);
  const empty = emptyText();
  return html`<div class="data-view">
    ${toolbar(file)} ${messages()}
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
      ${details ? columnDetails(details.column, details.rows, details.exact ? 'all' : 'a sample of', () => openDetails(undefined)) : nothing}
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

draw();
void start();
