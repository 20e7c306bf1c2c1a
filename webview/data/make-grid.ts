import { html } from 'lit';
import type { Column } from '../../src/protocol';
import { columnSummary } from '../shared/column-summary';
import { createGrid, type Grid, type GridOptions } from '../shared/grid';
import { partOf, type ProfileParts } from '../shared/profile-parts';
import { saved, shownColumns } from './choice';

export interface DataGridOptions extends Pick<
  GridOptions,
  'label' | 'load' | 'onError' | 'editing' | 'onSort' | 'onCopy'
> {
  readonly onColumn: (name: string) => void;
  readonly columns: () => readonly Column[];
  readonly parts: () => ProfileParts;
  /** Most rows are not here, so the columns are not summed up. */
  readonly unsummed: () => boolean;
  readonly grid: () => Grid | undefined;
  readonly draw: () => void;
}

const SAVE_MS = 250;
const UNSUMMED = html`<div class="head-line" title="Fetch all of the table to see them">no facts yet</div>`;

/** The grid of the data view: its place is kept with the view, its columns are the shown ones. */
export function makeDataGrid(app: HTMLElement, options: DataGridOptions): Grid | undefined {
  const { onColumn, columns, parts, unsummed, grid, draw, ...others } = options;
  const element = app.querySelector<HTMLElement>('.data-grid');
  if (!element) return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const name = (column: number): string | undefined => shownColumns(columns()).shown[column]?.name;
  return createGrid(element, {
    ...others,
    onColumn(column) {
      const found = name(column);
      if (found !== undefined) onColumn(found);
    },
    onCell() {
      saved.set({ panel: 'cell' });
      draw();
    },
    onSelect() {
      if (saved.get().panel === 'cell') draw();
    },
    summary: (column) => {
      const known = partOf(parts(), name(column));
      if (!known && unsummed()) return UNSUMMED;
      return columnSummary(known?.column, known?.rows ?? 0);
    },
    onScroll() {
      timer ??= setTimeout(() => {
        timer = undefined;
        const now = grid();
        if (now) saved.set(now.place());
      }, SAVE_MS);
    },
  });
}
