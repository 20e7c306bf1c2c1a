import { html, nothing, type TemplateResult } from 'lit';
import type { RecipeViewApi, RecipeViewState, SplitFacts, Step } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { button, icon } from '../shared/controls';
import { plural } from '../shared/format';
import { type Draft, draftOf, shownFields, stepOf } from './form';
import { formField, type FormState } from './form-view';

export interface SplitPanelOptions {
  readonly host: Connection<RecipeViewApi>;
  readonly view: RecipeViewState;
  readonly redraw: () => void;
  /** null: no split. */
  readonly onSave: (split: Step['options'] | null) => void;
  readonly onClose: () => void;
}

export interface SplitPanel {
  template(): TemplateResult;
  close(): void;
}

const CHECK_AFTER = 300;

/** How rows are set aside for the test: what is chosen is counted on the data before it is saved. */
export function openSplit({ host, view, redraw, onSave, onClose }: SplitPanelOptions): SplitPanel {
  const { split } = view.recipe;
  let draft: Draft = draftOf(view.splitInfo, { kind: 'split', options: { test: 0.2, ...split } });
  let facts: SplitFacts | undefined;
  let search: Record<string, string> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();

  /** The cut belongs to how the rows were split before. */
  const options = (): Step['options'] =>
    Object.fromEntries(Object.entries(stepOf(draft).options).filter(([name]) => name !== 'cut'));

  async function check(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    // The check is a convenience: what it cannot say, the recipe's own problems say after saving.
    const found = await host.call('split', { split: options() }, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    facts = found;
    redraw();
  }
  function checkSoon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void check(), CHECK_AFTER);
  }
  checkSoon();

  return {
    template() {
      const state: FormState = {
        draft,
        columns: view.columns,
        tables: [],
        messages: facts?.messages,
        join: undefined,
        spellings: undefined,
        isNew: false,
        search,
        choices: {},
        lacking: [],
      };
      const bad = (facts?.messages.length ?? 0) > 0;
      return html`<section
        class="panel"
        aria-label="Split"
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Escape') onClose();
        }}
      >
        <div class="panel-head">
          <h2>Split</h2>
          ${button({ label: 'Close', icon: 'close', kind: 'icon', onClick: onClose })}
        </div>
        <p class="muted">
          Rows of the test part are never learnt from, so that a score says how the model does on new rows. A
          row keeps its side when the data grows.
        </p>
        <div class="step-form stack" role="form" aria-label="Split">
          ${shownFields(draft).map((field) =>
            formField(field, state, {
              onValue(name, value) {
                draft = { ...draft, values: { ...draft.values, [name]: value } };
                facts = undefined;
                checkSoon();
                redraw();
              },
              onSearch(name, text) {
                search = { ...search, [name]: text };
                redraw();
              },
              // The split has no expression.
              onChoice: () => undefined,
            }),
          )}
          <div class="form-messages" aria-live="polite">
            ${(facts?.messages ?? []).map((text) => html`<div class="field-error">${icon('error')} ${text}</div>`)}
            ${facts && !bad ? html`<div class="form-fine">${icon('check')} ${factsText(facts)}</div>` : nothing}
          </div>
          <div class="row">
            ${button({ label: 'Save Split', disabled: bad, onClick: () => onSave(options()) })}
            ${split ? button({ label: 'No Split', kind: 'secondary', onClick: () => onSave(null) }) : nothing}
            ${button({ label: 'Cancel', kind: 'secondary', onClick: onClose })}
          </div>
        </div>
      </section>`;
    },
    close() {
      clearTimeout(timer);
      asked.abort();
    },
  };
}

function factsText({ train, test }: SplitFacts): string {
  return train === undefined || test === undefined
    ? 'All rows are trained on, and scored in folds.'
    : `${plural(train, 'row')} to train on, ${plural(test, 'row')} to test on.`;
}
