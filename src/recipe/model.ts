import type { ColumnType } from '../core/table';

/** A recipe as data. The file's text stays the truth (comments and order survive): see `document.ts`. */
export interface Recipe {
  readonly recipe: 1;
  /** A dataset's name, or a path relative to the recipe file. */
  readonly input?: string;
  readonly target?: string;
  readonly split?: Split;
  readonly steps: readonly Step[];
}

export interface Split {
  /** Share of rows in the test part, 0 < test < 1; absent: all rows are trained on, in folds. */
  readonly test?: number;
  /** So many folds of the training part, by which a training is cross-validated. */
  readonly folds?: number;
  readonly method: 'random' | 'stratified' | 'group' | 'time';
  readonly seed?: number;
  /** Group or time column. */
  readonly column?: string;
  /** Columns whose text decides a row's side; default: the whole row. */
  readonly key?: readonly string[];
  /** Written once, so that rows keep their side when the data grows: a date for `time`, a share of the hash range per class for `stratified`. */
  readonly cut?: string | number | Readonly<Record<string, number>>;
}

export interface Step {
  /** The step's word in the file, for example `fill_missing`. */
  readonly kind: string;
  /** As written in the file, checked against the step's schema. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly disabled?: boolean;
  readonly note?: string;
}

/** One control of a step's form in the view. */
export interface FormField {
  /** The option's word; '' when the pairs themselves are the step's options (`rename`, `compute`). */
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  /** `list`: words or numbers, written with commas between them. `table`: a dataset's name or a path. */
  readonly control:
    | 'columns'
    | 'column'
    | 'choice'
    | 'number'
    | 'text'
    | 'list'
    | 'expression'
    | 'boolean'
    | 'pairs'
    | 'table';
  readonly choices?: readonly string[];
  readonly optional: boolean;
  /** Only columns of these kinds are offered. */
  readonly columnTypes?: readonly ('number' | 'integer' | 'text' | 'date' | 'datetime' | 'boolean')[];
  readonly default?: unknown;
  /** Shown, and written into the file, only while another field holds one of these words. */
  readonly when?: { readonly field: string; readonly is: readonly string[] };
  /** Of pairs: the right side may be "missing". */
  readonly nullable?: true;
  /** Pairs that the data suggests are shown, to be taken one by one or all. */
  readonly offers?: 'spellings';
}

/** What the view needs to offer a step. */
export interface StepInfo {
  readonly kind: string;
  readonly title: string;
  readonly summary: string;
  readonly group: 'Columns' | 'Rows' | 'Values' | 'Features' | 'Tables' | 'Safeguards';
  readonly rows: 'keep' | 'drop' | 'remake';
  readonly fits: boolean;
  /** What it may need beyond the row of a request: rows before it, or another table (which the model package carries). */
  readonly needs?: 'rows' | 'table';
  readonly form: readonly FormField[];
}

export interface Suggestion {
  readonly step: Step;
  /** One sentence with the numbers behind it: "344 rows: 2 of `bill_length_mm` are missing (0.6 %)". */
  readonly reason: string;
}

/** Where one step of a recipe runs once a model trained with it is deployed. */
export interface ServedStep {
  /** Index in the recipe's list. */
  readonly step: number;
  /** `prepare`: in preparing and training only; `refused`: no model trained with it can be deployed. */
  readonly where: 'endpoint' | 'prepare' | 'refused';
  /** Other tables that go into the model package as they are when the model is trained. */
  readonly frozen: readonly string[];
  /** Each request carries earlier rows beside those that are asked for. */
  readonly earlier: boolean;
  /** Of a refused step. */
  readonly why?: string;
  readonly fix?: string;
}

/** A raw column in a request to an endpoint; `filled` (by a step) and `unread` ones may be left out. */
export interface RequestColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly need: 'required' | 'filled' | 'unread';
  /** Index of the step that fills it. */
  readonly step?: number;
}

/** A spelling that is probably meant to be another, commoner one. */
export interface Spelling {
  readonly value: string;
  readonly rows: number;
  readonly to: string;
  readonly toRows: number;
  /** What they differ in; `near`: in a letter or two, so it may well be another word. */
  readonly why: 'case' | 'space' | 'accents' | 'signs' | 'near';
}

/** The spellings found in the rows that were looked at. */
export interface Spellings {
  readonly found: readonly Spelling[];
  readonly rows: number;
  /** The rows are all, and so are the different values. */
  readonly exact: boolean;
}

/** Which columns of two tables a step holds against each other. */
export interface Matching {
  /** As the recipe names it. */
  readonly table: string;
  readonly pairs: readonly { readonly here: string; readonly there: string }[];
}

/** How two tables fit by their keys; rows with a missing key match nothing. */
export interface JoinFacts {
  /** Rows here that were looked at; `exact`: they are all. */
  readonly rows: number;
  readonly exact: boolean;
  readonly otherRows: number;
  /** Most rows here, and there, that have one and the same key. */
  readonly mostHere: number;
  readonly mostThere: number;
  /** Rows here with a match there. */
  readonly matched: number;
  /** Rows there that no row here matches. */
  readonly unused: number;
  /** Rows of an inner join in which each match makes a row. */
  readonly pairs: number;
}

/** What was counted over the data beyond the profile, all over the same rows. */
export interface RecipeFacts {
  readonly rows: number;
  /** Rows equal to an earlier row. */
  readonly duplicates: number;
  /** Cells with white space around the text, or nothing but it. */
  readonly untrimmed: Readonly<Record<string, number>>;
  /** Of text columns with few different values; those without any are left out. */
  readonly spellings?: Readonly<Record<string, readonly Spelling[]>>;
  /** Share of rows (0 to 1) whose target is given by this column alone, and what the commonest value alone would give. */
  readonly leaks: readonly { readonly column: string; readonly share: number; readonly base: number }[];
}

/** A click that mends a step which does not fit what stands before it. */
export interface Mend {
  readonly title: string;
  readonly edit:
    | { readonly edit: 'replace'; readonly index: number; readonly step: Step }
    | { readonly edit: 'toggle'; readonly index: number; readonly disabled: boolean }
    | { readonly edit: 'remove'; readonly index: number };
}

/** A mistake in a recipe's text. Lines and columns count from 0. */
export interface RecipeProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** Index of the step, when it is in one. */
  readonly step?: number;
  readonly fix?: { readonly title: string; readonly replacement: string };
  /** The column that is not there. */
  readonly lost?: string;
  /** Index of the earlier step that took this column away. */
  readonly cause?: number;
  /** The likeliest first; only with a step. */
  readonly mends?: readonly Mend[];
}
