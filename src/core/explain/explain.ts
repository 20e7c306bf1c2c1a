import { AREAS } from './areas';
import type { FailureClass } from './classes';
import { type Passage, read, type Reading } from './reading';
import { type Area, type Place, placeOf, type Rank, type Signal } from './signal';
import { fill, fillOrQuote, type Nouns } from './template';

/** What a failure text says, in words that a person can act on. */
export interface Explained {
  readonly class: FailureClass;
  /** Why it happened, as a sentence. */
  readonly cause: string;
  /** What to do next, as a sentence. */
  readonly fix: string;
  /** The piece of the text by which it was known. */
  readonly matched: string;
}

/** A text that no signal knows. It is shown as it is, never with a guessed cause. */
export interface Unexplained {
  readonly class: 'unknown';
  readonly cause: null;
  readonly fix: null;
  readonly matched: null;
}

export type Explanation = Explained | Unexplained;

const LONGEST_MATCH = 300;
const LONGEST_LINE = 240;
/** A line that holds hardly more than the code by which it was known is no news to the reader. */
const LITTLE_ELSE = 8;
/** A warning alone tells of a failure only where there is little else. */
const FEW_LINES = 6;

const UNKNOWN: Unexplained = { class: 'unknown', cause: null, fix: null, matched: null };

interface Found {
  readonly signal: Signal;
  readonly nouns: Nouns;
  readonly matched: string;
  /** The line in which it stands. */
  readonly line: string;
}

function test(signal: Signal, passage: Passage, around: Passage): Found | undefined {
  const spelled = rankOf(signal) === 3;
  const found = seek(signal.when, passage, spelled);
  if (!found || signal.unless?.test(passage.flat)) return undefined;
  const more: RegExpExecArray[] = [];
  for (const pattern of listed(signal.and)) {
    const also = seek(pattern, around, spelled);
    if (!also) return undefined;
    more.push(also);
  }
  return {
    signal,
    nouns: nounsOf([...more, found]),
    matched: found[0].trim().slice(0, LONGEST_MATCH),
    line: lineOf(found, passage),
  };
}

function listed(patterns: RegExp | readonly RegExp[] | undefined): readonly RegExp[] {
  if (patterns === undefined) return [];
  return patterns instanceof RegExp ? [patterns] : patterns;
}

function seek(
  patterns: RegExp | readonly RegExp[],
  passage: Passage,
  spelled: boolean,
): RegExpExecArray | undefined {
  for (const pattern of listed(patterns)) {
    const found = pattern.exec(pattern.multiline ? passage.lines : passage.flat);
    const either = found ?? (spelled ? pattern.exec(passage.spelled) : null);
    if (either) return either;
  }
  return undefined;
}

/** The groups that took part; a later match outdoes an earlier one. */
function nounsOf(matches: readonly RegExpExecArray[]): Nouns {
  return Object.fromEntries(
    matches.flatMap((one) => {
      const groups: Nouns = one.groups ?? {};
      return Object.entries(groups).filter(([, noun]) => noun !== undefined);
    }),
  );
}

/** The line in which a match stands; '' where it is one of many and cannot be told. */
function lineOf(found: RegExpExecArray, passage: Passage): string {
  if (found.input === passage.spelled && found.input !== passage.flat) {
    return passage.lines.includes('\n') ? '' : passage.lines;
  }
  // The two forms differ only in what stands between the lines, so a place is the same in both.
  const end = passage.lines.indexOf('\n', found.index + found[0].length);
  const start = passage.lines.lastIndexOf('\n', found.index) + 1;
  const line = passage.lines.slice(start, end < 0 ? undefined : end);
  if (!found[0].trim().includes(' ') && line.length - found[0].length < LITTLE_ELSE) return '';
  return line.length <= LONGEST_LINE ? line : sentenceOf(line, found.index - start, found[0].length);
}

function sentenceOf(line: string, at: number, length: number): string {
  const before = line.slice(0, at).lastIndexOf('. ');
  const after = line.indexOf('. ', at + length);
  return line.slice(before < 0 ? 0 : before + 2, after < 0 ? undefined : after);
}

function rankOf(signal: Signal): Rank {
  return signal.rank ?? 1;
}

/** The signals in the order in which they are asked, those of the place first. */
function signalsFor(place: Place | undefined): readonly Signal[] {
  const of = (area: Area): boolean => place !== undefined && area.places.includes(place);
  return [...AREAS.filter(of), ...AREAS.filter((area) => !of(area))]
    .flatMap((area) => area.signals)
    .filter((one) => one.only === undefined || (place !== undefined && one.only.includes(place)));
}

function search(signals: readonly Signal[], reading: Reading): Found | undefined {
  // What only a warning tells may be the cause of an error that says something else, as with pip.
  for (const signal of signals) {
    const found = signal.quiet && signal.and ? test(signal, reading.all, reading.all) : undefined;
    if (found) return found;
  }
  const ranks: readonly (readonly Rank[])[] = reading.failed ? [[1, 2], [3], [4]] : [[1]];
  for (const some of ranks) {
    for (const passage of new Set([reading.last, reading.end, reading.body])) {
      const around = passage === reading.last ? reading.end : passage;
      for (const rank of some) {
        for (const signal of signals) {
          const found = rankOf(signal) === rank ? test(signal, passage, around) : undefined;
          if (found) return found;
        }
      }
    }
  }
  if (reading.all.lines.split('\n').length > FEW_LINES) return undefined;
  for (const signal of signals) {
    const found = signal.quiet ? test(signal, reading.all, reading.all) : undefined;
    if (found) return found;
  }
  return undefined;
}

/**
 * Tells what a failure text means: its class, the cause and the next step, with the nouns that the text names.
 *
 * `text` is anything that a person or a provider has at hand: a message, an answer's body, a traceback, the end of
 * a log. `where` is the place that it comes from (see `PLACES`), which decides where two signals fit; any other word
 * is as good as none. Never throws.
 */
export function explain(text: string, where?: string): Explanation {
  const reading = read(text);
  if (reading.all.flat === '' || reading.wentWell) return UNKNOWN;
  const found = search(signalsFor(where === undefined ? undefined : placeOf(where)), reading);
  if (!found) return UNKNOWN;
  return {
    class: found.signal.class,
    cause: fillOrQuote(found.signal.cause, found.nouns, found.line),
    fix: fill(found.signal.fix, found.nouns),
    matched: found.matched,
  };
}
