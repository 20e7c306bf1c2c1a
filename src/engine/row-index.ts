import { open } from 'node:fs/promises';
import { utf8Check } from './utf8';

const CHUNK_BYTES = 4 * 2 ** 20;
/** One offset is kept per so many records. */
export const STRIDE = 128;

/** Where the records of a text file begin, and what the pass over it learned. */
export interface RowIndex {
  /** Byte at which record 0, STRIDE, 2 × STRIDE … begins. */
  readonly offsets: readonly number[];
  /** Physical records of the table: without skipped lines, header and blank lines. */
  readonly records: number;
  readonly end: number;
  readonly longest: number;
  readonly mixedLineEnds: boolean;
  /** The file ends inside a quoted cell. */
  readonly openQuote: boolean;
  /** All of it is valid UTF-8. */
  readonly utf8: boolean;
}

export interface IndexOptions {
  /** '' for a file without quotes (JSONL). */
  readonly quote: string;
  readonly delimiter: string;
  /** Line ends above the table. */
  readonly skip: number;
  readonly header: boolean;
  /** A blank line is a record (tables of one column). */
  readonly blankIsRecord: boolean;
}

const LF = 10;
const CR = 13;

/**
 * Finds all records in one pass. The rule is that of `records` in src/formats: a quote opens a cell only as its first
 * character. It jumps from line end to line end and looks at a byte only where there is a quote.
 */
export async function indexRows(
  path: string,
  options: IndexOptions,
  signal?: AbortSignal,
  progress?: (records: number, bytes: number) => void,
): Promise<RowIndex> {
  const quote = options.quote === '' ? -1 : options.quote.charCodeAt(0);
  const delimiter = options.delimiter === '' ? -1 : options.delimiter.charCodeAt(0);
  const offsets: number[] = [];
  let records = 0;
  let longest = 0;
  let lf = 0;
  let crlf = 0;
  let skip = options.skip;
  let header = options.header;
  let lineEnd = LF;
  let inQuotes = false;
  let quoteAtEnd = false;
  let before = LF;
  let start = 0;
  let base = 0;

  const take = (end: number, ends: number): void => {
    const length = end - start - ends;
    if (skip > 0) skip -= 1;
    else if (length === 0 && !(options.blankIsRecord && !header)) {
      // A blank line is no record.
    } else if (header) header = false;
    else {
      if (records % STRIDE === 0) offsets.push(start);
      records += 1;
      if (length > longest) longest = length;
    }
    start = end;
  };

  const text = utf8Check();
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, base);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      text.add(chunk);
      if (base === 0) {
        if (chunk.subarray(0, 3).toString('hex') === 'efbbbf') {
          start = 3;
        }
        lineEnd = chunk.includes(LF) || !chunk.includes(CR) ? LF : CR;
      }
      let at = base === 0 ? start : 0;
      if (quoteAtEnd) {
        quoteAtEnd = false;
        if (chunk[0] === quote) at = 1;
        else inQuotes = false;
      }
      let nextQuote = quote < 0 ? -1 : chunk.indexOf(quote, at);
      let nextEnd = chunk.indexOf(lineEnd, at);
      while (at < bytesRead) {
        if (nextQuote >= 0 && nextQuote < at) nextQuote = chunk.indexOf(quote, at);
        if (inQuotes) {
          if (nextQuote < 0) break;
          if (nextQuote + 1 === bytesRead) {
            quoteAtEnd = true;
            break;
          }
          if (chunk[nextQuote + 1] === quote) at = nextQuote + 2;
          else {
            inQuotes = false;
            at = nextQuote + 1;
          }
          continue;
        }
        if (nextEnd >= 0 && nextEnd < at) nextEnd = chunk.indexOf(lineEnd, at);
        if (nextQuote >= 0 && skip === 0 && (nextEnd < 0 || nextQuote < nextEnd)) {
          const previous = nextQuote === 0 ? before : chunk[nextQuote - 1];
          const opens = base + nextQuote === start || previous === delimiter;
          if (opens) inQuotes = true;
          at = nextQuote + 1;
          continue;
        }
        if (nextEnd < 0) break;
        const previous = nextEnd === 0 ? before : chunk[nextEnd - 1];
        const isCrlf = lineEnd === LF && previous === CR && base + nextEnd > start;
        if (isCrlf) crlf += 1;
        else lf += 1;
        take(base + nextEnd + 1, isCrlf ? 2 : 1);
        at = nextEnd + 1;
      }
      before = chunk[bytesRead - 1] ?? LF;
      base += bytesRead;
      progress?.(records, base);
    }
  } finally {
    await file.close();
  }
  if (start < base) take(base, before === CR && lineEnd === LF && base - start === 1 ? 1 : 0);
  return {
    offsets,
    records,
    end: base,
    longest,
    mixedLineEnds: lf > 0 && crlf > 0,
    openQuote: inQuotes && !quoteAtEnd,
    utf8: text.isValid(),
  };
}

/** Bytes from the beginning of a record that has an offset, up to the beginning of another or the end. */
export async function readBlock(
  path: string,
  index: RowIndex,
  fromRecord: number,
  toRecord: number,
): Promise<{ text: string; first: number }> {
  const block = Math.floor(fromRecord / STRIDE);
  const from = index.offsets[block] ?? index.end;
  const to = index.offsets[Math.floor((toRecord - 1) / STRIDE) + 1] ?? index.end;
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, from + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { text: bytes.toString('utf8', 0, length), first: block * STRIDE };
  } finally {
    await file.close();
  }
}
