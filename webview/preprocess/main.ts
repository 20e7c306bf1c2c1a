import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  ErrorData,
  PreprocessedTable,
  PreprocessProgress,
  PreprocessViewApi,
  PreprocessViewEvents,
  PreprocessViewState,
} from '../../src/protocol';
import { button, progressBar, progressRing } from '../shared/controls';
import { errorBanner, errorData, notice, wasCancelled } from '../shared/error';
import { appElement, connectHost, viewState } from '../shared/host';
import { redrawer } from '../shared/redraw';
import '../shared/prepare-report.css';
import '../shared/report.css';
import '../shared/style.css';
import { newFilesPart, type NewFound, resultsPart } from './results';
import './style.css';
import { recipesPart, settingsPart } from './setup';
import { share, stageText, tablesText } from './texts';

const app = appElement();
const saved = viewState({ recipe: '', format: 'parquet', remember: 'own', folder: '', only: 'all' });

let state: PreprocessViewState | undefined;
let failure: ErrorData | undefined;
let running: AbortController | undefined;
let progress: PreprocessProgress | undefined;
let results: PreprocessedTable[] = [];
let cancelled = false;
let found: NewFound | undefined;

const host = connectHost<PreprocessViewApi, PreprocessViewEvents>({
  changed: () => void open(),
});

function fail(error: unknown): void {
  if (!wasCancelled(error)) failure = errorData(error);
  redraw();
}

async function open(): Promise<void> {
  try {
    state = await host.call('open', {});
    failure = undefined;
  } catch (error) {
    fail(error);
  }
  redraw();
}

/** The chosen recipe, if it can run; else the first that can. */
function chosen(): PreprocessViewState['matches'][number] | undefined {
  const able = state?.matches.filter((one) => one.problems.length === 0) ?? [];
  return able.find((one) => one.file === saved.get().recipe) ?? able[0];
}

async function run(): Promise<void> {
  const match = chosen();
  if (!match || running) return;
  running = new AbortController();
  progress = undefined;
  results = [];
  cancelled = false;
  found = failure = undefined;
  redraw();
  const { format, remember, folder } = saved.get();
  const own = match.hasOwn && !match.isOwn && match.remembers.length > 0 && remember === 'own';
  try {
    const done = await host.call(
      'run',
      {
        recipe: match.file,
        format: format === 'csv' ? 'csv' : 'parquet',
        // A recipe on its own data is fitted there either way.
        remember: own || (match.hasOwn && match.remembers.length === 0 && !match.isOwn) ? 'own' : 'each',
        ...(folder === '' ? {} : { folder }),
      },
      {
        signal: running.signal,
        onProgress(value) {
          progress = value as PreprocessProgress;
          if (progress.ended) results = [...results, progress.ended];
          redraw();
        },
      },
    );
    if (done) results = [...done];
  } catch (error) {
    cancelled = wasCancelled(error);
    fail(error);
  }
  running = undefined;
  redraw();
  if (results.length > 0) document.querySelector('.results')?.scrollIntoView({ block: 'nearest' });
}

async function prepareNew(): Promise<void> {
  const match = chosen();
  if (!match || running) return;
  running = new AbortController();
  results = [];
  found = failure = progress = undefined;
  redraw();
  try {
    found = await host.call('prepareNew', { recipe: match.file }, { signal: running.signal });
  } catch (error) {
    fail(error);
  }
  running = undefined;
  redraw();
}

const act = (work: () => Promise<unknown>): void => void work().catch(fail);

async function chooseFolder(): Promise<void> {
  const folder = await host.call('chooseFolder', {});
  if (folder !== undefined) saved.set({ folder });
  redraw();
}

function runningPart(view: PreprocessViewState): TemplateResult | typeof nothing {
  if (!running) return nothing;
  const start = saved.get().only === 'new' && view.grows ? 'looking for new files' : 'starting';
  const text = progress ? stageText(progress, view.tables) : start;
  return html`<section class="card stack" aria-label="Progress">
    <div class="row">
      <span class="grow" role="status">${text}</span>
      ${button({ label: 'Cancel', icon: 'debug-stop', kind: 'secondary', onClick: () => running?.abort() })}
    </div>
    ${progressBar(text, progress ? share(progress) : undefined)}
  </section>`;
}

function page(view: PreprocessViewState): TemplateResult {
  const match = chosen();
  const busy = running !== undefined;
  return html`<div class="page stack preprocess">
    <header class="row">
      <div class="grow">
        <h1>Preprocess ${tablesText(view.tables)}</h1>
        <p class="muted">
          All rows through a recipe, into ${view.tables.length > 1 ? 'a new file for each' : 'a new file'}.
          Your data stays as it is.
        </p>
      </div>
      ${button({ label: 'New Recipe…', icon: 'add', kind: 'secondary', title: 'Steps that this data asks for', onClick: () => act(() => host.call('newRecipe', {})) })}
    </header>
    ${failure ? errorBanner(failure, { onFix: (fix) => act(() => host.call('runFix', fix)), onDismiss: dismiss }) : nothing}
    ${view.trusted ? nothing : notice('warning', 'This folder is not trusted, so its recipes are not run. Trust the folder first (Manage in the bar on top).')}
    ${recipesPart(view.matches, match?.file, busy, {
      onChoose(file) {
        saved.set({ recipe: file });
        redraw();
      },
      onOpen: (file) => act(() => host.call('openRecipe', { file })),
    })}
    ${
      match
        ? settingsPart(match, view, saved.get(), busy || !view.trusted, {
            onOnly: (only) => set({ only }),
            onNew: () => void prepareNew(),
            onFormat: (format) => set({ format }),
            onRemember: (remember) => set({ remember }),
            onFolder: () => act(chooseFolder),
            onBeside: () => set({ folder: '' }),
            onRun: () => void run(),
          })
        : nothing
    }
    ${runningPart(view)}
    ${cancelled && !busy ? notice('info', results.length === 0 ? 'Cancelled; nothing was written.' : 'Cancelled; what is listed below was written before.') : nothing}
    ${found ? newFilesPart(found, (run) => act(() => host.call('openRun', { run }))) : nothing}
    ${resultsPart(results, view.tables.length, (file) => act(() => host.call('openData', { file })))}
  </div>`;
}

function set(part: Parameters<typeof saved.set>[0]): void {
  saved.set(part);
  redraw();
}

function dismiss(): void {
  failure = undefined;
  redraw();
}

const redraw = redrawer(() => {
  const content = state
    ? page(state)
    : html`<div class="page">
        ${failure ? errorBanner(failure, { onRetry: () => void open(), onFix: (fix) => act(() => host.call('runFix', fix)) }) : progressRing('Looking for recipes that suit the data…')}
      </div>`;
  render(content, app);
});

redraw();
void open();
