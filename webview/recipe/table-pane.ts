import { html, nothing, type TemplateResult } from 'lit';
import type {
  Column,
  ErrorData,
  RecipePreview,
  RecipeViewApi,
  RecipeViewState,
  Step,
  StepEffect,
} from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { columnDetails } from '../shared/column-details';
import { errorBanner, errorData, wasCancelled } from '../shared/error';
import { tableBar } from './bars';
import { createPreview, type PreviewTable } from './preview';
import { saved } from './saved';
import { enabledUpTo, firstBroken, firstFailed } from './texts';

export interface TablePane {
  /** What each step did, by its place in the recipe, as of the last preview. */
  effects(): ReadonlyMap<number, StepEffect>;
  /** The step before which the last preview ended, because it could not be done. */
  broken(): number | undefined;
  loading(): boolean;
  /** Of the table that is shown; undefined before the first. */
  columns(): readonly Column[] | undefined;
  /**
   * Computes the table again, a moment after the last call. `selected`: the step to stop after, -1: before the first; `wrong`:
   * the first step that has a mistake in the recipe, which nothing is computed beyond.
   */
  refreshSoon(steps: readonly Step[], selected: number | undefined, wrong: number | undefined): void;
  template(place: string, sample: RecipeViewState['sample'], onAll: (() => void) | undefined): TemplateResult;
  dispose(): void;
}

const SETTLE = 120;
/** Tables of at most so many cells are computed on all rows without being asked. */
const MOST_CELLS = 20_000_000;

/** The table after the recipe, or after the selected step. `element` finds the grid's place once it is drawn. */
export function createTablePane(
  host: Connection<RecipeViewApi>,
  element: () => HTMLElement | null,
  redraw: () => void,
): TablePane {
  let preview: RecipePreview | undefined;
  let effects: ReadonlyMap<number, StepEffect> = new Map();
  let broken: number | undefined;
  let table: PreviewTable | undefined;
  let loading = false;
  let failure: ErrorData | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  let whole: AbortController | undefined;
  let progress = 0;
  let offered = false;
  let again: () => void = () => undefined;
  let startAll: () => void = () => undefined;

  function showColumn(column: number): void {
    const name = preview?.columns[column]?.name ?? '';
    saved.set({ details: name === saved.get().details ? '' : name });
    redraw();
  }

  function show(error: unknown): void {
    failure = errorData(error);
    redraw();
  }

  function makeTable(): PreviewTable | undefined {
    const place = element();
    if (!place) return undefined;
    return createPreview(place, host, {
      onError: show,
      onColumn: showColumn,
      onProgress: redraw,
    });
  }

  async function refresh(
    steps: readonly Step[],
    selected: number | undefined,
    wrong: number | undefined,
  ): Promise<void> {
    table ??= makeTable();
    if (!table) return;
    const request = ++asked;
    whole?.abort();
    whole = undefined;
    offered = false;
    loading = true;
    redraw();
    try {
      const upTo = selected === undefined ? undefined : enabledUpTo(steps, selected);
      const next = await table.refresh(upTo, saved.get().onlyChanged);
      if (request !== asked) return;
      if (next) {
        preview = next;
        // The rows come before the steps are counted: until then the recipe's own mistakes say where the table ends.
        broken = firstFailed(next.effects, wrong);
      }
      failure = undefined;
      redraw();
      // The numbers beside the steps are those of the whole recipe, whichever step is looked at; they come after the rows.
      const every = await host.call('preview', { offset: 0, limit: 1 });
      if (request !== asked) return;
      take(every, steps);
      startAll = () => void onAllRows(steps, upTo);
      if (next && next.sampleRows < next.totalRows) {
        offered = true;
        if (next.totalRows * next.columns.length <= MOST_CELLS) startAll();
      }
    } catch (error) {
      if (request !== asked || wasCancelled(error)) return;
      failure = errorData(error);
    }
    loading = false;
    redraw();
  }

  function take(every: RecipePreview, steps: readonly Step[]): void {
    effects = new Map(every.effects.map((effect) => [effect.index, effect]));
    broken = firstBroken(steps, effects);
  }

  /** In the background, while the table shows the sample; an edit or a click gives it up. */
  async function onAllRows(steps: readonly Step[], upTo: number | undefined): Promise<void> {
    const request = asked;
    const work = new AbortController();
    whole = work;
    offered = false;
    progress = 0;
    redraw();
    try {
      const every = await host.call(
        'preview',
        { offset: 0, limit: 1, all: true },
        {
          signal: work.signal,
          onProgress(value) {
            progress = (value as { progress?: number }).progress ?? progress;
            redraw();
          },
        },
      );
      if (request !== asked) return;
      const next = await table?.refresh(upTo, saved.get().onlyChanged, true);
      if (request !== asked) return;
      if (next) preview = next;
      take(every, steps);
    } catch (error) {
      if (request !== asked) return;
      offered = true;
      if (!wasCancelled(error)) failure = errorData(error);
    }
    whole = undefined;
    redraw();
  }

  function details(): TemplateResult | typeof nothing {
    const whole = table?.profile();
    const index = preview?.columns.findIndex((column) => column.name === saved.get().details) ?? -1;
    const profile = index < 0 ? undefined : whole?.columns.find((one) => one.name === saved.get().details);
    table?.setSelected(profile ? index : undefined);
    if (!whole || !profile) return nothing;
    return columnDetails(profile, whole.rows, whole.exact ? 'all' : 'the first', () => showColumn(index));
  }

  return {
    effects: () => effects,
    broken: () => broken,
    loading: () => loading,
    columns: () => preview?.columns,
    refreshSoon(steps, selected, wrong) {
      clearTimeout(timer);
      if (!preview) broken = wrong;
      again = () => void refresh(steps, selected, wrong);
      timer = setTimeout(again, SETTLE);
    },
    template(place, sample, onAll) {
      return html`<section class="recipe-table" aria-label="Table">
        ${tableBar({
          preview,
          sample,
          place,
          onlyChanged: saved.get().onlyChanged,
          changed: table?.changed(),
          loading,
          onAll,
          allRows: {
            state: whole ? 'running' : offered ? 'offered' : 'none',
            progress,
            onStart: () => startAll(),
            onCancel: () => whole?.abort(),
          },
          onFix: (fix) => void host.call('runFix', fix).catch(show),
          onOnlyChanged(on) {
            saved.set({ onlyChanged: on });
            redraw();
            again();
          },
        })}
        ${
          failure
            ? html`<div class="recipe-messages">${errorBanner(failure, { onRetry: () => again() })}</div>`
            : nothing
        }
        <div class="recipe-main">
          <div class="recipe-grid grid-host"></div>
          ${details()}
        </div>
      </section>`;
    },
    dispose() {
      clearTimeout(timer);
      whole?.abort();
      asked++;
      table?.dispose();
      table = undefined;
    },
  };
}
