import type { ActiveCell } from './grid-keys';

/** How cells are edited in a grid; the table decides what may be. */
export interface GridEditing {
  /** False: Enter and a double click do what they do in a table that is only read. */
  allowed(): boolean;
  /** The text to begin with; undefined when the cell cannot be edited, which was said. */
  begin(cell: ActiveCell): Promise<string | undefined>;
  /** A cell is to hold that text. */
  commit(cell: ActiveCell, text: string): void;
  /** A text from the clipboard goes into the cell. */
  paste(cell: ActiveCell, text: string): void;
  /** Several cells are chosen, and one can be emptied. */
  onlyOne(): void;
  /** All that was committed is to be saved. */
  save(): void;
  /** What is edited, for a screen reader: `Edit name, row 3`. */
  label(cell: ActiveCell): string;
}

export interface CellEditor {
  /** True when the key began an edit, or emptied the cell. */
  key(event: KeyboardEvent, cell: ActiveCell): boolean;
  /** False where the table is only read. */
  open(cell: ActiveCell): boolean;
  /** Takes what was typed, and closes. */
  close(): void;
  dispose(): void;
}

export interface CellEditorHost {
  readonly host: HTMLElement;
  readonly scroller: HTMLElement;
  readonly bounds: () => { readonly rows: number; readonly columns: number };
  readonly active: () => ActiveCell;
  /** True when more than one cell is chosen. */
  readonly isRange: () => boolean;
  elementOf(cell: ActiveCell): HTMLElement | null;
  activate(cell: ActiveCell): void;
}

const MOST_LINES = 8;

/** The box in which a cell's text is typed; it lies over the cell. */
export function createCellEditor(editing: GridEditing, grid: CellEditorHost): CellEditor {
  let box:
    | { readonly area: HTMLTextAreaElement; readonly cell: ActiveCell; readonly was: string | undefined }
    | undefined;
  /** The cell whose text is on its way. */
  let awaited: ActiveCell | undefined;
  const events = new AbortController();

  const isCell = ({ row, column }: ActiveCell): boolean => row >= 0 && column >= 0;

  function end(take: boolean): ActiveCell | undefined {
    if (!box) return undefined;
    const { area, cell, was } = box;
    box = undefined;
    const text = area.value;
    area.remove();
    if (take && text !== was) editing.commit(cell, text);
    return cell;
  }

  function leave(take: boolean, by?: Partial<ActiveCell>): void {
    const cell = end(take);
    grid.scroller.focus({ preventScroll: true });
    if (!cell || !by) return;
    const { rows, columns } = grid.bounds();
    let row = cell.row + (by.row ?? 0);
    let column = cell.column + (by.column ?? 0);
    if (column >= columns) [row, column] = [row + 1, 0];
    if (column < 0) [row, column] = [row - 1, columns - 1];
    if (row >= 0 && row < rows) grid.activate({ row, column });
  }

  function show(cell: ActiveCell, text: string, was: string | undefined): void {
    end(true);
    const below = grid.elementOf(cell);
    if (!below) return;
    const place = below.getBoundingClientRect();
    const area = document.createElement('textarea');
    area.className = 'grid-editor';
    area.setAttribute('aria-label', editing.label(cell));
    area.spellcheck = false;
    area.value = text;
    const fit = (): void => {
      area.rows = Math.min(MOST_LINES, area.value.split('\n').length);
    };
    fit();
    area.addEventListener('input', fit);
    area.addEventListener('keydown', keyInBox);
    area.addEventListener('blur', () => end(true));
    box = { area, cell, was };
    grid.host.append(area);
    const width = Math.max(place.width, 160);
    area.style.left = `${Math.max(0, Math.min(place.left, window.innerWidth - width - 8))}px`;
    area.style.top = `${place.top}px`;
    area.style.width = `${Math.min(width, window.innerWidth - 16)}px`;
    area.style.minHeight = `${place.height}px`;
    area.focus({ preventScroll: true });
    area.setSelectionRange(text.length, text.length);
  }

  function keyInBox(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const control = event.ctrlKey || event.metaKey;
    const isSave = control && event.key.toLowerCase() === 's';
    if (event.key === 'Escape') leave(false);
    else if (event.key === 'Tab') {
      leave(true, { column: event.shiftKey ? -1 : 1 });
      void begin(grid.active());
    } else if (event.key === 'Enter' && !event.shiftKey && !event.altKey) leave(true, { row: 1 });
    else if (event.key === 'Enter' && event.altKey && box) {
      const { area } = box;
      area.setRangeText('\n', area.selectionStart, area.selectionEnd, 'end');
      area.dispatchEvent(new Event('input'));
    } else if (isSave) {
      // What was typed belongs to what is saved, so it is taken first.
      leave(true);
      editing.save();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async function begin(cell: ActiveCell): Promise<void> {
    if (!isCell(cell)) return;
    awaited = cell;
    const text = await editing.begin(cell);
    const now = grid.active();
    if (awaited !== cell || now.row !== cell.row || now.column !== cell.column) return;
    awaited = undefined;
    if (text !== undefined) show(cell, text, text);
  }

  document.addEventListener(
    'paste',
    (event) => {
      const cell = grid.active();
      if (document.activeElement !== grid.scroller || !isCell(cell)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      event.preventDefault();
      if (!editing.allowed()) void editing.begin(cell);
      else editing.paste(cell, text);
    },
    { signal: events.signal },
  );

  return {
    key(event, cell) {
      if (!isCell(cell) || event.ctrlKey || event.metaKey) return false;
      if (event.key === 'F2') void begin(cell);
      else if (!editing.allowed()) return false;
      else if (event.key === 'Enter' && !event.shiftKey) void begin(cell);
      else if (event.key === 'Delete' || event.key === 'Backspace') {
        if (grid.isRange()) editing.onlyOne();
        else editing.commit(cell, '');
      } else if (event.key.length === 1 && event.key !== ' ') show(cell, event.key, undefined);
      else return false;
      event.preventDefault();
      return true;
    },
    open(cell) {
      if (!editing.allowed()) return false;
      void begin(cell);
      return true;
    },
    close() {
      if (box) leave(true);
    },
    dispose() {
      events.abort();
      end(false);
    },
  };
}
