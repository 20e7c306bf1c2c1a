/**
 * Which rows are on the screen. A browser's elements end at some 33 million pixels, so above {@link MAX_HEIGHT} the
 * scroll bar is scaled: `position` (pixels of the real, unscaled table) is the truth, and the scroll bar follows it.
 */
export const MAX_HEIGHT = 8_000_000;

export interface RowScale {
  /** Pixels of all rows as they would be. */
  readonly full: number;
  /** Pixels of the element that is scrolled. */
  readonly virtual: number;
  /** The largest position. */
  readonly end: number;
  readonly scaled: boolean;
}

export function rowScale(rows: number, rowHeight: number, viewport: number): RowScale {
  const full = rows * rowHeight;
  return {
    full,
    virtual: Math.min(full, MAX_HEIGHT),
    end: Math.max(0, full - viewport),
    scaled: full > MAX_HEIGHT,
  };
}

export function clampPosition(scale: RowScale, position: number): number {
  return Math.min(scale.end, Math.max(0, position));
}

/** Where the scroll bar stands for a position. */
export function scrollOf(scale: RowScale, position: number, viewport: number): number {
  if (!scale.scaled) return position;
  return scale.end === 0 ? 0 : (position / scale.end) * (scale.virtual - viewport);
}

/**
 * The position after the scroll bar moved from `before` to `now`. When scaled, a movement of less than a screen is a
 * finger or a wheel and moves by exactly so many pixels; a longer one is the bar being dragged and goes by the ratio.
 */
export function positionAfterScroll(
  scale: RowScale,
  viewport: number,
  position: number,
  before: number,
  now: number,
): number {
  if (!scale.scaled) return clampPosition(scale, now);
  const last = scale.virtual - viewport;
  if (now <= 0) return 0;
  if (now >= last - 0.5) return scale.end;
  if (Math.abs(now - before) <= viewport) return clampPosition(scale, position + now - before);
  return clampPosition(scale, (now / last) * scale.end);
}

export interface RowWindow {
  readonly first: number;
  /** One past the last row that is at least partly seen. */
  readonly end: number;
  /** Pixels from the top of the viewport to the top of `first`: 0 or negative. */
  readonly offset: number;
}

export function rowWindow(rows: number, rowHeight: number, viewport: number, position: number): RowWindow {
  const first = Math.min(Math.max(0, rows - 1), Math.floor(position / rowHeight));
  const end = Math.min(rows, Math.ceil((position + viewport) / rowHeight));
  return { first: rows === 0 ? 0 : first, end, offset: rows === 0 ? 0 : first * rowHeight - position };
}

/** The position nearest to `position` at which the whole row is seen. */
export function positionToShow(
  scale: RowScale,
  rowHeight: number,
  viewport: number,
  position: number,
  row: number,
): number {
  const top = row * rowHeight;
  if (top < position) return clampPosition(scale, top);
  if (top + rowHeight > position + viewport) return clampPosition(scale, top + rowHeight - viewport);
  return position;
}

/** Left edges of the columns, and the whole width as the last element. */
export function columnEdges(widths: readonly number[]): number[] {
  const edges = [0];
  for (const width of widths) edges.push((edges.at(-1) ?? 0) + width);
  return edges;
}

/** The columns that are at least partly between `left` and `left + viewport`: first, and one past the last. */
export function columnWindow(
  edges: readonly number[],
  left: number,
  viewport: number,
): { first: number; end: number } {
  const columns = edges.length - 1;
  let low = 0;
  let high = columns;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle + 1] ?? 0) <= left) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < columns && (edges[end] ?? 0) < left + viewport) end++;
  return { first: low, end };
}

/**
 * The columns in sight and where they are drawn. The first `pinned` ones stay at the left, as far as they leave room for
 * others; `left`: pixels that the others are scrolled by; `start`: where the first column begins.
 */
export function columnSlots(
  edges: readonly number[],
  { pinned, left, start, width }: { pinned: number; left: number; start: number; width: number },
): { index: number; left: number; width: number; pinned: boolean }[] {
  const held = pinnedColumns(edges, pinned, width);
  const fixed = edges[held] ?? 0;
  const { first, end } = columnWindow(edges, left + fixed, width - fixed);
  const slot = (index: number, isPinned: boolean) => ({
    index,
    left: start + (edges[index] ?? 0) - (isPinned ? 0 : left),
    width: (edges[index + 1] ?? 0) - (edges[index] ?? 0),
    pinned: isPinned,
  });
  return [
    ...Array.from({ length: held }, (_, index) => slot(index, true)),
    ...Array.from({ length: Math.max(0, end - Math.max(held, first)) }, (_, k) =>
      slot(Math.max(held, first) + k, false),
    ),
  ];
}

/** How many of the pinned columns can stay: together they take at most six tenths of the width. */
export function pinnedColumns(edges: readonly number[], pinned: number, width: number): number {
  let held = Math.min(pinned, edges.length - 1);
  while (held > 0 && (edges[held] ?? 0) > width * 0.6) held -= 1;
  return held;
}
