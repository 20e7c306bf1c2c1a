import type { Sort } from '../../src/protocol';
import { createBody, rememberSlots } from './grid-body';
import { type GridColumn, type GridRow, naturalWidth } from './grid-cells';
import { namesText, rangeText } from './grid-copy';
import { createCellEditor } from './grid-edit';
import { createHeader, nextSort } from './grid-header';
import { type ActiveCell, type CellRange, cellAfterKey, rangeOf } from './grid-keys';
import { createPages } from './grid-pages';
import * as map from './grid-rows';
import { createTip } from './grid-tip';
import type { Grid, GridOptions } from './grid-types';
import './grid.css';

export type { GridColumn, GridRow } from './grid-cells';
export type { ActiveCell, CellRange } from './grid-keys';
export type { Grid, GridOptions, GridPlace } from './grid-types';

const PAGE = 100;
const ROW_NUMBER_CHARS = 8.2;

function element(className: string, role?: string): HTMLDivElement {
  const made = document.createElement('div');
  made.className = className;
  if (role) made.setAttribute('role', role);
  return made;
}

let grids = 0;

/** A table of any length in `host`: recycled rows, only the columns in sight, one tab stop. */
export function createGrid(host: HTMLElement, options: GridOptions): Grid {
  const id = `grid-${++grids}`;
  const scroller = element('grid', 'grid');
  scroller.tabIndex = 0;
  scroller.setAttribute('aria-label', options.label);
  const canvas = element('grid-canvas', 'presentation');
  const view = element('grid-view', 'presentation');
  const body = element('grid-body', 'rowgroup');
  const tip = createTip();
  const header = createHeader(id, {
    ...(options.onSort ? { onSort: cycleSort } : {}),
    ...(options.onColumn ? { onColumn: options.onColumn } : {}),
    ...(options.summary ? { summary: options.summary } : {}),
    onWidth(column, width) {
      const one = columns[column];
      if (!one) return;
      chosenWidths.set(one.name, Math.max(48, Math.min(1200, Math.round(width))));
      layout();
    },
  });
  view.append(header.element, body);
  canvas.append(view);
  scroller.append(canvas);
  host.replaceChildren(scroller, tip.element);

  const rowHeight = Math.max(20, Math.round((parseFloat(getComputedStyle(host).fontSize) || 13) * 1.75));
  host.classList.add('grid-host');
  host.style.setProperty('--grid-row', `${rowHeight}px`);

  let columns: readonly GridColumn[] = [];
  let total = 0;
  let largestNumber = 0;
  let sort: readonly Sort[] = [];
  let filtered: ReadonlySet<string> = new Set();
  let pinned = 0;
  /** The other corner of what is chosen. */
  let anchor: ActiveCell | undefined;
  let position = 0;
  let lastScroll = 0;
  let edges: number[] = [0];
  let numberWidth = 48;
  let active: ActiveCell = { row: 0, column: 0 };
  let frame: number | undefined;
  const chosenWidths = new Map<string, number>();
  const naturalWidths = new Map<string, number>();
  const lines = createBody(body, rowHeight);
  const slotsOf = rememberSlots(
    (all: readonly number[], held: number, left: number, start: number, width: number) =>
      map.columnSlots(all, { pinned: held, left, start, width }),
  );

  const pages = createPages<GridRow>({
    size: PAGE,
    keep: 60,
    settle: 60,
    load: (offset, limit, signal) => options.load(offset, limit, signal),
    onRows() {
      body.removeAttribute('aria-busy');
      schedule();
    },
    onError: (error) => options.onError(error),
  });

  const viewport = (): number => Math.max(0, scroller.clientHeight - header.element.offsetHeight);
  const scale = (): map.RowScale => map.rowScale(total, rowHeight, viewport());

  function widthOf(column: GridColumn, index: number): number {
    const key = `${column.state ?? ''} ${column.name}`;
    const chosen = chosenWidths.get(column.name) ?? naturalWidths.get(key);
    if (chosen !== undefined) return chosen;
    const rows = Array.from({ length: 50 }, (_, row) => pages.get(row)).filter((row) => row !== undefined);
    const natural = naturalWidth(column, index, rows);
    if (rows.length > 0) naturalWidths.set(key, natural);
    return natural;
  }

  function layout(): void {
    edges = map.columnEdges(columns.map(widthOf));
    numberWidth = Math.max(44, Math.ceil(String(Math.max(largestNumber, 1)).length * ROW_NUMBER_CHARS) + 28);
    host.style.setProperty('--grid-number', `${numberWidth}px`);
    const { virtual } = scale();
    canvas.style.height = `${virtual + header.element.offsetHeight}px`;
    canvas.style.width = `${numberWidth + (edges.at(-1) ?? 0)}px`;
    view.style.width = `${scroller.clientWidth}px`;
    view.style.height = `${scroller.clientHeight}px`;
    scroller.setAttribute('aria-rowcount', String(total + 1));
    scroller.setAttribute('aria-colcount', String(columns.length + 1));
    position = map.clampPosition(scale(), position);
    schedule();
  }

  function schedule(): void {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      paint();
    });
  }

  function cellId(cell: ActiveCell): string {
    return `${id}-${cell.row + 1}-${cell.column + 1}`;
  }

  function paint(): void {
    const height = viewport();
    if (height === 0 || scroller.clientWidth === 0) return;
    const rows = map.rowWindow(total, rowHeight, height, position);
    const slots = slotsOf(
      edges,
      pinned,
      scroller.scrollLeft,
      numberWidth,
      scroller.clientWidth - numberWidth,
    );
    const screen = rows.end - rows.first;
    header.paint({ columns, slots, numberWidth, sort, filtered, active });
    const selection = anchor ? selected() : undefined;
    // As many lines at every place, be a row cut by the edge or not.
    const count = Math.min(total - rows.first, Math.ceil(height / rowHeight) + 1);
    lines.paint({ first: rows.first, count, offset: rows.offset }, (row) => pages.get(row), {
      columns,
      slots,
      active,
      selection,
      cellId,
    });
    const inRows = active.row === -1 || (active.row >= rows.first && active.row < rows.end);
    const inSight = inRows && (active.column < 0 || slots.some(({ index }) => index === active.column));
    if (inSight) scroller.setAttribute('aria-activedescendant', cellId(active));
    else scroller.removeAttribute('aria-activedescendant');
    if (total > 0) {
      const margin = screen * 2;
      pages.want(Math.max(0, rows.first - margin), Math.min(total, rows.end + margin));
    }
  }

  function moveTo(next: number): void {
    const now = scale();
    position = map.clampPosition(now, next);
    const scroll = map.scrollOf(now, position, viewport());
    if (Math.abs(scroll - scroller.scrollTop) >= 0.5) scroller.scrollTop = scroll;
    lastScroll = scroller.scrollTop;
    schedule();
    options.onScroll?.();
  }

  const selected = (): CellRange =>
    rangeOf(anchor ?? active, active, { rows: total, columns: columns.length });

  /** `extend`: what lies between the cell and the one that choosing began at is chosen. */
  function activate(cell: ActiveCell, extend = false): void {
    anchor = extend ? (anchor ?? active) : undefined;
    active = cell;
    if (cell.row >= 0) moveTo(map.positionToShow(scale(), rowHeight, viewport(), position, cell.row));
    const left = edges[cell.column] ?? 0;
    const right = edges[cell.column + 1] ?? left;
    const room = scroller.clientWidth - numberWidth;
    const held = map.pinnedColumns(edges, pinned, room);
    const fixed = edges[held] ?? 0;
    if (cell.column >= held) {
      if (left - fixed < scroller.scrollLeft) scroller.scrollLeft = left - fixed;
      else if (right > scroller.scrollLeft + room) scroller.scrollLeft = Math.min(left - fixed, right - room);
    }
    paint();
    options.onSelect?.();
    tip.show(document.getElementById(cellId(active)), pages.get(active.row), active.column);
  }

  function cycleSort(column: number, add: boolean): void {
    const name = columns[column]?.name;
    if (name !== undefined) options.onSort?.(nextSort(sort, name, add));
  }

  function cellAt(target: EventTarget | null): { cell: ActiveCell; element: Element } | undefined {
    const found = target instanceof Element ? target.closest('[role=gridcell],[role=rowheader]') : null;
    const parts = found?.id.split('-').slice(-2).map(Number);
    const [row, column] = parts ?? [];
    if (!found || row === undefined || column === undefined || Number.isNaN(row + column)) return undefined;
    return { cell: { row: row - 1, column: column - 1 }, element: found };
  }

  const editor =
    options.editing &&
    createCellEditor(options.editing, {
      host,
      scroller,
      bounds: () => ({ rows: total, columns: columns.length }),
      active: () => active,
      isRange: () => anchor !== undefined,
      elementOf: (cell) => document.getElementById(cellId(cell)),
      activate: (cell) => activate(cell),
    });

  const copied = (): string | undefined =>
    active.row < 0 && !anchor
      ? namesText(columns, active.column)
      : rangeText(selected(), (row) => pages.get(row));

  const events = new AbortController();
  const { signal } = events;
  scroller.addEventListener(
    'scroll',
    () => {
      tip.hide();
      editor?.close();
      const now = scroller.scrollTop;
      if (Math.abs(now - lastScroll) >= 0.5) {
        position = map.positionAfterScroll(scale(), viewport(), position, lastScroll, now);
        lastScroll = now;
      }
      schedule();
      options.onScroll?.();
    },
    { signal, passive: true },
  );
  scroller.addEventListener(
    'wheel',
    (event) => {
      // Only a scaled table needs help: there a wheel's pixel would be many rows.
      if (!scale().scaled || event.ctrlKey || event.shiftKey || event.deltaY === 0) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? rowHeight : event.deltaMode === 2 ? viewport() : 1;
      moveTo(position + event.deltaY * unit);
    },
    { signal, passive: false },
  );
  scroller.addEventListener(
    'keydown',
    (event) => {
      if (event.altKey || event.target !== scroller) return;
      if (event.key === 'Escape') tip.hide();
      if (active.row === -1 && active.column >= 0 && header.key(event, active.column, edges)) {
        event.preventDefault();
        return;
      }
      const control = event.ctrlKey || event.metaKey;
      if (editor?.key(event, active)) {
        tip.hide();
        return;
      }
      if ((event.key === 'Enter' || event.key === ' ') && active.row >= 0 && options.onCell) {
        event.preventDefault();
        options.onCell(active);
        return;
      }
      if (control && event.key.toLowerCase() === 'a' && total > 0) {
        event.preventDefault();
        active = { row: 0, column: 0 };
        activate({ row: total - 1, column: columns.length - 1 }, true);
        return;
      }
      const page = Math.max(1, Math.floor(viewport() / rowHeight) - 1);
      const next = cellAfterKey(
        active,
        { key: event.key, control },
        { rows: total, columns: columns.length, page },
      );
      if (!next) return;
      event.preventDefault();
      activate(next, event.shiftKey);
    },
    { signal },
  );
  body.addEventListener(
    'pointerdown',
    (event) => {
      const hit = cellAt(event.target);
      if (!hit) return;
      scroller.focus({ preventScroll: true });
      // The right button leaves what is chosen as it is.
      if (event.button === 0) activate(hit.cell, event.shiftKey);
    },
    { signal },
  );
  body.addEventListener(
    'dblclick',
    (event) => {
      const hit = cellAt(event.target);
      if (!hit || hit.cell.column < 0 || editor?.open(hit.cell)) return;
      options.onCell?.(hit.cell);
    },
    { signal },
  );
  body.addEventListener(
    'pointerover',
    (event) => {
      const hit = cellAt(event.target);
      if (!hit) return;
      if (event.buttons === 1) activate(hit.cell, true);
      else tip.show(hit.element, pages.get(hit.cell.row), hit.cell.column);
    },
    { signal },
  );
  scroller.addEventListener('pointerleave', () => tip.hide(), { signal });
  scroller.addEventListener('blur', () => tip.hide(), { signal });
  document.addEventListener(
    'copy',
    (event) => {
      // What is chosen in a box such as the search is in the selection's text, too, but not in its range.
      if (document.activeElement !== scroller || getSelection()?.isCollapsed === false) return;
      const text = copied();
      if (text !== undefined) event.clipboardData?.setData('text/plain', text);
      else options.onCopy?.(selected());
      event.preventDefault();
    },
    { signal },
  );
  const resize = new ResizeObserver(layout);
  resize.observe(scroller);

  return {
    setColumns(next, pin = 0) {
      columns = next;
      pinned = pin;
      active = { ...active, column: Math.min(active.column, Math.max(0, next.length - 1)) };
      header.refresh();
      layout();
    },
    setTotal(rows, largest = rows) {
      total = rows;
      largestNumber = largest;
      active = { ...active, row: Math.min(active.row, Math.max(0, rows - 1)) };
      layout();
    },
    seed(offset, rows) {
      pages.seed(offset, rows);
      layout();
    },
    setSort(next, on = new Set<string>()) {
      sort = next;
      filtered = on;
      schedule();
    },
    active: () => active,
    selection: selected,
    activate: (cell) => activate(cell),
    row: (row) => pages.get(row),
    setSelected(column) {
      header.select(column);
      schedule();
    },
    reload() {
      pages.reset();
      body.setAttribute('aria-busy', 'true');
      schedule();
    },
    retry: () => pages.retry(),
    refreshSummaries() {
      header.refresh();
      schedule();
    },
    place: () => ({ top: position, left: scroller.scrollLeft }),
    scrollTo({ top, left }) {
      layout();
      moveTo(top);
      scroller.scrollLeft = left;
    },
    focus: () => scroller.focus(),
    dispose() {
      events.abort();
      editor?.dispose();
      resize.disconnect();
      pages.dispose();
      if (frame !== undefined) cancelAnimationFrame(frame);
      host.replaceChildren();
    },
  };
}
