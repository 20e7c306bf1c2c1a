import { html, nothing, render, type TemplateResult } from 'lit';
import type { ErrorData, QueryResult, SqlViewApi, SqlViewEvents, SqlViewState } from '../../src/protocol';
import { button, icon, progressRing } from '../shared/controls';
import { errorBanner, errorData, notice, wasCancelled } from '../shared/error';
import { plural } from '../shared/format';
import { createGrid, type Grid, type GridRow } from '../shared/grid';
import { appElement, connectHost, viewState } from '../shared/host';
import { redrawer } from '../shared/redraw';
import { createEditor, type SqlEditor } from './editor';
import { briefSql, type Past, resultText, withPast } from './texts';
import '../shared/style.css';
import './style.css';

const app = appElement();
const saved = viewState<{ text: string; touched: boolean; history: Past[] }>({
  text: '',
  touched: false,
  history: [],
});
let state: SqlViewState | undefined;
let openError: ErrorData | undefined;
let failure: ErrorData | undefined;
let result: QueryResult | undefined;
let ranSql = '';
let running: AbortController | undefined;
let said = '';
let pastOpen = false;
let editor: SqlEditor | undefined;
let grid: Grid | undefined;

const host = connectHost<SqlViewApi, SqlViewEvents>({ changed: () => void open() });
const redraw = redrawer(draw);

function fail(error: unknown): void {
  if (!wasCancelled(error)) failure = errorData(error);
  redraw();
}

async function open(): Promise<void> {
  try {
    openError = undefined;
    state = await host.call('open', {});
    draw();
    const box = app.querySelector<HTMLElement>('.sql-editor');
    if (box && !editor) {
      editor = createEditor(box, {
        text: saved.get().touched ? saved.get().text : state.text,
        onRun: () => void run(),
        onChange: (text) => saved.set({ text, touched: true }),
      });
      editor.focus();
    }
    editor?.setTables(state.tables);
  } catch (error) {
    openError = errorData(error);
  }
  redraw();
}

async function run(): Promise<void> {
  if (!editor || running) return;
  const sql = editor.text();
  const mine = new AbortController();
  running = mine;
  failure = undefined;
  said = '';
  editor.mark(undefined);
  redraw();
  try {
    const made = await host.call('run', { sql }, { signal: mine.signal });
    ranSql = sql;
    show(made);
    saved.set({ history: withPast(saved.get().history, { sql, rows: made.rows }) });
  } catch (error) {
    if (wasCancelled(error)) said = 'Cancelled.';
    else {
      failure = errorData(error);
      if (editor.text() === sql && failure.place) editor.mark(failure.place);
      saved.set({ history: withPast(saved.get().history, { sql }) });
    }
  }
  running = undefined;
  redraw();
}

function show(made: QueryResult): void {
  result = made;
  draw();
  const box = app.querySelector<HTMLElement>('.sql-grid');
  if (!box) return;
  grid ??= createGrid(box, { label: 'Rows of the result', load, onError: fail });
  grid.scrollTo({ top: 0, left: 0 });
  grid.reload();
  grid.setColumns(made.columns);
  grid.setTotal(made.rows);
}

async function load(offset: number, limit: number, signal: AbortSignal): Promise<readonly GridRow[]> {
  if (!result) return [];
  const page = await host.call('page', { query: result.query, offset, limit }, { signal });
  return page.rows.map((cells) => ({ cells }));
}

async function save(what: 'saveAsDataset' | 'saveSql'): Promise<void> {
  try {
    said = '';
    const name =
      what === 'saveSql'
        ? await host.call('saveSql', { sql: editor?.text() ?? '' })
        : result && (await host.call('saveAsDataset', { query: result.query }));
    if (name !== undefined) said = what === 'saveSql' ? `Saved as ${name}.` : `Dataset ${name} was added.`;
  } catch (error) {
    fail(error);
  }
  redraw();
}

