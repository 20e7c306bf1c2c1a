import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { ChartData, ChartKind, Column, DataChart } from '../../src/protocol';
import { AGGREGATES, CHART_KINDS, chartTitle, TIME_STEPS } from '../../src/words-chart';
import { conditionText } from '../shared/condition-text';
import { button, checkbox, numberField, textField } from '../shared/controls';
import { plural } from '../shared/format';
import {
  asKind,
  type Field,
  fieldsOf,
  filled,
  fits,
  isAggregate,
  isDate,
  isStep,
  lacking,
  withField,
  withOption,
} from './choose';

export interface FormOptions {
  readonly chart: DataChart;
  readonly columns: readonly Column[];
  /** Of the picture that is shown, when there is one. */
  readonly data: ChartData | undefined;
  readonly onChange: (chart: DataChart) => void;
}

const MOST_LISTED = 200;
const MOST_BINS = 200;

/** A native list: it is quick with very many columns, and typing finds one. */
function choice(
  label: string,
  value: string,
  options: readonly { readonly value: string; readonly label: string; readonly disabled?: boolean }[],
  onChange: (value: string) => void,
  error?: string,
): TemplateResult {
  // The error stands outside: it would be read as a part of the name.
  return html`<div class="field-label">
    <label class="field-label">
      <span>${label}</span>
      <select
        class="input chart-choice"
        aria-invalid=${error ? 'true' : nothing}
        .value=${live(value)}
        @change=${(event: Event) => onChange((event.target as HTMLSelectElement).value)}
      >
        ${options.map(
          (one) =>
            html`<option
              value=${one.value}
              ?selected=${one.value === value}
              ?disabled=${one.disabled ?? false}
            >
              ${one.label}
            </option>`,
        )}
      </select></label
    >
    ${error ? html`<span class="field-error" role="alert">${error}</span>` : nothing}
  </div>`;
}

function columnField(field: Field, { chart, columns, onChange }: FormOptions): TemplateResult {
  const { role, label, optional } = field;
  const value = chart[role] ?? '';
  const names = columns.filter((one) => fits(one, field.fits)).map(({ name }) => name);
  const isGone = value !== '' && !columns.some(({ name }) => name === value);
  const isOther = value !== '' && !isGone && !names.includes(value);
  const options = [
    ...(optional || value === '' ? [{ value: '', label: optional ? '(nothing)' : 'Choose a column' }] : []),
    ...(isGone || isOther ? [{ value, label: isGone ? `${value} (not in the table)` : value }] : []),
    ...names.map((name) => ({ value: name, label: name === '' ? '(no name)' : name })),
  ];
  return choice(
    label,
    value,
    options,
    (name) => onChange(withField(chart, role, name === '' ? undefined : name)),
    isGone ? `The table has no column “${value}”.` : undefined,
  );
}

function kindField({ chart, columns, onChange }: FormOptions): TemplateResult {
  return choice(
    'Chart',
    chart.kind,
    CHART_KINDS.map(([value, label]) => {
      const lack = lacking(value, columns);
      return {
        value,
        label: lack === undefined ? label : `${label} – ${lack}`,
        disabled: lack !== undefined,
      };
    }),
    (kind) => onChange(asKind(chart, kind as ChartKind, columns)),
  );
}

function aggregateField({ chart, columns, onChange }: FormOptions): TemplateResult | typeof nothing {
  if (chart.kind !== 'bar' && chart.kind !== 'line' && chart.kind !== 'heatmap') return nothing;
  return choice(
    'Value',
    chart.aggregate ?? 'count',
    AGGREGATES.map(([value, label]) => ({ value, label })),
    (value) => {
      if (isAggregate(value)) onChange(filled(withOption(chart, { aggregate: value }), columns));
    },
  );
}

/** Dates are drawn by steps. */
function stepField({ chart, columns, data, onChange }: FormOptions): TemplateResult | typeof nothing {
  const dated = (name: string | undefined): boolean =>
    columns.some((one) => one.name === name && isDate(one));
  const has =
    chart.kind === 'line' ||
    ((chart.kind === 'bar' || chart.kind === 'box') && dated(chart.x)) ||
    (chart.kind === 'heatmap' && (dated(chart.x) || dated(chart.y)));
  if (!has) return nothing;
  const chosen = chart.step === undefined ? data?.chart.step : undefined;
  return choice(
    'Step',
    chart.step ?? '',
    [
      { value: '', label: chosen === undefined ? 'Automatic' : `Automatic (${chosen})` },
      ...TIME_STEPS.map((value) => ({ value, label: value.replace(/^./, (letter) => letter.toUpperCase()) })),
    ],
    (value) => onChange(withOption(chart, { step: isStep(value) ? value : undefined })),
  );
}

