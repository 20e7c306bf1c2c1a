import { html, nothing, render, type TemplateResult } from 'lit';
import type { ErrorData, Fix, RunViewApi, RunViewEvents, RunViewState } from '../../src/protocol';
import { chart } from '../shared/chart';
import '../shared/chart.css';
import { progressRing } from '../shared/controls';
import { errorBanner, errorData, notice, wasCancelled } from '../shared/error';
import { appElement, connectHost, viewState } from '../shared/host';
import { prepareReport, rowsLine } from '../shared/prepare-report';
import '../shared/prepare-report.css';
import '../shared/report.css';
import { redrawer, throttled } from '../shared/redraw';
import '../shared/style.css';
import { liveMetrics, type ReportChart, reportCharts } from './charts';
import { runHeader } from './header';
import { logTail } from './log';
import { logView } from './log-view';
import { provenancePart } from './provenance';
import { reportPart } from './report';
import { isActive } from './state';
import './style.css';

const POLL_MS = 500;
const REMOTE_POLL_MS = 5_000;
const REDRAW_MS = 200;
const LAST_LINES = 25;

const app = appElement();
const kept = viewState<{ follow: boolean; log: '' | 'open' | 'closed' }>({ follow: true, log: '' });
const log = logTail();
const metrics = liveMetrics();

let state: RunViewState | undefined;
let charts: readonly ReportChart[] = [];
let failure: ErrorData | undefined;
let cancelling = false;
let cursors: { logs?: string; metrics?: string } = {};
let polling = false;
let again = false;

const host = connectHost<RunViewApi, RunViewEvents>({
  changed: () => void open(),
});

/** A run of a provider elsewhere: each look is a request over the network. */
const isRemote = (): boolean => state?.run.place !== undefined;

const active = (): boolean => state !== undefined && isActive(state.run.status);

function fail(error: unknown): void {
  if (!wasCancelled(error)) failure = errorData(error);
  redraw();
}

let opening = false;

async function open(): Promise<void> {
  if (opening) return;
  opening = true;
  try {
    const next = await host.call('open', {});
    if (JSON.stringify(next.report) !== JSON.stringify(state?.report ?? null))
      charts = next.report ? reportCharts(next.report) : [];
    state = next;
    if (!active()) cancelling = false;
    redraw();
    void poll();
  } catch (error) {
    fail(error);
  }
  opening = false;
}

/** Reads log and metrics from where the last call ended; while the run is active, again and again. */
async function poll(): Promise<void> {
  if (polling) {
    again = true;
    return;
  }
  polling = true;
  try {
    do {
      again = false;
      const [lines, points] = await Promise.all([
        host.call('logs', cursors.logs === undefined ? {} : { cursor: cursors.logs }),
        host.call('metrics', cursors.metrics === undefined ? {} : { cursor: cursors.metrics }),
      ]);
      cursors = { logs: lines.cursor, metrics: points.cursor };
      if (lines.items.length > 0) log.append(lines.items);
      if (points.items.length > 0) metrics.append(points.items);
      if (lines.items.length + points.items.length > 0) {
        redrawSoon();
        // A long log comes in pieces: the next one without a pause.
        again = true;
      } else if (active()) {
        await new Promise((resolve) => setTimeout(resolve, isRemote() ? REMOTE_POLL_MS : POLL_MS));
      }
    } while (again || active());
  } catch (error) {
    fail(error);
  }
  polling = false;
}

function call(method: 'cancel' | 'rerun' | 'deploy' | 'openData' | 'openLog' | 'openConsole'): () => void {
  return () => {
    failure = undefined;
    host.call(method, {}).catch((error: unknown) => {
      cancelling = false;
      fail(error);
    });
  };
}

function runFix(fix: Fix): void {
  host.call('runFix', { command: fix.command, ...(fix.args ? { args: fix.args } : {}) }).catch(fail);
}

