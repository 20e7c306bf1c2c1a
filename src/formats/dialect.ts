import type { Dialect } from '../core/table';
import { detectHeader, firstRecord, looksLikeNames, usualWidth } from './header';
import { inferColumn, PLAIN } from './infer';
import { detectSigns } from './number-signs';
import { detectCuts, fixedRecords } from './fixed';
import { BLANKS, records, type TextRecord } from './records';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const SAMPLE = 1000;
/** Blanks divide words, too: only if they divide this share of the lines alike they stand between cells. */
const ALIGNED_SHARE = 0.95;
/** Where another sign divides the lines this well, blanks are not tried. */
const DIVIDED = 0.5;

/** What divides a text into records and cells. */
type Signs = Pick<Dialect, 'delimiter' | 'quote' | 'cuts' | 'gaps'>;

/** The records of a text, from a place at which one begins. */
export function dialectRecords(
  text: string,
  { delimiter, quote, cuts = [], gaps = false }: Signs,
  from = 0,
): Generator<TextRecord, void, undefined> {
  return delimiter === BLANKS && cuts.length > 0
    ? fixedRecords(text, cuts, gaps, from)
    : records(text, delimiter, quote, from);
}

/** The first records of a text, without one that the prefix cut off, and without blank lines. */
export function sample(text: string, signs: Signs, complete: boolean): TextRecord[] {
  const found: TextRecord[] = [];
  for (const record of dialectRecords(text, signs)) {
    if (!record.closed && !complete && found.length > 0) break;
    if (isBlank(record)) continue;
    found.push(record);
    if (found.length === SAMPLE) break;
  }
  return found;
}

/** A line without any character is no record; two quotes at the end of a text are one. */
export function isBlank({ cells, closed, wellQuoted, blanks, start, end }: TextRecord): boolean {
  return cells.length === 1 && cells[0] === '' && closed && wellQuoted && end - start <= 2 && !blanks;
}

interface Divided extends Pick<Signs, 'delimiter' | 'cuts' | 'gaps'> {
  /** Lines above the table, where that is known. */
  readonly above?: number;
  readonly found: readonly TextRecord[];
}

function detectDelimiter(text: string, quote: string, complete: boolean, skip?: number): Divided {
  let best: Divided & { readonly score: number } = { delimiter: ',', found: [], score: 0 };
  for (const delimiter of DELIMITERS) {
    if (!text.includes(delimiter)) continue;
    const found = sample(text, { delimiter, quote }, complete);
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
  const blanks = best.score < DIVIDED ? byBlanks(text, quote, complete, skip) : undefined;
  if (blanks) return blanks;
  return best.score > 0 ? best : { ...best, found: sample(text, { ...best, quote }, complete) };
}

/** A text whose cells stand under each other: each run of blanks divides them, or blanks do that stand in all lines. */
function byBlanks(text: string, quote: string, complete: boolean, skip?: number): Divided | undefined {
  const aligned = alignedRecords(text, quote, complete);
  const isEven = aligned !== undefined && usualWidth(aligned).share === 1;
  const fixed = isEven ? undefined : detectCuts(text, complete, skip);
  if (fixed) {
    const signs = { delimiter: BLANKS, quote: '', cuts: fixed.cuts, gaps: true };
    return { ...signs, above: fixed.above, found: sample(text, signs, complete) };
  }
  return aligned ? { delimiter: BLANKS, found: aligned } : undefined;
}

/** The records of a table whose cells stand under each other, divided by blanks; undefined for any other text. */
function alignedRecords(text: string, quote: string, complete: boolean): TextRecord[] | undefined {
  const found = sample(text, { delimiter: BLANKS, quote }, complete);
  const from = firstRecord(found);
  const [head, ...body] = found.slice(from);
  if (!head || body.length < 2) return undefined;
  const { width, share } = usualWidth(body);
  const isNamed = looksLikeNames(head.cells);
  const isHead = head.cells.length === width || (width > 2 && head.cells.length === width - 1 && isNamed);
  if (width < 2 || share < ALIGNED_SHARE || !isHead || (width === 2 && !isNamed)) return undefined;
  if (!found.every(({ wellQuoted }) => wellQuoted)) return undefined;
  const even = body.filter(({ cells }) => cells.length === width);
  const numbers = Array.from({ length: width }, (_, at) => even.map(({ cells }) => cells[at] ?? '')).some(
    (values) => ['BIGINT', 'DOUBLE'].includes(inferColumn(values, PLAIN).type ?? ''),
  );
  return numbers ? found : undefined;
}

/** As a person says, but for the places of cells between blanks, which are looked for. */
function divided(
  text: string,
  { delimiter, quote, cuts, gaps, skip }: Signs & Partial<Pick<Dialect, 'skip'>>,
  complete: boolean,
): Divided {
  if (delimiter === BLANKS && cuts === undefined) {
    const found = byBlanks(text, quote, complete, skip);
    if (found) return found;
  }
  const signs = {
    delimiter,
    quote,
    ...(delimiter === BLANKS && cuts ? { cuts } : {}),
    ...(gaps ? { gaps } : {}),
  };
  return { ...signs, found: sample(text, signs, complete) };
}

/** What Excel writes above a table so that it knows its delimiter: `sep=;`. */
const SEPARATOR_LINE = /^sep=(.)(?:\r\n|\n|\r|$)/i;

function detectQuote(text: string): string {
  if (text.includes('"')) return '"';
  const single = text.match(/(^|[,;\t|\n])'[^'\n]*'(?=[,;\t|\r\n]|$)/g)?.length ?? 0;
  return single >= 2 && single >= (text.match(/'/g)?.length ?? 0) / 3 ? "'" : '"';
}

/** The dialect of a text table's beginning; what `given` holds is taken as it is. `complete`: the text is the whole file. */
export function detectDialect(
  text: string,
  encoding: string,
  given: Partial<Dialect>,
  complete: boolean,
): Dialect {
  const detected = given.quote ?? detectQuote(text);
  const said = SEPARATOR_LINE.exec(text)?.[1];
  const chosen = given.delimiter ?? said;
  const {
    delimiter,
    cuts,
    gaps,
    found,
    above: titles,
  } = chosen === undefined
    ? detectDelimiter(text, detected, complete, given.skip)
    : divided(text, { ...given, delimiter: chosen, quote: detected }, complete);
  const quote = cuts?.length ? '' : detected;
  const above = given.skip ?? (said === undefined ? titles : 1);
  const below = Math.max(
    0,
    above === undefined ? 0 : found.findIndex(({ start }) => linesBefore(text, start) >= above),
  );
  const first = given.skip === undefined ? below + firstRecord(found.slice(below)) : below;
  const rows = found.slice(first);
  const width = Math.max(0, ...rows.map(({ cells }) => cells.length));
  const body = rows.slice(given.header === false ? 0 : 1);
  const columns = Array.from({ length: width }, (_, at) => body.map(({ cells }) => cells[at] ?? ''));
  const signs = detectSigns(columns, delimiter, given);
  return {
    encoding,
    delimiter,
    ...(cuts ? { cuts } : {}),
    ...(gaps ? { gaps } : {}),
    quote,
    header: given.header ?? detectHeader(rows, signs),
    skip: given.skip ?? linesBefore(text, found[first]?.start ?? 0),
    ...signs,
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
