import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Column, FormField, JoinFacts, Spellings } from '../../src/protocol';
import {
  button,
  checkbox,
  dropdown,
  icon,
  numberField,
  progressRing,
  textArea,
  textField,
} from '../shared/controls';
import { type Choice, NO_CHOICE } from './condition';
import { conditionBuilder } from './condition-builder';
import { typeText } from '../shared/grid-header';
import { type Draft, type FieldValue, holdsList, offered, type Pair, shownFields, stepOf } from './form';
import { joinTexts } from './join-text';
import { spellingList } from './spelling-list';
import { plainWord } from './texts';

export interface FormState {
  readonly draft: Draft;
  /** Columns as they are where the step stands; undefined: being asked for. */
  readonly columns: readonly Column[] | undefined;
  /** Names of tables that may be joined. */
  readonly tables: readonly string[];
  /** What a check of the step found; undefined: not checked yet. */
  readonly messages: readonly string[] | undefined;
  /** How the two tables of a join fit; undefined: not known (yet). */
  readonly join: JoinFacts | undefined;
  /** Spellings that may be meant to be others; undefined: not known (yet), or none of this step's business. */
  readonly spellings: Spellings | undefined;
  readonly isNew: boolean;
  /** Text in the search box of each list of columns. */
  readonly search: Readonly<Record<string, string>>;
  /** What is chosen in the builder of each expression. */
  readonly choices: Readonly<Record<string, Choice>>;
  /** Why the form cannot be taken as it is. */
  readonly lacking: readonly string[];
}

export interface FormActions {
  onValue(field: string, value: FieldValue): void;
  onSearch(field: string, text: string): void;
  onChoice(field: string, choice: Choice): void;
  onSave(): void;
  onCancel(): void;
}

type FieldActions = Pick<FormActions, 'onValue' | 'onSearch' | 'onChoice'>;

const SEARCH_FROM = 9;

function strings(value: FieldValue): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function pairs(value: FieldValue): readonly Pair[] {
  return Array.isArray(value) ? value.filter((one): one is Pair => typeof one === 'object') : [];
}

function multiSelect(
  field: FormField,
  options: readonly { readonly name: string; readonly hint: string }[],
  state: FormState,
  actions: FieldActions,
): TemplateResult {
  const chosen = strings(state.draft.values[field.name]);
  const search = state.search[field.name] ?? '';
  // A name that the file holds but the table has not stays to be seen, so that it can be taken out.
  const gone = chosen.filter((name) => !options.some((one) => one.name === name));
  const all = [...options, ...gone.map((name) => ({ name, hint: 'not in the table here' }))];
  const shown = all.filter((one) => one.name.toLowerCase().includes(search.toLowerCase()));
  const set = (names: readonly string[]): void =>
    actions.onValue(
      field.name,
      all.map((one) => one.name).filter((name) => names.includes(name)),
    );
  const shownNames = shown.map((one) => one.name);
  return html`<fieldset class="choices">
    <legend>
      ${field.label}
      <span class="muted">${chosen.length} of ${all.length}${field.optional ? ', optional' : ''}</span>
    </legend>
    ${
      all.length >= SEARCH_FROM
        ? textField({
            label: `Search in ${field.label}`,
            hideLabel: true,
            value: search,
            placeholder: 'Search',
            icon: 'search',
            onInput: (text) => actions.onSearch(field.name, text),
          })
        : nothing
    }
    <div class="choices-list" role="group" aria-label=${field.label}>
      ${repeat(
        shown,
        (one) => one.name,
        (one) =>
          html`<label class="choice"
            ><input
              type="checkbox"
              .checked=${live(chosen.includes(one.name))}
              @change=${(event: Event) =>
                set(
                  (event.target as HTMLInputElement).checked
                    ? [...chosen, one.name]
                    : chosen.filter((name) => name !== one.name),
                )}
            /><span class="choice-name">${one.name}</span><span class="muted">${one.hint}</span></label
          >`,
      )}
      ${shown.length === 0 ? html`<p class="muted">${all.length === 0 ? 'There is no column that this step can take.' : 'Nothing found.'}</p>` : nothing}
    </div>
    <div class="row">
      ${button({ label: 'All', kind: 'secondary', onClick: () => set([...new Set([...chosen, ...shownNames])]) })}
      ${button({ label: 'None', kind: 'secondary', onClick: () => set(chosen.filter((name) => !shownNames.includes(name))) })}
      ${field.help ? html`<span class="field-help">${field.help}</span>` : nothing}
    </div>
  </fieldset>`;
}

