import { html, nothing, type TemplateResult } from 'lit';
import type { InvokeResult, Prediction, Row } from '../../src/protocol';
import { count, percent, valueText } from '../shared/format';
import { likeliest } from './form';
import { latency } from './monitor-text';

const MOST_CLASSES = 10;
const MOST_ROWS = 100;

function bars({ probabilities }: Prediction): TemplateResult | typeof nothing {
  if (!probabilities) return nothing;
  return html`<table class="bars">
    <caption class="visually-hidden">
      Probability of each class
    </caption>
    <tbody>
      ${likeliest(probabilities, MOST_CLASSES).map(
        (one) =>
          html`<tr>
            <th scope="row" title=${one.label}>${one.label}</th>
            <td><div class="bar" .style=${`width:${(one.share * 100).toFixed(1)}%`}></div></td>
            <td class="num">${one.text}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** The answer for one row: the prediction large, its probabilities, and what it took. */
export function singleResult(result: InvokeResult, target: string): TemplateResult {
  const prediction = result.predictions[0];
  if (!prediction) return html`<p class="muted">The endpoint answered without a prediction.</p>`;
  const { error } = prediction;
  return html`<div class="stack" role="status">
    ${
      error
        ? html`<p class="no-prediction">
            <span class="codicon codicon-error" aria-hidden="true"></span> No prediction:
            ${error.field ? html`<strong>${error.field}</strong> – ` : nothing}${error.message}
          </p>`
        : html`<div>
            <div class="muted">${target}</div>
            <div class="prediction">${valueText(prediction.prediction)}</div>
          </div>`
    }
    ${bars(prediction)}
    <dl class="pairs small">
      <dt>Latency</dt>
      <dd class="num">${latency(result.latencyMs.p50)}</dd>
      ${
        result.model
          ? html`<dt>Model</dt>
              <dd>${result.model.name} version ${result.model.version}</dd>`
          : nothing
      }
      ${
        result.ids[0]
          ? html`<dt>Request</dt>
              <dd><code>${result.ids[0]}</code></dd>`
          : nothing
      }
    </dl>
  </div>`;
}

/** Rows as a table, with their predictions once there are some. */
export function rowsTable(
  rows: readonly Row[],
  result: InvokeResult | undefined,
  target: string,
  onPick: (row: Row) => void,
): TemplateResult {
  const names = [...new Set(rows.slice(0, MOST_ROWS).flatMap((row) => Object.keys(row)))];
  return html`<div class="rows" tabindex="0" role="region" aria-label="Rows">
      <table class="table">
        <thead>
          <tr>
            <th scope="col"><span class="visually-hidden">Use</span></th>
            ${result ? html`<th scope="col">${target} (predicted)</th>` : nothing}
            ${names.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, MOST_ROWS).map((row, i) => {
            const one = result?.predictions[i];
            return html`<tr>
              <td>
                <button
                  class="pick"
                  title="Put into the form"
                  aria-label=${`Put row ${i + 1} into the form`}
                  @click=${() => onPick(row)}
                >
                  ${i + 1}
                </button>
              </td>
              ${
                result
                  ? html`<td class=${one?.error ? 'no-prediction' : 'predicted'}>
                      ${
                        !one
                          ? nothing
                          : one.error
                            ? `${one.error.field ? `${one.error.field}: ` : ''}${one.error.message}`
                            : valueText(one.prediction)
                      }${shareOf(one)}
                    </td>`
                  : nothing
              }
              ${names.map((name) => html`<td>${row[name] === undefined ? '' : valueText(row[name] ?? null)}</td>`)}
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    ${rows.length > MOST_ROWS ? html`<p class="muted">The first ${MOST_ROWS} of ${count(rows.length)} rows; all of them are sent.</p>` : nothing}`;
}

function shareOf(one: Prediction | undefined): TemplateResult | typeof nothing {
  const share = one?.error ? undefined : one?.probabilities?.[String(one.prediction)];
  return share === undefined ? nothing : html` <span class="muted num">${percent(share)}</span>`;
}
