import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  ChartData,
  ChartGiven,
  ChartProgress,
  ChartViewApi,
  ChartViewEvents,
  ChartViewState,
  Column,
  DataChart,
  ErrorData,
} from '../../src/protocol';
import { chartNotes, chartTitle, rowsBadge } from '../../src/words-chart';
import { chartNumbers } from '../../src/words-numbers';
import { button, icon, progressBar, progressRing } from '../shared/controls';
import { errorBanner, errorData, wasCancelled } from '../shared/error';
import { appElement, connectHost, viewState } from '../shared/host';
import { redrawer } from '../shared/redraw';
import { fieldsOf, firstChart } from './choose';
import { chartForm } from './form';
import { DataChartElement, picture } from './picture';
import { chartPng } from './png';
import '../shared/style.css';
import '../shared/chart.css';
import './style.css';

const app = appElement();
/** `chart`: as the person left it, in JSON; `base`: what it was made of, so that a file that changed wins over it. */
const saved = viewState<{ chart: string; base: string; numbersOpen: boolean }>({
  chart: '',
  base: '',
  numbersOpen: false,
});
let state: ChartViewState | undefined;
let columns: readonly Column[] = [];
let chart: DataChart | undefined;
let data: ChartData | undefined;
let openError: ErrorData | undefined;
let failure: ErrorData | undefined;
let running: AbortController | undefined;
let progress: ChartProgress | undefined;
let stopped = false;
let said = '';

const host = connectHost<ChartViewApi, ChartViewEvents>({
  changed: () => void open(),
  given(given) {
    begin(given);
  },
});
const redraw = redrawer(draw);

async function open(): Promise<void> {
  try {
    openError = undefined;
    const opened = await host.call('open', {});
    state = opened;
    columns = opened.columns;
    const base = JSON.stringify([opened.chart ?? null, opened.given]);
    if (saved.get().chart !== '' && saved.get().base === base)
      chart ??= JSON.parse(saved.get().chart) as DataChart;
    else {
      chart = opened.chart ?? firstChart(columns, opened.given);
      saved.set({ base, chart: JSON.stringify(chart) });
    }
    void drawChart();
  } catch (error) {
    if (!wasCancelled(error)) openError = errorData(error);
  }
  redraw();
}

/** The data view asks for a chart: its filter is taken, and a column that it names. */
function begin(given: ChartGiven): void {
  const next =
    given.column === undefined && chart
      ? { ...chart, filter: given.filter ?? [] }
      : firstChart(columns, given);
  saved.set({ base: JSON.stringify([state?.chart ?? null, given]) });
  change(next);
}

function change(next: DataChart): void {
  chart = next;
  said = '';
  saved.set({ chart: JSON.stringify(next) });
  void drawChart();
  redraw();
}

/** What is still to be chosen; undefined: it can be drawn. */
function unfinished(of: DataChart): string | undefined {
  const empty = fieldsOf(of).find(({ role, optional }) => !optional && of[role] === undefined);
  return empty ? `Choose a column for “${empty.label}”.` : undefined;
}

async function drawChart(): Promise<void> {
  running?.abort();
  running = undefined;
  progress = failure = undefined;
  stopped = false;
  if (!chart || columns.length === 0 || unfinished(chart) !== undefined) return;
  const mine = new AbortController();
  running = mine;
  redraw();
  try {
    const drawn = await host.call(
      'draw',
      { chart },
      {
        signal: mine.signal,
        onProgress(value) {
          progress = value as ChartProgress;
          redraw();
        },
      },
    );
    if (running !== mine) return;
    data = drawn;
    columns = drawn.table;
  } catch (error) {
    if (running !== mine) return;
    if (wasCancelled(error)) stopped = true;
    else failure = errorData(error);
  }
  running = undefined;
  redraw();
}

async function save(as: boolean): Promise<void> {
  if (!chart) return;
  try {
    said = '';
    const name = await host.call('save', { chart, as });
    if (name !== undefined) said = `Saved as ${name}.`;
  } catch (error) {
    if (!wasCancelled(error)) failure = errorData(error);
  }
  redraw();
}

async function savePicture(): Promise<void> {
  const element = app.querySelector('mll-data-chart');
  if (!(element instanceof DataChartElement) || !data || !state) return;
  try {
    said = '';
    const name = `${(state.file ?? state.name).replace(/(\.chart)?\.[^.]*$/, '')}.${data.chart.kind}`;
    const file = await host.call('savePicture', { png: chartPng(element, data), name });
    if (file !== undefined) said = `Picture saved as ${file}.`;
  } catch (error) {
    if (!wasCancelled(error)) failure = errorData(error);
  }
  redraw();
}

