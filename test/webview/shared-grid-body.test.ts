import { describe, expect, it } from 'vitest';
import { createBody, rememberSlots } from '../../webview/shared/grid-body';
import type { GridRow } from '../../webview/shared/grid-cells';
import type { LineState } from '../../webview/shared/grid-lines';

const HEIGHT = 20;

function made() {
  const host = document.createElement('div');
  const body = createBody(host, HEIGHT);
  const rows = new Map<number, GridRow>();
  const state: LineState = {
    columns: [{ name: 'a', type: 'integer', sqlType: 'BIGINT' }],
    slots: [{ index: 0, left: 40, width: 80, pinned: false }],
    active: { row: 0, column: 0 },
    selection: undefined,
    cellId: ({ row, column }) => `${row}-${column}`,
  };
  return {
    rows,
    lines: () => [...host.children],
    paint: (position: number, count = 4, more: Partial<LineState> = {}): void => {
      const first = Math.floor(position / HEIGHT);
      const offset = first * HEIGHT - position;
      body.paint({ first, count, offset }, (row) => rows.get(row) ?? { cells: [row * 10] }, {
        ...state,
        ...more,
      });
    },
    /** What is drawn: row's number and cell, and the pixels from the top of the view to the line's. */
    shown: () =>
      [...host.children].map((line) => {
        const [number, cell] = [...line.children].map((one) => one.textContent);
        const [own, all] = [line, host].map((one) => {
          const { transform } = (one as HTMLElement).style;
          return Number(/-?[\d.]+/.exec(transform)?.[0]);
        });
        return [number, cell, (own ?? NaN) + (all ?? NaN)];
      }),
  };
}

describe('the lines of a grid', () => {
  it('stay with their rows, in the order of the document, in both directions', () => {
    const { paint, shown, lines } = made();
    paint(0);
    const [first, second, third, fourth] = lines();
    paint(50);
    expect(shown()).toEqual([
      ['3', '20', -10],
      ['4', '30', 10],
      ['5', '40', 30],
      ['6', '50', 50],
    ]);
    expect(lines()).toEqual([third, fourth, first, second]);
    paint(20);
    expect(shown().map(([number]) => number)).toEqual(['2', '3', '4', '5']);
    expect(lines()).toEqual([second, third, fourth, first]);
  });

  it('are right after a jump of millions of rows, at the end, and in a shorter table', () => {
    const { paint, shown } = made();
    paint(0);
    paint(9_999_999 * HEIGHT, 1);
    expect(shown()).toEqual([['10000000', '99999990', 0]]);
    paint(9_999_990 * HEIGHT + 5, 4);
    expect(shown()[0]).toEqual(['9999991', '99999900', -5]);
    paint(0, 0);
    expect(shown()).toEqual([]);
    paint(20, 2);
    expect(shown()).toEqual([
      ['2', '10', 0],
      ['3', '20', 20],
    ]);
  });

  it('are drawn again when their row comes, or another cell is active', () => {
    const { paint, shown, rows, lines } = made();
    paint(0);
    rows.set(1, { cells: ['new'] });
    paint(0);
    expect(shown().map(([, cell]) => cell)).toEqual(['0', 'new', '20', '30']);
    paint(0, 4, { active: { row: 2, column: 0 } });
    expect(lines().map((one) => one.querySelectorAll('.cell-active').length)).toEqual([0, 0, 1, 0]);
  });
});

it('the columns in sight are the same object until what decides about them changes', () => {
  const slots = rememberSlots((left: number) => [{ index: 0, left, width: 10, pinned: false }]);
  const first = slots(1);
  expect(slots(1)).toBe(first);
  expect(slots(2)).toEqual([{ index: 0, left: 2, width: 10, pinned: false }]);
});
