import { html, render } from 'lit';
import type {
  EndpointViewApi,
  EndpointViewEvents,
  EndpointViewState,
  ErrorData,
  Fix,
} from '../../src/protocol';
import '../shared/chart.css';
import { panels, progressRing } from '../shared/controls';
import { errorBanner, errorData, wasCancelled } from '../shared/error';
import { appElement, connectHost, viewState } from '../shared/host';
import '../shared/report.css';
import { redrawer } from '../shared/redraw';
import '../shared/style.css';
import type { EndpointContext, Kept } from './context';
import { endpointHeader } from './header';
import { monitorTab } from './monitor';
import './style.css';
import { task } from './task';
import { testTab } from './test';

const app = appElement();
const kept = viewState<Kept>({
  tab: 'test',
  values: {},
  paste: '',
  window: '24h',
  psi: false,
  gate: '',
  promote: true,
});

let state: EndpointViewState | undefined;
let failure: ErrorData | undefined;

const host = connectHost<EndpointViewApi, EndpointViewEvents>({
  changed: () => void open(),
  show: ({ tab }) => show(tab),
});

const redraw = redrawer(draw);
const context: EndpointContext = {
  host,
  kept,
  state: () => state,
  redraw,
  reopen: () => void open(),
  sent: () => monitor.outdated(),
  runFix,
};
const test = testTab(context);
const monitor = monitorTab(context);
const power = task(redraw);

function fail(error: unknown): void {
  if (!wasCancelled(error)) failure = errorData(error);
  redraw();
}

function runFix(fix: Fix): void {
  host.call('runFix', { command: fix.command, ...(fix.args ? { args: fix.args } : {}) }).catch(fail);
}

async function open(): Promise<void> {
  try {
    state = await host.call('open', {});
    test.opened();
    if (kept.get().tab === 'monitor') monitor.shown();
    redraw();
  } catch (error) {
    fail(error);
  }
}

function show(tab: string): void {
  kept.set({ tab });
  if (tab === 'monitor' && state) monitor.shown();
  redraw();
}

function draw(): void {
  if (!state) {
    const retry = (): void => {
      failure = undefined;
      redraw();
      void open();
    };
    render(
      html`<div class="page">
        ${failure ? errorBanner(failure, { onRetry: retry, onFix: runFix }) : progressRing('Opening the endpoint…')}
      </div>`,
      app,
    );
    return;
  }
  const { tab } = kept.get();
  render(
    html`<div class="page stack endpoint">
      ${endpointHeader({
        endpoint: state.endpoint,
        busy: power.busy,
        failure: failure ?? power.failure,
        onStart: () => power.run('Starting…', change('start')),
        onStop: () => power.run('Stopping…', change('stop')),
        onServe: (reference) =>
          power.run('Updating…', async (signal) => {
            await host.call('serve', { reference }, { signal });
            await open();
          }),
        onOpenLog: () => {
          host.call('openLog', {}).catch(fail);
        },
        onOpenConsole: () => {
          host.call('openConsole', {}).catch(fail);
        },
        onFix: runFix,
        onDismiss: () => {
          failure = undefined;
          power.dismiss();
        },
      })}
      ${panels({
        label: 'Endpoint',
        active: tab,
        tabs: [
          { id: 'test', label: 'Test', content: tab === 'test' ? test.part() : '' },
          { id: 'monitor', label: 'Monitor', content: tab === 'monitor' ? monitor.part() : '' },
        ],
        onChange: show,
      })}
    </div>`,
    app,
  );
}

function change(method: 'start' | 'stop'): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    await host.call(method, {}, { signal });
    await open();
  };
}

app.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  if (kept.get().tab !== 'test' || event.target instanceof HTMLTextAreaElement) return;
  event.preventDefault();
  test.send();
});

redraw();
void open();
