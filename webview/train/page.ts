import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Algorithm, ErrorData, Fix, TrainViewState } from '../../src/protocol';
import { button, checkbox, dropdown, icon, numberField, progressRing, textField } from '../shared/controls';
import { errorBanner, notice } from '../shared/error';
import { bytes as bytesText, plural } from '../shared/format';
import { typed } from '../shared/typed';
import { modelHelp, type Problems, type TrainForm } from './form';
import { machinePart } from './machine';
import type { Offer } from './machine-form';

export interface TargetText {
  readonly task: 'classification' | 'regression';
  readonly text: string;
  readonly warning?: string;
}

export interface TrainPage {
  readonly state: TrainViewState;
  readonly form: TrainForm;
  /** Shown beside the fields; empty until the first try to start. */
  readonly problems: Problems;
  readonly description: TargetText | undefined;
  /** What is waited for, or undefined. */
  readonly busy: string | undefined;
  /** Ends the wait, where it can be ended. */
  readonly onCancel: (() => void) | undefined;
  readonly failure: ErrorData | undefined;
  readonly started: string | undefined;
  readonly advanced: boolean;
  readonly set: (part: Partial<TrainForm>) => void;
  readonly onAdvanced: (open: boolean) => void;
  readonly offer: Offer;
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly onOffer: () => void;
  readonly onStart: () => void;
  readonly onNewScript: () => void;
  readonly onSetUp: () => void;
  readonly onFix: (fix: Fix) => void;
  /** Connects a provider, which may be chosen then. */
  readonly onConnect: (fix: Fix) => void;
  readonly onDismiss: () => void;
}

const MOST_IN_DROPDOWN = 200;

function radio(options: {
  group: string;
  value: string;
  title: string;
  text: string | undefined;
  checked: boolean;
  disabled?: boolean;
  onChoose: () => void;
}): TemplateResult {
  const { group, value, title, text, checked, disabled = false, onChoose } = options;
  return html`<label class="choice ${checked ? 'choice-on' : ''} ${disabled ? 'choice-off' : ''}">
    <input
      type="radio"
      name=${group}
      value=${value}
      .checked=${live(checked)}
      ?disabled=${disabled}
      @change=${onChoose}
    />
    <span class="choice-text"
      ><span class="choice-title">${title}</span
      >${text ? html`<span class="muted">${text}</span>` : nothing}</span
    >
  </label>`;
}

function targetPart({ state, form, problems, description, set }: TrainPage): TemplateResult {
  const names = state.columns.map((column) => column.name);
  const choose = (target: string): void => set({ target });
  const control =
    names.length > MOST_IN_DROPDOWN
      ? html`<label class="field-label">
          <span>Column to predict</span>
          <input
            class="input"
            list="columns"
            .value=${typed(form.target)}
            placeholder="Type to search the columns"
            aria-invalid=${problems.target ? 'true' : nothing}
            @change=${(event: Event) => {
              const { value } = event.target as HTMLInputElement;
              choose(names.includes(value) ? value : '');
            }}
          />
          <datalist id="columns">${names.map((name) => html`<option value=${name}></option>`)}</datalist>
          <span class="field-error" aria-live="polite">${problems.target ?? nothing}</span>
        </label>`
      : dropdown({
          label: 'Column to predict',
          value: form.target,
          options: [
            ...(form.target === '' ? [{ value: '', label: 'Choose a column…' }] : []),
            ...state.columns.map((one) => ({ value: one.name, label: `${one.name} (${one.type})` })),
          ],
          error: problems.target,
          onChange: choose,
        });
  return html`<section class="stack">
    <h2>Target</h2>
    <div class="train-narrow">${control}</div>
    <p class="target-text" role="status">
      ${
        description
          ? html`${icon('symbol-enum')}
            ${description.task === 'classification' ? 'Classification' : 'Regression'}: ${description.text}`
          : form.target === ''
            ? nothing
            : html`<span class="muted">Looking at the column…</span>`
      }
    </p>
    ${description?.warning ? notice('warning', description.warning) : nothing}
  </section>`;
}