function buttons({ file, trusted }: ChartViewState): TemplateResult {
  const reason = trusted ? undefined : 'Trust this folder first: nothing is written into a restricted one.';
  const isDrawn = data !== undefined && data.drawn > 0 && failure === undefined;
  return html`<div class="row chart-buttons">
    ${button({
      label: file === undefined ? 'Save Chart…' : 'Save Chart',
      icon: 'save',
      disabled: reason !== undefined || !chart,
      title: reason ?? 'The chart as a file of the project, which opens again as this chart',
      onClick: () => void save(false),
    })}
    ${
      file === undefined
        ? nothing
        : button({
            label: 'Save As…',
            kind: 'secondary',
            disabled: reason !== undefined,
            onClick: () => void save(true),
          })
    }
    ${button({
      label: 'Save Picture…',
      icon: 'file-media',
      kind: 'secondary',
      disabled: reason !== undefined || !isDrawn,
      title: reason ?? 'What is drawn, as PNG',
      onClick: () => void savePicture(),
    })}
    ${button({
      label: 'Open Data',
      icon: 'table',
      kind: 'secondary',
      onClick: () => void host.call('openData', {}).catch(fail),
    })}
  </div>`;
}

function fail(error: unknown): void {
  if (!wasCancelled(error)) failure = errorData(error);
  redraw();
}

function numbers(of: ChartData): TemplateResult {
  const isOpen = saved.get().numbersOpen;
  const table = isOpen ? chartNumbers(of) : undefined;
  return html`<details
    class="chart-table"
    ?open=${isOpen}
    @toggle=${(event: Event) => {
      const now = event.target instanceof HTMLDetailsElement && event.target.open;
      if (now === saved.get().numbersOpen) return;
      saved.set({ numbersOpen: now });
      redraw();
    }}
  >
    <summary>Show as table</summary>
    ${
      table
        ? html`<div
              class="chart-rows"
              tabindex="0"
              role="region"
              aria-label="${chartTitle(of.chart)} as a table"
            >
              <table class="table">
                <thead>
                  <tr>
                    ${table.head.map((name) => html`<th scope="col">${name}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${table.rows.map(
                    (row) =>
                      html`<tr>
                        ${row.map((cell) => html`<td class="num">${cell}</td>`)}
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>
            ${table.note === '' ? nothing : html`<p class="muted">${table.note}</p>`}`
        : nothing
    }
  </details>`;
}

function waiting(): TemplateResult | typeof nothing {
  if (!running) return nothing;
  const { doing = 'Counting', share } = progress ?? {};
  return html`<div class="chart-progress">
    ${progressBar(doing, share)}
    <span class="muted" role="status">${doing}…</span>
    ${button({ label: 'Stop', icon: 'debug-stop', kind: 'secondary', onClick: () => running?.abort() })}
  </div>`;
}

const empty = (name: string, text: string): TemplateResult =>
  html`<div class="chart-empty">
    ${icon(name)}
    <p>${text}</p>
  </div>`;

function drawing(of: DataChart): TemplateResult {
  const open = unfinished(of);
  if (columns.length === 0) return empty('inbox', 'This table has no columns, so there is nothing to draw.');
  if (open !== undefined) return empty('graph', open);
  if (failure) return html``;
  if (stopped) {
    return html`${empty('debug-stop', 'Stopped. Nothing is drawn.')}
      <div class="row chart-again">${button({ label: 'Draw', onClick: () => void drawChart() })}</div>`;
  }
  if (!data) return html``;
  if (data.drawn === 0) {
    const why =
      data.rows === 0
        ? 'The table has no rows.'
        : data.matched === 0
          ? 'No row meets the filter.'
          : 'No row has a value in the chosen columns.';
    return html`${empty('inbox', why)} ${notes(data)}`;
  }
  return html`<div class=${running ? 'chart-old' : ''}>${picture(data)}</div>
    ${notes(data)} ${numbers(data)}`;
}

function notes(of: ChartData): TemplateResult | typeof nothing {
  const list = chartNotes(of);
  return list.length === 0
    ? nothing
    : html`<ul class="chart-notes" aria-label="About this chart">
        ${list.map((one) => html`<li>${one}</li>`)}
      </ul>`;
}

function page(): TemplateResult {
  if (openError) {
    return html`<div class="page">
      ${errorBanner(openError, { onRetry: () => void open(), onFix: (fix) => void host.call('runFix', fix).catch(fail) })}
    </div>`;
  }
  if (!state || !chart) return html`<div class="page">${progressRing('Looking at the table…')}</div>`;
  const isPart = data !== undefined && !rowsBadge(data).startsWith('all');
  return html`<div class="chart-view">
    <header class="chart-head">
      <div class="chart-title">
        <h1>${chartTitle(chart)}</h1>
        ${
          data && !failure
            ? html`<span class="badge ${isPart ? 'badge-part' : ''}">${rowsBadge(data)}</span>`
            : nothing
        }
        <div class="muted chart-file">
          ${state.file === undefined ? state.path : `${state.file} · ${state.path}`}
        </div>
      </div>
      ${buttons(state)}
      <span class="chart-said" role="status">${said}</span>
    </header>
    <div class="chart-main">
      ${chartForm({ chart, columns, data, onChange: change }, redraw)}
      <section class="chart-picture" aria-label="Picture" aria-busy=${String(running !== undefined)}>
        ${waiting()}
        ${
          failure
            ? errorBanner(failure, {
                onRetry: () => void drawChart(),
                onFix: (fix) => void host.call('runFix', fix).catch(fail),
              })
            : nothing
        }
        ${drawing(chart)}
      </section>
    </div>
  </div>`;
}

function draw(): void {
  render(page(), app);
}

draw();
void open();
