import { inferColumn, inferType, PLAIN } from './infer';
import type { NumberSigns } from './numbers';
import type { TextRecord } from './records';

const MAX_SKIP = 30;

/** Whole numbers at one distance from each other, such as years or 1, 2, 3: they name columns. */
function areRun(texts: readonly string[]): boolean {
  if (texts.length < 3 || !texts.every((text) => /^\s*\d{1,4}\s*$/.test(text))) return false;
  const [first = 0, second = 0, ...rest] = texts.map(Number);
  const step = second - first;
  const isStart = first === 0 || first === 1 || (first >= 1000 && first <= 2200);
  return isStart && step > 0 && rest.every((value, at) => value === second + step * (at + 1));
}

/** Texts, and numbers only as years and the like. */
export function looksLikeNames(cells: readonly string[]): boolean {
  const named = cells.filter((cell) => cell.trim() !== '');
  if (named.length === 0 || named.length < cells.length - 1) return false;
  const numbers = named.filter((cell) => inferType([cell], PLAIN) !== 'VARCHAR');
  return numbers.length === 0 || (numbers.length < named.length && areRun(numbers));
}

/** The most frequent number of cells; of equally frequent ones the larger. */
export function usualWidth(found: readonly TextRecord[]): { width: number; share: number } {
  const counts = new Map<number, number>();
  for (const { cells } of found) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  let width = 1;
  let most = 0;
  for (const [cells, count] of counts) {
    if (count > most || (count === most && cells > width)) [width, most] = [cells, count];
  }
  return { width, share: found.length === 0 ? 0 : most / found.length };
}

/** Index of the first record that belongs to the table: title and comment lines above it are left out. */
export function firstRecord(found: readonly TextRecord[]): number {
  const { width } = usualWidth(found);
  if (width < 2) return 0;
  /** A program that writes tables fills up the line of a title as well. */
  const isFilled = (cells: readonly string[]): boolean =>
    cells.length >= 3 && cells.filter((cell) => cell.trim() !== '').length <= 1;
  const isComment = (cells: readonly string[]): boolean => /^\s*#[#!\s]/.test(cells[0] ?? '');
  const isTitle = (cells: readonly string[]): boolean =>
    cells.length !== width || isFilled(cells) || isComment(cells);
  let first = 0;
  while (first < Math.min(found.length - 1, MAX_SKIP)) {
    const cells = found[first]?.cells ?? [];
    if (!isTitle(cells)) break;
    const next = found.slice(first + 1, first + 1 + MAX_SKIP).findIndex((one) => !isTitle(one.cells));
    const header = found[first + 1 + next];
    const isLine = cells.length === 1 || /^\s*#/.test(cells[0] ?? '');
    if (next < 0 || !header || !(isLine || looksLikeNames(header.cells)))
      return cells.length === width ? 0 : first;
    first += 1;
  }
  return first;
}

/** Whether the first of these records names the columns. */
export function detectHeader(rows: readonly TextRecord[], signs: NumberSigns): boolean {
  const [head, ...all] = rows;
  if (!head) return true;
  // Files that were put behind each other repeat their header; a row of texts that comes again speaks against one.
  const repeats = (one: TextRecord): boolean =>
    one.cells.length === head.cells.length &&
    one.cells.every((cell, at) => cell.replace(at === 0 ? /^\uFEFF/ : '', '') === head.cells[at]);
  const others = all.filter((one) => !repeats(one));
  const only = head.cells.length === 1 ? others.map(({ cells }) => cells[0] ?? '') : [];
  const body = only.length > 0 && inferType(only, signs) === 'VARCHAR' ? all : others;
  if (body.length === 0) return looksLikeNames(head.cells);
  // Years above numbers are no numbers of a first row.
  if (head.cells.some((cell) => /^\s*\d+\s*$/.test(cell)) && looksLikeNames(head.cells)) return true;
  let yes = 0;
  let no = 0;
  let repeated = body.length < all.length;
  head.cells.forEach((name, index) => {
    const values = body.map(({ cells }) => cells[index] ?? '');
    const { type } = inferColumn(values, signs);
    if (name.trim() === '' || type === null) return;
    if (type === 'VARCHAR') {
      if (values.includes(name)) repeated = true;
      else if (inferType([name], signs) !== 'VARCHAR') no += 1;
      return;
    }
    // A name that is text decides without another look at all values.
    const isText =
      inferType([name], signs) === 'VARCHAR' || inferType([name, ...values], signs) === 'VARCHAR';
    if (isText) yes += 1;
    else no += 1;
  });
  if (yes + no > 0) return yes >= no;
  return !repeated;
}

/**
 * The names of a header that has one fewer than the rows have cells: R's `write.table` names no column of row names. It is one
 * when its cells number or name the rows, each otherwise, and nothing says that the last name was left out.
 */
export function withRowNames(
  header: readonly string[],
  body: readonly TextRecord[],
  quotedOrAligned: boolean,
): readonly string[] {
  const width = header.length + 1;
  if (body.length < 2 || header.length === 0 || header.some((name) => name.trim() === '')) return header;
  if (!body.every(({ cells }) => cells.length === width)) return header;
  const first = body.map(({ cells }) => cells[0] ?? '');
  const numbered = first.every((cell, row) => cell === String(row + 1));
  const named =
    quotedOrAligned && inferType(first, PLAIN) === 'VARCHAR' && new Set(first).size === first.length;
  if (!(numbered || named) || body.every(({ cells }) => cells.at(-1) === '')) return header;
  return ['', ...header];
}