function methodPart({ state, form, problems, busy, set, onNewScript }: TrainPage): TemplateResult {
  const choose = (algorithm: Algorithm): void => set({ method: 'algorithm', algorithm });
  return html`<section class="stack">
    <h2 id="method">Algorithm</h2>
    <div class="choices" role="radiogroup" aria-labelledby="method">
      ${state.algorithms.map((one) =>
        radio({
          group: 'method',
          value: one.id,
          title: one.title,
          text: one.summary,
          checked: form.method === 'algorithm' && form.algorithm === one.id,
          onChoose: () => choose(one.id),
        }),
      )}
      ${radio({
        group: 'method',
        value: 'script',
        title: 'My own script',
        text: 'A Python file that trains and saves the model itself.',
        checked: form.method === 'script',
        onChoose: () => set({ method: 'script' }),
      })}
    </div>
    ${
      form.method === 'script'
        ? html`<div class="row script-row">
            ${
              state.scripts.length > 0
                ? html`<div class="grow">
                    ${dropdown({
                      label: 'Script',
                      hideLabel: true,
                      value: form.script,
                      options: state.scripts.map((path) => ({ value: path, label: path })),
                      onChange: (script) => set({ script }),
                    })}
                  </div>`
                : html`<span class="muted">There is no training script in this folder yet.</span>`
            }
            ${button({ label: 'New Script', icon: 'new-file', kind: 'secondary', disabled: busy !== undefined, onClick: onNewScript })}
          </div>`
        : nothing
    }
    <div class="field-error" aria-live="polite">${problems.method ?? nothing}</div>
  </section>`;
}

const connectButton = (connect: Fix | undefined, onConnect: (fix: Fix) => void): TemplateResult =>
  connect
    ? button({ label: connect.title, icon: 'plug', kind: 'secondary', onClick: () => onConnect(connect) })
    : html``;

function providerPart({ state, form, problems, set, onConnect }: TrainPage): TemplateResult {
  return html`<section class="stack">
    <h2 id="where">Where to run</h2>
    <div class="providers" role="radiogroup" aria-labelledby="where">
      ${state.providers.map(
        (one) =>
          html`<div class="row provider">
            <div class="grow">
              ${radio({
                group: 'provider',
                value: one.id,
                title: one.title,
                text: one.available ? undefined : (one.reason ?? 'Not available.'),
                checked: form.provider === one.id,
                disabled: !one.available,
                onChoose: () => set({ provider: one.id }),
              })}
            </div>
            ${connectButton(one.connect, onConnect)}
          </div>`,
      )}
    </div>
    <div class="field-error" aria-live="polite">${problems.provider ?? nothing}</div>
  </section>`;
}

function othersPart({ form, problems, set }: TrainPage): TemplateResult {
  const change = (at: number, part: Partial<TrainForm['others'][number]>): void =>
    set({ others: form.others.map((one, i) => (i === at ? { ...one, ...part } : one)) });
  return html`<div class="stack">
    <h3>Other parameters</h3>
    <p class="muted">Handed to the algorithm, or to your script as <code>ml.params</code>.</p>
    ${form.others.map(
      (one, i) =>
        html`<div class="row other">
          <div class="grow">
            ${textField({ label: `Name of parameter ${i + 1}`, hideLabel: true, value: one.name, placeholder: 'name', onInput: (name) => change(i, { name }) })}
          </div>
          <div class="grow">
            ${textField({ label: `Value of parameter ${i + 1}`, hideLabel: true, value: one.value, placeholder: 'value', onInput: (value) => change(i, { value }) })}
          </div>
          ${button({ label: `Remove parameter ${i + 1}`, icon: 'close', kind: 'icon', onClick: () => set({ others: form.others.filter((_, place) => place !== i) }) })}
        </div>`,
    )}
    <div class="field-error" aria-live="polite">${problems.others ?? nothing}</div>
    <div>
      ${button({ label: 'Add Parameter', icon: 'add', kind: 'secondary', onClick: () => set({ others: [...form.others, { name: '', value: '' }] }) })}
    </div>
  </div>`;
}

