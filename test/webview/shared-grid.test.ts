import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paintCell, tipText } from '../../webview/shared/grid-cells';
import { cellAfterKey } from '../../webview/shared/grid-keys';
import { createPages, type Pages } from '../../webview/shared/grid-pages';

describe('keys', () => {
  const bounds = { rows: 1000, columns: 5, page: 20 };
  const after = (row: number, column: number, key: string, control = false): unknown => {
    const next = cellAfterKey({ row, column }, { key, control }, bounds);
    return next && [next.row, next.column];
  };

  it('go one cell, and stop at the edges: the header above, the row number at the left', () => {
    expect(after(0, 0, 'ArrowDown')).toEqual([1, 0]);
    expect(after(0, 0, 'ArrowUp')).toEqual([-1, 0]);
    expect(after(-1, 0, 'ArrowUp')).toEqual([-1, 0]);
    expect(after(3, 0, 'ArrowLeft')).toEqual([3, -1]);
    expect(after(3, 4, 'ArrowRight')).toEqual([3, 4]);
    expect(after(999, 4, 'ArrowDown')).toEqual([999, 4]);
  });

  it('go a page, to the ends of the row and of the table', () => {
    expect(after(10, 2, 'PageDown')).toEqual([30, 2]);
    expect(after(990, 2, 'PageDown')).toEqual([999, 2]);
    expect(after(10, 2, 'PageUp')).toEqual([0, 2]);
    expect(after(0, 2, 'PageUp')).toEqual([-1, 2]);
    expect(after(-1, 2, 'PageDown')).toEqual([20, 2]);
    expect(after(10, 2, 'Home')).toEqual([10, 0]);
    expect(after(10, 2, 'End')).toEqual([10, 4]);
    expect(after(10, 2, 'Home', true)).toEqual([0, 0]);
    expect(after(10, 2, 'End', true)).toEqual([999, 4]);
    expect(after(10, 2, 'ArrowDown', true)).toEqual([999, 2]);
    expect(after(10, 2, 'ArrowUp', true)).toEqual([0, 2]);
  });

  it('leave other keys alone', () => {
    expect(after(1, 1, 'a')).toBeUndefined();
    expect(after(1, 1, 'c', true)).toBeUndefined();
  });

  it('stay in the header of a table without rows', () => {
    expect(
      cellAfterKey(
        { row: -1, column: 0 },
        { key: 'ArrowDown', control: false },
        { rows: 0, columns: 2, page: 9 },
      ),
    ).toEqual({
      row: -1,
      column: 0,
    });
  });
});

const PLAIN = { active: false, selected: false, pinned: false };

describe('cells', () => {
  const text = { name: 'a', type: 'text', sqlType: 'VARCHAR' } as const;
  const cell = document.createElement('div');

  it('write data as text, never as markup', () => {
    paintCell(cell, { cells: ['<img src=x onerror=alert(1)>'] }, text, 0, PLAIN);
    expect(cell.childElementCount).toBe(0);
    expect(cell.textContent).toBe('<img src=x onerror=alert(1)>');
  });

  it('tell missing, empty and the word missing apart', () => {
    const seen = [null, '', 'missing'].map((value) => {
      paintCell(cell, { cells: [value] }, text, 0, PLAIN);
      return [cell.textContent, cell.className];
    });
    expect(seen).toEqual([
      ['missing', 'cell cell-missing'],
      ['(empty)', 'cell cell-empty'],
      ['missing', 'cell'],
    ]);
  });

  it('mark a change and say what was there, then forget it when recycled', () => {
    const number = { name: 'n', type: 'number', sqlType: 'DOUBLE' } as const;
    const row = { cells: [44.45], before: new Map([[0, null]]) };
    paintCell(cell, row, number, 0, { ...PLAIN, active: true });
    expect(cell.className).toBe('cell cell-number cell-active cell-changed');
    expect(cell.getAttribute('aria-label')).toBe('44.45, was missing');
    expect(tipText(row, 0)).toBe('missing → 44.45');
    paintCell(cell, { cells: [1] }, number, 0, PLAIN);
    expect(cell.hasAttribute('aria-label')).toBe(false);
    expect(cell.className).toBe('cell cell-number');
  });

  it('keep exact integers, cut long text, and show a row on its way as a placeholder', () => {
    paintCell(cell, { cells: ['9007199254740993'] }, text, 0, PLAIN);
    expect(cell.textContent).toBe('9007199254740993');
    paintCell(cell, { cells: ['x'.repeat(5000)] }, text, 0, PLAIN);
    expect(cell.textContent).toBe(`${'x'.repeat(200)}…`);
    expect(tipText({ cells: ['x'.repeat(5000)] }, 0)).toHaveLength(4001);
    paintCell(cell, undefined, text, 0, PLAIN);
    expect([cell.textContent, cell.className]).toEqual(['', 'cell cell-loading']);
  });
});

