import { html, nothing, type TemplateResult } from 'lit';
import type { Mend, RecipeProblem, ServedStep, Step, StepEffect, StepInfo } from '../../src/protocol';
import { button, icon } from '../shared/controls';
import { plural } from '../shared/format';
import { type Noted, noteField, type Noting } from './note';
import { effectText, effectWarning, lackingTexts, optionsText, servedText } from './texts';

export interface StepsState {
  readonly steps: readonly Step[];
  readonly infos: ReadonlyMap<string, StepInfo>;
  readonly problems: readonly RecipeProblem[];
  readonly served: readonly ServedStep[];
  readonly effects: ReadonlyMap<number, StepEffect>;
  /** The step whose table is shown; -1: the file as it is; undefined: after all steps. */
  readonly selected: number | undefined;
  readonly editing: number | undefined;
  readonly form: TemplateResult | typeof nothing;
  readonly dragged: number | undefined;
  readonly noting: Noting | undefined;
  readonly busy: boolean;
}

export interface StepsActions {
  onSelect(index: number): void;
  onEdit(index: number): void;
  onMove(from: number, to: number): void;
  onToggle(index: number, disabled: boolean): void;
  onRemove(index: number): void;
  onDuplicate(index: number): void;
  /** The note is to be written. */
  onNote(index: number): void;
  /** It was written; undefined: given up. */
  onNoted: Noted;
  onDrag(index: number | undefined): void;
  onMend(mend: Mend): void;
}

/** A step that fails on the data: what is wrong in it only the person knows. */
function withoutIt(index: number): readonly Mend[] {
  return [
    { title: 'Switch Off', edit: { edit: 'toggle', index, disabled: true } },
    { title: 'Remove', edit: { edit: 'remove', index } },
  ];
}

function message(text: unknown, mends: readonly Mend[], actions: StepsActions): TemplateResult {
  return html`<div class="step-message step-error">
    ${icon('error')}
    <div>
      <span>${text}</span>
      ${
        mends.length === 0
          ? nothing
          : html`<div class="row mends">
              ${mends.map((one) => button({ label: one.title, kind: 'secondary', onClick: () => actions.onMend(one) }))}
            </div>`
      }
    </div>
  </div>`;
}

function messages(index: number, step: Step, state: StepsState, actions: StepsActions): TemplateResult {
  const titleOf = (at: number): string => {
    const kind = state.steps[at]?.kind ?? '';
    return state.infos.get(kind)?.title ?? kind;
  };
  const problems = state.problems.filter((problem) => problem.step === index);
  const effect = state.effects.get(index);
  const warning = effect && !effect.error ? effectWarning(effect, step) : undefined;
  const failed = problems.length === 0 ? effect?.error : undefined;
  return html`${problems.map((problem) => message(problem.message, problem.mends ?? [], actions))}
  ${lackingTexts(index, state.problems, titleOf).map((text) => message(text, [], actions))}
  ${failed ? message(`${failed.message} ${failed.fix ?? ''}`, [...(effect?.mends ?? []), ...withoutIt(index)], actions) : nothing}
  ${warning ? html`<div class="step-message step-warning">${icon('warning')}<span>${warning}</span></div>` : nothing}`;
}

/** Said where a step does something else at an endpoint than a person may think. */
function servedLine(index: number, state: StepsState): TemplateResult | typeof nothing {
  const served = state.served.find((one) => one.step === index);
  if (!served || (served.where === 'endpoint' && served.frozen.length === 0 && !served.earlier))
    return nothing;
  const sign =
    served.where === 'refused' ? 'circle-slash' : served.where === 'prepare' ? 'beaker' : 'package';
  return html`<div class="step-effect muted">
    ${icon(sign)} ${served.where === 'endpoint' ? 'At an endpoint ' : nothing}${servedText(served)}
  </div>`;
}