function advancedPart(page: TrainPage): TemplateResult {
  const { form, problems, description, set, advanced, onAdvanced } = page;
  const task = form.task === 'detect' ? description?.task : form.task;
  return html`<details
    class="advanced"
    ?open=${advanced}
    @toggle=${(event: Event) => {
      const { open } = event.target as HTMLDetailsElement;
      if (open !== advanced) onAdvanced(open);
    }}
  >
    <summary><h2>Advanced</h2></summary>
    <div class="stack">
      <div class="advanced-fields">
        ${dropdown({
          label: 'Task',
          value: form.task,
          options: [
            { value: 'detect', label: 'As the column suggests' },
            { value: 'classification', label: 'Classification' },
            { value: 'regression', label: 'Regression' },
          ],
          onChange: (value) =>
            set({ task: value === 'classification' || value === 'regression' ? value : 'detect' }),
        })}
        ${numberField({
          label: 'Seed',
          value: form.seed,
          min: 0,
          step: 1,
          help: 'The same seed and data give the same model.',
          error: problems.seed,
          onInput: (seed) => set({ seed }),
        })}
        ${numberField({
          label: 'Folds',
          value: form.folds,
          min: 2,
          max: 50,
          step: 1,
          help: 'Of the cross-validation by which Automatic compares.',
          error: problems.folds,
          onInput: (folds) => set({ folds }),
        })}
      </div>
      ${
        task === 'regression'
          ? nothing
          : checkbox({
              label: 'Weight rare classes more (balanced class weights)',
              checked: form.balanced,
              onChange: (balanced) => set({ balanced }),
            })
      }
      ${othersPart(page)}
    </div>
  </details>`;
}

function machines({ form, offer, search, problems, set, onSearch, onOffer }: TrainPage): TemplateResult {
  return machinePart({
    form: form.machine,
    offer,
    script: form.method === 'script',
    search,
    problems,
    set: (part) => set({ machine: { ...form.machine, ...part } }),
    onSearch,
    onRetry: onOffer,
  });
}

/** The Python that trains on this machine. */
function pythonPart({ state, busy, onSetUp }: TrainPage): TemplateResult {
  const { python } = state;
  return html`<section class="row python ${python.ok ? 'python-ok' : 'python-bad'}">
    ${icon(python.ok ? 'pass' : 'warning')}
    <span class="grow"><strong>Python:</strong> ${python.text}</span>
    ${python.ok ? nothing : button({ label: 'Set Up', kind: 'secondary', disabled: busy !== undefined, onClick: onSetUp })}
  </section>`;
}

/** Where a table lies that is not on this machine, and what that means for where the training runs. */
function placedText({ uri, bytes }: NonNullable<TrainViewState['placed']>, here: boolean): TemplateResult {
  return html`<p class="muted">
    It lies in <code>${uri}</code>.
    ${here ? `To be trained on here it is fetched first: ${bytesText(bytes)}.` : 'The job reads it there; nothing of it is fetched or sent.'}
  </p>`;
}

/** The whole page for training on one table. */
export function trainPage(page: TrainPage): TemplateResult {
  const { state, form, problems, busy, onCancel, failure, started } = page;
  const { python } = state;
  const here = form.provider === 'local';
  const start = python.ok || !here ? 'Start' : 'Set Up Python and Start';
  return html`<div class="page stack train" aria-busy=${busy !== undefined}>
    <header class="stack">
      <h1>Train on ${state.dataName}</h1>
      <p class="muted">
        ${state.rows === null ? nothing : `${plural(state.rows, 'row')}, `}${plural(state.columns.length, 'column')},
        ${state.recipe ? html`cleaned by <code>${state.recipe}</code>` : 'as it is, without a recipe'}
      </p>
      ${state.placed ? placedText(state.placed, here) : nothing}
    </header>
    ${targetPart(page)} ${methodPart(page)} ${providerPart(page)} ${here ? nothing : machines(page)}
    <section class="train-narrow">
      ${textField({
        label: 'Model name',
        value: form.model,
        error: problems.model,
        help: modelHelp(form, state),
        onInput: (model) => page.set({ model }),
      })}
    </section>
    ${advancedPart(page)}
    ${here ? pythonPart(page) : notice('info', html`What is sent and what it may cost is shown before anything leaves this machine.`)}
    ${failure ? errorBanner(failure, { onFix: page.onFix, onDismiss: page.onDismiss }) : nothing}
    ${started ? notice('info', html`Started as run <code>${started}</code>. It goes on if you close this page.`) : nothing}
    <div class="row train-start">
      ${button({ label: start, icon: 'play', disabled: busy !== undefined, onClick: page.onStart })}
      ${onCancel ? button({ label: 'Cancel', kind: 'secondary', onClick: onCancel }) : nothing}
      ${busy ? progressRing(busy) : html`<span class="muted">Enter starts it too.</span>`}
    </div>
  </div>`;
}