describe('pages', () => {
  interface Request {
    readonly offset: number;
    readonly signal: AbortSignal;
    resolve(rows: readonly number[]): void;
    reject(error: Error): void;
  }
  let requests: Request[] = [];
  let errors: unknown[] = [];
  let pages: Pages<number>;
  const flush = (): Promise<void> => Promise.resolve().then(() => undefined);
  const rowsFrom = (offset: number, n = 10): number[] =>
    Array.from({ length: n }, (_, index) => offset + index);

  beforeEach(() => {
    vi.useFakeTimers();
    requests = [];
    errors = [];
    pages = createPages<number>({
      size: 10,
      keep: 3,
      settle: 60,
      load: (offset, _limit, signal) =>
        new Promise((resolve, reject) => {
          requests.push({ offset, signal, resolve, reject });
        }),
      onRows: () => undefined,
      onError: (error) => errors.push(error),
    });
  });
  afterEach(() => {
    pages.dispose();
    vi.useRealTimers();
  });

  it('are asked for once, whole', async () => {
    pages.want(5, 25);
    pages.want(6, 26);
    expect(requests.map((one) => one.offset)).toEqual([0, 10, 20]);
    requests[1]?.resolve(rowsFrom(10));
    await flush();
    expect(pages.get(17)).toBe(17);
    expect(pages.get(7)).toBeUndefined();
  });

  it('are given up when they leave the sight, and the new ones wait for the scrolling to settle', () => {
    pages.want(0, 10);
    pages.want(500, 510);
    pages.want(900, 910);
    expect(requests.map((one) => [one.offset, one.signal.aborted])).toEqual([[0, true]]);
    vi.advanceTimersByTime(60);
    expect(requests.map((one) => [one.offset, one.signal.aborted])).toEqual([
      [0, true],
      [900, false],
    ]);
  });

  it('take an answer that comes after it was given up for nothing', async () => {
    pages.want(0, 10);
    pages.reset();
    pages.want(0, 10);
    requests[0]?.resolve(rowsFrom(1000));
    await flush();
    expect(pages.get(3)).toBeUndefined();
    requests[1]?.resolve(rowsFrom(0));
    await flush();
    expect(pages.get(3)).toBe(3);
  });

  it('show the old rows after a reset until the new ones are here', async () => {
    pages.seed(0, rowsFrom(0));
    pages.reset();
    expect(pages.get(4)).toBe(4);
    pages.want(0, 10);
    requests[0]?.resolve(rowsFrom(100));
    await flush();
    expect(pages.get(4)).toBe(104);
  });

  it('do not ask for seeded rows, but for the rest of their page', () => {
    pages.seed(0, rowsFrom(0, 5));
    pages.want(0, 5);
    expect(requests).toHaveLength(0);
    pages.want(0, 6);
    expect(requests.map((one) => one.offset)).toEqual([0]);
  });

  it('take a short page as it is: the number of rows was an estimate', async () => {
    pages.want(0, 10);
    requests[0]?.resolve(rowsFrom(0, 4));
    await flush();
    pages.want(0, 9);
    expect(requests).toHaveLength(1);
    expect(pages.get(3)).toBe(3);
    expect(pages.get(4)).toBeUndefined();
  });

  it('report a failure once and ask again only on retry', async () => {
    pages.want(0, 10);
    requests[0]?.reject(new Error('no'));
    await flush();
    pages.want(0, 10);
    expect(errors).toEqual([new Error('no')]);
    expect(requests).toHaveLength(1);
    pages.retry();
    expect(requests).toHaveLength(2);
  });

  it('forget the oldest beyond the limit, and fetch them again when they are wanted', async () => {
    for (const offset of [0, 10, 20, 30]) {
      pages.want(offset, offset + 10);
      requests.at(-1)?.resolve(rowsFrom(offset));
      await flush();
    }
    expect(pages.get(5)).toBeUndefined();
    expect(pages.get(35)).toBe(35);
    pages.want(0, 10);
    expect(requests.at(-1)?.offset).toBe(0);
    expect(requests).toHaveLength(5);
  });
});
