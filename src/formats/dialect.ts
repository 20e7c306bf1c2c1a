import type { Dialect } from '../core/table';
import { inferColumn, inferType } from './infer';
import { records, type TextRecord } from './records';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const SAMPLE = 1000;
const MAX_SKIP = 30;

/** The first records of a text, without one that the prefix cut off, and without blank lines. */
export function sample(text: string, delimiter: string, quote: string, complete: boolean): TextRecord[] {
  const found: TextRecord[] = [];
  for (const record of records(text, delimiter, quote)) {
    if (!record.closed && !complete && found.length > 0) break;
    if (isBlank(record)) continue;
    found.push(record);
    if (found.length === SAMPLE) break;
  }
  return found;
}

/** A line without any character is no record; two quotes at the end of a text are one. */
export function isBlank({ cells, closed, wellQuoted, start, end }: TextRecord): boolean {
  return cells.length === 1 && cells[0] === '' && closed && wellQuoted && end - start <= 2;
}

/** The most frequent number of cells; of equally frequent ones the larger. */
function usualWidth(found: readonly TextRecord[]): { width: number; share: number } {
  const counts = new Map<number, number>();
  for (const { cells } of found) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  let width = 1;
  let most = 0;
  for (const [cells, count] of counts) {
    if (count > most || (count === most && cells > width)) [width, most] = [cells, count];
  }
  return { width, share: found.length === 0 ? 0 : most / found.length };
}

interface Divided {
  readonly delimiter: string;
  readonly found: readonly TextRecord[];
}

function detectDelimiter(text: string, quote: string, complete: boolean): Divided {
  let best: Divided & { readonly score: number } = { delimiter: ',', found: [], score: 0 };
  for (const delimiter of DELIMITERS) {
    if (!text.includes(delimiter)) continue;
    const found = sample(text, delimiter, quote, complete);
    const { width, share } = usualWidth(found);
    if (width < 2) {
      // Most lines hold none of it: still the delimiter if nothing else divides the lines at all.
      const divided = found.filter(({ cells }) => cells.length > 1).length / Math.max(found.length, 1);
      if (divided * 0.1 > best.score) best = { delimiter, found, score: divided * 0.1 };
      continue;
    }
    const bad = found.filter((record) => !record.wellQuoted).length / found.length;
    const score = share * (1 - 1 / (width + 1)) * (1 - bad);
    if (score > best.score) best = { delimiter, found, score };
  }
  return best.score > 0 ? best : { ...best, found: sample(text, best.delimiter, quote, complete) };
}

function detectQuote(text: string): string {
  if (text.includes('"')) return '"';
  const single = text.match(/(^|[,;\t|\n])'[^'\n]*'(?=[,;\t|\r\n]|$)/g)?.length ?? 0;
  return single >= 2 && single >= (text.match(/'/g)?.length ?? 0) / 3 ? "'" : '"';
}

function looksLikeNames(cells: readonly string[]): boolean {
  const named = cells.filter((cell) => cell.trim() !== '');
  return (
    named.length > 0 &&
    named.length >= cells.length - 1 &&
    inferType(named, '.') === 'VARCHAR' &&
    named.every((cell) => inferType([cell], '.') === 'VARCHAR')
  );
}

/** Index of the first record that belongs to the table: title and comment lines above it are left out. */
function firstRecord(found: readonly TextRecord[]): number {
  const { width } = usualWidth(found);
  if (width < 2) return 0;
  let first = 0;
  while (first < Math.min(found.length - 1, MAX_SKIP)) {
    const cells = found[first]?.cells ?? [];
    if (cells.length === width) break;
    const next = found.slice(first + 1, first + 1 + MAX_SKIP).findIndex((one) => one.cells.length === width);
    const header = found[first + 1 + next];
    const title = cells.length === 1 || /^\s*#/.test(cells[0] ?? '');
    if (next < 0 || !header || !(title || looksLikeNames(header.cells))) return first;
    first += 1;
  }
  return first;
}

function detectHeader(rows: readonly TextRecord[], decimal: string): boolean {
  const [head, ...body] = rows;
  if (!head) return true;
  if (body.length === 0) return looksLikeNames(head.cells);
  let yes = 0;
  let no = 0;
  let repeated = false;
  head.cells.forEach((name, index) => {
    const values = body.map(({ cells }) => cells[index] ?? '');
    const { type } = inferColumn(values, decimal);
    if (name.trim() === '' || type === null) return;
    if (type === 'VARCHAR') {
      if (values.includes(name)) repeated = true;
      else if (inferType([name], decimal) !== 'VARCHAR') no += 1;
      return;
    }
    // A name that is text decides without another look at all values.
    const isText =
      inferType([name], decimal) === 'VARCHAR' || inferType([name, ...values], decimal) === 'VARCHAR';
    if (isText) yes += 1;
    else no += 1;
  });
  if (yes + no > 0) return yes >= no;
  return !repeated;
}

function detectDecimal(found: readonly TextRecord[], delimiter: string): '.' | ',' {
  if (delimiter === ',') return '.';
  let comma = 0;
  let point = 0;
  for (const { cells } of found) {
    for (const cell of cells) {
      if (/^\s*[+-]?\d*,\d+\s*$/.test(cell)) comma += 1;
      else if (/^\s*[+-]?\d*\.\d+\s*$/.test(cell)) point += 1;
    }
  }
  return comma > point ? ',' : '.';
}

/** The dialect of a text table's beginning; what `given` holds is taken as it is. `complete`: the text is the whole file. */
export function detectDialect(
  text: string,
  encoding: string,
  given: Partial<Dialect>,
  complete: boolean,
): Dialect {
  const quote = given.quote ?? detectQuote(text);
  const { delimiter, found } =
    given.delimiter === undefined
      ? detectDelimiter(text, quote, complete)
      : { delimiter: given.delimiter, found: sample(text, given.delimiter, quote, complete) };
  const first =
    given.skip === undefined
      ? firstRecord(found)
      : Math.max(
          0,
          found.findIndex(({ start }) => linesBefore(text, start) >= (given.skip ?? 0)),
        );
  const rows = found.slice(first);
  const decimal = given.decimal ?? detectDecimal(rows, delimiter);
  return {
    encoding,
    delimiter,
    quote,
    header: given.header ?? detectHeader(rows, decimal),
    skip: given.skip ?? linesBefore(text, found[first]?.start ?? 0),
    decimal,
    ...(given.missing ? { missing: given.missing } : {}),
  };
}

/** Line ends (LF, CRLF or CR) before a position. */
export function linesBefore(text: string, position: number): number {
  return text.slice(0, position).match(/\r\n|\n|\r/g)?.length ?? 0;
}

/** The position at which the line after `lines` lines begins. */
export function afterLines(text: string, lines: number): number {
  const end = /\r\n|\n|\r/g;
  for (let line = 0; line < lines; line += 1) {
    if (!end.exec(text)) return text.length;
  }
  return end.lastIndex;
}
