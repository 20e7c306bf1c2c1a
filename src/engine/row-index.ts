import { open, type FileHandle } from 'node:fs/promises';
import { utf8Check } from './utf8';

const CHUNK_BYTES = 4 * 2 ** 20;
/** One offset is kept per so many records. */
export const STRIDE = 128;
/** Where these are longer together, one is kept for each of them. */
const LONG_BYTES = 4 * 2 ** 20;

/** Where the records of a text file begin, and what the pass over it learned. */
export interface RowIndex {
  /** Byte at which record 0, STRIDE, 2 × STRIDE … begins. */
  readonly offsets: readonly number[];
  /** Line ends before each of these, also those in cells. */
  readonly lines: readonly number[];
  /** Of the STRIDE records behind an offset that are long together: where each begins, by the offset's place. */
  readonly within: ReadonlyMap<number, readonly number[]>;
  /** Physical records of the table: without skipped lines, header and blank lines. */
  readonly records: number;
  readonly end: number;
  readonly longest: number;
  readonly mixedLineEnds: boolean;
  /** How its lines end, when they are not mixed. */
  readonly newLine: '\n' | '\r\n' | '\r';
  /** Somewhere spaces stand before the quotes of a cell or behind them: they belong to the cell, and DuckDB drops them. */
  readonly spacedQuotes: boolean;
  /** The file ends inside a quoted cell. */
  readonly openQuote: boolean;
  /** All of it is valid UTF-8. */
  readonly utf8: boolean;
  /** Places of the records that are the header once more, ascending. */
  readonly repeats: readonly number[];
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
  /** The header without its line end, when records that equal it are to be found. */
  readonly headerText?: string;
}

/** A file that was put behind another brings its byte order mark along. */
const MARK = Buffer.from('\uFEFF');
const LF = 10;
const CR = 13;
const SPACE = 32;

/** The byte that ends the lines of a file with this beginning. */
export function lineEndOf(beginning: Buffer): number {
  const some = beginning.subarray(0, 2 ** 20);
  return !some.includes(LF) && some.includes(CR) ? CR : LF;
}

/**
 * Finds all records in one pass. The rule is that of `records` in src/formats: a quote opens a cell only as its first
 * character, and LF, CRLF or CR end a record. It jumps from line end to line end and looks at a byte only where there is a quote.
 */
