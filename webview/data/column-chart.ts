import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { ChartData, Column, ColumnProfile, DataChart, DataViewApi, ErrorData } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { calendarGaps, chartNotes, groupTexts } from '../../src/words-chart';
import { button, icon, numberField, progressRing } from '../shared/controls';
import { errorData, wasCancelled } from '../shared/error';
import { count, percent, plural } from '../shared/format';
import { sparkHistogram } from '../shared/spark';

const MOST_BINS = 200;

/** What a person asked of one column beside its profile. */
export interface ColumnChart {
  /** The profile with as many bins as were asked for. */
  readonly profile: (profile: ColumnProfile) => ColumnProfile;
  /** Bins, the comparison by another column, the calendar's gaps, and the way to the chart view. */
  readonly tools: (profile: ColumnProfile, columns: readonly Column[]) => TemplateResult;
}

type Part = 'bins' | 'compared' | 'gaps';

interface Asked {
  readonly bins?: number | undefined;
  readonly by?: string | undefined;
  readonly found: Partial<Record<Part, ChartData>>;
  readonly error?: ErrorData;
  readonly busy?: AbortController;
}

const isMeasured = ({ type }: Column): boolean =>
  type === 'integer' || type === 'number' || type === 'date' || type === 'datetime';
const isDated = ({ type }: Column): boolean => type === 'date' || type === 'datetime';

/** Asks the engine for more of one column; what was asked is forgotten when another column is opened. */
export function createColumnChart(
  host: Pick<Connection<DataViewApi>, 'call'>,
  { draw, onChart }: { readonly draw: () => void; readonly onChart: (column: string) => void },
): ColumnChart {
  let name = '';
  let asked: Asked = { found: {} };

  function of(profile: Column): Asked {
    if (profile.name !== name) {
      asked.busy?.abort();
      name = profile.name;
      asked = { found: {} };
    }
    return asked;
  }

  async function ask(part: Part, chart: Omit<DataChart, 'chart'>): Promise<void> {
    asked.busy?.abort();
    const busy = new AbortController();
    const mine = name;
    asked = { bins: asked.bins, by: asked.by, found: asked.found, busy };
    draw();
    let next: Pick<Asked, 'error' | 'found'>;
    try {
      const data = await host.call('chartData', { chart: { chart: 1, ...chart } }, { signal: busy.signal });
      next = { found: { ...asked.found, [part]: data } };
    } catch (error) {
      if (wasCancelled(error)) return;
      next = { found: asked.found, error: errorData(error) };
    }
    if (name !== mine || busy.signal.aborted) return;
    asked = { bins: asked.bins, by: asked.by, ...next };
    draw();
  }

  function setBins(profile: ColumnProfile, bins: number | undefined): void {
    const chosen = bins === undefined ? undefined : Math.min(MOST_BINS, Math.max(1, Math.round(bins)));
    asked = { ...asked, bins: chosen };
    const { by } = asked;
    const again = (): void => {
      if (by !== undefined && asked.by === by) compare(profile, by);
    };
    if (chosen === undefined) again();
    else void ask('bins', { kind: 'histogram', x: profile.name, bins: chosen }).then(again);
    draw();
  }

  function compare(profile: ColumnProfile, by: string): void {
    asked = { ...asked, by: by === '' ? undefined : by };
    if (by === '') draw();
    else if (isMeasured(profile)) {
      const bins = asked.bins ?? profile.histogram?.counts.length ?? 20;
      void ask('compared', { kind: 'histogram', x: profile.name, colour: by, bins });
    } else void ask('compared', { kind: 'bar', x: profile.name, colour: by });
  }

  return {
    profile(profile) {
      const { bins, found } = of(profile);
      const body = bins === undefined ? undefined : found.bins?.body;
      if (body?.kind !== 'histogram' || body.edges.length === 0) return profile;
      return { ...profile, histogram: { edges: body.edges, counts: body.panels[0]?.counts[0] ?? [] } };
    },
    tools(profile, columns) {
      const { bins, by, found, error, busy } = of(profile);
      return html`<section class="column-chart" aria-label="Chart of ${profile.name}">
        ${
          isMeasured(profile) && profile.histogram
            ? numberField({
                label: 'Bins',
                value: bins,
                min: 1,
                max: MOST_BINS,
                step: 1,
                placeholder: String(profile.histogram.counts.length),
                onChange: (value) => setBins(profile, value),
              })
            : nothing
        }
        <label class="field-label">
          <span>Compare by</span>
          <select
            class="input column-chart-by"
            .value=${live(by ?? '')}
            @change=${(event: Event) => compare(profile, (event.target as HTMLSelectElement).value)}
          >
            <option value="">(nothing)</option>
            ${columns
              .filter((one) => one.name !== profile.name)
              .map(
                (one) => html`<option value=${one.name} ?selected=${one.name === by}>${one.name}</option>`,
              )}
          </select>
        </label>
        <div class="row">
          ${button({
            label: 'Chart…',
            icon: 'graph',
            kind: 'secondary',
            title: `A chart of ${profile.name}`,
            onClick: () => onChart(profile.name),
          })}
          ${
            isDated(profile)
              ? button({
                  label: 'Find Gaps',
                  icon: 'calendar',
                  kind: 'secondary',
                  title: 'Days or months without rows',
                  onClick: () => void ask('gaps', { kind: 'line', x: profile.name, step: gapStep(profile) }),
                })
              : nothing
          }
          ${busy ? progressRing('Counting…') : nothing}
        </div>
        ${error ? html`<p class="field-error" role="alert">${error.message} ${error.fix ?? ''}</p>` : nothing}
        ${by !== undefined && found.compared ? comparison(found.compared, profile) : nothing}
        ${found.gaps ? gaps(found.gaps) : nothing}
      </section>`;
    },
  };
}

