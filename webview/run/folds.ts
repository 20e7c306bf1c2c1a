import { html, type TemplateResult } from 'lit';
import type { Report } from '../../src/protocol';
import { count } from '../shared/format';
import { metricInfo, metricText } from '../shared/metrics';

type Folds = NonNullable<Report['crossValidation']>;

/** The metrics of each fold of the recipe's split, the main one first. */
export function foldsPart(
  { folds, rows, metrics, baseline }: Folds,
  mainMetric: Report['mainMetric'],
): TemplateResult {
  const names = Object.keys(metrics).sort((a, b) => Number(b === mainMetric) - Number(a === mainMetric));
  const places = Array.from({ length: folds }, (_, k) => k);
  return html`<section class="card stack wide">
    <h2>Cross-validation</h2>
    <p class="muted">
      In each of ${folds} folds recipe and model are fitted without the fold and scored on it (mean ± standard
      deviation).
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="Cross-validation">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="num">Model</th>
            <th scope="col" class="num">Baseline</th>
            ${places.map((k) => html`<th scope="col" class="num">Fold ${k + 1}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${names.map((name) => {
            const one = metrics[name];
            const other = baseline[name];
            return html`<tr class=${name === mainMetric ? 'main-metric' : ''}>
              <th scope="row">${metricInfo(name).title}</th>
              ${spread(name, one)} ${spread(name, other)}
              ${places.map((k) => html`<td class="num">${metricText(name, one?.values[k] ?? NaN)}</td>`)}
            </tr>`;
          })}
          <tr>
            <th scope="row" class="muted">Rows scored</th>
            <td></td>
            <td></td>
            ${places.map((k) => html`<td class="num muted">${count(rows[k] ?? 0)}</td>`)}
          </tr>
        </tbody>
      </table>
    </div>
  </section>`;
}

function spread(name: string, one: Folds['metrics'][string] | undefined): TemplateResult {
  if (one === undefined) return html`<td class="num">–</td>`;
  return html`<td class="num">
    ${metricText(name, one.mean)} <span class="muted">± ${metricText(name, one.sd)}</span>
  </td>`;
}
