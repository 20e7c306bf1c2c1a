import { looksLikeNames } from './header';
import { inferColumn, PLAIN } from './infer';
import type { TextRecord } from './records';

/** Fewer lines below the header say too little: blanks stand under each other in any text. */
const FEWEST = 3;
const MOST = 1000;
/** Lines above the table that are tried to be none of it. */
const MOST_ABOVE = 5;

/** A line of a text, without its line end. */
interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly closed: boolean;
}

function* linesOf(text: string, from: number): Generator<Line, void, undefined> {
  const end = /\r\n|\n|\r/g;
  let start = from;
  while (start < text.length) {
    end.lastIndex = start;
    const found = end.exec(text);
    const stop = found?.index ?? text.length;
    const next = found ? end.lastIndex : text.length;
    yield { text: text.slice(start, stop), start, end: next, closed: found !== null };
    start = next;
  }
}

/** A line that divides the header from the rows, or the rows from a sum: `------ ----`. */
const isRule = (line: string): boolean => /^[\s=_-]*$/.test(line) && /[=_-]{2}/.test(line);

/**
 * Records of a text whose cells stand under each other, by the places (from 1) at which the cells begin. With `gaps` a line
 * in which text stands across such a place, or that is a rule, is none of its rows.
 */
export function* fixedRecords(
  text: string,
  cuts: readonly number[],
  gaps: boolean,
  from = 0,
): Generator<TextRecord, void, undefined> {
  for (const line of linesOf(text, from)) {
    const { start, end, closed } = line;
    if (line.text === '') {
      yield { cells: [''], start, end, closed, wellQuoted: true };
      continue;
    }
    const cells = cuts.map((cut, at) =>
      line.text.slice(cut - 1, (cuts[at + 1] ?? Infinity) - 1).replace(/^ +| +$/g, ''),
    );
    const isWhole = cuts.every((cut) => isGapBefore(line.text, cut));
    const before = line.text.slice(0, (cuts[0] ?? 1) - 1).trim() === '';
    yield { cells, start, end, closed, wellQuoted: !gaps || (isWhole && before && !isRule(line.text)) };
  }
}

/** Whether no text stands across the place at which a cell begins. */
const isGapBefore = (line: string, cut: number): boolean =>
  cut === 1 || isBlankAt(line, cut - 2) || isBlankAt(line, cut - 1);

/** Places (from 1) at which text begins behind a gap that but `most` of the lines fill. */
function startsOf(head: string, body: readonly string[], most: number): number[] {
  const width = Math.max(head.length, ...body.map(({ length }) => length));
  const filled = Array.from({ length: width }, (_, at) => {
    if (!isBlankAt(head, at)) return true;
    return body.reduce((count, line) => count + (isBlankAt(line, at) ? 0 : 1), 0) > most;
  });
  const starts = filled.flatMap((one, at) => (one && !(filled[at - 1] ?? false) ? [at + 1] : []));
  // A name above blanks alone, such as the second word of all cities, belongs to the column before it.
  return starts.filter(
    (start, at) => at === 0 || head.slice(start - 1, (starts[at + 1] ?? Infinity) - 1).trim() !== '',
  );
}

const isBlankAt = (line: string, at: number): boolean => at >= line.length || line[at] === ' ';

/** As {@link cutsBelow}, also below a few lines of title; `above`: how many lines that are. */
export function detectCuts(
  text: string,
  complete: boolean,
  given?: number,
): { readonly cuts: readonly number[]; readonly above: number } | undefined {
  let above = 0;
  for (const line of linesOf(text, 0)) {
    const isTried = given === undefined ? line.text.trim() !== '' : above === given;
    const cuts = isTried ? cutsBelow(text.slice(line.start), complete) : undefined;
    if (cuts) return { cuts, above };
    above += 1;
    if (above > (given ?? MOST_ABOVE)) return undefined;
  }
  return undefined;
}

/**
 * Where the cells of a text begin whose columns are divided by blanks in every line, although some cells are empty or hold blanks;
 * undefined for any other text. The first line has to name all columns, and one of them to hold numbers.
 */
function cutsBelow(text: string, complete: boolean): number[] | undefined {
  const lines: string[] = [];
  for (const line of linesOf(text, 0)) {
    if (!line.closed && !complete) break;
    if (line.text.includes('\t')) return undefined;
    if (line.text.trim() !== '') lines.push(line.text.trimEnd());
    if (lines.length === MOST) break;
  }
  const [head = ''] = lines;
  const body = lines.slice(1).filter((line) => !isRule(line));
  if (body.length < FEWEST) return undefined;
  const strict = startsOf(head, body, 0);
  // A remark may stand below a table, across its columns.
  const cuts = strict.length > 1 ? strict : startsOf(head, body, body.length < 5 ? 0 : 1);
  if (cuts.length < 2) return undefined;
  const across = (line: string): number => cuts.filter((cut) => !isGapBefore(line, cut)).length;
  const remark = body.findIndex((line) => across(line) > 0);
  if (remark >= 0 && body.slice(remark).some((line) => across(line) === 0)) return undefined;
  const cellsOf = (line: string): string[] =>
    cuts.map((cut, at) => line.slice(cut - 1, (cuts[at + 1] ?? Infinity) - 1).replace(/^ +| +$/g, ''));
  const names = cellsOf(head);
  if (names.some((name) => name === '') || !looksLikeNames(names)) return undefined;
  const rows = body.filter((line) => across(line) === 0).map(cellsOf);
  const hasNumbers = cuts.some((_, at) =>
    ['BIGINT', 'DOUBLE'].includes(
      inferColumn(
        rows.map((cells) => cells[at] ?? ''),
        PLAIN,
      ).type ?? '',
    ),
  );
  return hasNumbers ? cuts : undefined;
}
