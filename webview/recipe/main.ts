import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  ErrorData,
  Fix,
  RecipeEdit,
  RecipeRunResult,
  RecipeViewApi,
  RecipeViewEvents,
  RecipeViewState,
  Split,
  Step,
  StepInfo,
} from '../../src/protocol';
import { button, progressRing } from '../shared/controls';
import { errorData, wasCancelled } from '../shared/error';
import { appElement, connectHost } from '../shared/host';
import { factsBar, head, RUN_THERE } from './bars';
import { stepOf } from './form';
import { openExample, type ExamplePanel } from './example';
import { openForm, type OpenForm, type SavedForm } from './form-state';
import { stepForm } from './form-view';
import { createEndpointPanel } from './endpoint-panel';
import { focusAfter, focusForm } from './focus';
import { messages, openFailed } from './messages';
import { cataloguePanel } from './panels';
import { ALL, saved } from './saved';
import { openSplit, type SplitPanel } from './split-panel';
import { createStepEdits } from './step-edits';
import { stepList } from './steps-view';
import { openSuggestions, type Suggestions } from './suggestions';
import { createTablePane } from './table-pane';
import { enabledUpTo, firstWrong, placeText, whereText } from './texts';
import '../shared/style.css';
import '../shared/columns.css';
import '../shared/prepare-report.css';
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
let panel: 'none' | 'suggest' | 'add' | 'endpoint' = 'none';
let search = '';
let suggestions: Suggestions | undefined;
let form: OpenForm | undefined;
let example: ExamplePanel | undefined;
let splitting: SplitPanel | undefined;
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
  if (panel === 'endpoint') endpoints.refresh();
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
  if (state) table.refreshSoon(state.recipe.steps, selected(), firstWrong(state.problems));
}

// ---------------------------------------------------------------- steps

function select(index: number): void {
  saved.set({ selected: saved.get().selected === index ? ALL : index });
  draw();
  refreshSoon();
}

const endpoints = createEndpointPanel(host, draw, closePanel);
const stepEdits = createStepEdits({
  app,
  state: () => state,
  edit,
  closeForm: () => closeForm(),
  redraw: () => draw(),
});

function place(): number {
  const at = selected();
  return at === undefined ? (state?.recipe.steps.length ?? 0) : at + 1;
}

// ---------------------------------------------------------------- form and panels

function startForm(start: Omit<SavedForm, 'values'> & Partial<SavedForm>): void {
  closeForm();
  if (!state) return;
  panel = 'none';
  form = openForm(host, state, start, draw, () => focusForm(app));
  draw();
  focusForm(app);
}

function restoreForm(): void {
  const text = saved.get().form;
  if (text === '') return;
  startForm(JSON.parse(text) as SavedForm);
}

function closeForm(): void {
  form?.close();
  example?.close();
  splitting?.close();
  form = example = splitting = undefined;
  stepEdits.endNote();
  saved.set({ form: '' });
}

function cancelForm(): void {
  const focus = focusAfter(app);
  const at = form && !form.isNew ? form.at : undefined;
  closeForm();
  draw();
  if (at === undefined) app.querySelector<HTMLElement>('.act-add')?.focus();
  else focus(at, '.act-edit');
}

async function saveForm(): Promise<void> {
  if (!form) return;
  const focus = focusAfter(app);
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
  focus(at, '.act-edit');
}

/** A new column by wanted values, at the place where a step would be added. */
function startExample(): void {
  closeForm();
  panel = 'none';
  if (!state) return;
  const { steps } = state.recipe;
  const at = place();
  example = openExample({
    host,
    upTo: enabledUpTo(steps, at - 1),
    columns: table.columns() ?? state.columns,
    redraw: draw,
    onAccept: (step) => void edit({ edit: 'add', steps: [step], at }).then((done) => done && cancelForm()),
    onClose: cancelForm,
  });
  draw();
}

function suggest(): void {
  closeForm();
  panel = 'suggest';
  const add = (steps: readonly Step[]): Promise<boolean> => edit({ edit: 'add', steps });
  const options = { host, redraw: draw, attempt, add, onClose: closePanel };
  suggestions = openSuggestions(options, state?.recipe.target);
  draw();
}

