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
import { type Area, type Place, placeOf, type Signal } from './signal';
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

function test(signal: Signal, passage: Passage): Found | undefined {
  const patterns = signal.when instanceof RegExp ? [signal.when] : signal.when;
  let nouns: Nouns = {};
  let matched: string | undefined;
  for (const pattern of patterns) {
    const found = pattern.exec(pattern.multiline ? passage.lines : passage.flat);
    if (!found) return undefined;
    matched ??= found[0].trim();
    nouns = { ...nouns, ...found.groups };
  }
  if (signal.unless?.test(passage.flat)) return undefined;
  return { signal, nouns, matched: (matched ?? '').slice(0, 300) };
}

function rankOf(signal: Signal): number {
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
  const first = (passage: Passage, ...ranks: number[]): Found | undefined => {
    for (const rank of ranks) {
      for (const signal of signals) {
        const found = rankOf(signal) === rank ? test(signal, passage) : undefined;
        if (found) return found;
      }
    }
    return undefined;
  };
  // What only a warning tells may be the cause of an error that says something else, as with pip.
  const quiet = signals.filter((one) => one.quiet === true && Array.isArray(one.when));
  for (const signal of quiet) {
    const found = test(signal, reading.all);
    if (found) return found;
  }
  const ranks = reading.failed ? [[1, 2], [3], [4]] : [[1]];
  for (const some of ranks) {
    const found = first(reading.end, ...some) ?? first(reading.body, ...some);
    if (found) return found;
  }
  for (const signal of signals) {
    const found = signal.quiet === true ? test(signal, reading.all) : undefined;
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