function tableList({ tables }: SqlViewState): TemplateResult {
  return html`<details class="sql-tables">
    <summary>${plural(tables.length, 'table')} can be asked</summary>
    <ul>
      ${tables.map(
        (one) =>
          html`<li>
            <code>${one.names.join(', ')}</code> <span class="muted">${one.path}</span>
            <div class="muted">
              ${one.columns
                .slice(0, 40)
                .map((it) => it.name)
                .join(', ')}${one.columns.length > 40 ? ` and ${one.columns.length - 40} more` : nothing}
            </div>
          </li>`,
      )}
    </ul>
  </details>`;
}

function pastList(): TemplateResult | typeof nothing {
  if (!pastOpen) return nothing;
  return html`<ul class="sql-past" aria-label="Queries of this session">
    ${saved.get().history.map(
      (one) =>
        html`<li>
          <button
            title=${one.sql}
            @click=${() => {
              editor?.setText(one.sql);
              pastOpen = false;
              redraw();
              editor?.focus();
            }}
          >
            <code>${briefSql(one.sql)}</code>
          </button>
          <span class="muted">${one.rows === undefined ? 'failed' : plural(one.rows, 'row')}</span>
        </li>`,
    )}
  </ul>`;
}

function toolLine(): TemplateResult {
  const past = saved.get().history.length;
  return html`<div class="row sql-tools" role="toolbar" aria-label="Query">
    ${
      running
        ? button({
            label: 'Cancel',
            icon: 'debug-stop',
            kind: 'secondary',
            onClick: () => running?.abort(),
          })
        : button({
            label: 'Run',
            icon: 'play',
            title: 'Run the query (Ctrl+Enter)',
            onClick: () => void run(),
          })
    }
    ${button({
      label: `History (${past})`,
      icon: 'history',
      kind: 'secondary',
      disabled: past === 0,
      expanded: pastOpen,
      onClick: () => {
        pastOpen = !pastOpen;
        redraw();
      },
    })}
    <span class="grow sql-said" role="status"
      >${running ? progressRing('Running…') : said !== '' ? said : nothing}</span
    >
    ${button({
      label: state?.source === undefined ? 'Save as Dataset…' : 'Save in BigQuery…',
      icon: 'database',
      kind: 'secondary',
      disabled: !result || running !== undefined || !state?.trusted,
      title: !state?.trusted
        ? 'Trust this folder first'
        : state.source === undefined
          ? 'All rows of the result as a file of the project'
          : 'As a view or a table there, and one of the project’s datasets',
      onClick: () => void save('saveAsDataset'),
    })}
    ${button({
      label: 'Save SQL…',
      icon: 'save',
      kind: 'secondary',
      title: 'The query as a .sql file',
      onClick: () => void save('saveSql'),
    })}
  </div>`;
}

function page(): TemplateResult {
  if (openError) {
    return html`<div class="page">
      ${errorBanner(openError, { onRetry: () => void open(), onFix: (fix) => void host.call('runFix', fix) })}
    </div>`;
  }
  if (!state) return html`<div class="page">${progressRing('Looking at the tables…')}</div>`;
  return html`<div class="sql-view">
    <header class="sql-head">
      <h1>SQL over ${state.title}</h1>
      ${tableList(state)}
    </header>
    <div class="sql-editor"></div>
    ${toolLine()} ${pastList()}
    <div class="sql-messages">
      ${
        failure
          ? errorBanner(failure, {
              onFix: (fix) => void host.call('runFix', fix),
              onDismiss: () => {
                failure = undefined;
                editor?.mark(undefined);
                redraw();
              },
            })
          : nothing
      }
      ${
        failure && result
          ? notice('info', html`The rows below are of an earlier query: <code>${briefSql(ranSql)}</code>`)
          : nothing
      }
    </div>
    <div class="sql-result">
      ${
        result
          ? html`<p class="sql-count" role="status">${resultText(result)}</p>`
          : html`<p class="muted sql-empty">
              ${icon('table')} Ctrl+Enter runs the query; its rows come here.
            </p>`
      }
      <div class="sql-grid grid-host" ?hidden=${!result}></div>
    </div>
  </div>`;
}

function draw(): void {
  render(page(), app);
}

draw();
void open();
