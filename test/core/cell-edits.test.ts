import { describe, expect, it } from 'vitest';
import { createCellEdits } from '../../src/core/cell-edits';
import { backupText, readBackup } from '../../src/core/cell-edits-backup';
import { UserError } from '../../src/core/errors';
import type { Page } from '../../src/core/table';

const at = { row: 3, column: 'b' };
const page: Page = {
  columns: ['a', 'b'].map((name) => ({ name, type: 'text', sqlType: 'VARCHAR' })),
  rows: [
    ['x', 1],
    ['y', 2],
  ],
  offset: 3,
  total: 9,
  exact: true,
  rejected: 0,
};

describe('the edits of a table that are not saved', () => {
  it('hold each cell once, with what the file holds there', () => {
    const edits = createCellEdits();
    edits.set(at, '1', 'one');
    edits.set(at, 'one', 'two');
    edits.set({ row: 0, column: 'a' }, '', 'new');
    expect(edits.list()).toEqual([
      { ...at, value: 'two', before: '1' },
      { row: 0, column: 'a', value: 'new', before: '' },
    ]);
    edits.set(at, 'two', '1');
    expect(edits.count).toBe(1);
  });

  it('are laid over the rows that they belong to, wherever those are shown', () => {
    const edits = createCellEdits([
      { ...at, value: 'one', before: '1' },
      { row: 4, column: 'a', value: '', before: 'y' },
      { row: 100, column: 'a', value: 'far', before: 'z' },
    ]);
    expect(edits.over(page)).toMatchObject({
      rows: [
        ['x', 'one'],
        [null, 2],
      ],
      changed: [
        { row: 0, column: 1, before: 1 },
        { row: 1, column: 0, before: 'y' },
      ],
    });
    // Sorted: the places say which rows they are. A page without the column shows nothing of the edit.
    const sorted = { ...page, places: [8, 3], columns: page.columns.slice(1), rows: [[9], [1]] };
    expect(edits.over(sorted)).toMatchObject({
      rows: [[9], ['one']],
      changed: [{ row: 1, column: 0, before: 1 }],
    });
    expect(page.rows[0]).toEqual(['x', 1]);
  });

  it('can be undone after they were saved: then the old text is the edit', () => {
    const edits = createCellEdits();
    edits.set(at, '1', 'one');
    edits.saved(edits.list());
    expect(edits.count).toBe(0);
    edits.set(at, 'one', '1');
    expect(edits.list()).toEqual([{ ...at, value: '1', before: 'one' }]);
    edits.set(at, '1', 'one');
    expect(edits.count).toBe(0);
  });

  it('that were made while others were saved stay', () => {
    const edits = createCellEdits();
    edits.set(at, '1', 'one');
    const saving = edits.list();
    edits.set(at, 'one', 'two');
    edits.saved(saving);
    expect(edits.list()).toEqual([{ ...at, value: 'two', before: 'one' }]);
    // Taken back while they were saved: the file has them, so the old text is an edit now.
    edits.clear();
    edits.set(at, '1', 'one');
    const again = edits.list();
    edits.set(at, 'one', '1');
    edits.saved(again);
    expect(edits.list()).toEqual([{ ...at, value: '1', before: 'one' }]);
  });

  it('are kept with the state of their file, and read back', () => {
    const list = [{ ...at, value: 'a\n"b"', before: 'é' }];
    const file = { bytes: 12, modified: '1764159600123456789' };
    expect(readBackup(backupText(list, file))).toEqual({ file, edits: list });
    expect(() => readBackup('{"cellEdits":1}')).toThrow(UserError);
    expect(() => readBackup('half of a JSO')).toThrow(UserError);
  });
});
