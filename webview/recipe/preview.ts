import type { Profile, RecipePreview, RecipeViewApi } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { columnSummary } from '../shared/column-summary';
import { wasCancelled } from '../shared/error';
import { createGrid, type Grid, type GridRow } from '../shared/grid';
import { gridRow, isChanged } from './rows';

/** Looked through at a time for changed rows, and the most that are kept. */
const CHUNK = 1000;
const MOST = 5000;
const FIRST = 100;

export interface ChangedRows {
  readonly rows: readonly GridRow[];
  /** Rows looked at so far. */
  readonly seen: number;
  readonly done: boolean;
}

export interface PreviewTable {
  /** Fetches the table after `upTo` steps (undefined: all), keeping the place; a running fetch is given up. */
  refresh(upTo: number | undefined, onlyChanged: boolean, all?: boolean): Promise<RecipePreview | undefined>;
  profile(): Profile | null;
  changed(): ChangedRows | undefined;
  setSelected(column: number | undefined): void;
  retry(): void;
  dispose(): void;
}

export interface PreviewOptions {
  onError(error: unknown): void;
  onColumn(column: number): void;
  /** There is more to show: statistics, or the search for changed rows went on. */
  onProgress(): void;
}

export function createPreview(
  element: HTMLElement,
  host: Connection<RecipeViewApi>,
  options: PreviewOptions,
): PreviewTable {
  let upTo: number | undefined;
  let whole = false;
  let work = new AbortController();
  let shown: RecipePreview | undefined;
  let changed: ChangedRows | undefined;
  // The one before stays until the next is counted, so that the headers do not go blank at each edit.
  let profile: Profile | null = null;

  function fetch(
    offset: number,
    limit: number,
    signal: AbortSignal,
    more: { profile?: boolean; rowsOnly?: boolean } = {},
  ): Promise<RecipePreview> {
    const steps = { ...(upTo === undefined ? {} : { upTo }), ...(whole ? { all: true } : {}) };
    return host.call('preview', { offset, limit, ...steps, ...more }, { signal });
  }

  const grid: Grid = createGrid(element, {
    label: 'The table after the recipe',
    async load(offset, limit, signal) {
      if (changed) return changed.rows.slice(offset, offset + limit);
      const preview = await fetch(offset, limit, signal);
      return preview.rows.map(gridRow);
    },
    onError(error) {
      if (!wasCancelled(error)) options.onError(error);
    },
    onColumn: (column) => options.onColumn(column),
    summary(index) {
      const column = shown?.columns[index];
      const found = profile?.columns.find((one) => one.name === column?.name);
      return columnSummary(found, profile?.rows ?? 0);
    },
  });

  /** After the rows, which a wide table's statistics would keep waiting. */
  async function loadProfile(signal: AbortSignal): Promise<void> {
    const next = await fetch(0, 1, signal, { profile: true });
    if (signal.aborted) return;
    profile = next.profile;
    grid.refreshSummaries();
    options.onProgress();
  }

  async function lookForChanged(total: number, signal: AbortSignal): Promise<void> {
    const rows: GridRow[] = [];
    let seen = 0;
    while (seen < total && rows.length < MOST) {
      const preview = await fetch(seen, CHUNK, signal);
      if (signal.aborted) return;
      seen += CHUNK;
      rows.push(...preview.rows.map(gridRow).filter(isChanged));
      changed = {
        rows: rows.slice(0, MOST),
        seen: Math.min(seen, total),
        done: seen >= total || preview.rows.length === 0,
      };
      grid.setTotal(changed.rows.length, total);
      grid.reload();
      options.onProgress();
      if (preview.rows.length === 0) return;
    }
  }

  return {
    async refresh(steps, onlyChanged, all = false) {
      work.abort();
      work = new AbortController();
      const { signal } = work;
      upTo = steps;
      whole = all;
      const next = await fetch(0, FIRST, signal, { rowsOnly: true });
      if (signal.aborted) return undefined;
      shown = next;
      changed = onlyChanged ? { rows: [], seen: 0, done: false } : undefined;
      grid.reload();
      grid.setColumns(next.columns);
      if (onlyChanged) {
        grid.setTotal(0, next.sampleRows);
        lookForChanged(next.sampleRows, signal).catch((error: unknown) => {
          if (!signal.aborted) options.onError(error);
        });
      } else {
        grid.setTotal(next.sampleRows);
        grid.seed(0, next.rows.map(gridRow));
      }
      loadProfile(signal).catch((error: unknown) => {
        if (!signal.aborted) options.onError(error);
      });
      return next;
    },
    profile: () => profile,
    changed: () => changed,
    setSelected: (column) => grid.setSelected(column),
    retry: () => grid.retry(),
    dispose() {
      work.abort();
      grid.dispose();
    },
  };
}
