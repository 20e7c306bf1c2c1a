/** A recipe over tables that a person chose: how recipes suit them, and what became of each. */
import type { ErrorData } from './core/errors';
import type { NewFiles } from './core/run';
import type { RecipeRunResult } from './protocol-engine';

/** How a recipe suits the chosen tables, told by the columns' names and types at the files' beginning. */
export interface RecipeMatch {
  /** Absolute path of the recipe. */
  readonly file: string;
  /** The data that the recipe was written for, as it names it. */
  readonly input?: string;
  /** That data is here, so what steps remember can be taken from it. */
  readonly hasOwn: boolean;
  /** That data is the chosen table itself. */
  readonly isOwn: boolean;
  /** Steps that are switched on. */
  readonly steps: number;
  /** Words of the steps that remember values (medians, categories …), each once. */
  readonly remembers: readonly string[];
  /** Columns of the recipe's own data that a chosen table lacks. */
  readonly missing: readonly string[];
  /** Columns of a chosen table that the recipe's own data has not. */
  readonly additional: readonly string[];
  /** Why it cannot run on them; empty: it can. */
  readonly problems: readonly string[];
}

/**
 * Where the values that steps remember come from: the recipe's own data (`own`; what is run is then transformed as rows that
 * were never seen), or each table's own training part (`each`).
 */
export type RememberFrom = 'own' | 'each';

/** What became of one table. */
export interface PreprocessedTable {
  readonly input: string;
  /** Absolute. */
  readonly output: string;
  readonly report?: Omit<RecipeRunResult, 'fitted'>;
  readonly error?: ErrorData;
}

/** Progress of a recipe over several tables. */
export interface PreprocessProgress {
  /** The table that is at work, from 0. */
  readonly at: number;
  readonly of: number;
  readonly stage: string;
  /** Of that table, 0 to 1. */
  readonly progress: number;
  /** A table that has just ended, however. */
  readonly ended?: PreprocessedTable;
}

export interface PreprocessViewState {
  /** Names of the chosen tables as the page shows them; a folder's ends in `/`. */
  readonly tables: readonly string[];
  /** The recipes of the project: those that can run first, the nearest first of all. */
  readonly matches: readonly RecipeMatch[];
  readonly trusted: boolean;
  /** The one chosen table is a folder or pattern, so a dataset can take in its new files alone. */
  readonly grows: boolean;
}

export interface PreprocessRequest {
  readonly recipe: string;
  readonly format: 'parquet' | 'csv';
  readonly remember: RememberFrom;
  /** Absolute; absent: beside each table. */
  readonly folder?: string;
}

export interface PreprocessViewApi {
  open(params: object): PreprocessViewState;
  /** Asks for the folder of the outputs; undefined when the dialog was closed. */
  chooseFolder(params: object): string | undefined;
  /** Asks before files are replaced; undefined: it was given up there. Progress: {@link PreprocessProgress}. */
  run(params: PreprocessRequest): readonly PreprocessedTable[] | undefined;
  /** Starts a job over the files that are new or changed; the answer has no run where nothing is, undefined: it was given up. */
  prepareNew(params: { recipe: string }): (Omit<NewFiles, 'run'> & { readonly run?: string }) | undefined;
  openRun(params: { run: string }): void;
  openData(params: { file: string }): void;
  openRecipe(params: { file: string }): void;
  /** Suggests a recipe for the first of the tables and opens it. */
  newRecipe(params: object): void;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
export interface PreprocessViewEvents {
  changed(params: object): void;
}