function binsField({ chart, data, onChange }: FormOptions): TemplateResult | typeof nothing {
  const dense = chart.kind === 'scatter' && data?.body.kind === 'scatter' && data.body.shows === 'density';
  if (chart.kind !== 'histogram' && chart.kind !== 'heatmap' && !dense) return nothing;
  const automatic = data?.chart.kind === chart.kind ? data.chart.bins : undefined;
  const now = chart.bins ?? automatic ?? 30;
  const most = chart.kind === 'heatmap' ? 40 : MOST_BINS;
  const set = (bins: number | undefined): void => {
    if (bins === undefined) onChange(withOption(chart, { bins: undefined }));
    else onChange(withOption(chart, { bins: Math.min(most, Math.max(1, Math.round(bins))) }));
  };
  return html`<div class="chart-bins">
    ${numberField({
      label: dense ? 'Bins on each axis' : chart.kind === 'heatmap' ? 'Ranges of a number' : 'Bins',
      value: chart.bins,
      min: 1,
      max: most,
      step: 1,
      ...(automatic === undefined ? {} : { placeholder: String(automatic) }),
      onChange: set,
    })}
    <input
      type="range"
      aria-label="Number of bins"
      min="1"
      max=${most}
      step="1"
      .value=${live(String(now))}
      @change=${(event: Event) => set((event.target as HTMLInputElement).valueAsNumber)}
    />
  </div>`;
}

function sampleField({ chart, data, onChange }: FormOptions): TemplateResult | typeof nothing {
  const many = data?.body.kind === 'scatter' && data.body.shows !== 'all';
  if (chart.kind !== 'scatter' || (!many && chart.sample !== true)) return nothing;
  return checkbox({
    label: 'Draw a sample of points',
    checked: chart.sample === true,
    onChange: (on) => onChange(withOption(chart, { sample: on ? true : undefined })),
  });
}

let search = '';

function columnsField(options: FormOptions, draw: () => void): TemplateResult | typeof nothing {
  const { chart, columns, onChange } = options;
  if (chart.kind !== 'correlation' && chart.kind !== 'missing') return nothing;
  const fitting = columns.filter((one) => chart.kind === 'missing' || fits(one, 'number'));
  const chosen = chart.columns?.filter((name) => fitting.some((one) => one.name === name));
  const found = fitting.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const toggle = (name: string, on: boolean): void => {
    const now = chosen ?? fitting.map((one) => one.name);
    const next = fitting.map((one) => one.name).filter((one) => (one === name ? on : now.includes(one)));
    onChange(withOption(chart, { columns: next.length === fitting.length ? undefined : next }));
  };
  return html`<details class="chart-columns">
    <summary>
      ${chosen === undefined ? 'All' : `${chosen.length} of`} ${plural(fitting.length, 'column')}
    </summary>
    ${
      fitting.length > 10
        ? textField({
            label: 'Search columns',
            hideLabel: true,
            placeholder: 'Search columns',
            icon: 'search',
            value: search,
            onInput(value) {
              search = value;
              draw();
            },
          })
        : nothing
    }
    <div class="chart-columns-list">
      ${found.slice(0, MOST_LISTED).map(({ name }) =>
        checkbox({
          label: name === '' ? '(no name)' : name,
          checked: chosen?.includes(name) ?? true,
          onChange: (on) => toggle(name, on),
        }),
      )}
    </div>
    ${
      found.length > MOST_LISTED
        ? html`<p class="muted">The first ${MOST_LISTED} of ${found.length}: search for the others.</p>`
        : nothing
    }
  </details>`;
}

function filterField({ chart, onChange }: FormOptions): TemplateResult | typeof nothing {
  const { filter = [] } = chart;
  if (filter.length === 0) return nothing;
  return html`<div class="chart-filter">
    <div class="field-name">Only rows with</div>
    <ul>
      ${filter.map(
        (one) =>
          html`<li class="chip">
            <span>${conditionText(one)}</span>
            ${button({
              label: `Remove the filter ${conditionText(one)}`,
              icon: 'close',
              kind: 'icon',
              onClick: () => onChange({ ...chart, filter: filter.filter((other) => other !== one) }),
            })}
          </li>`,
      )}
    </ul>
  </div>`;
}

/** What is drawn: kind, columns and options. */
export function chartForm(options: FormOptions, draw: () => void): TemplateResult {
  const { chart, onChange } = options;
  const fields = fieldsOf(chart);
  const isColumn = ({ role }: Field): boolean =>
    role === 'x' || (role === 'y' && chart.kind !== 'bar' && chart.kind !== 'line');
  return html`<form
    class="chart-form"
    aria-label="What is drawn"
    @submit=${(event: Event) => event.preventDefault()}
  >
    ${kindField(options)} ${fields.filter(isColumn).map((field) => columnField(field, options))}
    ${aggregateField(options)}
    ${fields.filter((one) => !isColumn(one)).map((field) => columnField(field, options))}
    ${stepField(options)} ${binsField(options)} ${sampleField(options)} ${columnsField(options, draw)}
    ${filterField(options)}
    ${textField({
      label: 'Title',
      value: chart.title ?? '',
      placeholder: chartTitle(withOption(chart, { title: undefined })),
      onChange: (title) => onChange(withOption(chart, { title: title === '' ? undefined : title })),
    })}
    ${
      chart.colour !== undefined && fields.some(({ role }) => role === 'colour')
        ? html`<p class="muted chart-hint">A click on a colour’s name hides it.</p>`
        : nothing
    }
  </form>`;
}
