import type { Column, FindRequest, FindResult, RowChoice } from '../../src/protocol';
import { wasCancelled } from '../shared/error';
import type { Grid } from '../shared/grid';
import type { SearchState } from './tools';

export interface SearchOptions {
  readonly grid: () => Grid | undefined;
  readonly columns: () => { readonly all: readonly Column[]; readonly shown: readonly Column[] };
  readonly choice: () => Required<RowChoice>;
  readonly find: (request: Omit<FindRequest, 'table'>, signal: AbortSignal) => Promise<FindResult>;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

export interface Search {
  state(): SearchState;
  set(part: Partial<Pick<SearchState, 'text' | 'pattern'>>): void;
  /** Goes to the next match from the active cell on, or to the one before. */
  readonly next: (backwards: boolean) => void;
  /** Other rows are chosen: what was counted holds no more. */
  forget(): void;
}

/** Search through the rows and columns that are shown. */
export function createSearch(options: SearchOptions): Search {
  let state: SearchState = { text: '', pattern: {}, busy: false, found: undefined };
  let work: AbortController | undefined;

  function change(part: Partial<SearchState>): void {
    state = { ...state, ...part };
    options.onChange();
  }

  async function next(backwards: boolean): Promise<void> {
    const grid = options.grid();
    const { all, shown } = options.columns();
    if (state.text === '' || !grid || shown.length === 0) return;
    work?.abort();
    work = new AbortController();
    const { signal } = work;
    const place = new Map(all.map(({ name }, k) => [name, k]));
    const { row, column } = grid.active();
    // The active cell is in the order of the shown columns, a match in that of the table.
    const at = place.get(shown[column]?.name ?? '') ?? -1;
    const isFirst = state.found === undefined;
    const step = isFirst ? 0 : backwards ? -1 : 1;
    change({ busy: true });
    try {
      const { match, matches, more } = await options.find(
        {
          text: state.text,
          pattern: state.pattern,
          columns: shown.map(({ name }) => name),
          from: { row: Math.max(0, row), column: (row < 0 ? 0 : at) + step },
          backwards,
          ...options.choice(),
        },
        signal,
      );
      if (signal.aborted) return;
      change({ busy: false, found: { ordinal: match?.ordinal, matches, more } });
      const name = match && all[match.column]?.name;
      const to = shown.findIndex((one) => one.name === name);
      if (match && to >= 0) grid.activate({ row: match.row, column: to });
    } catch (error) {
      if (signal.aborted) return;
      change({ busy: false, found: undefined });
      if (!wasCancelled(error)) options.onError(error);
    }
  }

  return {
    state: () => state,
    set(part) {
      work?.abort();
      change({ ...part, busy: false, found: undefined });
    },
    next: (backwards) => void next(backwards),
    forget() {
      work?.abort();
      state = { ...state, busy: false, found: undefined };
    },
  };
}
