import type { TemplateResult } from 'lit';
import type { RecipeViewApi, Step, StepInfo, Suggestion } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { suggestPanel } from './panels';

export interface SuggestionsOptions {
  readonly host: Connection<RecipeViewApi>;
  redraw(): void;
  /** Runs a call whose failure is shown elsewhere; undefined when it failed. */
  attempt<T>(work: () => Promise<T>): Promise<T | undefined>;
  /** False when the steps could not be added. */
  add(steps: readonly Step[]): Promise<boolean>;
  onClose(): void;
}

export interface Suggestions {
  template(infos: ReadonlyMap<string, StepInfo>): TemplateResult;
}

/** The steps that the data asks for: looked for at once, then taken one by one, some or all. */
export function openSuggestions(options: SuggestionsOptions, target: string | undefined): Suggestions {
  let suggestions: readonly Suggestion[] | undefined;
  let chosen: ReadonlySet<number> = new Set();

  async function find(): Promise<void> {
    const params = target === undefined ? {} : { target };
    const found = await options.attempt(() => options.host.call('suggest', params));
    if (!found) {
      options.onClose();
      return;
    }
    suggestions = found;
    chosen = new Set(found.keys());
    options.redraw();
  }

  async function accept(indices: readonly number[]): Promise<void> {
    const taken = suggestions?.filter((_, index) => indices.includes(index)) ?? [];
    if (!(await options.add(taken.map(({ step }) => step)))) return;
    suggestions = suggestions?.filter((_, index) => !indices.includes(index)) ?? [];
    chosen = new Set(suggestions.keys());
    if (suggestions.length === 0) options.onClose();
    else options.redraw();
  }

  void find();
  return {
    template: (infos) =>
      suggestPanel(
        { suggestions, chosen, infos },
        {
          onChoose(index, on) {
            const next = new Set(chosen);
            if (on) next.add(index);
            else next.delete(index);
            chosen = next;
            options.redraw();
          },
          onAccept: (indices) => void accept(indices),
          onClose: () => options.onClose(),
        },
      ),
  };
}
