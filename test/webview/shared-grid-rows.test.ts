import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clampPosition,
  columnEdges,
  columnWindow,
  MAX_HEIGHT,
  positionAfterScroll,
  positionToShow,
  rowScale,
  rowWindow,
  scrollOf,
} from '../../webview/shared/grid-rows';

const ROW = 23;
const VIEW = 600;

describe('rows of a small table', () => {
  const scale = rowScale(344, ROW, VIEW);

  it('is not scaled', () => {
    expect(scale).toEqual({ full: 7912, virtual: 7912, end: 7312, scaled: false });
    expect(scrollOf(scale, 1234, VIEW)).toBe(1234);
    expect(positionAfterScroll(scale, VIEW, 0, 0, 5000)).toBe(5000);
  });

  it('shows every row that is at least partly seen, and no other', () => {
    expect(rowWindow(344, ROW, VIEW, 0)).toEqual({ first: 0, end: 27, offset: 0 });
    expect(rowWindow(344, ROW, VIEW, 30)).toEqual({ first: 1, end: 28, offset: -7 });
    expect(rowWindow(344, ROW, VIEW, scale.end)).toEqual({ first: 317, end: 344, offset: -21 });
  });

  it('has no row in an empty table', () => {
    expect(rowWindow(0, ROW, VIEW, 0)).toEqual({ first: 0, end: 0, offset: 0 });
    expect(rowScale(0, ROW, VIEW).end).toBe(0);
  });

  it('holds three rows without scrolling', () => {
    const few = rowScale(3, ROW, VIEW);
    expect(few.end).toBe(0);
    expect(rowWindow(3, ROW, VIEW, 0)).toEqual({ first: 0, end: 3, offset: 0 });
  });
});

describe('10 million rows', () => {
  const rows = 10_000_000;
  const scale = rowScale(rows, ROW, VIEW);
  const last = scale.virtual - VIEW;

  it('stays under the height that a browser can hold', () => {
    expect(scale.virtual).toBe(MAX_HEIGHT);
    expect(scale.full).toBe(230_000_000);
  });

  it('reaches the first and the last row with the scroll bar at its ends', () => {
    expect(positionAfterScroll(scale, VIEW, 5e7, 2e6, 0)).toBe(0);
    const end = positionAfterScroll(scale, VIEW, 5e7, 2e6, last);
    expect(end).toBe(scale.end);
    expect(rowWindow(rows, ROW, VIEW, end).end).toBe(rows);
    expect(scrollOf(scale, end, VIEW)).toBe(last);
  });

  it('moves by exact pixels for a wheel, so that no row is skipped', () => {
    let position = 115_000_000;
    let scroll = scrollOf(scale, position, VIEW);
    const seen = new Set<number>();
    for (let turn = 0; turn < 50; turn++) {
      const next = positionAfterScroll(scale, VIEW, position, scroll, scroll + 100);
      expect(next - position).toBe(100);
      position = next;
      scroll = scrollOf(scale, position, VIEW);
      const shown = rowWindow(rows, ROW, VIEW, position);
      for (let row = shown.first; row < shown.end; row++) seen.add(row);
    }
    const all = [...seen].sort((a, b) => a - b);
    expect(all.every((row, index) => index === 0 || row === (all[index - 1] ?? -2) + 1)).toBe(true);
    expect(all.at(-1)).toBe(Math.ceil((115_000_000 + 5000 + VIEW) / ROW) - 1);
  });

  it('goes to the middle when the bar is dragged there', () => {
    const position = positionAfterScroll(scale, VIEW, 0, 0, last / 2);
    expect(Math.floor(position / ROW)).toBe(4_999_986);
  });

  it('shows any row asked for, whole', () => {
    fc.assert(
      fc.property(fc.nat(rows - 1), fc.double({ min: 0, max: scale.end, noNaN: true }), (row, from) => {
        const position = positionToShow(scale, ROW, VIEW, from, row);
        expect(position).toBeLessThanOrEqual(row * ROW);
        expect(position + VIEW).toBeGreaterThanOrEqual(row * ROW + ROW);
        expect(clampPosition(scale, position)).toBe(position);
      }),
    );
  });

  it('keeps its place when the scroll bar is put where the position says', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: scale.end, noNaN: true }), (position) => {
        const scroll = scrollOf(scale, position, VIEW);
        expect(positionAfterScroll(scale, VIEW, position, scroll, scroll)).toBeCloseTo(
          scroll >= last - 0.5 ? scale.end : scroll <= 0 ? 0 : position,
          3,
        );
      }),
    );
  });
});

describe('columns', () => {
  const edges = columnEdges([100, 50, 200, 80]);

  it('are placed one after the other', () => {
    expect(edges).toEqual([0, 100, 150, 350, 430]);
  });

  it('are drawn when partly in sight', () => {
    expect(columnWindow(edges, 0, 100)).toEqual({ first: 0, end: 1 });
    expect(columnWindow(edges, 0, 101)).toEqual({ first: 0, end: 2 });
    expect(columnWindow(edges, 100, 60)).toEqual({ first: 1, end: 3 });
    expect(columnWindow(edges, 349, 1000)).toEqual({ first: 2, end: 4 });
    expect(columnWindow([0], 0, 500)).toEqual({ first: 0, end: 0 });
  });
});
