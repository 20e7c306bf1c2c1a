import type { GridRow } from './grid-cells';
import { paintLine, type LineState, type Slot } from './grid-lines';

/** After so many rows lines are placed anew: a browser draws what is moved by millions of pixels wrongly. */
const FARTHEST = 10_000;

interface Line {
  readonly element: HTMLElement;
  row: number;
  data: GridRow | undefined;
  state: LineState | undefined;
}

export interface Body {
  /** Draws `count` rows from `first` on, the first one `offset` pixels below the top of the view (0 or less). */
  paint(
    rows: { readonly first: number; readonly count: number; readonly offset: number },
    row: (row: number) => GridRow | undefined,
    state: LineState,
  ): void;
}

/** The lines of a grid: each stays with its row while that is in sight, so that scrolling by three rows draws three. */
export function createBody(host: HTMLElement, rowHeight: number): Body {
  /** In the order of the rows, which is that of the document, too. */
  const lines: Line[] = [];
  let base = 0;

  function makeLine(): Line {
    const element = document.createElement('div');
    element.setAttribute('role', 'row');
    return { element, row: -1, data: undefined, state: undefined };
  }

  /** Lines that went out of sight at one end come in at the other. */
  function turn(first: number): void {
    const by = first - (lines[0]?.row ?? first);
    if (by === 0 || Math.abs(by) >= lines.length) return;
    if (by > 0) {
      const gone = lines.splice(0, by);
      lines.push(...gone);
      host.append(...gone.map(({ element }) => element));
    } else {
      const gone = lines.splice(by);
      lines.unshift(...gone);
      host.prepend(...gone.map(({ element }) => element));
    }
  }

  return {
    paint({ first, count, offset }, rowOf, state) {
      if (Math.abs(first - base) > FARTHEST) base = first;
      for (const { element } of lines.splice(count)) element.remove();
      turn(first);
      while (lines.length < count) {
        const line = makeLine();
        lines.push(line);
        host.append(line.element);
      }
      host.style.transform = `translateY(${offset - (first - base) * rowHeight}px)`;
      lines.forEach((line, index) => {
        const row = first + index;
        const data = rowOf(row);
        line.element.style.transform = `translateY(${(row - base) * rowHeight}px)`;
        if (line.row === row && line.data === data && line.state && isSame(line.state, state)) return;
        paintLine(line.element, row, data, state);
        Object.assign(line, { row, data, state });
      });
    },
  };
}

function isSame(a: LineState, b: LineState): boolean {
  return (
    a.columns === b.columns && a.slots === b.slots && a.active === b.active && a.selection === b.selection
  );
}

/** Remembers the columns in sight until one of what decides about them is another. */
export function rememberSlots<T extends readonly unknown[]>(
  make: (...from: T) => readonly Slot[],
): (...from: T) => readonly Slot[] {
  let last: { from: T; slots: readonly Slot[] } | undefined;
  return (...from) => {
    if (!last || from.some((one, k) => one !== last?.from[k])) last = { from, slots: make(...from) };
    return last.slots;
  };
}
