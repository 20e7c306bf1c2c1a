import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  ErrorData,
  Fix,
  RecipeEdit,
  RecipeRunResult,
  RecipeViewApi,
  RecipeViewEvents,
  RecipeViewState,
  StepInfo,
  Suggestion,
} from '../../src/protocol';
import { button, progressRing } from '../shared/controls';
import { errorBanner, errorData, notice, wasCancelled } from '../shared/error';
import { plural } from '../shared/format';
import { appElement, connectHost } from '../shared/host';
import { head } from './bars';
import { stepOf } from './form';
import { openForm, type OpenForm, type SavedForm } from './form-state';
import { stepForm } from './form-view';
import { cataloguePanel, suggestPanel } from './panels';
import { ALL, saved } from './saved';
import { stepList } from './steps-view';
import { createTablePane } from './table-pane';
import { placeText } from './texts';
import '../shared/style.css';
import '../shared/columns.css';
import './style.css';

const app = appElement();
const host = connectHost<RecipeViewApi, RecipeViewEvents>({
  changed() {
    void open();
  },
});

const table = createTablePane(host, () => app.querySelector<HTMLElement>('.recipe-grid'), draw);

let state: RecipeViewState | undefined;
let infos: ReadonlyMap<string, StepInfo> = new Map();
let panel: 'none' | 'suggest' | 'add' = 'none';
let search = '';
let suggestions: readonly Suggestion[] | undefined;
let chosen: ReadonlySet<number> = new Set();
let form: OpenForm | undefined;
let dragged: number | undefined;
let openError: ErrorData | undefined;
let actionError: ErrorData | undefined;
let running: AbortController | undefined;
let result: RecipeRunResult | undefined;

function selected(): number | undefined {
  const { selected: index } = saved.get();
  return index === ALL || !state || index >= state.recipe.steps.length ? undefined : index;
}

async function open(): Promise<void> {
  try {
    const opened = await host.call('open', {});
    openError = undefined;
    apply(opened);
  } catch (error) {
    if (wasCancelled(error)) return;
    openError = errorData(error);
    draw();
  }
}

function apply(next: RecipeViewState): void {
  const isFirst = state === undefined;
  state = next;
  infos = new Map(next.catalogue.map((info) => [info.kind, info]));
  if (isFirst) restoreForm();
  // The step under the form is gone, or became another one.
  if (form && !form.isNew && next.recipe.steps[form.at]?.kind !== form.draft().info.kind) closeForm();
  draw();
  refreshSoon();
}