const DAY_MS = 86_400_000;
/** Days of so many years are still counted one by one. */
const MOST_DAYS = 19_000;

function gapStep({ histogram }: ColumnProfile): 'day' | 'month' {
  const { edges = [] } = histogram ?? {};
  return ((edges.at(-1) ?? 0) - (edges[0] ?? 0)) / DAY_MS > MOST_DAYS ? 'month' : 'day';
}

/** The same bins, or the same values, for each group of the other column. */
function comparison(data: ChartData, profile: ColumnProfile): TemplateResult {
  const names = groupTexts(data.colours);
  const { body } = data;
  const notes = chartNotes(data).filter((one) => !one.startsWith(`${profile.name}:`));
  return html`<h3>Compared by ${data.colours.column?.name}</h3>
    ${
      body.kind === 'histogram'
        ? html`<ul class="column-chart-groups">
            ${names.map((name, c) => {
              const counts = body.panels[0]?.counts[c] ?? [];
              const rows = counts.reduce((sum, n) => sum + n, 0);
              return html`<li>
                <div class="column-chart-name">
                  <span>${name}</span><span class="num muted">${plural(rows, 'row')}</span>
                </div>
                ${sparkHistogram({ edges: body.edges, counts }, profile.type)}
              </li>`;
            })}
          </ul>`
        : body.kind === 'bar'
          ? valuesTable(data, names)
          : nothing
    }
    ${notes.map((note) => html`<p class="muted">${note}</p>`)}`;
}

const MOST_VALUES = 12;

function valuesTable(data: ChartData, names: readonly string[]): TemplateResult | typeof nothing {
  if (data.body.kind !== 'bar') return nothing;
  const rows = data.body.panels[0]?.rows ?? [];
  const totals = rows.map((line) => line.reduce((sum, n) => sum + n, 0));
  const places = groupTexts(data.body.xs);
  return html`<div
      class="column-chart-table"
      tabindex="0"
      role="region"
      aria-label="Values by ${data.colours.column?.name}"
    >
      <table class="table">
        <thead>
          <tr>
            <th scope="col">value</th>
            ${names.map((name) => html`<th scope="col" class="num">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${places.slice(0, MOST_VALUES).map(
            (place, k) =>
              html`<tr>
                <th scope="row" class="details-value" title=${place}>${place}</th>
                ${rows.map((line, c) => {
                  const n = line[k] ?? 0;
                  return html`<td class="num" title=${plural(n, 'row')}>
                    ${percent((totals[c] ?? 0) === 0 ? 0 : n / (totals[c] ?? 1))}
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      places.length > MOST_VALUES
        ? html`<p class="muted">
            The ${MOST_VALUES} most frequent of ${count(places.length)} lines; Chart… shows the others.
          </p>`
        : nothing
    }`;
}

function gaps(data: ChartData): TemplateResult | typeof nothing {
  const found = calendarGaps(data);
  if (!found) return nothing;
  const { step, steps, empty, runs } = found;
  return html`<h3>Calendar</h3>
    <p>
      ${
        empty === 0
          ? html`${icon('check')} Every ${step} from the first to the last has rows.`
          : html`${count(empty)} of ${plural(steps, step)} have no rows (${percent(empty / steps)}).`
      }
    </p>
    ${
      runs.length === 0
        ? nothing
        : html`<ul class="column-chart-gaps">
            ${runs.map(
              (one) =>
                html`<li>
                  ${one.from === one.to ? one.from : `${one.from} to ${one.to}`}: ${plural(one.steps, step)}
                </li>`,
            )}
          </ul>`
    }`;
}
