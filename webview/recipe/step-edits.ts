import type { Mend, RecipeEdit, RecipeViewState } from '../../src/protocol';
import { focusAfter } from './focus';
import type { Noting } from './note';
import { saved } from './saved';

export interface StepEditsOptions {
  readonly app: HTMLElement;
  readonly state: () => RecipeViewState | undefined;
  /** False when it could not be done. */
  readonly edit: (change: RecipeEdit) => Promise<boolean>;
  /** Closes the form that is open, if one is. */
  readonly closeForm: () => void;
  readonly redraw: () => void;
}

/** What is done to a step in the list; afterwards the focus is where a person goes on. */
export interface StepEdits {
  move(from: number, to: number): Promise<void>;
  remove(index: number): Promise<void>;
  duplicate(index: number): Promise<void>;
  toggle(index: number, disabled: boolean): Promise<void>;
  mend(mend: Mend): Promise<void>;
  noting(): Noting | undefined;
  startNote(index: number): void;
  /** undefined: given up. */
  setNote(index: number, note: string | undefined): Promise<void>;
  endNote(): void;
}

export function createStepEdits({ app, state, edit, closeForm, redraw }: StepEditsOptions): StepEdits {
  let noting: Noting | undefined;
  return {
    async move(from, to) {
      const focus = focusAfter(app);
      closeForm();
      if (!(await edit({ edit: 'move', from, to }))) return;
      if (saved.get().selected === from) saved.set({ selected: to });
      focus(to, to < from ? '.act-up' : '.act-down', '.act-down', '.act-up');
    },
    async remove(index) {
      const focus = focusAfter(app);
      closeForm();
      if (!(await edit({ edit: 'remove', index }))) return;
      const left = state()?.recipe.steps.length ?? 0;
      if (left === 0) app.querySelector<HTMLElement>('.act-add')?.focus();
      else focus(Math.min(index, left - 1), '.act-remove');
    },
    async duplicate(index) {
      const focus = focusAfter(app);
      closeForm();
      const step = state()?.recipe.steps[index];
      if (step && (await edit({ edit: 'add', steps: [step], at: index + 1 }))) focus(index + 1, '.act-edit');
    },
    async toggle(index, disabled) {
      await edit({ edit: 'toggle', index, disabled });
    },
    async mend({ edit: change }) {
      const focus = focusAfter(app);
      closeForm();
      if (await edit(change)) focus(change.index, '.act-edit');
    },
    noting: () => noting,
    startNote(index) {
      noting = { index, text: state()?.recipe.steps[index]?.note ?? '' };
      redraw();
      app.querySelector<HTMLElement>('.step-note .control')?.focus();
    },
    async setNote(index, note) {
      // Enter keeps it, and the box that goes away then says that it changed.
      if (noting?.index !== index) return;
      const focus = focusAfter(app);
      noting = undefined;
      if (note !== undefined && note !== (state()?.recipe.steps[index]?.note ?? '')) {
        await edit({ edit: 'note', index, note });
      }
      redraw();
      focus(index, '.act-note');
    },
    endNote() {
      noting = undefined;
    },
  };
}