function pairRows(field: FormField, state: FormState, actions: FieldActions): TemplateResult {
  const rows = pairs(state.draft.values[field.name]);
  const shown = rows.length === 0 ? [{ from: '', to: '', missing: false }] : rows;
  const [left = 'From', right = 'To'] = field.label.split(':').map((part) => part.trim());
  const put = (index: number, part: Partial<Pair>): void =>
    actions.onValue(
      field.name,
      shown.map((pair, at) => (at === index ? { ...pair, ...part } : pair)),
    );
  const mayBeMissing = field.nullable === true;
  const isExpression = state.draft.info.kind === 'compute';
  const names = (state.columns ?? []).map((column) => column.name);
  const listId = `columns-of-${state.draft.info.kind}`;
  return html`<fieldset class="pairs">
    <legend>${field.label}</legend>
    <datalist id=${listId}>${names.map((name) => html`<option value=${name}></option>`)}</datalist>
    ${shown.map(
      (pair, index) =>
        html`<div class="pair ${isExpression ? 'pair-tall' : ''}">
          <input
            class="input"
            aria-label="${left} ${index + 1}"
            placeholder=${left}
            list=${state.draft.info.kind === 'rename' ? listId : nothing}
            .value=${live(pair.from)}
            @input=${(event: Event) => put(index, { from: (event.target as HTMLInputElement).value })}
          />
          ${icon(isExpression ? 'symbol-operator' : 'arrow-right')}
          <input
            class="input ${isExpression ? 'code' : ''}"
            aria-label="${right.charAt(0).toUpperCase()}${right.slice(1)} ${index + 1}"
            placeholder=${pair.missing ? 'missing' : right}
            ?disabled=${pair.missing}
            .value=${live(pair.missing ? '' : pair.to)}
            @input=${(event: Event) => put(index, { to: (event.target as HTMLInputElement).value })}
          />
          ${
            mayBeMissing
              ? html`<label class="choice"
                  ><input
                    type="checkbox"
                    .checked=${live(pair.missing)}
                    @change=${(event: Event) => put(index, { missing: (event.target as HTMLInputElement).checked })}
                  />missing</label
                >`
              : nothing
          }
          ${button({
            label: `Remove pair ${index + 1}`,
            icon: 'close',
            kind: 'icon',
            onClick: () =>
              actions.onValue(
                field.name,
                shown.filter((_, at) => at !== index),
              ),
          })}
        </div>`,
    )}
    ${field.offers === 'spellings' && state.spellings ? spellingList(state.spellings, rows, (next) => actions.onValue(field.name, next)) : nothing}
    <div>
      ${button({
        label: 'Add Pair',
        icon: 'add',
        kind: 'secondary',
        onClick: () => actions.onValue(field.name, [...shown, { from: '', to: '', missing: false }]),
      })}
    </div>
  </fieldset>`;
}

/** One control of a form. */
export function formField(field: FormField, state: FormState, actions: FieldActions): TemplateResult {
  const value = state.draft.values[field.name];
  const label = field.optional && field.control !== 'boolean' ? `${field.label} (optional)` : field.label;
  const text = typeof value === 'string' ? value : '';
  const help = field.help;
  const put = (next: FieldValue): void => actions.onValue(field.name, next);
  if ((field.control === 'columns' || field.control === 'column') && state.columns === undefined) {
    return html`<fieldset class="choices">
      <legend>${field.label}</legend>
      ${progressRing('Reading the columns…')}
    </fieldset>`;
  }
  const columns = offered(field, state.columns ?? []);
  if (holdsList(field)) {
    const options =
      field.control === 'columns'
        ? columns.map((column) => ({ name: column.name, hint: typeText(column.type) }))
        : (field.choices ?? []).map((name) => ({ name, hint: '' }));
    return multiSelect(field, options, state, actions);
  }
  switch (field.control) {
    case 'pairs':
      return pairRows(field, state, actions);
    case 'boolean':
      return checkbox({ label, checked: value === true, onChange: put });
    case 'number':
      return numberField({ label, help, value: typeof value === 'number' ? value : undefined, onInput: put });
    case 'expression':
      return html`${conditionBuilder({
        columns,
        choice: state.choices[field.name] ?? NO_CHOICE,
        expression: text,
        onChoice: (choice) => actions.onChoice(field.name, choice),
        onExpression: put,
      })}
      ${textArea({
        label,
        help: help ?? 'SQL over the columns, for example: body_mass_g > 3000 AND sex IS NOT NULL',
        value: text,
        rows: 3,
        code: true,
        onInput: put,
      })}`;
    case 'column':
    case 'choice': {
      const names =
        field.control === 'column'
          ? columns.map((column) => ({ value: column.name, label: column.name }))
          : (field.choices ?? []).map((choice) => ({ value: choice, label: choiceText(choice) }));
      const isOpen = field.optional && field.default === undefined;
      const unset = isOpen || text === '' ? [{ value: '', label: isOpen ? '(none)' : '(choose)' }] : [];
      return dropdown({
        label: field.label,
        help,
        value: text,
        options: [...unset, ...names],
        onChange: put,
      });
    }
    case 'table':
      return tableInput(label, help, text, state.tables, put);
    case 'columns':
    case 'list':
    case 'text':
      return textField({ label, help, value: text, onInput: put });
  }
}

