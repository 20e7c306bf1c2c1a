import { html, nothing, type TemplateResult } from 'lit';
import type { Report } from '../../src/protocol';
import { algorithmTitle, columnsByReason } from '../../src/words';
import { chart } from '../shared/chart';
import { withCode } from '../shared/code-text';
import { icon } from '../shared/controls';
import { notice } from '../shared/error';
import { count, number, percent, plural } from '../shared/format';
import { compareMetric, metricInfo, metricText } from '../shared/metrics';
import type { ReportChart } from './charts';
import { type Confusion, confusionCells, mostConfused } from './confusion';
import { foldsPart } from './folds';

const MOST_IN_MATRIX = 25;
const MOST_COLUMNS = 20;
const VERDICT_ICON = {
  better: 'check',
  worse: 'close',
  equal: 'dash',
  unknown: '',
} as const;

/** Without a test part every row was scored by a model that had not seen it. */
const scoredOn = ({ train, test }: Report['rows']): string =>
  test === 0 ? `cross-validated on ${plural(train, 'row')}` : `on ${plural(test, 'test row')}`;

function hero({ metrics, baseline, mainMetric, rows }: Report): TemplateResult | typeof nothing {
  const value = metrics[mainMetric];
  if (value === undefined) return nothing;
  const other = baseline[mainMetric];
  const { title } = metricInfo(mainMetric);
  const difference = other === undefined ? undefined : compareMetric(mainMetric, value, other);
  return html`<section class="hero card" aria-label="Main result">
    <div class="hero-part">
      <div class="hero-value">${metricText(mainMetric, value)}</div>
      <div>${title} ${scoredOn(rows)}</div>
    </div>
    ${
      other === undefined || !difference
        ? nothing
        : html`<div class="hero-part hero-other">
              <div class="hero-value">${metricText(mainMetric, other)}</div>
              <div class="muted">Baseline</div>
            </div>
            <div class="hero-part hero-other">
              <div class="hero-value verdict-${difference.verdict}">
                ${VERDICT_ICON[difference.verdict] ? icon(VERDICT_ICON[difference.verdict]) : nothing}
                ${difference.text}
              </div>
              <div class="muted">
                ${
                  difference.verdict === 'better'
                    ? 'better than the baseline'
                    : difference.verdict === 'worse'
                      ? 'worse than the baseline'
                      : 'against the baseline'
                }
              </div>
            </div>`
    }
  </section>`;
}

function metricsTable({ metrics, baseline, mainMetric }: Report): TemplateResult {
  const names = Object.keys(metrics).sort((a, b) => Number(b === mainMetric) - Number(a === mainMetric));
  return html`<section class="card stack">
    <h2>Metrics</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Metrics">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="num">Model</th>
            <th scope="col" class="num">Baseline</th>
            <th scope="col" class="num">Difference</th>
          </tr>
        </thead>
        <tbody>
          ${names.map((name) => {
            const value = metrics[name] ?? NaN;
            const other = baseline[name];
            const difference = other === undefined ? undefined : compareMetric(name, value, other);
            return html`<tr class=${name === mainMetric ? 'main-metric' : ''}>
              <th scope="row">${metricInfo(name).title}</th>
              <td class="num">${metricText(name, value)}</td>
              <td class="num">${other === undefined ? '–' : metricText(name, other)}</td>
              <td class="num ${difference ? `verdict-${difference.verdict}` : ''}">
                ${
                  difference
                    ? html`${VERDICT_ICON[difference.verdict] ? icon(VERDICT_ICON[difference.verdict]) : nothing}${difference.text}${
                        difference.verdict === 'better' || difference.verdict === 'worse'
                          ? html`<span class="visually-hidden"> (${difference.verdict})</span>`
                          : nothing
                      }`
                    : '–'
                }
              </td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;
}