function split(): void {
  closeForm();
  panel = 'none';
  if (!state) return;
  splitting = openSplit({
    host,
    view: state,
    redraw: draw,
    // The host checks its words; the form has no others.
    onSave: (next) =>
      void edit({ edit: 'split', split: next as Split | null }).then((done) => done && closeSplit()),
    onClose: closeSplit,
  });
  draw();
  app.querySelector<HTMLElement>('.panel .control')?.focus();
}

function closeSplit(): void {
  closeForm();
  draw();
  app.querySelector<HTMLElement>('.act-split')?.focus();
}

function endpoint(): void {
  closeForm();
  panel = panel === 'endpoint' ? 'none' : 'endpoint';
  draw();
  if (panel === 'endpoint') endpoints.refresh();
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
  return stepForm(open.state(), {
    onValue(field, value) {
      open.setValue(field, value);
      saved.set({ form: JSON.stringify(open.saved()) });
    },
    onSearch: (field, text) => open.setSearch(field, text),
    onChoice: (field, choice) => open.setChoice(field, choice),
    onSave: () => void saveForm(),
    onCancel: cancelForm,
  });
}

function closePanel(): void {
  panel = 'none';
  draw();
  app.querySelector<HTMLElement>('.act-add')?.focus();
}

function panelTemplate(view: RecipeViewState): TemplateResult | typeof nothing {
  if (panel === 'suggest' && suggestions) return suggestions.template(infos);
  if (panel === 'add') {
    const at = selected();
    return cataloguePanel(
      { catalogue: view.catalogue, search, place: whereText(at) },
      {
        onSearch(text) {
          search = text;
          draw();
        },
        onChoose: (info) => startForm({ kind: info.kind, at: place(), isNew: true }),
        onClose: closePanel,
      },
    );
  }
  if (panel === 'endpoint') return endpoints.template(view, infos);
  if (splitting) return splitting.template();
  if (example) return example.template();
  return form?.isNew ? html`<section class="panel">${formTemplate()}</section>` : nothing;
}

function stepsPane(view: RecipeViewState): TemplateResult {
  return html`<section class="recipe-steps" aria-label="Recipe">
    <div class="row steps-head">
      <h2 class="grow">Steps</h2>
      ${button({ label: 'Suggest', icon: 'lightbulb', kind: 'secondary', title: 'Steps that this data asks for', onClick: suggest })}
      ${button({ label: 'By Example', icon: 'wand', kind: 'secondary', title: 'A new column from a few wanted values', onClick: startExample })}
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
    ${factsBar(view, { onSplit: split, onEndpoint: endpoint })} ${panelTemplate(view)}
    ${stepList(
      {
        steps: view.recipe.steps,
        infos,
        problems: view.problems,
        served: view.served,
        effects: table.effects(),
        selected: selected(),
        editing: form && !form.isNew ? form.at : undefined,
        form: form && !form.isNew ? formTemplate() : nothing,
        dragged,
        noting: stepEdits.noting(),
        busy: table.loading(),
      },
      {
        onSelect: select,
        onEdit(index) {
          const step = view.recipe.steps[index];
          if (step) startForm({ kind: step.kind, at: index, isNew: false });
        },
        onMove: (from, to) => void stepEdits.move(from, to),
        onToggle: (index, disabled) => void stepEdits.toggle(index, disabled),
        onRemove: (index) => void stepEdits.remove(index),
        onDuplicate: (index) => void stepEdits.duplicate(index),
        onNote: (index) => stepEdits.startNote(index),
        onNoted: (index, note) => void stepEdits.setNote(index, note),
        onMend: (mend) => void stepEdits.mend(mend),
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

function page(): TemplateResult {
  if (openError) {
    const onText = (): void => void attempt(() => host.call('openAsText', {}));
    return openFailed(openError, { onRetry: () => void open(), onFix: runFix, onText });
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
      onRun: () => (state?.sample?.inSource ? runFix(RUN_THERE) : void run()),
      onExport: () => void attempt(() => host.call('exportCode', {})),
      onTrain: () => void attempt(() => host.call('train', {})),
    })}
    ${messages({ failure: actionError, running: running !== undefined, result }, { onFix: runFix, onDismiss: dismiss, onCancel: () => running?.abort() })}
    <div class="recipe-panes">
      ${stepsPane(state)}
      ${table.template(
        placeText(state.recipe.steps, selected(), infos, table.broken(), state.problems),
        state.sample,
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
