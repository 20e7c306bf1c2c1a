import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Column, ErrorData, ExampleResult, ExampleRow, RecipeViewApi, Step } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { button, dropdown, progressRing, textField } from '../shared/controls';
import { errorBanner, errorData, wasCancelled } from '../shared/error';

/** Columns that are looked at together, at most. */
const MOST_COLUMNS = 3;
/** A moment after the last letter. */
const SETTLE_MS = 300;

export interface ExampleOptions {
  readonly host: Connection<RecipeViewApi>;
  /** Steps before the new one that are switched on. */
  readonly upTo: number;
  /** Columns of the table there. */
  readonly columns: readonly Column[];
  readonly redraw: () => void;
  readonly onAccept: (step: Step) => void;
  readonly onClose: () => void;
}

export interface ExamplePanel {
  template(): TemplateResult;
  close(): void;
}

/** A new column by example: a few wanted values are typed beside their rows, and the step that makes them is searched. */
export function openExample(options: ExampleOptions): ExamplePanel {
  const { host, upTo, columns, redraw } = options;
  const names = columns.map((one) => one.name);
  const first = columns.find((one) => one.type === 'text') ?? columns[0];
  let chosen: readonly string[] = first ? [first.name] : [];
  let name = freeName(names);
  let rows: readonly ExampleRow[] | undefined;
  let wanted = new Map<number, string>();
  let found: ExampleResult | null | undefined;
  let searching = false;
  let failure: ErrorData | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let work = new AbortController();

  function fail(error: unknown): void {
    if (wasCancelled(error)) return;
    failure = errorData(error);
    searching = false;
    redraw();
  }

  async function load(): Promise<void> {
    work.abort();
    work = new AbortController();
    const { signal } = work;
    rows = undefined;
    found = undefined;
    failure = undefined;
    wanted = new Map();
    redraw();
    try {
      const next = await host.call('exampleRows', { upTo, columns: chosen }, { signal });
      if (signal.aborted) return;
      rows = next;
      redraw();
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  }

  async function search(): Promise<void> {
    work.abort();
    work = new AbortController();
    const { signal } = work;
    const shown = rows ?? [];
    const examples = [...wanted].flatMap(([place, text]) => {
      const row = shown[place];
      return row && text !== '' ? [{ row, wanted: text }] : [];
    });
    failure = undefined;
    found = undefined;
    searching = examples.length > 0;
    redraw();
    if (examples.length === 0) return;
    try {
      const request = { upTo, columns: chosen, name: name.trim(), examples, rows: shown };
      const next = await host.call('byExample', request, { signal });
      if (signal.aborted) return;
      found = next;
      searching = false;
      redraw();
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  }

  function searchSoon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void search(), SETTLE_MS);
  }

  function want(place: number, text: string): void {
    if (text === '') wanted.delete(place);
    else wanted.set(place, text);
    searchSoon();
  }

  function source(place: number): TemplateResult {
    const rest = names.filter((one) => one === chosen[place] || !chosen.includes(one));
    return dropdown({
      label: place === 0 ? 'From column' : 'and',
      value: chosen[place] ?? '',
      options: [
        ...(place === 0 ? [] : [{ value: '', label: '–' }]),
        ...rest.map((one) => ({ value: one, label: one })),
      ],
      onChange(value) {
        chosen = chosen.map((one, k) => (k === place ? value : one));
        if (place >= chosen.length) chosen = [...chosen, value];
        chosen = chosen.filter((one) => one !== '');
        void load();
      },
    });
  }

  function problem(): string | undefined {
    if (name.trim() === '') return 'Give the column a name.';
    return names.includes(name.trim()) ? 'There is a column of this name already.' : undefined;
  }

  function table(shown: readonly ExampleRow[]): TemplateResult {
    return html`<div class="example-rows">
      <table class="table">
        <thead>
          <tr>
            ${chosen.map((one) => html`<th scope="col">${one}</th>`)}
            <th scope="col">${name.trim() === '' ? 'New column' : name}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((row, place) => {
            const typed = wanted.get(place) ?? '';
            const made = found?.outcome[place];
            const empty = found && made === null ? 'missing' : (made ?? '');
            return html`<tr>
              ${row.map((cell) => html`<td>${cell ?? html`<span class="muted">missing</span>`}</td>`)}
              <td>
                <input
                  class="input"
                  aria-label="Wanted for ${row.map((cell) => cell ?? 'missing').join(', ')}"
                  .value=${live(typed)}
                  placeholder=${empty}
                  @input=${(event: Event) => want(place, (event.target as HTMLInputElement).value)}
                />
              </td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
  }

  function outcome(): TemplateResult {
    if (failure) return errorBanner(failure, {});
    if (searching) return progressRing('Searching a step…');
    if (found === null) {
      return html`<p role="status">
        No step makes these values of ${chosen.length === 1 ? 'this column' : 'these columns'}. Look for a
        typing mistake, choose another column, or write the expression yourself (<em>Compute columns</em>).
      </p>`;
    }
    if (found === undefined) {
      return html`<p class="muted">
        Type what is wanted beside one or two rows; the others are filled in. Wrong ones are typed over, until
        all are right.
      </p>`;
    }
    const { step } = found;
    const [expression] = Object.values(step.options);
    const bad = problem();
    return html`<p role="status">Found: <code>${String(expression)}</code></p>
      <div>
        ${button({
          label: 'Add Step',
          icon: 'add',
          disabled: bad !== undefined,
          onClick: () => options.onAccept({ kind: step.kind, options: { [name.trim()]: expression } }),
        })}
      </div>`;
  }

  void load();
  return {
    close() {
      clearTimeout(timer);
      work.abort();
    },
    template() {
      return html`<section class="panel stack" aria-label="New column by example">
        <div class="panel-head">
          <h2>New column by example</h2>
          ${button({ label: 'Close', icon: 'close', kind: 'icon', onClick: options.onClose })}
        </div>
        <div class="example-fields">
          ${textField({
            label: 'Name',
            value: name,
            error: problem(),
            onInput(text) {
              name = text;
              redraw();
            },
          })}
          ${Array.from({ length: Math.min(MOST_COLUMNS, chosen.length + 1, names.length) }, (_, place) => source(place))}
        </div>
        ${rows ? (rows.length === 0 ? html`<p class="muted">There are no values in this column.</p>` : table(rows)) : failure ? nothing : progressRing('Looking for rows…')}
        ${outcome()}
      </section>`;
    },
  };
}

function freeName(names: readonly string[]): string {
  let name = 'new_column';
  for (let k = 2; names.includes(name); k++) name = `new_column_${k}`;
  return name;
}
