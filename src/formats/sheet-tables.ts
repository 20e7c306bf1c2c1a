import type { Value } from './container';
import { look, PLAIN } from './infer';

/** `number`: counted from 1, as the sheet shows it. */
export interface SheetRow {
  readonly number: number;
  readonly cells: readonly Value[];
}

/** Rows are counted from 1, columns from 0; all of them belong to it. */
export interface SheetRange {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A row with the table that it belongs to; null: a title above one that is not the first. */
export interface DividedRow extends SheetRow {
  readonly block: number | null;
}

export interface FoundTable {
  readonly block: number;
  readonly range: SheetRange;
  /** The line above it; absent for the first. */
  readonly title?: string;
  /** What blank columns divide it into, when each could be a table by itself. */
  readonly beside: readonly SheetRange[];
}

/** Cells of a column that are looked at to learn whether it holds texts. */
const LOOKED_AT = 1000;
/** Titles that may stand between a blank row and the header under it. */
const MOST_TITLES = 3;

export const isFilled = (cell: Value | undefined): boolean =>
  cell !== null && cell !== undefined && cell !== '';
const isWord = (cell: Value): boolean => typeof cell === 'string' && look(cell, PLAIN) === 'text';

/** `C` is column 2. */
function letters(column: number): string {
  let name = '';
  for (let at = column + 1; at > 0; at = Math.floor((at - 1) / 26))
    name = String.fromCharCode(65 + ((at - 1) % 26)) + name;
  return name;
}

const columnAt = (name: string): number =>
  Array.from(name.toUpperCase()).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;

/** `A13:E20`. */
export const rangeText = ({ top, bottom, left, right }: SheetRange): string =>
  `${letters(left)}${top}:${letters(right)}${bottom}`;

/** What `Sheet1!A13:E20` names; undefined for a text that names no part of a sheet. */
export function sheetRange(name: string): { readonly sheet: string; readonly range: SheetRange } | undefined {
  const found = /^(.+)!\$?([A-Z]{1,3})\$?([1-9]\d{0,6}):\$?([A-Z]{1,3})\$?([1-9]\d{0,6})$/i.exec(name);
  if (!found) return undefined;
  const [, sheet = '', from = '', top = '', to = '', bottom = ''] = found;
  const range = { top: Number(top), bottom: Number(bottom), left: columnAt(from), right: columnAt(to) };
  return range.top > range.bottom || range.left > range.right ? undefined : { sheet, range };
}

interface Block {
  readonly number: number;
  readonly title: string | undefined;
  readonly header: readonly Value[];
  rows: number;
  /** Filled cells of its fullest row. */
  filled: number;
  /** Of each column: its first and last row with a value, and what its first cells are. */
  readonly first: number[];
  readonly last: number[];
  readonly words: number[];
  readonly others: number[];
}

function begin(row: SheetRow, number: number, title: string | undefined): Block {
  return { number, title, header: row.cells, rows: 0, filled: 0, first: [], last: [], words: [], others: [] };
}

function add(block: Block, { number, cells }: SheetRow): void {
  block.rows += 1;
  let filled = 0;
  for (let at = 0; at < cells.length; at += 1) {
    const cell = cells[at] ?? null;
    if (!isFilled(cell)) continue;
    filled += 1;
    block.first[at] ??= number;
    block.last[at] = number;
    if (block.rows > LOOKED_AT) continue;
    const of = isWord(cell) ? block.words : block.others;
    of[at] = (of[at] ?? 0) + 1;
  }
  block.filled = Math.max(block.filled, filled);
}

/** Two texts or more, each once. */
function looksLikeHeader(cells: readonly Value[]): boolean {
  const filled = cells.filter(isFilled);
  return filled.length >= 2 && filled.every(isWord) && new Set(filled).size === filled.length;
}

/** Whether a row below a blank one heads another table, by the row that follows it. */
function isHeader(block: Block, header: SheetRow, next: SheetRow): boolean {
  if (next.number !== header.number + 1 || !looksLikeHeader(header.cells)) return false;
  // What stands above is a title, or lines of text.
  if (block.filled < 2) return true;
  const isSame = header.cells.every((cell, at) => (cell ?? null) === (block.header[at] ?? null));
  if (isSame && block.header.length === header.cells.length && block.rows > 1) return true;
  return header.cells.some((cell, at) => {
    const below = next.cells[at] ?? null;
    if (!isFilled(cell) || !isFilled(below)) return false;
    const [words, others] = [block.words[at] ?? 0, block.others[at] ?? 0];
    // Columns that the table above does not have.
    if (words + others === 0) return at >= block.last.length && block.rows > 1;
    // A text where only the header was one, or the first number where all were texts.
    return !isWord(below) && (words <= 1 || others === 0);
  });
}

/** Tells the tables of a sheet apart: blank rows stand between them, and a header begins each. */
export interface SheetTables {
  /** The rows that are not blank. All are kept until it is known what they belong to. */
  divide(source: AsyncIterable<readonly SheetRow[]>): AsyncGenerator<DividedRow[]>;
  /** Once all rows were seen: those with two rows and two columns at least, and the one that is shown. */
  found(shown: number | undefined): readonly FoundTable[];
}

export function sheetTables(): SheetTables {
  const blocks: Block[] = [];
  return {
    async *divide(source) {
      let current: Block | undefined;
      let last = 0;
      /** Since a blank row: perhaps titles, and a header. */
      let held: SheetRow[] = [];
      let out: DividedRow[] = [];
      const give = (row: SheetRow, block: Block): void => {
        add(block, row);
        out.push({ ...row, block: block.number });
      };
      const start = (row: SheetRow, title?: string): Block => {
        const block = begin(row, blocks.length, title);
        blocks.push(block);
        return block;
      };
      const take = (row: SheetRow): void => {
        current ??= start(row);
        const head = held.at(-1);
        if (head && isHeader(current, head, row)) {
          const titles = held.slice(0, -1);
          out.push(...titles.map((one) => ({ ...one, block: null })));
          const title = titles.flatMap(({ cells }) => cells.filter(isFilled).map(String)).join(' · ');
          current = start(head, title === '' ? undefined : title);
          give(head, current);
          held = [];
        }
        const isTitle = row.cells.filter(isFilled).length === 1;
        const isApart = row.number > last + 1 && last > 0;
        const mayHead = looksLikeHeader(row.cells) || isTitle;
        const goesOn = held.length > 0 && held.length <= MOST_TITLES && onlyTitles(held) && mayHead;
        if (goesOn || (isApart && mayHead)) {
          if (!goesOn) for (const one of held.splice(0)) give(one, current);
          held.push(row);
        } else {
          for (const one of held.splice(0)) give(one, current);
          give(row, current);
        }
        last = row.number;
      };
      for await (const rows of source) {
        for (const row of rows) if (row.cells.some(isFilled)) take(row);
        yield out;
        out = [];
      }
      if (current) for (const one of held) give(one, current);
      yield out;
    },
    found: (shown) =>
      blocks.flatMap((block) => {
        const columns = Object.keys(block.first).map(Number);
        const range = rangeOf(block, columns);
        if (!range || !(isTable(range) || block.number === shown)) return [];
        const { number, title } = block;
        return [
          {
            block: number,
            range,
            beside: besides(block, columns),
            ...(title === undefined ? {} : { title }),
          },
        ];
      }),
  };
}

const onlyTitles = (rows: readonly SheetRow[]): boolean =>
  rows.every(({ cells }) => cells.filter(isFilled).length === 1);

const isTable = ({ top, bottom, left, right }: SheetRange): boolean => bottom > top && right > left;

function rangeOf({ first, last }: Block, columns: readonly number[]): SheetRange | undefined {
  const [left, right] = [columns[0], columns.at(-1)];
  if (left === undefined || right === undefined) return undefined;
  const top = columns.reduce((least, at) => Math.min(least, first[at] ?? Infinity), Infinity);
  const bottom = columns.reduce((most, at) => Math.max(most, last[at] ?? 0), 0);
  return { top, bottom, left, right };
}

/** The parts of a table between blank columns, when each could be one by itself; none when it is whole. */
function besides(block: Block, columns: readonly number[]): SheetRange[] {
  const parts: number[][] = [];
  columns.forEach((at, k) => {
    if (columns[k - 1] === at - 1) parts.at(-1)?.push(at);
    else parts.push([at]);
  });
  if (parts.length < 2) return [];
  const ranges = parts.flatMap((part) => rangeOf(block, part) ?? []);
  return ranges.every(isTable) ? ranges : [];
}
