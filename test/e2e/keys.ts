import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import type { Workbench } from './workbench';

/** A view by the keyboard alone. */
interface Keys {
  /** Presses one after another. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  /** The name of what has the focus in the view; '' when nothing has. */
  readonly focused: () => Promise<string>;
  /** Presses Tab (or Shift+Tab) until the focus is on it. */
  readonly tabTo: (name: string | RegExp, key?: 'Tab' | 'Shift+Tab') => Promise<void>;
  /** From anywhere in the data view into its table. */
  readonly toGrid: () => Promise<void>;
  /** Onto the header of a column of it. */
  readonly toHeader: (column: number) => Promise<void>;
}

const FOCUSED = `(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return '';
  const label = one.labels?.[0]?.innerText.trim() || one.placeholder;
  return one.getAttribute('aria-label') || label || one.innerText.trim() || one.className;
})()`;

/** Keys pressed in that workbench; `frame` is that of the view which has the focus, `grid` the name of its table. */
export function keysOf(bench: () => Workbench, frame: () => Frame, grid: string): Keys {
  const keys: Keys = {
    async press(...names) {
      for (const name of names) await bench().page.keyboard.press(name);
    },
    // As a person types. VS Code looks four times a second whether a view has the focus; to one that lost and gained it in
    // between, as when a list is answered at once, it gives the focus back by half, and keys go nowhere.
    type: (text) => bench().page.keyboard.type(text, { delay: 80 }),
    focused: () => frame().evaluate<string>(FOCUSED),
    async tabTo(name, key = 'Tab') {
      const seen: string[] = [];
      for (let k = 0; k < 80; k += 1) {
        await keys.press(key);
        const now = await keys.focused();
        if (typeof name === 'string' ? now === name : name.test(now)) return;
        seen.push(now);
      }
      throw new Error(`${String(name)} is not reached: ${seen.join(' | ')}`);
    },
    async toGrid() {
      // While VS Code hands the focus to the view, keys go to neither for a moment.
      await expect
        .poll(async () => {
          await keys.press('Control+f', 'Escape');
          return keys.focused();
        })
        .toBe(grid);
    },
    async toHeader(column) {
      await keys.toGrid();
      await keys.press('Control+Home', ...Array<string>(column).fill('ArrowRight'), 'ArrowUp');
    },
  };
  return keys;
}
