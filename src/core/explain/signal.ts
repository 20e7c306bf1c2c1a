import type { FailureClass } from './classes';

/** Where a failure text comes from. A hint: it decides between signals that both fit. */
export const PLACES = [
  'sagemaker',
  's3',
  'vertex',
  'gcs',
  'bigquery',
  'azureml',
  'azureblob',
  'databricks',
  'watsonx',
  'local-python',
  'local-serve',
  'recipe-data',
  'duckdb',
  'mongodb',
  'clickhouse',
  'mlflow',
  'dvc',
  'git',
  'network',
] as const;

export type Place = (typeof PLACES)[number];

/** Every word that `--where` knows: the places, the providers, and what else is commonly said. */
const ALIASES: Readonly<Record<string, Place>> = {
  aws: 'sagemaker',
  google: 'vertex',
  gcp: 'vertex',
  azure: 'azureml',
  blob: 'azureblob',
  adls: 'azureblob',
  spark: 'databricks',
  ibm: 'watsonx',
  local: 'local-python',
  python: 'local-python',
  pip: 'local-python',
  gpu: 'local-python',
  serve: 'local-serve',
  recipe: 'recipe-data',
  mongo: 'mongodb',
};

/** The place that a word names, or undefined: then the text has to speak for itself. */
export function placeOf(word: string): Place | undefined {
  const name = word.trim().toLowerCase();
  return PLACES.find((one) => one === name) ?? ALIASES[name];
}

export type Rank = 1 | 2 | 3 | 4;

/**
 * One way in which a service words a failure.
 *
 * A pattern with the flag `m` is tested on the text's lines, any other on the text with all white space made
 * single blanks. Named groups are the nouns of `cause` and `fix`: `{bucket}`, or `{bucket|the bucket}` where the
 * group may be absent.
 */
export interface Signal {
  readonly class: FailureClass;
  /** One of these must be found; it is reported as `matched`. */
  readonly when: RegExp | readonly RegExp[];
  /** All of these must be found too, in the same exception or log. */
  readonly and?: RegExp | readonly RegExp[];
  readonly unless?: RegExp;
  /** Counts only where the text is said to come from one of these. */
  readonly only?: readonly Place[];
  /**
   * 1: the wording or code of this failure alone (the default). 2: wording that several failures share, made certain
   * by a noun. 3: general words of any program, which count only in a text that tells of a failure. 4: what is left
   * to say when nothing else fits: a bare HTTP status, a process that ended.
   */
  readonly rank?: Rank;
  /** Also told by a mere warning, or in lines that are no errors themselves. */
  readonly quiet?: true;
  readonly cause: string;
  readonly fix: string;
}

/** Signals of one part of the world, and the places where they are the first to be asked. */
export interface Area {
  readonly places: readonly Place[];
  readonly signals: readonly Signal[];
}

/**
 * A pattern for error codes that stand as codes: in brackets or quotes, after a colon or equals sign, or before a
 * colon. The same word within a sentence does not count.
 */
export function code(...names: readonly string[]): RegExp {
  const any = `(?:${names.join('|')})`;
  const before = '(?:^|[(\\["\'<{#.=:|/`]\\s?|\\b(?:error|code|status|reason|exception) )';
  const after = '(?=["\')\\]}>`]|:\\s|$)';
  return new RegExp(`${before}${any}(?![\\w-])|(?<![\\w-])${any}${after}`);
}
