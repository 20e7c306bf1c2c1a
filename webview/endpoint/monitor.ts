import { html, nothing, type TemplateResult } from 'lit';
import type { DriftColumn, MonitorReport } from '../../src/protocol';
import { columnsByReason } from '../../src/words';
import { chart } from '../shared/chart';
import { button, checkbox, dropdown, icon, progressRing } from '../shared/controls';
import { errorBanner, notice } from '../shared/error';
import { count, percent, plural } from '../shared/format';
import { metricInfo, metricText } from '../shared/metrics';
import type { EndpointContext } from './context';
import { distribution } from './distribution';
import { driftVerdict, latency, scoreText, testTitle, WINDOWS, windowStart } from './monitor-text';
import { retrainPart } from './retrain';
import { task } from './task';
import { timelineCharts } from './timeline';

export interface MonitorTab {
  /** Asks for a report if there is none, or rows were sent since; others are asked for by the person. */
  shown(): void;
  /** Rows were sent since the last report. */
  outdated(): void;
  part(): TemplateResult;
}

function figure(label: string, value: string, title = ''): TemplateResult {
  return html`<div class="figure" title=${title || nothing}>
    <dt>${label}</dt>
    <dd class="num">${value}</dd>
  </div>`;
}

function figures({ requests, rows, errors, latencyMs, measured }: MonitorReport): TemplateResult {
  const ms = (value: number | undefined): string => (value === undefined ? '–' : latency(value));
  return html`<dl class="figures">
    ${figure('Requests', count(requests))} ${figure('Rows', count(rows))}
    ${figure('Errors', requests > 0 ? `${count(errors)} (${percent(errors / requests)})` : count(errors))}
    ${figure('Latency p50', ms(latencyMs?.p50), 'Half of the requests were answered at least this fast.')}
    ${figure('Latency p95', ms(latencyMs?.p95), '95 of 100 requests were answered at least this fast.')}
    ${figure('Latency p99', ms(latencyMs?.p99), '99 of 100 requests were answered at least this fast.')}
    ${measured ? figure('By the cloud', `${plural(measured.requests, 'request')}, ${plural(measured.errors, 'error')}`, `What the cloud measured by itself, also of requests that were not captured. The model's latency: p95 ${ms(measured.latencyMs.p95)}.`) : nothing}
  </dl>`;
}

function driftRow(name: string, column: DriftColumn, prediction: boolean): TemplateResult {
  return html`<tr class=${prediction ? 'drift-prediction' : ''}>
    <th scope="row">${name}${prediction ? html` <span class="badge">prediction</span>` : nothing}</th>
    <td class=${column.drifted ? 'drifted' : 'steady'}>
      ${icon(column.drifted ? 'warning' : 'pass')} ${column.drifted ? 'Drifted' : 'Steady'}
    </td>
    <td>${distribution(column)}</td>
    <td>${testTitle(column.test)}</td>
    <td class="num">${scoreText(column)}</td>
  </tr>`;
}

function skippedPart(skipped: Readonly<Record<string, string>>): TemplateResult | typeof nothing {
  const left = Object.entries(skipped).map(([column, reason]) => ({ column, reason }));
  if (left.length === 0) return nothing;
  return html`<details>
    <summary>${plural(left.length, 'column was', 'columns were')} not compared</summary>
    <ul>
      ${columnsByReason(left).map(({ reason, columns }) => html`<li><strong>${columns.join(', ')}</strong>: ${reason}</li>`)}
    </ul>
  </details>`;
}

function driftPart(report: MonitorReport, target: string): TemplateResult {
  const { drift, predictionDrift } = report;
  const columns = Object.entries(drift.columns).sort(([, a], [, b]) => Number(b.drifted) - Number(a.drifted));
  const mark = drift.tooFew ? 'info' : drift.drifted ? 'warning' : 'pass';
  return html`<section class="card stack">
    <h2>Drift</h2>
    <p class="verdict verdict-${mark}" role="status">
      ${icon(mark)}
      ${driftVerdict(drift, report.requests)}${predictionDrift?.drifted && !drift.tooFew ? ' The predictions drifted.' : ''}
    </p>
    ${
      drift.tooFew || columns.length === 0
        ? nothing
        : html`<p class="muted">
              ${plural(drift.rows, 'row')} of requests against ${plural(drift.referenceRows, 'row')} of
              training data.
              <span class="key"
                ><span class="key-was"></span> Training <span class="key-now"></span> Requests</span
              >
            </p>
            <div class="rows drift-rows" tabindex="0" role="region" aria-label="Drift by column">
              <table class="table">
                <thead>
                  <tr>
                    <th scope="col">Column</th>
                    <th scope="col">State</th>
                    <th scope="col">Distribution</th>
                    <th scope="col">Test</th>
                    <th scope="col" class="num">Score</th>
                  </tr>
                </thead>
                <tbody>
                  ${predictionDrift ? driftRow(target, predictionDrift, true) : nothing}
                  ${columns.map(([name, column]) => driftRow(name, column, false))}
                </tbody>
              </table>
            </div>`
    }
    ${drift.tooFew ? nothing : skippedPart(drift.skipped ?? {})}
  </section>`;
}

function accuracyPart({ accuracy }: MonitorReport, ask: TemplateResult): TemplateResult {
  return html`<section class="card stack">
    <h2>Accuracy on real outcomes</h2>
    ${
      accuracy
        ? html`<dl class="figures">
              ${figure(`${metricInfo(accuracy.metric).title} now`, metricText(accuracy.metric, accuracy.value))}
              ${figure('In training', metricText(accuracy.metric, accuracy.training))}
              ${figure('Rows with a label', count(accuracy.labelled))}
            </dl>
            <p class="verdict verdict-${accuracy.worse ? 'warning' : 'pass'}" role="status">
              ${icon(accuracy.worse ? 'warning' : 'pass')}
              ${accuracy.worse ? 'More than 5 % worse than in training.' : 'As good as in training, within 5 %.'}
            </p>`
        : html`<p class="muted">
            A file with the true values shows how good the predictions were. It holds the request ids (column
            <code>id</code>) or the input columns, and the target.
          </p>`
    }
    <div>${ask}</div>
  </section>`;
}

/** The tab that shows how the endpoint fares: traffic, latency, drift, accuracy, and training anew. */
export function monitorTab(context: EndpointContext): MonitorTab {
  const { host, kept, redraw } = context;
  let report: MonitorReport | undefined;
  let charts: ReturnType<typeof timelineCharts> = [];
  let asked = false;
  const loading = task(redraw);
  const retrain = retrainPart(context, () => load(false));

  function load(labels: boolean): void {
    const { window: chosen, psi } = kept.get();
    loading.run(
      labels ? 'Comparing with the labels…' : 'Comparing requests with the training data…',
      async (signal) => {
        const since = windowStart(chosen, Date.now());
        const next = await host.call(
          'monitor',
          { ...(since === undefined ? {} : { since }), ...(labels ? { labels } : {}), psi },
          { signal },
        );
        if (!next) return;
        report = next;
        charts = timelineCharts(next);
      },
    );
  }

  function bar(): TemplateResult {
    const { window: chosen, psi } = kept.get();
    return html`<div class="row monitor-bar">
      <div class="window">
        ${dropdown({
          label: 'Requests of',
          hideLabel: true,
          value: chosen,
          options: WINDOWS.map((one) => ({ value: one.id, label: one.label })),
          disabled: loading.busy !== undefined,
          onChange: (id) => {
            kept.set({ window: id });
            load(false);
          },
        })}
      </div>
      ${checkbox({
        label: 'Use PSI instead of the default tests',
        checked: psi,
        disabled: loading.busy !== undefined,
        onChange: (on) => {
          kept.set({ psi: on });
          load(false);
        },
      })}
      ${button({ label: 'Refresh', icon: 'refresh', kind: 'secondary', disabled: loading.busy !== undefined, onClick: () => load(false) })}
      ${loading.busy ? html`${progressRing(loading.busy)} ${button({ label: 'Cancel', kind: 'secondary', onClick: loading.cancel })}` : nothing}
    </div>`;
  }

  return {
    shown() {
      if (asked) return;
      asked = true;
      load(false);
    },
    outdated() {
      // A comparison with labels takes a file that only the person can name again.
      if (!report?.accuracy) asked = false;
    },
    part() {
      const target = context.state()?.signature?.output.name ?? 'Prediction';
      const labels = button({
        label: report?.accuracy ? 'Other Labels File…' : 'Choose Labels File…',
        icon: 'tag',
        kind: 'secondary',
        disabled: loading.busy !== undefined,
        onClick: () => load(true),
      });
      return html`<div class="stack monitor" aria-busy=${loading.busy !== undefined}>
        ${bar()}
        ${loading.failure ? errorBanner(loading.failure, { onRetry: () => load(false), onFix: context.runFix }) : nothing}
        ${
          report
            ? html`${figures(report)}
                ${report.requests === 0 ? notice('info', 'Nobody has called this endpoint in this window. Send rows in the Test tab, or choose a longer window.') : nothing}
                <div class="cards">
                  ${charts.map(
                    (one) =>
                      html`<section class="card stack">
                        <h2>${one.title}</h2>
                        ${chart(one.spec)}
                      </section>`,
                  )}
                </div>
                ${driftPart(report, target)} ${accuracyPart(report, labels)}`
            : nothing
        }
        ${retrain()}
      </div>`;
    },
  };
}
