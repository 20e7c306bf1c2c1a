import { html, nothing, type TemplateResult } from 'lit';
import type { HistoryEntry, InvokeResult, Row } from '../../src/protocol';
import { button, progressRing, textArea, textField } from '../shared/controls';
import { errorBanner, notice } from '../shared/error';
import { plural, timeOfDay, valueText } from '../shared/format';
import { casesPart } from './cases';
import type { EndpointContext } from './context';
import { fieldsPart } from './fields';
import { type FieldErrors, formOf, type FormValues, rowOf } from './form';
import { latency } from './monitor-text';
import { rowsTable, singleResult } from './result';
import { task } from './task';
import { historyText, manyText, silentText } from './words';

const MOST_HISTORY = 50;
const LANGUAGES = [
  { id: 'curl', label: 'curl' },
  { id: 'python', label: 'Python' },
  { id: 'javascript', label: 'JavaScript' },
] as const;

/** How pasted rows look, with the first fields of this model. */
function pastePlaceholder(example: Row | undefined): string {
  const fields = Object.entries(example ?? {}).slice(0, 2);
  return fields.length === 0 ? '[{"column": "value"}]' : JSON.stringify([Object.fromEntries(fields)]);
}

export interface TestTab {
  /** The host gave a new state. */
  opened(): void;
  send(): void;
  part(): TemplateResult;
}

