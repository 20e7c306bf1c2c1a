import { cellText } from './format';
import { CELL_CHARS, type GridRow, tipText } from './grid-cells';

export interface Tip {
  readonly element: HTMLElement;
  /** Shows the whole content of a cell that is clipped or changed; hides for any other. */
  show(target: Element | null, row: GridRow | undefined, column: number): void;
  hide(): void;
}

export function createTip(): Tip {
  const tip = document.createElement('div');
  tip.className = 'grid-tip';
  tip.setAttribute('role', 'tooltip');
  tip.hidden = true;

  function isNeeded(target: Element, row: GridRow, column: number): boolean {
    if (column < 0) return false;
    const clipped = target.scrollWidth > target.clientWidth;
    return (
      clipped || row.before?.has(column) === true || cellText(row.cells[column] ?? null).length > CELL_CHARS
    );
  }

  return {
    element: tip,
    show(target, row, column) {
      if (!target || !row || !isNeeded(target, row, column)) {
        tip.hidden = true;
        return;
      }
      tip.textContent = tipText(row, column);
      tip.hidden = false;
      const box = target.getBoundingClientRect();
      tip.style.maxWidth = `${Math.min(480, window.innerWidth - 16)}px`;
      tip.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - tip.offsetWidth - 8))}px`;
      const below = box.bottom + 2;
      const fits = below + tip.offsetHeight <= window.innerHeight;
      tip.style.top = `${fits ? below : Math.max(4, box.top - tip.offsetHeight - 2)}px`;
    },
    hide() {
      tip.hidden = true;
    },
  };
}