function matrix(confusion: Confusion): TemplateResult {
  const { labels } = confusion;
  const cells = confusionCells(confusion);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
    <table class="matrix ${labels.length > 8 ? 'matrix-dense' : ''}">
      <caption class="visually-hidden">
        Rows of each actual class by predicted class
      </caption>
      <thead>
        <tr>
          <td></td>
          <th class="muted" colspan=${labels.length} scope="colgroup">Predicted</th>
        </tr>
        <tr>
          <th scope="col" class="muted">Actual</th>
          ${labels.map((label) => html`<th scope="col" title=${label}>${label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${cells.map(
          (row, i) =>
            html`<tr>
              <th scope="row" title=${labels[i] ?? ''}>${labels[i]}</th>
              ${row.map(
                (cell, j) =>
                  html`<td
                    class="heat ${i === j ? 'heat-right' : 'heat-wrong'} ${cell.count === 0 ? 'heat-none' : ''}"
                    .style=${`--heat:${(cell.share * 100).toFixed(0)}%`}
                    title=${`Actual ${labels[i] ?? ''}, predicted ${labels[j] ?? ''}: ${plural(cell.count, 'row')}, ${percent(cell.share)} of ${labels[i] ?? ''}`}
                  >
                    <span class="heat-count">${count(cell.count)}</span>
                    <span class="heat-share">${percent(cell.share)}</span>
                  </td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function confusionPart(confusion: Confusion): TemplateResult {
  const many = confusion.labels.length > MOST_IN_MATRIX;
  const pairs = mostConfused(confusion, many ? 20 : 3);
  return html`<section class="card stack ${confusion.labels.length > 6 ? 'wide' : ''}">
    <h2>Confusion matrix</h2>
    ${
      many
        ? html`<p class="muted">
              ${count(confusion.labels.length)} classes: the pairs that are mistaken most often.
            </p>
            <div class="scroll" tabindex="0" role="region" aria-label="Most confused classes">
              <table class="table">
                <thead>
                  <tr>
                    <th scope="col">Actual</th>
                    <th scope="col">Predicted as</th>
                    <th scope="col" class="num">Rows</th>
                    <th scope="col" class="num">Of the class</th>
                  </tr>
                </thead>
                <tbody>
                  ${pairs.map(
                    (one) =>
                      html`<tr>
                        <td>${one.actual}</td>
                        <td>${one.predicted}</td>
                        <td class="num">${count(one.count)}</td>
                        <td class="num">${percent(one.share)}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
        : matrix(confusion)
    }
    ${
      pairs.length === 0
        ? html`<p>Every test row was predicted rightly.</p>`
        : many
          ? nothing
          : html`<p class="muted">
              Most often mistaken:
              ${pairs.map((one) => `${one.actual} for ${one.predicted} (${plural(one.count, 'row')})`).join(', ')}.
            </p>`
    }
  </section>`;
}

function importancePart({ importance, mainMetric }: Report): TemplateResult | typeof nothing {
  if (importance.length === 0) return nothing;
  const shown = importance.slice(0, MOST_COLUMNS);
  const largest = Math.max(...shown.map((one) => one.mean), Number.EPSILON);
  return html`<section class="card stack">
    <h2>Importance of the columns</h2>
    <p class="muted">
      How much worse ${metricInfo(mainMetric).title} becomes when a column is shuffled (mean ± standard
      deviation).
    </p>
    <table class="bars">
      <caption class="visually-hidden">
        Permutation importance by column
      </caption>
      <tbody>
        ${shown.map(
          (one) =>
            html`<tr>
              <th scope="row" title=${one.column}>${one.column}</th>
              <td class="bar-cell">
                <div
                  class="bar"
                  .style=${`width:${(Math.max(0, one.mean / largest) * 100).toFixed(1)}%`}
                ></div>
              </td>
              <td class="num">${number(one.mean, 3)} <span class="muted">± ${number(one.sd, 2)}</span></td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${importance.length > shown.length ? html`<p class="muted">The first ${shown.length} of ${plural(importance.length, 'column')}.</p>` : nothing}
  </section>`;
}

function candidatesPart({ candidates, mainMetric }: Report): TemplateResult | typeof nothing {
  if (!candidates || candidates.length === 0) return nothing;
  return html`<section class="card stack">
    <h2>What Automatic compared</h2>
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Algorithm</th>
          <th scope="col" class="num">${metricInfo(mainMetric).title} in cross-validation</th>
        </tr>
      </thead>
      <tbody>
        ${candidates.map(
          (one, i) =>
            html`<tr class=${i === 0 ? 'main-metric' : ''}>
              <th scope="row">
                ${algorithmTitle(one.algorithm)} ${i === 0 ? html`<span class="badge">taken</span>` : nothing}
              </th>
              <td class="num">${number(one.score, 4)} <span class="muted">± ${number(one.sd, 2)}</span></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function leftOutPart({ leftOut }: Report): TemplateResult | typeof nothing {
  if (leftOut.length === 0) return nothing;
  return html`<section class="card stack">
    <h2>Columns left out</h2>
    <dl class="pairs">
      ${columnsByReason(leftOut).map(
        ({ reason, columns }) =>
          html`<dt>${columns.join(', ')}</dt>
            <dd>${withCode(reason)}</dd>`,
      )}
    </dl>
  </section>`;
}

/** What a training or an evaluation found. */
export function reportPart(report: Report, charts: readonly ReportChart[]): TemplateResult {
  return html`${hero(report)} ${report.notes.map((note) => notice('info', withCode(note)))}
    <div class="cards">
      ${report.crossValidation ? foldsPart(report.crossValidation, report.mainMetric) : nothing}
      ${metricsTable(report)} ${report.confusion ? confusionPart(report.confusion) : nothing}
      ${charts.map(
        (one) =>
          html`<section class="card stack">
            <h2>${one.title}</h2>
            ${chart(one.spec)} ${one.note ? html`<p class="muted">${one.note}</p>` : nothing}
          </section>`,
      )}
      ${importancePart(report)} ${candidatesPart(report)} ${leftOutPart(report)}
    </div>`;
}