/** The tab in which requests are made and their answers are read. */
export function testTab(context: EndpointContext): TestTab {
  const { host, kept, redraw } = context;
  let values: FormValues = {};
  let errors: FieldErrors = {};
  let example = 0;
  let filled = false;
  let sent: Row | undefined;
  let result: InvokeResult | undefined;
  let pasted: readonly Row[] = [];
  let pastedResult: InvokeResult | undefined;
  let caseName = '';
  let said = '';
  let fileText = '';
  let added: readonly HistoryEntry[] = [];
  const sending = task(redraw);
  const pasting = task(redraw);
  const filing = task(redraw);
  const saving = task(redraw);
  const cases = casesPart(context);

  const silent = () => silentText(context.state()?.endpoint.status);
  const signature = () => context.state()?.signature ?? undefined;
  const target = (): string => signature()?.output.name ?? 'Prediction';

  function fill(row: Row): void {
    const current = signature();
    if (!current) return;
    values = formOf(current, row);
    errors = {};
    kept.set({ values });
    redraw();
  }

  function nextExample(): void {
    const examples = signature()?.examples ?? [];
    const row = examples[example % Math.max(1, examples.length)];
    example++;
    fill(row ?? {});
  }

  /** The form's row, or undefined after its mistakes were marked. */
  function readRow(): Row | undefined {
    const current = signature();
    if (!current) return undefined;
    const read = rowOf(current, values);
    errors = read.errors;
    redraw();
    const [first] = Object.keys(errors);
    if (first === undefined) return read.row;
    setTimeout(() =>
      document
        .querySelector<HTMLElement>(
          `[data-field="${CSS.escape(first)}"] :is(input, vscode-text-field, vscode-dropdown)`,
        )
        ?.focus(),
    );
    return undefined;
  }

  function remember(rows: readonly Row[], answer: InvokeResult | null): void {
    added = [{ time: new Date().toISOString(), rows, result: answer, error: null }, ...added].slice(
      0,
      MOST_HISTORY,
    );
  }

  function send(): void {
    const row = readRow();
    if (!row || sending.busy !== undefined) return;
    sending.run('Sending…', async (signal) => {
      said = '';
      context.sent();
      result = await host.call('send', { rows: [row] }, { signal });
      sent = row;
      remember([row], result);
      const bad = result.predictions[0]?.error;
      if (bad && signature()?.inputs.some((field) => field.name === bad.field))
        errors = { ...errors, [bad.field]: bad.message };
      caseName = suggestedName();
    });
  }

  function suggestedName(): string {
    const taken = new Set((context.state()?.cases ?? []).map((one) => one.name));
    const base = valueText(result?.predictions[0]?.prediction ?? null);
    for (let n = 1; ; n++) {
      const name = n === 1 ? base : `${base} ${n}`;
      if (!taken.has(name)) return name;
    }
  }

  function parse(): void {
    pasting.run('Reading…', async (signal) => {
      pastedResult = undefined;
      pasted = [];
      pasted = await host.call('parse', { text: kept.get().paste }, { signal });
    });
  }

  function sendPasted(): void {
    pasting.run(`Sending ${plural(pasted.length, 'row')}…`, async (signal) => {
      context.sent();
      pastedResult = await host.call('send', { rows: pasted }, { signal });
      remember(pasted, pastedResult);
    });
  }

  function sendFile(): void {
    filing.run('Choose a file…', async (signal, say) => {
      fileText = '';
      context.sent();
      const done = await host.call(
        'sendFile',
        {},
        {
          signal,
          onProgress: (rows) => {
            if (typeof rows === 'number') say(`${plural(rows, 'row')} sent…`);
          },
        },
      );
      if (!done) return;
      fileText = `${plural(done.rows, 'row')} answered, ${done.errors === 0 ? 'no errors' : plural(done.errors, 'error')}; latency ${latency(done.latencyMs.p50)} (median), ${latency(done.latencyMs.p99)} (slowest 1 %). Written to ${done.output}.${done.rejected === 0 ? '' : ` ${plural(done.rejected, 'record')} of the file could not be read and ${done.rejected === 1 ? 'was' : 'were'} not sent.`}`;
    });
  }

  function copyAs(language: 'curl' | 'python' | 'javascript', label: string): void {
    const row = readRow();
    if (!row) return;
    saving.run('Copying…', async () => {
      await host.call('copyAs', { language, rows: [row] });
      said = `Copied as ${label}.`;
    });
  }

  function saveCase(): void {
    const prediction = result?.predictions[0];
    const [row, name] = [sent, caseName.trim()];
    if (!row || !prediction || name === '') return;
    saving.run('Saving the case…', async () => {
      cases.replace(await host.call('saveCase', { name, row, prediction }));
      said = `Saved as “${name}”.`;
      caseName = suggestedName();
    });
  }

  function sendPart(): TemplateResult {
    return html`<div class="row">
        ${button({ label: 'Send', icon: 'send', disabled: silent() !== undefined || sending.busy !== undefined, title: silent() ?? 'Send (Ctrl+Enter, on a Mac Command+Enter)', onClick: send })}
        ${button({ label: 'Next Example', icon: 'debug-step-over', kind: 'secondary', title: 'Fill the form with another row of the training data', onClick: nextExample })}
        ${sending.busy ? progressRing(sending.busy) : nothing}
      </div>
      <div class="row">
        <span class="muted">Copy as</span>
        ${LANGUAGES.map((one) => button({ label: one.label, icon: 'copy', kind: 'secondary', onClick: () => copyAs(one.id, one.label) }))}
      </div>
      <span class="muted" role="status">${said}</span>
      ${saving.failure ? errorBanner(saving.failure, { onFix: context.runFix, onDismiss: saving.dismiss }) : nothing}`;
  }

  function resultPart(): TemplateResult {
    return html`<section class="card stack result" aria-label="Answer">
      <h2>Answer</h2>
      ${sending.failure ? errorBanner(sending.failure, { onRetry: send, onFix: context.runFix }) : nothing}
      ${
        result
          ? singleResult(result, target())
          : sending.failure
            ? nothing
            : html`<p class="muted">Send the row to see the prediction here.</p>`
      }
      ${
        result && sent && !result.predictions[0]?.error
          ? html`<div class="row save-case">
              <div class="grow">
                ${textField({
                  label: 'Name of the case',
                  hideLabel: true,
                  value: caseName,
                  placeholder: 'name of the case',
                  onInput: (name) => {
                    caseName = name;
                    redraw();
                  },
                })}
              </div>
              ${button({ label: 'Save as Case', icon: 'save', kind: 'secondary', disabled: caseName.trim() === '' || saving.busy !== undefined, title: 'Keep this row and its prediction as a test', onClick: saveCase })}
            </div>`
          : nothing
      }
    </section>`;
  }

  function pastePart(): TemplateResult {
    const { paste } = kept.get();
    return html`<details class="fold">
      <summary>Paste rows, or send a file</summary>
      <div class="stack fold-body">
        ${textArea({
          label: 'JSON or CSV with a header',
          value: paste,
          rows: 5,
          code: true,
          placeholder: pastePlaceholder(signature()?.examples[0]),
          onInput: (text) => {
            kept.set({ paste: text });
            redraw();
          },
        })}
        <div class="row">
          ${button({ label: 'Read Rows', kind: pasted.length > 0 ? 'secondary' : 'primary', disabled: paste.trim() === '' || pasting.busy !== undefined, onClick: parse })}
          ${pasted.length > 0 ? button({ label: `Send All (${pasted.length})`, icon: 'send', disabled: silent() !== undefined || pasting.busy !== undefined, title: silent() ?? 'Sends every row that was read', onClick: sendPasted }) : nothing}
          ${button({ label: 'Send File…', icon: 'file', kind: 'secondary', disabled: silent() !== undefined || filing.busy !== undefined, title: silent() ?? 'Sends the rows of a CSV, JSONL or Parquet file and writes the predictions beside it', onClick: sendFile })}
          ${pasting.busy ? progressRing(pasting.busy) : nothing}
          ${filing.busy ? html`${progressRing(filing.busy)} ${button({ label: 'Cancel', kind: 'secondary', onClick: filing.cancel })}` : nothing}
        </div>
        ${pasting.failure ? errorBanner(pasting.failure, { onFix: context.runFix, onDismiss: pasting.dismiss }) : nothing}
        ${filing.failure ? errorBanner(filing.failure, { onFix: context.runFix, onDismiss: filing.dismiss }) : nothing}
        ${fileText ? notice('info', fileText) : nothing}
        ${pastedResult ? html`<p role="status">${manyText(pastedResult)}</p>` : nothing}
        ${pasted.length > 0 ? rowsTable(pasted, pastedResult, target(), fill) : nothing}
      </div>
    </details>`;
  }

  function historyPart(): TemplateResult | typeof nothing {
    const known = context.state()?.history ?? [];
    const all = [...added, ...known].sort((a, b) => b.time.localeCompare(a.time)).slice(0, MOST_HISTORY);
    if (all.length === 0) return nothing;
    return html`<details class="fold" open>
      <summary>History</summary>
      <ul class="history fold-body" role="list">
        ${all.map(
          (entry) =>
            html`<li>
              <button
                class="history-entry"
                title=${entry.rows.length > 1 ? 'Show these rows again' : 'Put this row into the form'}
                @click=${() => recall(entry)}
              >
                <span class="muted num">${timeOfDay(entry.time)}</span>
                <span class="history-text">${historyText(entry)}</span>
                ${entry.result ? html`<span class="muted num">${latency(entry.result.latencyMs.p50)}</span>` : nothing}
              </button>
            </li>`,
        )}
      </ul>
    </details>`;
  }

  function recall({ rows, result: answer }: HistoryEntry): void {
    const [row, ...more] = rows;
    if (!row) return;
    if (more.length > 0) {
      pasted = rows;
      pastedResult = answer ?? undefined;
    } else {
      result = answer ?? undefined;
      sent = row;
      if (result) caseName = suggestedName();
    }
    fill(row);
  }

  return {
    opened() {
      // The host's history holds by now what was sent from here.
      added = [];
      const current = signature();
      if (!current || filled) return;
      filled = true;
      const saved = kept.get().values;
      if (current.inputs.length > 0 && current.inputs.every((field) => field.name in saved)) values = saved;
      else nextExample();
    },
    send,
    part() {
      const current = signature();
      if (!current)
        return notice(
          'info',
          'The form appears once the model has said what it takes: its signature cannot be read yet.',
        );
      return html`<div class="stack test">
        <div class="test-columns">
          <section class="stack" aria-label="Request">
            ${fieldsPart({
              signature: current,
              values,
              errors,
              onChange: (name, value) => {
                values = { ...values, [name]: value };

                errors = Object.fromEntries(Object.entries(errors).filter(([field]) => field !== name));
                kept.set({ values });
                redraw();
              },
            })}
            ${sendPart()}
          </section>
          ${resultPart()}
        </div>
        ${pastePart()} ${cases.part()} ${historyPart()}
      </div>`;
    },
  };
}