/** Runs a call whose failure is shown above the steps. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    actionError = undefined;
    return await work();
  } catch (error) {
    if (!wasCancelled(error)) actionError = errorData(error);
    draw();
    return undefined;
  }
}

async function edit(change: RecipeEdit): Promise<boolean> {
  const next = await attempt(() => host.call('edit', change));
  if (next) apply(next);
  return next !== undefined;
}

function refreshSoon(): void {
  if (state) table.refreshSoon(state.recipe.steps, selected());
}

// ---------------------------------------------------------------- steps

function select(index: number): void {
  saved.set({ selected: saved.get().selected === index ? ALL : index });
  draw();
  refreshSoon();
}

function focusAction(step: number, ...names: readonly string[]): void {
  const found = names.map((name) => app.querySelector<HTMLElement>(`[data-step="${step}"] ${name}`));
  found.find((one) => one && !one.hasAttribute('disabled'))?.focus();
}

async function move(from: number, to: number): Promise<void> {
  closeForm();
  if (!(await edit({ edit: 'move', from, to }))) return;
  if (saved.get().selected === from) saved.set({ selected: to });
  focusAction(to, to < from ? '.act-up' : '.act-down', '.act-down', '.act-up');
}

async function remove(index: number): Promise<void> {
  closeForm();
  if (!(await edit({ edit: 'remove', index }))) return;
  const left = state?.recipe.steps.length ?? 0;
  if (left === 0) app.querySelector<HTMLElement>('.act-add')?.focus();
  else focusAction(Math.min(index, left - 1), '.act-remove');
}

async function toggle(index: number, disabled: boolean): Promise<void> {
  await edit({ edit: 'toggle', index, disabled });
}

function place(): number {
  const at = selected();
  return at === undefined ? (state?.recipe.steps.length ?? 0) : at + 1;
}

// ---------------------------------------------------------------- form and panels

function startForm(start: Omit<SavedForm, 'values'> & Partial<SavedForm>): void {
  closeForm();
  if (!state) return;
  panel = 'none';
  form = openForm(host, state, start, draw);
  draw();
  app.querySelector<HTMLElement>('.step-form input, .step-form .control')?.focus();
}

function restoreForm(): void {
  const text = saved.get().form;
  if (text === '') return;
  startForm(JSON.parse(text) as SavedForm);
}

function closeForm(): void {
  form?.close();
  form = undefined;
  saved.set({ form: '' });
}

function cancelForm(): void {
  const at = form && !form.isNew ? form.at : undefined;
  closeForm();
  draw();
  if (at === undefined) app.querySelector<HTMLElement>('.act-add')?.focus();
  else focusAction(at, '.act-edit');
}

async function saveForm(): Promise<void> {
  if (!form) return;
  const { at, isNew } = form;
  const { lacking, messages } = form.state();
  if (lacking.length > 0 || (messages?.length ?? 0) > 0) return;
  const step = stepOf(form.draft());
  const done = await edit(isNew ? { edit: 'add', steps: [step], at } : { edit: 'replace', index: at, step });
  if (!done) return;
  closeForm();
  // A step added in the middle is looked at where it stands.
  if (isNew && selected() !== undefined) saved.set({ selected: at });
  draw();
  refreshSoon();
  focusAction(at, '.act-edit');
}

async function suggest(): Promise<void> {
  closeForm();
  panel = 'suggest';
  suggestions = undefined;
  draw();
  const target = state?.recipe.target;
  const found = await attempt(() => host.call('suggest', target === undefined ? {} : { target }));
  if (!found) panel = 'none';
  suggestions = found;
  chosen = new Set(found?.keys() ?? []);
  draw();
}

async function accept(indices: readonly number[]): Promise<void> {
  const taken = suggestions?.filter((_, index) => indices.includes(index)) ?? [];
  if (!(await edit({ edit: 'add', steps: taken.map(({ step }) => step) }))) return;
  suggestions = suggestions?.filter((_, index) => !indices.includes(index)) ?? [];
  chosen = new Set(suggestions.keys());
  if (suggestions.length === 0) panel = 'none';
  draw();
}

async function run(): Promise<void> {
  running = new AbortController();
  const { signal } = running;
  result = undefined;
  draw();
  result = await attempt(() => host.call('run', {}, { signal }));
  running = undefined;
  draw();
}

function formTemplate(): TemplateResult | typeof nothing {
  if (!form) return nothing;
  const open = form;
  const keep = (): void => saved.set({ form: JSON.stringify(open.saved()) });
  return stepForm(open.state(), {
    onValue(field, value) {
      open.setValue(field, value);
      keep();
    },
    onSearch: (field, text) => open.setSearch(field, text),
    onSave: () => void saveForm(),
    onCancel: cancelForm,
  });
}

function panelTemplate(view: RecipeViewState): TemplateResult | typeof nothing {
  const close = (): void => {
    panel = 'none';
    draw();
    app.querySelector<HTMLElement>('.act-add')?.focus();
  };
  if (panel === 'suggest') {
    return suggestPanel(
      { suggestions, chosen, infos },
      {
        onChoose(index, on) {
          const next = new Set(chosen);
          if (on) next.add(index);
          else next.delete(index);
          chosen = next;
          draw();
        },
        onAccept: (indices) => void accept(indices),
        onClose: close,
      },
    );
  }
  if (panel === 'add') {
    const at = selected();
    const where = at === undefined ? 'at the end' : at < 0 ? 'at the beginning' : `after step ${at + 1}`;
    return cataloguePanel(
      { catalogue: view.catalogue, search, place: where },
      {
        onSearch(text) {
          search = text;
          draw();
        },
        onChoose: (info) => startForm({ kind: info.kind, at: place(), isNew: true }),
        onClose: close,
      },
    );
  }
  return form?.isNew ? html`<section class="panel">${formTemplate()}</section>` : nothing;
}

// ---------------------------------------------------------------- page

function stepsPane(view: RecipeViewState): TemplateResult {
  return html`<section class="recipe-steps" aria-label="Recipe">
    <div class="row steps-head">
      <h2 class="grow">Steps</h2>
      ${button({ label: 'Suggest', icon: 'lightbulb', kind: 'secondary', title: 'Steps that this data asks for', onClick: () => void suggest() })}
      ${button({
        label: 'Add Step',
        icon: 'add',
        kind: 'secondary',
        className: 'act-add',
        onClick() {
          closeForm();
          panel = panel === 'add' ? 'none' : 'add';
          search = '';
          draw();
          if (panel === 'add') app.querySelector<HTMLElement>('.panel .control')?.focus();
        },
      })}
    </div>
    ${panelTemplate(view)}
    ${stepList(
      {
        steps: view.recipe.steps,
        infos,
        problems: view.problems,
        effects: table.effects(),
        selected: selected(),
        editing: form && !form.isNew ? form.at : undefined,
        form: form && !form.isNew ? formTemplate() : nothing,
        dragged,
        busy: table.loading(),
      },
      {
        onSelect: select,
        onEdit(index) {
          const step = view.recipe.steps[index];
          if (step) startForm({ kind: step.kind, at: index, isNew: false });
        },
        onMove: (from, to) => void move(from, to),
        onToggle: (index, disabled) => void toggle(index, disabled),
        onRemove: (index) => void remove(index),
        onDrag(index) {
          dragged = index;
          draw();
        },
      },
    )}
  </section>`;
}

const runFix = (fix: Fix): void => void attempt(() => host.call('runFix', fix));

function dismiss(): void {
  actionError = result = undefined;
  draw();
}

function messages(): TemplateResult {
  return html`<div class="recipe-messages">
    ${actionError ? errorBanner(actionError, { onFix: runFix, onDismiss: dismiss }) : nothing}
    ${
      running
        ? notice(
            'info',
            html`${progressRing('The recipe runs on all rows…')}
            ${button({ label: 'Cancel', kind: 'secondary', onClick: () => running?.abort() })}`,
          )
        : nothing
    }
    ${
      result
        ? notice(
            'info',
            html`${plural(result.rowsOut, 'row')} of ${plural(result.rowsIn, 'row')} written to
              <code>${result.output}</code>.
              ${result.rejected === 0 ? nothing : html`${plural(result.rejected, 'record')} of the input could not be read. `}
              ${result.dropped.map((one) => html`Step ${one.step + 1} dropped ${plural(one.rows, 'row')}. `)}
              ${button({ label: 'Dismiss', icon: 'close', kind: 'icon', onClick: dismiss })}`,
          )
        : nothing
    }
  </div>`;
}

function page(): TemplateResult {
  if (openError) {
    return html`<div class="page stack">
      ${errorBanner(openError, { onRetry: () => void open(), onFix: runFix })}
      <div>
        ${button({ label: 'Open as Text', kind: 'secondary', onClick: () => void attempt(() => host.call('openAsText', {})) })}
      </div>
    </div>`;
  }
  if (!state) return html`<div class="page">${progressRing('Opening the recipe…')}</div>`;
  const go = (method: 'undo' | 'redo'): void => {
    void attempt(() => host.call(method, {})).then((next) => next && apply(next));
  };
  return html`<div class="recipe-view">
    ${head(state, running !== undefined, {
      onTarget: (target) => void edit({ edit: 'target', target }),
      onUndo: () => go('undo'),
      onRedo: () => go('redo'),
      onText: () => void attempt(() => host.call('openAsText', {})),
      onRun: () => void run(),
      onTrain: () => void attempt(() => host.call('train', {})),
    })}
    ${messages()}
    <div class="recipe-panes">
      ${stepsPane(state)}
      ${table.template(
        placeText(state.recipe.steps, selected(), infos, table.broken()),
        selected() === undefined ? undefined : () => select(saved.get().selected),
      )}
    </div>
  </div>`;
}

function draw(): void {
  if (openError) table.dispose();
  render(page(), app);
}

draw();
void open();