function failedPart(): TemplateResult | typeof nothing {
  if (state?.run.status !== 'failed') return nothing;
  const error = state.run.error ?? {
    kind: 'unavailable',
    message: 'The run failed without saying why.',
    fix: 'Its last log lines may tell.',
  };
  const lines = log.lines.slice(-LAST_LINES);
  return html`${errorBanner(error, { onFix: runFix })}
  ${
    lines.length > 0
      ? html`<section class="card stack">
          <h2>Last lines of the log</h2>
          <pre class="last-lines" tabindex="0" aria-label="Last lines of the log">${lines.join('\n')}</pre>
        </section>`
      : nothing
  }`;
}

function livePart(): TemplateResult | typeof nothing {
  // What was said once is a number of the report, no line.
  const live = metrics.charts().filter(({ points }) => active() || points > 1);
  if (live.length === 0) return nothing;
  const cards = html`<div class="cards">
    ${live.map(
      ({ title, last, spec }) =>
        html`<section class="card stack">
          <div class="row">
            <h2 class="grow">${title}</h2>
            <span class="num">${last}</span>
          </div>
          ${chart(spec)}
        </section>`,
    )}
  </div>`;
  if (active())
    return html`<section class="stack">
      <h2 class="visually-hidden">Live metrics</h2>
      ${cards}
    </section>`;
  return html`<details class="fold">
    <summary>Metrics during the run</summary>
    ${cards}
  </details>`;
}

function logPart(): TemplateResult {
  const open = kept.get().log === '' ? active() : kept.get().log === 'open';
  return html`<details
    class="fold"
    ?open=${open}
    @toggle=${(event: Event) => {
      const now = (event.target as HTMLDetailsElement).open;
      if (now === open) return;
      kept.set({ log: now ? 'open' : 'closed' });
      redraw();
    }}
  >
    <summary>Log</summary>
    ${
      open
        ? logView({
            lines: log.lines,
            skipped: log.skipped,
            follow: kept.get().follow,
            onFollow: (follow) => {
              kept.set({ follow });
              redraw();
            },
            onOpenLog: call('openLog'),
          })
        : nothing
    }
  </details>`;
}

const redraw = redrawer(() => {
  if (!state) {
    render(
      html`<div class="page">
        ${failure ? errorBanner(failure, { onRetry: retry, onFix: runFix }) : progressRing('Opening the run…')}
      </div>`,
      app,
    );
    return;
  }
  const { run, report, model, prepared } = state;
  render(
    html`<div class="page stack run">
      ${runHeader({
        run,
        model,
        now: Date.now(),
        cancelling,
        onCancel: () => {
          cancelling = true;
          call('cancel')();
          redraw();
        },
        onRerun: call('rerun'),
        onDeploy: call('deploy'),
        onOpenData: call('openData'),
        onOpenConsole: call('openConsole'),
      })}
      ${
        failure
          ? errorBanner(failure, {
              onRetry: retry,
              onFix: runFix,
              onDismiss: () => {
                failure = undefined;
                redraw();
              },
            })
          : nothing
      }
      ${failedPart()}
      ${
        run.status === 'cancelled'
          ? notice('info', 'This run was cancelled; what it logged until then is kept.')
          : nothing
      }
      ${report ? reportPart(report, charts) : nothing}
      ${
        prepared
          ? html`<section class="card stack">
              <h2>${rowsLine(prepared)}</h2>
              ${prepareReport(prepared)}
            </section>`
          : nothing
      }
      ${livePart()} ${logPart()} ${provenancePart(run, call('openData'))}
    </div>`,
    app,
  );
});

const redrawSoon = throttled(redraw, REDRAW_MS);

function retry(): void {
  failure = undefined;
  redraw();
  void open();
}

// Stage, progress and elapsed time of a run that goes on.
let looked = Date.now();
setInterval(() => {
  if (!active() || failure) return;
  if (isRemote() && Date.now() - looked < REMOTE_POLL_MS) {
    redraw();
    return;
  }
  looked = Date.now();
  void open();
}, 1000);
redraw();
void open();