export async function indexRows(
  path: string,
  options: IndexOptions,
  signal?: AbortSignal,
  progress?: (records: number, bytes: number) => void,
): Promise<RowIndex> {
  const quote = options.quote === '' ? -1 : options.quote.charCodeAt(0);
  const sign = Buffer.from(options.delimiter);
  const delimiter = sign.at(-1) ?? -1;
  const offsets: number[] = [];
  const lines: number[] = [];
  const within = new Map<number, readonly number[]>();
  const starts = new Float64Array(STRIDE);
  let records = 0;
  let longest = 0;
  let lf = 0;
  let crlf = 0;
  let cr = 0;
  let skip = options.skip;
  let header = options.header;
  let inQuotes = false;
  /** The piece that was read last ends with a quote, or with a CR, of which the next byte says what it is. */
  let quoteAtEnd = false;
  let crAtEnd = false;
  let before = LF;
  let start = 0;
  let startLine = 0;
  let base = 0;
  let lineEnd = LF;
  /** Bytes behind which `at` is, whether they end a record or stand in a cell. */
  let feeds = 0;
  let returns = 0;

  const head = options.headerText === undefined ? undefined : Buffer.from(options.headerText);
  const marked = head && Buffer.concat([MARK, head]);
  let piece: Buffer = Buffer.alloc(0);
  /** Records as long as the header: those that lie in one piece and equal it, and those that began in the piece before. */
  const repeats: number[] = [];
  const unsure: { readonly place: number; readonly start: number; readonly wanted: Buffer | undefined }[] =
    [];

  let spacedQuotes = false;
  /** Whether only spaces stand between the beginning of a cell and that place in a piece. */
  const onlySpaces = (chunk: Buffer, at: number): boolean => {
    let before = at - 1;
    while (before >= 0 && chunk[before] === SPACE) before -= 1;
    return before < at - 1 && (before < 0 || base + before < start || chunk[before] === delimiter);
  };

  /** Whether a delimiter of several bytes stands before that place: of its last byte alone that is known. */
  const isWhole = (chunk: Buffer, at: number): boolean =>
    sign.length === 1 || at < sign.length || chunk.subarray(at - sign.length, at).equals(sign);

  /** Called where the records behind the last offset end. */
  const keepLong = (end: number): void => {
    if (end - (offsets.at(-1) ?? end) <= LONG_BYTES) return;
    within.set(offsets.length - 1, [...starts.subarray(0, records - (offsets.length - 1) * STRIDE)]);
  };

  const take = (end: number, ends: number, line: number): void => {
    const length = end - start - ends;
    if (skip > 0) skip -= 1;
    else if (length === 0 && !(options.blankIsRecord && !header)) {
      // A blank line is no record.
    } else if (header) header = false;
    else {
      if (records % STRIDE === 0) {
        keepLong(start);
        offsets.push(start);
        lines.push(startLine);
      }
      starts[records % STRIDE] = start;
      if (length === head?.length || length === marked?.length) {
        const wanted = length === head?.length ? head : marked;
        if (start < base) unsure.push({ place: records, start, wanted });
        else if (wanted?.compare(piece, start - base, start - base + length) === 0) repeats.push(records);
      }
      records += 1;
      if (length > longest) longest = length;
    }
    start = end;
    startLine = line;
  };

  const text = utf8Check();
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const pieces = readAhead(file, Math.min(CHUNK_BYTES, size + 1));
    for await (const chunk of pieces) {
      signal?.throwIfAborted();
      const bytesRead = chunk.length;
      text.add(chunk);
      piece = chunk;
      if (base === 0) {
        lineEnd = lineEndOf(chunk);
        if (chunk.subarray(0, 3).toString('hex') === 'efbbbf') {
          start = 3;
        }
      }
      let at = base === 0 ? start : 0;
      if (quoteAtEnd) {
        quoteAtEnd = false;
        if (chunk[0] === quote) at = 1;
        else {
          inQuotes = false;
          spacedQuotes ||= chunk[0] === SPACE;
        }
      }
      if (crAtEnd) {
        crAtEnd = false;
        at = chunk[0] === LF ? 1 : 0;
        if (at === 1) crlf += 1;
        else cr += 1;
        take(base + at, at + 1, lineEnd === LF ? feeds + at : returns);
      }
      let nextQuote = quote < 0 ? -1 : chunk.indexOf(quote, at);
      let nextLf = chunk.indexOf(LF);
      let nextCr = chunk.indexOf(CR);
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
            spacedQuotes ||= chunk[at] === SPACE;
          }
          continue;
        }
        for (; nextLf >= 0 && nextLf < at; feeds += 1) nextLf = chunk.indexOf(LF, nextLf + 1);
        for (; nextCr >= 0 && nextCr < at; returns += 1) nextCr = chunk.indexOf(CR, nextCr + 1);
        const isCr = nextCr >= 0 && (nextLf < 0 || nextCr < nextLf);
        const nextEnd = isCr ? nextCr : nextLf;
        if (nextQuote >= 0 && skip === 0 && (nextEnd < 0 || nextQuote < nextEnd)) {
          const previous = nextQuote === 0 ? before : chunk[nextQuote - 1];
          const opens = base + nextQuote === start || (previous === delimiter && isWhole(chunk, nextQuote));
          if (opens) inQuotes = true;
          else spacedQuotes ||= onlySpaces(chunk, nextQuote);
          at = nextQuote + 1;
          continue;
        }
        if (nextEnd < 0) break;
        if (isCr && nextEnd + 1 === bytesRead) {
          crAtEnd = true;
          break;
        }
        const isCrlf = isCr && chunk[nextEnd + 1] === LF;
        if (isCrlf) crlf += 1;
        else if (isCr) cr += 1;
        else lf += 1;
        at = nextEnd + (isCrlf ? 2 : 1);
        const line = lineEnd === LF ? feeds + (isCr && !isCrlf ? 0 : 1) : returns + (isCr ? 1 : 0);
        take(base + at, isCrlf ? 2 : 1, line);
      }
      for (; nextLf >= 0; feeds += 1) nextLf = chunk.indexOf(LF, nextLf + 1);
      for (; nextCr >= 0; returns += 1) nextCr = chunk.indexOf(CR, nextCr + 1);
      before = chunk[bytesRead - 1] ?? LF;
      base += bytesRead;
      progress?.(records, base);
    }
    if (crAtEnd) cr += 1;
    if (start < base) {
      const end = base;
      // What is left lies before the pieces that were read.
      base = Infinity;
      take(end, crAtEnd ? 1 : 0, startLine);
      base = end;
    }
    for (const { place, start: at, wanted } of unsure)
      if (wanted && (await isAt(file, wanted, at))) repeats.push(place);
  } finally {
    await file.close();
  }
  keepLong(base);
  return {
    offsets,
    lines,
    within,
    records,
    end: base,
    longest,
    mixedLineEnds: [lf, crlf, cr].filter((count) => count > 0).length > 1,
    newLine: crlf > 0 ? '\r\n' : cr > 0 ? '\r' : '\n',
    spacedQuotes,
    openQuote: inQuotes && !quoteAtEnd,
    utf8: text.isValid(),
    repeats: repeats.sort((a, b) => a - b),
  };
}

/** The file's pieces: while one is looked at, the next is being read. Each is good until the one behind it is asked for. */
async function* readAhead(file: FileHandle, bytes: number): AsyncGenerator<Buffer> {
  let at = 0;
  let next: Promise<{ buffer: Buffer; bytesRead: number }> = file.read(
    Buffer.allocUnsafe(bytes),
    0,
    bytes,
    0,
  );
  let spare: Buffer = Buffer.allocUnsafe(bytes);
  try {
    for (;;) {
      const { buffer, bytesRead } = await next;
      if (bytesRead === 0) return;
      at += bytesRead;
      next = file.read(spare, 0, bytes, at);
      yield buffer.subarray(0, bytesRead);
      spare = buffer;
    }
  } finally {
    // The file must not be closed before, and a failure that nobody waits for would end the process.
    await next.catch(() => undefined);
  }
}

async function isAt(file: FileHandle, wanted: Buffer, start: number): Promise<boolean> {
  const bytes = Buffer.alloc(wanted.length);
  await file.read(bytes, 0, bytes.length, start);
  return bytes.equals(wanted);
}