/** A name with those that may be meant as suggestions: a path that is none of them can be typed, too. */
function tableInput(
  label: string,
  help: string | undefined,
  value: string,
  tables: readonly string[],
  onInput: (value: string) => void,
): TemplateResult {
  return html`<div class="field">
    <label class="field-label">
      <span>${label}</span>
      <input
        class="input control"
        list="tables"
        placeholder=${tables.length === 0 ? nothing : `${tables.slice(0, 2).join(', ')} …`}
        .value=${live(value)}
        @input=${(event: Event) => onInput((event.target as HTMLInputElement).value)}
      />
    </label>
    <datalist id="tables">${tables.map((name) => html`<option value=${name}></option>`)}</datalist>
    ${help ? html`<span class="field-help">${help}</span>` : nothing}
  </div>`;
}

function choiceText(choice: string): string {
  return choice === ' ' ? 'space' : plainWord(choice);
}

/** The form of one step, made from the catalogue's description of it. */
export function stepForm(state: FormState, actions: FormActions): TemplateResult {
  const { draft, isNew, messages, lacking } = state;
  // No <form>: VS Code's webviews run without the permission to submit one.
  return html`<div
    class="step-form stack"
    role="form"
    aria-label="${isNew ? 'Add' : 'Edit'}: ${draft.info.title}"
    @keydown=${(event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : undefined;
      const isLine = target?.matches('.control:not(textarea), .pair .input') === true;
      const isSearch = target?.closest('.choices') !== null;
      if (event.key === 'Escape') actions.onCancel();
      else if (event.key === 'Enter' && ((isLine && !isSearch) || event.ctrlKey || event.metaKey))
        actions.onSave();
    }}
  >
    ${isNew ? html`<h3>${draft.info.title}</h3>` : nothing}
    <p class="muted">
      ${draft.info.summary} ${draft.info.fits ? 'It learns from the training part only.' : nothing}
      ${draft.info.rows === 'drop' ? 'It may drop rows, so it runs in preparing and training, never on a request.' : nothing}
      ${draft.info.rows === 'remake' ? 'It makes rows anew, so it serves to prepare a dataset: a model is trained on the outcome.' : nothing}
    </p>
    ${shownFields(draft).map((field) => formField(field, state, actions))}
    <div class="form-messages" aria-live="polite">
      ${
        messages && messages.length > 0
          ? messages.map((text) => html`<div class="field-error">${icon('error')} ${text}</div>`)
          : messages
            ? html`<div class="form-fine">${icon('check')} This step can be used as it is.</div>`
            : nothing
      }
      ${state.join === undefined ? nothing : joinTexts(state.join, stepOf(draft)).map((text) => html`<div>${text}</div>`)}
    </div>
    <div class="row">
      ${button({
        label: isNew ? 'Add Step' : 'Save Step',
        disabled: lacking.length > 0 || (messages !== undefined && messages.length > 0),
        title: lacking.length > 0 ? `Still to fill: ${lacking.join(', ')}` : 'Ctrl+Enter',
        onClick: () => actions.onSave(),
      })}
      ${button({ label: 'Cancel', kind: 'secondary', onClick: () => actions.onCancel() })}
      ${lacking.length > 0 ? html`<span class="muted">Still to fill: ${lacking.join(', ')}</span>` : nothing}
    </div>
  </div>`;
}
