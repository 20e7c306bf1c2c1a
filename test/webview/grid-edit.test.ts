import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CellEditor, createCellEditor, type GridEditing } from '../../webview/shared/grid-edit';
import type { ActiveCell } from '../../webview/shared/grid-keys';

/** The box in which a cell is typed, without a grid around it: what each key does to it, and what is committed. */
let active: ActiveCell;
let allowed: boolean;
let range: boolean;
let done: string[];
let editor: CellEditor;

const texts = (cell: ActiveCell): string => `text ${cell.row} ${cell.column}`;
const box = (): HTMLTextAreaElement | null => document.querySelector('.grid-editor');
const key = (name: string, more: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...more });
const inBox = (name: string, more: KeyboardEventInit = {}): void =>
  void box()?.dispatchEvent(key(name, more));
const begun = async (): Promise<void> => expect.poll(() => box()?.value).toBe(texts(active));

beforeEach(() => {
  document.body.innerHTML = '<div id="host"><div id="grid" tabindex="0"></div></div>';
  const host = document.querySelector<HTMLElement>('#host');
  const scroller = document.querySelector<HTMLElement>('#grid');
  if (!host || !scroller) throw new Error('no page');
  active = { row: 1, column: 2 };
  [allowed, range, done] = [true, false, []];
  const note = (what: string) => (cell: ActiveCell, text: string) => {
    done.push(`${what} ${cell.row} ${cell.column} ${text}`);
  };
  const editing: GridEditing = {
    allowed: () => allowed,
    begin(cell) {
      if (!allowed) done.push('refused');
      return Promise.resolve(allowed ? texts(cell) : undefined);
    },
    commit: note('commit'),
    paste: note('paste'),
    onlyOne: () => done.push('only one'),
    save: () => done.push('save'),
    label: (cell) => `Edit row ${cell.row}`,
  };
  editor = createCellEditor(editing, {
    host,
    scroller,
    bounds: () => ({ rows: 3, columns: 3 }),
    active: () => active,
    isRange: () => range,
    elementOf: () => scroller,
    activate: (cell) => (active = cell),
  });
});
afterEach(() => editor.dispose());

describe('the box of a cell', () => {
  it('begins with the text of the file, and commits what was typed with Enter, one row further', async () => {
    expect(editor.key(key('F2'), active)).toBe(true);
    await begun();
    const area = box();
    expect(area?.getAttribute('aria-label')).toBe('Edit row 1');
    if (area) area.value = 'new';
    inBox('Enter');
    expect(box()).toBeNull();
    expect([done, active]).toEqual([['commit 1 2 new'], { row: 2, column: 2 }]);
  });

  it('commits nothing that is as it was, and nothing after Escape', async () => {
    editor.key(key('Enter'), active);
    await begun();
    inBox('Enter');
    active = { row: 1, column: 2 };
    editor.key(key('F2'), active);
    await begun();
    const area = box();
    if (area) area.value = 'gone';
    inBox('Escape');
    expect([done, box()]).toEqual([[], null]);
  });

  it('goes on with Tab, at the end of a row to the next one', async () => {
    editor.open(active);
    await begun();
    inBox('Tab');
    expect(active).toEqual({ row: 2, column: 0 });
    await begun();
    inBox('Tab', { shiftKey: true });
    expect(active).toEqual({ row: 1, column: 2 });
    await begun();
  });

  it('takes a letter in place of the text, a line break with Alt+Enter, and saves what was typed', () => {
    expect(editor.key(key('x'), active)).toBe(true);
    inBox('Enter', { altKey: true });
    expect([box()?.value, box()?.rows]).toEqual(['x\n', 2]);
    inBox('s', { ctrlKey: true });
    expect(done).toEqual(['commit 1 2 x\n', 'save']);
  });

  it('empties one cell, not several; leaves other keys and cells alone', () => {
    editor.key(key('Delete'), active);
    range = true;
    editor.key(key('Backspace'), active);
    expect(done).toEqual(['commit 1 2 ', 'only one']);
    for (const [name, more] of [['ArrowDown'], [' '], ['z', { ctrlKey: true }]] as const)
      expect(editor.key(key(name, more ?? {}), active)).toBe(false);
    expect(editor.key(key('F2'), { row: -1, column: 0 })).toBe(false);
  });

  it('where a table is only read: F2 says why, Enter and a double click do what they did', async () => {
    allowed = false;
    expect([editor.key(key('Enter'), active), editor.open(active), editor.key(key('x'), active)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(editor.key(key('F2'), active)).toBe(true);
    await expect.poll(() => done).toEqual(['refused']);
    expect(box()).toBeNull();
  });
});
