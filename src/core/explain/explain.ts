import { AWS_ACCOUNT } from './aws-account';
import { AWS_JOBS } from './aws-jobs';
import { AWS_STORAGE } from './aws-storage';
import { AZURE } from './azure';
import type { FailureClass } from './classes';
import { DATABASES } from './databases';
import { DATABRICKS } from './databricks';
import { GENERAL } from './general';
import { GOOGLE_ACCOUNT } from './google-account';
import { GOOGLE_SERVICES } from './google-services';
import { IBM } from './ibm';
import { MACHINE } from './machine';
import { HTTP, NETWORK } from './network';
import { PACKAGES } from './packages';
import { PYTHON } from './python';
import { type Passage, read, type Reading } from './reading';
import { SERVING } from './serving';
import { type Area, type Place, placeOf, type Rank, type Signal } from './signal';
import { TABLES } from './tables';
import { fill, type Nouns } from './template';
import { TOOLS } from './tools';

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

const UNKNOWN: Unexplained = { class: 'unknown', cause: null, fix: null, matched: null };

/** Asked in this order where the place does not say otherwise. */
const AREAS: readonly Area[] = [
  MACHINE,
  PACKAGES,
  AWS_ACCOUNT,
  AWS_STORAGE,
  AWS_JOBS,
  GOOGLE_ACCOUNT,
  GOOGLE_SERVICES,
  AZURE,
  DATABRICKS,
  IBM,
  TOOLS,
  DATABASES,
  TABLES,
  PYTHON,
  SERVING,
  NETWORK,
  GENERAL,
  HTTP,
];

interface Found {
  readonly signal: Signal;
  readonly nouns: Nouns;
  readonly matched: string;
}

/** The first pattern is sought in the passage; where there are more, they make it certain from all that belongs to it. */
function test(signal: Signal, passage: Passage, around: Passage): Found | undefined {
  const [first, ...others] = signal.when instanceof RegExp ? [signal.when] : signal.when;
  const found = first && seek(first, passage, rankOf(signal) === 3);
  if (!found || signal.unless?.test(passage.flat)) return undefined;
  let nouns: Nouns = { ...found.groups };
  for (const other of others) {
    const more = seek(other, around, rankOf(signal) === 3);
    if (!more) return undefined;
    nouns = { ...more.groups, ...nouns };
  }
  return { signal, nouns, matched: found[0].trim().slice(0, LONGEST_MATCH) };
}

function seek(pattern: RegExp, passage: Passage, spelled: boolean): RegExpExecArray | null {
  const found = pattern.exec(pattern.multiline ? passage.lines : passage.flat);
  return found ?? (spelled ? pattern.exec(passage.spelled) : null);
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
    const found =
      signal.quiet === true && !(signal.when instanceof RegExp)
        ? test(signal, reading.all, reading.all)
        : undefined;
    if (found) return found;
  }
  const ranks: readonly (readonly Rank[])[] = reading.failed ? [[1, 2], [3], [4]] : [[1]];
  for (const some of ranks) {
    for (const passage of [reading.last, reading.end, reading.body]) {
      const around = passage === reading.last ? reading.end : passage;
      for (const rank of some) {
        for (const signal of signals) {
          const found = rankOf(signal) === rank ? test(signal, passage, around) : undefined;
          if (found) return found;
        }
      }
    }
  }
  for (const signal of signals) {
    const found = signal.quiet === true ? test(signal, reading.all, reading.all) : undefined;
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
    cause: fill(found.signal.cause, found.nouns),
    fix: fill(found.signal.fix, found.nouns),
    matched: found.matched,
  };
}
