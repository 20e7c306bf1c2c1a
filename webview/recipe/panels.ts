import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { StepInfo, Suggestion } from '../../src/protocol';
import { withCode } from '../shared/code-text';
import { button, progressRing, textField } from '../shared/controls';
import { plural } from '../shared/format';
import { optionsText, searchSteps } from './texts';

export interface SuggestState {
  /** undefined: they are being looked for. */
  readonly suggestions: readonly Suggestion[] | undefined;
  readonly chosen: ReadonlySet<number>;
  readonly infos: ReadonlyMap<string, StepInfo>;
}

export interface SuggestActions {
  onChoose(index: number, chosen: boolean): void;
  onAccept(indices: readonly number[]): void;
  onClose(): void;
}

/** Steps that the data asks for, each with its reason; one, some or all can be taken. */
export function suggestPanel(state: SuggestState, actions: SuggestActions): TemplateResult {
  const { suggestions, chosen, infos } = state;
  const close = button({ label: 'Close', icon: 'close', kind: 'icon', onClick: () => actions.onClose() });
  if (!suggestions) {
    return html`<section class="panel" aria-label="Suggestions">
      <div class="panel-head">
        <h2>Suggestions</h2>
        ${close}
      </div>
      ${progressRing('Looking at the data…')}
    </section>`;
  }
  const all = suggestions.map((_, index) => index);
  const some = all.filter((index) => chosen.has(index));
  return html`<section class="panel" aria-label="Suggestions">
    <div class="panel-head">
      <h2>Suggestions</h2>
      ${close}
    </div>
    ${
      suggestions.length === 0
        ? html`<p class="muted">Nothing to suggest: the data looks ready for training with these steps.</p>`
        : html`<ul class="suggestions">
              ${suggestions.map(({ step, reason }, index) => {
                const info = infos.get(step.kind);
                const title = info?.title ?? step.kind;
                return html`<li class="suggestion">
                  <input
                    type="checkbox"
                    aria-label="Take: ${title}"
                    .checked=${live(chosen.has(index))}
                    @change=${(event: Event) => actions.onChoose(index, (event.target as HTMLInputElement).checked)}
                  />
                  <div class="grow">
                    <div class="suggestion-title">${title}</div>
                    <div class="suggestion-options">${optionsText(step, info)}</div>
                    <div class="muted">${withCode(reason)}</div>
                  </div>
                  ${button({ label: `Add: ${title}`, icon: 'add', kind: 'icon', onClick: () => actions.onAccept([index]) })}
                </li>`;
              })}
            </ul>
            <div class="row">
              ${button({
                label:
                  some.length === all.length ? `Add All ${all.length}` : `Add ${plural(some.length, 'Step')}`,
                disabled: some.length === 0,
                onClick: () => actions.onAccept(some),
              })}
              ${some.length < all.length ? button({ label: 'Add All', kind: 'secondary', onClick: () => actions.onAccept(all) }) : nothing}
            </div>`
    }
  </section>`;
}

const GROUPS: readonly StepInfo['group'][] = [
  'Columns',
  'Rows',
  'Values',
  'Features',
  'Tables',
  'Safeguards',
];

export interface CatalogueState {
  readonly catalogue: readonly StepInfo[];
  readonly search: string;
  /** Where the new step will stand, in words. */
  readonly place: string;
}

export interface CatalogueActions {
  onSearch(text: string): void;
  onChoose(info: StepInfo): void;
  onClose(): void;
}

export function cataloguePanel(state: CatalogueState, actions: CatalogueActions): TemplateResult {
  const found = searchSteps(state.catalogue, state.search);
  return html`<section
    class="panel"
    aria-label="Add a step"
    @keydown=${(event: KeyboardEvent) => {
      const [first] = found;
      if (event.key === 'Escape') actions.onClose();
      else if (
        event.key === 'Enter' &&
        (found.length === 1 || state.search.trim() !== '') &&
        first &&
        !(event.target instanceof HTMLButtonElement)
      ) {
        actions.onChoose(first);
      }
    }}
  >
    <div class="panel-head">
      <h2>Add a step <span class="muted">${state.place}</span></h2>
      ${button({ label: 'Close', icon: 'close', kind: 'icon', onClick: () => actions.onClose() })}
    </div>
    ${textField({
      label: 'Search the steps',
      hideLabel: true,
      value: state.search,
      placeholder: 'Search, for example: missing',
      icon: 'search',
      onInput: (text) => actions.onSearch(text),
    })}
    ${GROUPS.map((group) => {
      const steps = found.filter((info) => info.group === group);
      return steps.length === 0
        ? nothing
        : html`<h3>${group}</h3>
            <ul class="catalogue">
              ${steps.map(
                (info) =>
                  html`<li>
                    <button class="catalogue-step" @click=${() => actions.onChoose(info)}>
                      <span class="suggestion-title">${info.title}</span>
                      <span class="muted">${info.summary}</span>
                    </button>
                  </li>`,
              )}
            </ul>`;
    })}
    ${found.length === 0 ? html`<p class="muted" role="status">No step is found by “${state.search}”.</p>` : nothing}
  </section>`;
}
