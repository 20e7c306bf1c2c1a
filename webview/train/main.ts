import { html, render } from 'lit';
import type { ErrorData, Fix, TrainViewApi, TrainViewEvents, TrainViewState } from '../../src/protocol';
import { progressRing } from '../shared/controls';
import { errorBanner, errorData, wasCancelled } from '../shared/error';
import { appElement, connectHost, viewState } from '../shared/host';
import { redrawer } from '../shared/redraw';
import '../shared/style.css';
import { formProblems, initialForm, startRequest, type TrainForm } from './form';
import type { Offer } from './machine-form';
import { type TargetText, trainPage } from './page';
import './style.css';

const app = appElement();
const kept = viewState<{ form: Partial<TrainForm>; advanced: boolean }>({ form: {}, advanced: false });

let state: TrainViewState | undefined;
let form: TrainForm | undefined;
let description: TargetText | undefined;
let describing: AbortController | undefined;
let busy: string | undefined;
let settingUp: AbortController | undefined;
let failure: ErrorData | undefined;
let started: string | undefined;
let tried = false;
let search = '';
const offers = new Map<string, Offer>();
const NO_OFFER: Offer = { defaults: undefined, machines: undefined, failure: undefined };

const host = connectHost<TrainViewApi, TrainViewEvents>({
  changed: () => void open(),
});

function fail(error: unknown): void {
  if (!wasCancelled(error)) failure = errorData(error);
  redraw();
}

async function open(): Promise<void> {
  try {
    const before = form?.target;
    const counted = state?.rows ?? null;
    const opened = await host.call('open', {});
    state = { ...opened, rows: opened.rows ?? counted };
    form = initialForm(state, form ?? kept.get().form);
    if (form.target !== before || !description) void describe();
    redraw();
  } catch (error) {
    fail(error);
  }
}

async function describe(): Promise<void> {
  describing?.abort();
  description = undefined;
  const target = form?.target;
  if (!target) return;
  const mine = new AbortController();
  describing = mine;
  try {
    const text = await host.call('describeTarget', { target }, { signal: mine.signal });
    if (describing === mine) description = text;
    if (state) state = { ...state, rows: text.rows };
  } catch (error) {
    fail(error);
  }
  redraw();
}

/** Asks once what a provider offers; prices and quotas take it a while. */
async function ask(provider: string): Promise<void> {
  const put = (part: Partial<Offer>): void => {
    offers.set(provider, { ...(offers.get(provider) ?? NO_OFFER), ...part });
    redraw();
  };
  put({ failure: undefined });
  try {
    put({ defaults: await host.call('defaults', { provider }) });
    put({ machines: await host.call('machines', { provider }) });
  } catch (error) {
    put({ failure: errorData(error) });
  }
}

function offerOf({ provider }: TrainForm): Offer {
  const known = offers.get(provider);
  if (!known && provider !== 'local') void ask(provider);
  return known ?? NO_OFFER;
}

function set(part: Partial<TrainForm>): void {
  if (!form) return;
  const targetChanged = part.target !== undefined && part.target !== form.target;
  form = { ...form, ...part };
  started = undefined;
  kept.set({ form });
  if (targetChanged) void describe();
  redraw();
}

/** Shows `text` while `work` runs; false when it failed. */
async function during(text: string, work: () => Promise<void>): Promise<void> {
  if (busy !== undefined) return;
  busy = text;
  failure = undefined;
  redraw();
  // What is waited for may stand below the edge of the window.
  setTimeout(() => app.querySelector('.train-start')?.scrollIntoView({ block: 'nearest' }));
  try {
    await work();
  } catch (error) {
    fail(error);
  }
  busy = undefined;
  redraw();
}

async function setUpPython(): Promise<boolean> {
  settingUp = new AbortController();
  redraw();
  const call = host.call(
    'setUpPython',
    {},
    {
      signal: settingUp.signal,
      onProgress: (line) => {
        if (typeof line === 'string' && line.trim() !== '')
          busy = `Setting up Python: ${line.trim().slice(0, 120)}`;
        redraw();
      },
    },
  );
  const python = await call.finally(() => (settingUp = undefined));
  if (state) state = { ...state, python };
  return python.ok;
}

function start(): void {
  if (!state || !form) return;
  tried = true;
  redraw();
  const chosen = form;
  if (Object.keys(formProblems(chosen, state)).length > 0) {
    // The first marked field, once it is marked.
    setTimeout(() =>
      app.querySelector<HTMLElement>('[aria-invalid=true], .field-invalid vscode-dropdown')?.focus(),
    );
    return;
  }
  // A provider elsewhere brings its own Python.
  const ready = state.python.ok || chosen.provider !== 'local';
  void during(ready ? 'Starting…' : 'Setting up Python…', async () => {
    if (!ready && !(await setUpPython())) return;
    busy = 'Starting…';
    redraw();
    const { run } = await host.call('start', startRequest(chosen));
    started = run;
  });
}

function runFix(fix: Fix): void {
  host.call('runFix', { command: fix.command, ...(fix.args ? { args: fix.args } : {}) }).catch(fail);
}

/** What is connected may be chosen then, without the page being opened anew. */
async function connect(fix: Fix): Promise<void> {
  try {
    await host.call('runFix', { command: fix.command });
  } catch (error) {
    fail(error);
    return;
  }
  offers.clear();
  await open();
}

const redraw = redrawer(() => {
  if (!state || !form) {
    render(
      html`<div class="page">
        ${failure ? errorBanner(failure, { onRetry: retry, onFix: runFix }) : progressRing('Looking at the data…')}
      </div>`,
      app,
    );
    return;
  }
  render(
    trainPage({
      state,
      form,
      problems: tried ? formProblems(form, state) : {},
      description,
      busy,
      onCancel: settingUp ? () => settingUp?.abort() : undefined,
      failure,
      started,
      advanced: kept.get().advanced,
      offer: offerOf(form),
      search,
      onSearch: (text) => {
        search = text;
        redraw();
      },
      onOffer: () => {
        if (form) void ask(form.provider);
      },
      set,
      onAdvanced: (advanced) => {
        kept.set({ advanced });
        redraw();
      },
      onStart: start,
      onNewScript: () =>
        void during('Writing a script to start from…', async () => {
          const { script } = await host.call('newScript', {});
          if (state && !state.scripts.includes(script))
            state = { ...state, scripts: [...state.scripts, script] };
          set({ method: 'script', script });
        }),
      onSetUp: () =>
        void during('Setting up Python…', async () => {
          await setUpPython();
        }),
      onFix: runFix,
      onConnect: (fix) => void connect(fix),
      onDismiss: () => {
        failure = undefined;
        redraw();
      },
    }),
    app,
  );
});

function retry(): void {
  failure = undefined;
  redraw();
  void open();
}

// Start is the page's default button: Enter in a field that has no use for Enter itself.
app.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing || event.defaultPrevented) return;
  const target = event.target instanceof Element ? event.target.tagName : '';
  const own = ['VSCODE-BUTTON', 'VSCODE-DROPDOWN', 'VSCODE-CHECKBOX', 'SUMMARY', 'TEXTAREA', 'BUTTON'];
  if (own.includes(target) && !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  start();
});

redraw();
void open();