function actionsOf(
  index: number,
  step: Step,
  title: string,
  state: StepsState,
  actions: StepsActions,
): TemplateResult {
  const off = step.disabled === true;
  const name = `step ${index + 1}, ${title}`;
  return html`<div class="step-actions" role="group" aria-label="Actions of ${name}">
    ${button({ label: `Edit ${name}`, icon: 'edit', kind: 'icon', className: 'act-edit', onClick: () => actions.onEdit(index) })}
    ${button({
      label: `Move ${name} up`,
      icon: 'arrow-up',
      kind: 'icon',
      className: 'act-up',
      disabled: index === 0,
      onClick: () => actions.onMove(index, index - 1),
    })}
    ${button({
      label: `Move ${name} down`,
      icon: 'arrow-down',
      kind: 'icon',
      className: 'act-down',
      disabled: index === state.steps.length - 1,
      onClick: () => actions.onMove(index, index + 1),
    })}
    ${button({
      label: off ? `Switch ${name} on` : `Switch ${name} off`,
      icon: off ? 'eye-closed' : 'eye',
      kind: 'icon',
      className: 'act-toggle',
      onClick: () => actions.onToggle(index, !off),
    })}
    ${button({ label: `Duplicate ${name}`, icon: 'copy', kind: 'icon', className: 'act-duplicate', onClick: () => actions.onDuplicate(index) })}
    ${button({ label: `${step.note ? 'Change' : 'Write'} the note of ${name}`, icon: 'note', kind: 'icon', className: 'act-note', onClick: () => actions.onNote(index) })}
    ${button({ label: `Remove ${name}`, icon: 'trash', kind: 'icon', className: 'act-remove', onClick: () => actions.onRemove(index) })}
  </div>`;
}

function stepItem(index: number, step: Step, state: StepsState, actions: StepsActions): TemplateResult {
  const info = state.infos.get(step.kind);
  const title = info?.title ?? step.kind;
  const off = step.disabled === true;
  const effect = state.effects.get(index);
  const broken = (effect?.error ?? state.problems.find((problem) => problem.step === index)) !== undefined;
  const selected = state.selected === index;
  const className = `step${off ? ' step-off' : ''}${selected ? ' step-selected' : ''}${broken ? ' step-broken' : ''}${
    state.dragged !== undefined && state.dragged !== index ? ' step-target' : ''
  }`;
  return html`<li
    class=${className}
    data-step=${index}
    draggable=${state.editing === undefined ? 'true' : 'false'}
    @dragstart=${(event: DragEvent) => {
      event.dataTransfer?.setData('text/plain', title);
      actions.onDrag(index);
    }}
    @dragend=${() => actions.onDrag(undefined)}
    @dragover=${(event: DragEvent) => {
      if (state.dragged !== undefined) event.preventDefault();
    }}
    @drop=${(event: DragEvent) => {
      event.preventDefault();
      if (state.dragged !== undefined && state.dragged !== index) actions.onMove(state.dragged, index);
      actions.onDrag(undefined);
    }}
  >
    <div class="step-head">
      <button
        class="step-select"
        aria-pressed=${selected ? 'true' : 'false'}
        title="Show the table as it is after this step"
        @click=${() => actions.onSelect(index)}
        @dblclick=${() => actions.onEdit(index)}
      >
        <span class="step-number">${index + 1}</span>
        <span class="step-title">${title}${off ? html` <span class="muted">(off)</span>` : nothing}</span>
        <span class="step-options muted">${optionsText(step, info)}</span>
      </button>
      ${actionsOf(index, step, title, state, actions)}
    </div>
    ${effect && !off && !effect.error ? html`<div class="step-effect muted">${effectText(effect)}</div>` : nothing}
    ${state.noting?.index === index ? noteField(state.noting, actions.onNoted) : step.note ? html`<div class="step-effect muted">${icon('note')} ${step.note}</div>` : nothing}
    ${servedLine(index, state)} ${messages(index, step, state, actions)}
    ${state.editing === index ? state.form : nothing}
  </li>`;
}

/** The steps of a recipe in their order, each with what it did and what can be done with it. */
export function stepList(state: StepsState, actions: StepsActions): TemplateResult {
  const general = state.problems.filter((problem) => problem.step === undefined);
  return html`${general.map(
      (problem) =>
        html`<div class="step-message step-error">
          ${icon('error')}<span>Line ${problem.line + 1}: ${problem.message}</span>
        </div>`,
    )}
    <ol class="steps" aria-label="Steps of the recipe" aria-busy=${state.busy ? 'true' : 'false'}>
      <li class="step step-raw ${state.selected === -1 ? 'step-selected' : ''}">
        <button
          class="step-select"
          aria-pressed=${state.selected === -1 ? 'true' : 'false'}
          title="Show the table as it is in the file"
          @click=${() => actions.onSelect(-1)}
        >
          <span class="step-number">${icon('table')}</span>
          <span class="step-title">As in the data</span>
        </button>
      </li>
      ${state.steps.map((step, index) => stepItem(index, step, state, actions))}
    </ol>
    ${
      state.steps.length === 0
        ? html`<p class="muted steps-none">No steps yet: let some be suggested from the data, or add one.</p>`
        : html`<p class="visually-hidden">${plural(state.steps.length, 'step')}</p>`
    }`;
}
