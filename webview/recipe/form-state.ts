import type { Column, JoinFacts, RecipeViewApi, RecipeViewState, Spellings } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import type { Choice } from './condition';
import { type Draft, draftOf, type FieldValue, stepOf, unfilled } from './form';
import type { FormState } from './form-view';
import { enabledUpTo } from './texts';

/** What is kept of an open form over a reload. */
export interface SavedForm {
  readonly kind: string;
  readonly at: number;
  readonly isNew: boolean;
  readonly values: Readonly<Record<string, FieldValue>>;
}

/** A form that is open: for a new step at place `at`, or for the step that is there. */
export interface OpenForm {
  readonly at: number;
  readonly isNew: boolean;
  state(): FormState;
  setValue(field: string, value: FieldValue): void;
  setSearch(field: string, text: string): void;
  setChoice(field: string, choice: Choice): void;
  saved(): SavedForm;
  draft(): Draft;
  close(): void;
}

const CHECK_AFTER = 300;

/**
 * Opens a form. The columns it offers are those where the step stands; what is typed is checked by the host a moment
 * after the last key. `redraw` is called whenever there is more to show, `onColumns` once the columns are drawn.
 */
export function openForm(
  host: Connection<RecipeViewApi>,
  view: RecipeViewState,
  start: {
    readonly kind: string;
    readonly at: number;
    readonly isNew: boolean;
    readonly values?: SavedForm['values'];
  },
  redraw: () => void,
  onColumns: () => void,
): OpenForm | undefined {
  const info = view.catalogue.find((one) => one.kind === start.kind);
  const step = start.isNew ? undefined : view.recipe.steps[start.at];
  if (!info || (!start.isNew && step?.kind !== start.kind)) return undefined;
  const fresh = draftOf(info, step);
  let draft: Draft = start.values ? { ...fresh, values: { ...fresh.values, ...start.values } } : fresh;
  const upTo = enabledUpTo(view.recipe.steps, start.at - 1);
  // Until the columns are known here nothing is offered: a list that changes under the mouse is clicked wrong.
  let columns: readonly Column[] | undefined = upTo === 0 ? view.columns : undefined;
  let messages: readonly string[] | undefined;
  let search: Record<string, string> = {};
  let choices: Record<string, Choice> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();
  const life = new AbortController();
  let join: JoinFacts | undefined;
  let spellings: Spellings | undefined;
  /** Of which columns the spellings are. */
  let spelled = '';

  async function check(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const found = await host.call('check', { step: stepOf(draft), at: start.at }, { signal });
      if (life.signal.aborted) return;
      messages = found;
    } catch {
      // The check is a convenience: what it cannot say, the recipe's own problems say after saving.
      if (signal.aborted) return;
      messages = undefined;
    }
    redraw();
  }

  /** What it would do is said where it can be counted; that nothing is said hinders nobody. */
  async function look(): Promise<void> {
    if (messages?.length !== 0 || !draft.info.form.some(({ control }) => control === 'table')) return;
    const { signal } = asked;
    const found = await host
      .call('join', { step: stepOf(draft), at: start.at }, { signal })
      .catch(() => undefined);
    if (signal.aborted || life.signal.aborted) return;
    join = found ?? undefined;
    redraw();
  }

  /** Looked for once for each choice of columns, however the pairs are changed. */
  async function spell(): Promise<void> {
    if (!draft.info.form.some(({ offers }) => offers === 'spellings')) return;
    const step = stepOf({ ...draft, values: { columns: draft.values.columns } });
    const key = JSON.stringify(step.options);
    if (key === spelled) return;
    spelled = key;
    spellings = undefined;
    const found = await host
      .call('spellings', { step, at: start.at }, { signal: life.signal })
      .catch(() => undefined);
    if (life.signal.aborted || key !== spelled) return;
    spellings = found;
    redraw();
  }

  function checkSoon(): void {
    clearTimeout(timer);
    if (unfilled(draft).length > 0) return;
    timer = setTimeout(() => {
      void check().then(look);
      void spell();
    }, CHECK_AFTER);
  }

  async function loadColumns(): Promise<void> {
    const preview = await host
      .call('preview', { upTo, offset: 0, limit: 1 }, { signal: life.signal })
      .catch(() => undefined);
    if (life.signal.aborted) return;
    // Where an earlier step fails the file's own columns are the best that is known.
    columns = preview?.columns ?? view.columns;
    redraw();
    onColumns();
  }
  if (columns === undefined) void loadColumns();
  checkSoon();

  return {
    at: start.at,
    isNew: start.isNew,
    state: () => ({
      draft,
      columns,
      tables: view.tables,
      messages,
      join,
      spellings,
      isNew: start.isNew,
      search,
      choices,
      lacking: unfilled(draft),
    }),
    setValue(field, value) {
      draft = { ...draft, values: { ...draft.values, [field]: value } };
      messages = join = undefined;
      checkSoon();
      redraw();
    },
    setSearch(field, text) {
      search = { ...search, [field]: text };
      redraw();
    },
    setChoice(field, choice) {
      choices = { ...choices, [field]: choice };
      redraw();
    },
    saved: () => ({ kind: start.kind, at: start.at, isNew: start.isNew, values: draft.values }),
    draft: () => draft,
    close() {
      clearTimeout(timer);
      life.abort();
      asked.abort();
    },
  };
}
