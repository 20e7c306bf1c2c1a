import { html, nothing, render } from 'lit';
import type { ColumnType, Sort } from '../../src/protocol';
import { icon } from './controls';
import type { GridColumn } from './grid-cells';
import type { ActiveCell } from './grid-keys';
import type { Slot } from './grid-lines';

const TYPE: Readonly<Record<ColumnType, { readonly icon: string; readonly text: string }>> = {
  number: { icon: 'symbol-numeric', text: 'number' },
  integer: { icon: 'symbol-numeric', text: 'whole number' },
  text: { icon: 'symbol-string', text: 'text' },
  boolean: { icon: 'symbol-boolean', text: 'true or false' },
  date: { icon: 'calendar', text: 'date' },
  datetime: { icon: 'watch', text: 'date and time' },
  other: { icon: 'symbol-misc', text: 'other' },
};

/** A column's type in plain words. */
export function typeText(type: ColumnType): string {
  return TYPE[type].text;
}

export function typeIcon(type: ColumnType): string {
  return TYPE[type].icon;
}

export interface HeaderOptions {
  /** `add`: to the columns that it is sorted by already. */
  readonly onSort?: (column: number, add: boolean) => void;
  readonly onColumn?: (column: number) => void;
  readonly summary?: (column: number) => unknown;
  onWidth(column: number, width: number): void;
}

export interface HeaderState {
  readonly columns: readonly GridColumn[];
  readonly slots: readonly Slot[];
  readonly numberWidth: number;
  readonly sort: readonly Sort[];
  /** Names of columns that a filter is on. */
  readonly filtered: ReadonlySet<string>;
  readonly active: ActiveCell;
}

export interface Header {
  readonly element: HTMLElement;
  paint(state: HeaderState): void;
  /** A key on a header cell; true when it did something. */
  key(event: KeyboardEvent, column: number, edges: readonly number[]): boolean;
  select(column: number | undefined): void;
  /** The summaries changed: draw them again with the next paint. */
  refresh(): void;
}

const STEP = 20;

/** A column's order goes from none to ascending, descending and none. `add`: the orders of others stay. */
export function nextSort(sort: readonly Sort[], column: string, add: boolean): readonly Sort[] {
  const known = sort.find((one) => one.column === column);
  const next = !known
    ? [{ column, descending: false }]
    : known.descending
      ? []
      : [{ column, descending: true }];
  if (!add) return next;
  return known ? sort.flatMap((one) => (one === known ? next : [one])) : [...sort, ...next];
}

export function createHeader(id: string, options: HeaderOptions): Header {
  const row = document.createElement('div');
  row.className = options.summary ? 'grid-head' : 'grid-head grid-head-plain';
  row.setAttribute('role', 'row');
  row.setAttribute('aria-rowindex', '1');
  // A row without a cell is no row: until it is painted it says that it is on its way.
  row.setAttribute('aria-busy', 'true');
  let painted = '';
  let version = 0;
  let selected: number | undefined;

  function startResize(event: PointerEvent, column: number, width: number): void {
    event.preventDefault();
    event.stopPropagation();
    const handle = event.currentTarget;
    if (!(handle instanceof HTMLElement)) return;
    handle.setPointerCapture(event.pointerId);
    const from = event.clientX;
    const move = (now: PointerEvent): void => options.onWidth(column, width + now.clientX - from);
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
  }

  function headCell(state: HeaderState, { index, left, width, pinned }: Slot): unknown {
    const column = state.columns[index];
    if (!column) return nothing;
    const order = state.sort.findIndex((one) => one.column === column.name);
    const by = state.sort[order];
    const sorted = by ? (by.descending ? 'descending' : 'ascending') : 'none';
    const isFiltered = state.filtered.has(column.name);
    const isActive = state.active.row === -1 && state.active.column === index;
    const { onSort, onColumn } = options;
    const type = TYPE[column.type];
    return html`<div
      class="head-cell ${isActive ? 'cell-active' : ''} ${column.state === 'new' ? 'head-new' : ''} ${
        selected === index ? 'head-selected' : ''
      } ${pinned ? 'head-pinned' : ''}"
      role="columnheader"
      id="${id}-0-${index + 1}"
      aria-colindex=${index + 2}
      aria-sort=${onSort ? sorted : nothing}
      data-column=${index}
      .style=${`left:${left}px;width:${width}px`}
    >
      <div
        class="head-name ${onSort ? 'head-sortable' : ''}"
        title="${column.name} · ${type.text} (${column.sqlType})${onSort ? ' · click to sort, with Shift by several columns' : ''}"
        @click=${(event: MouseEvent) => onSort?.(index, event.shiftKey)}
      >
        <span class="codicon codicon-${type.icon}" role="img" aria-label=${type.text}></span>
        <span class="head-text">${column.name}</span>
        ${column.state === 'new' ? html`<span class="head-mark">new</span>` : nothing}
        ${sorted === 'none' ? nothing : icon(sorted === 'ascending' ? 'arrow-up' : 'arrow-down')}
        ${sorted !== 'none' && state.sort.length > 1 ? html`<span class="head-order">${order + 1}</span>` : nothing}
        ${isFiltered ? html`<span class="codicon codicon-filter-filled" role="img" aria-label="filtered"></span>` : nothing}
        ${pinned ? html`<span class="codicon codicon-pinned" role="img" aria-label="pinned"></span>` : nothing}
      </div>
      ${
        options.summary
          ? html`<div
              class="head-summary ${onColumn ? 'head-open' : ''}"
              title=${onColumn ? `Details of ${column.name}` : nothing}
              @click=${() => onColumn?.(index)}
            >
              ${options.summary(index)}
            </div>`
          : nothing
      }
      <div
        class="head-resize"
        title="Drag to change the width"
        @pointerdown=${(event: PointerEvent) => startResize(event, index, width)}
      ></div>
    </div>`;
  }

  return {
    element: row,
    paint(state) {
      const { slots, sort, filtered, active } = state;
      // The header is drawn by templates, so it is skipped while only rows move.
      const key = JSON.stringify([
        version,
        slots,
        sort,
        [...filtered],
        selected,
        active.row === -1 ? active.column : null,
      ]);
      if (key === painted) return;
      painted = key;
      render(
        html`${slots.map((slot) => headCell(state, slot))}
          <div
            class="head-corner ${active.row === -1 && active.column === -1 ? 'cell-active' : ''}"
            role="columnheader"
            id="${id}-0-0"
            aria-colindex="1"
            .style=${`width:${state.numberWidth}px`}
          >
            Row
          </div>`,
        row,
      );
      row.removeAttribute('aria-busy');
    },
    key(event, column, edges) {
      if (event.key === 'Enter' && options.onSort) options.onSort(column, event.shiftKey);
      else if ((event.key === ' ' || event.key === 'Enter') && options.onColumn) options.onColumn(column);
      else if (event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
        const width = (edges[column + 1] ?? 0) - (edges[column] ?? 0);
        options.onWidth(column, width + (event.key === 'ArrowRight' ? STEP : -STEP));
      } else return false;
      return true;
    },
    select(column) {
      selected = column;
    },
    refresh() {
      version++;
    },
  };
}
