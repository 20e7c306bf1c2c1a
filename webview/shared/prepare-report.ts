import { html, nothing, type TemplateResult } from 'lit';
import type { PrepareReport, Remembered, RememberedValue } from '../../src/protocol';
import { withCode } from './code-text';
import { icon } from './controls';
import { count, number, plural } from './format';

type Expectation = PrepareReport['expectations'][number];

/** Values of one step that are shown before the rest is counted. */
const MOST_VALUES = 30;
const MOST_ITEMS = 8;

function scalar(value: string | number | boolean | null): string {
  if (value === null) return 'none';
  return typeof value === 'number' ? number(value) : String(value);
}

/** A remembered value in one line: of a long list its first items, and how many there are. */
export function rememberedText(one: RememberedValue): string {
  if ('value' in one) return scalar(one.value);
  const shown = one.first.slice(0, MOST_ITEMS).map(scalar).join(', ');
  return one.of > Math.min(one.first.length, MOST_ITEMS) ? `${shown}, … (${count(one.of)} in all)` : shown;
}

/** How many rows came of how many, and by how many columns: `333 of 344 rows, 9 columns`. */
export function rowsLine({ rowsIn, rowsOut, columns }: PrepareReport): string {
  const rows = rowsIn === rowsOut ? plural(rowsOut, 'row') : `${count(rowsIn)} → ${plural(rowsOut, 'row')}`;
  return `${rows}, ${plural(columns.length, 'column')}`;
}

function droppedPart({ dropped }: PrepareReport): TemplateResult | typeof nothing {
  const some = dropped.filter((one) => one.rows > 0);
  if (some.length === 0) return nothing;
  return html`<section class="prepare-part">
    <h3>Dropped rows</h3>
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" class="num">Rows</th>
        </tr>
      </thead>
      <tbody>
        ${some.map(
          (one) =>
            html`<tr>
              <th scope="row">${one.step + 1} <code>${one.kind}</code></th>
              <td class="num">${count(one.rows)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function expectation(one: Expectation): TemplateResult {
  const state = one.broken === 0 ? 'held' : one.holds ? 'allowed' : 'broken';
  const signs = { held: 'pass-filled', allowed: 'warning', broken: 'error' } as const;
  const subject = one.columns.length === 0 ? 'the table' : one.columns.join(', ');
  return html`<li class="expectation expectation-${state}">
    ${icon(signs[state])}
    <span>
      Step ${one.step + 1}: ${subject} <code>${one.rule}</code>
      <span class="muted"
        >${state === 'held' ? 'held' : state === 'allowed' ? 'broken, as allowed' : 'broken'}</span
      >
      ${one.message === '' ? nothing : html`<span class="expectation-message">${withCode(one.message)}</span>`}
    </span>
  </li>`;
}

function expectationsPart({ expectations }: PrepareReport): TemplateResult | typeof nothing {
  if (expectations.length === 0) return nothing;
  const held = expectations.filter((one) => one.holds).length;
  return html`<section class="prepare-part">
    <h3>Expectations: ${held} of ${expectations.length} held</h3>
    <ul class="expectations">
      ${expectations.map(expectation)}
    </ul>
  </section>`;
}

function rememberedRows({ step, kind, values }: Remembered): TemplateResult[] {
  const rows = values.slice(0, MOST_VALUES).map(
    (one) =>
      html`<tr>
        <th scope="row">${step + 1} <code>${kind}</code></th>
        <td>${one.name}</td>
        <td class="remembered-value">${rememberedText(one)}</td>
      </tr>`,
  );
  const more = values.length - MOST_VALUES;
  if (more > 0) {
    rows.push(
      html`<tr>
        <th scope="row">${step + 1} <code>${kind}</code></th>
        <td colspan="2" class="muted">${plural(more, 'more value')}</td>
      </tr>`,
    );
  }
  return rows;
}

function rememberedPart({ remembered }: PrepareReport): TemplateResult | typeof nothing {
  if (remembered.length === 0) return nothing;
  const all = remembered.reduce((sum, one) => sum + one.values.length, 0);
  return html`<details class="fold">
    <summary>Fitted values (${count(all)})</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Fitted values">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Value</th>
            <th scope="col">Is</th>
          </tr>
        </thead>
        <tbody>
          ${remembered.flatMap(rememberedRows)}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** What became of the rows: dropped by which step, which expectations held, what the steps remember, and remarks. */
export function prepareReport(report: PrepareReport, rejected = 0): TemplateResult {
  const notes = [
    ...(rejected === 0 ? [] : [`${plural(rejected, 'record')} of the input could not be read.`]),
    ...report.notes,
  ];
  return html`<div class="stack prepare-report">
    ${notes.map((note) => html`<p>${icon('info')} ${withCode(note)}</p>`)} ${droppedPart(report)}
    ${expectationsPart(report)} ${rememberedPart(report)}
  </div>`;
}
