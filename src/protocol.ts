/**
 * The typed interface of each process and view, both ways. `…Api` is what the host (or the engine) answers;
 * `…Events` is what the view answers. A view pulls its state with `open` when it loads; nothing is pushed but "changed".
 */
import type { ErrorData } from './core/errors';
import type { Endpoint, FileResult, InvokeResult, Model, Prediction, Row, Signature } from './core/model';
import type { Case, CaseResult, MonitorReport, RetrainResult } from './core/monitor';
import type { Check, Chunk } from './core/provider';
import type { Algorithm, MetricPoint, Report, Run, TrainParams } from './core/run';
import type { Column, Dialect, FormatId, Page, Profile } from './core/table';
import type {
  CheckFinding,
  FindRequest,
  FindResult,
  PageRequest,
  RecipePreview,
  RecipeRunResult,
  RowChoice,
} from './protocol-engine';
import type { Recipe, RecipeProblem, Step, StepInfo, Suggestion } from './recipe/model';

export type * from './core/errors';
export type * from './core/table';
export type * from './core/run';
export type * from './core/model';
export type * from './core/monitor';
export type * from './core/provider';
export type * from './recipe/model';
export type * from './protocol-engine';
export type * from './protocol-query';

// ---------------------------------------------------------------- data view

export interface DataViewState {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly format: FormatId;
  readonly dialect: Dialect | null;
  /** What of the dialect the person chose; absent where it cannot be chosen. */
  readonly given?: Partial<Dialect>;
  /** The first rows, from the file's prefix, before the engine is up. */
  readonly first: Page;
  readonly isDataset: boolean;
  readonly trusted: boolean;
  /** It lies in a store. */
  readonly remote?: RemoteState;
}
export type CopyFormat = 'tsv' | 'csv' | 'json' | 'markdown' | 'sql';

export interface CopyRequest extends RowChoice {
  readonly from: number;
  readonly to: number;
  readonly columns: readonly string[];
  readonly as?: CopyFormat;
}
export interface RemoteState {
  readonly uri: string;
  /**
   * `all`: it is here as a whole. `beginning`: only its first rows are (text); every number is of them. `chunks`: rows and
   * columns are fetched when they are shown (Parquet).
   */
  readonly part: 'all' | 'beginning' | 'chunks';
}
export interface DataViewApi {
  open(params: object): DataViewState;
  page(params: Omit<PageRequest, 'table'>): Page;
  find(params: Omit<FindRequest, 'table'>): FindResult;
  /** What is worth a look, over all rows. */
  checks(params: object): readonly CheckFinding[];
  /** Writes the chosen rows to a file that the person names. */
  exportTable(params: RowChoice & { columns: readonly string[] }): void;
  /** Puts cells on the clipboard: rows `from … to - 1` of the chosen ones. Without `as` the person is asked how. */
  copy(params: CopyRequest): void;
  /** Of a table in a store: what was fetched of it so far, and its rows (estimated from those that are here). */
  fetched(params: object): { readonly bytes: number; readonly requests: number; readonly total: number };
  /** Brings the whole table here; the view is told that it changed. Progress: `{ bytes, totalBytes }`. */
  fetch(params: object): void;
  /** Progress: ScanProgress. */
  scan(params: object): { rows: number; rejected: number; columns: readonly Column[] };
  profile(params: object): Profile;
  /** How the file is read from now on, here and by everything else; null: as it is detected. The view is told that it changed. */
  setDialect(params: { dialect: Partial<Dialect> | null }): void;
  openAsText(params: object): void;
  sql(params: object): void;
  preprocess(params: object): void;
  train(params: object): void;
  addToDatasets(params: object): void;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
/** `changed`: the file changed on disk, or the engine came back: ask again. */
export interface DataViewEvents {
  changed(params: { reason: 'file' | 'engine' }): void;
}

// ---------------------------------------------------------------- recipe view

export interface RecipeViewState {
  readonly file: string;
  readonly saved: boolean;
  readonly dataName: string;
  readonly recipe: Recipe;
  readonly problems: readonly RecipeProblem[];
  readonly columns: readonly Column[];
  readonly catalogue: readonly StepInfo[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}
/** Every edit goes through the text document (undo, dirty state and both sides open at once come with it). */
export type RecipeEdit =
  | { readonly edit: 'target'; readonly target: string | null }
  | { readonly edit: 'add'; readonly steps: readonly Step[]; readonly at?: number }
  | { readonly edit: 'replace'; readonly index: number; readonly step: Step }
  | { readonly edit: 'remove'; readonly index: number }
  | { readonly edit: 'move'; readonly from: number; readonly to: number }
  | { readonly edit: 'toggle'; readonly index: number; readonly disabled: boolean };
export interface RecipeViewApi {
  open(params: object): RecipeViewState;
  profile(params: object): Profile;
  suggest(params: { target?: string }): readonly Suggestion[];
  /** `upTo`: only that many of the steps that are not switched off (0: the table as it is). `profile`: with statistics of the outcome. */
  preview(params: { upTo?: number; offset: number; limit: number; profile?: boolean }): RecipePreview;
  /** What is wrong with a step that would stand at place `at` of the list: options, columns, expressions; [] when it is fine. */
  check(params: { step: Step; at: number }): readonly string[];
  edit(params: RecipeEdit): RecipeViewState;
  undo(params: object): RecipeViewState;
  redo(params: object): RecipeViewState;
  openAsText(params: object): void;
  /** Runs it over all rows into a file the person chooses; resolves undefined when they close the dialog. */
  run(params: object): RecipeRunResult | undefined;
  train(params: object): void;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
export interface RecipeViewEvents {
  changed(params: { reason: 'file' | 'engine' | 'text' }): void;
}

// ---------------------------------------------------------------- train view

export interface TrainViewState {
  readonly dataName: string;
  readonly rows: number | null;
  readonly recipe: string | null;
  readonly columns: readonly Column[];
  readonly target: string | null;
  readonly algorithms: readonly {
    readonly id: Algorithm;
    readonly title: string;
    readonly summary: string;
  }[];
  readonly scripts: readonly string[];
  readonly providers: readonly {
    readonly id: string;
    readonly title: string;
    readonly available: boolean;
    readonly reason?: string;
  }[];
  readonly modelName: string;
  /** What the newest version of each model that there is predicts. */
  readonly models: readonly { readonly name: string; readonly target: string }[];
  readonly python: { readonly ok: boolean; readonly text: string };
  readonly defaults: TrainParams;
}
export interface TrainViewApi {
  open(params: object): TrainViewState;
  /** Rows per class, or min/max: shown beside the target; a warning where it cannot be learnt. */
  describeTarget(params: { target: string }): {
    task: 'classification' | 'regression';
    text: string;
    warning?: string;
    /** Rows of the table, counted on the way. */
    rows: number;
  };
  start(params: {
    target: string;
    algorithm?: Algorithm;
    script?: string;
    params: TrainParams;
    model: string;
    provider: string;
  }): { run: string };
  newScript(params: object): { script: string };
  setUpPython(params: object): { ok: boolean; text: string };
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
export interface TrainViewEvents {
  changed(params: object): void;
}

// ---------------------------------------------------------------- run view

export interface RunViewState {
  readonly run: Run;
  readonly report: Report | null;
  readonly model: Model | null;
}
export interface RunViewApi {
  open(params: object): RunViewState;
  logs(params: { cursor?: string }): Chunk<string>;
  metrics(params: { cursor?: string }): Chunk<MetricPoint>;
  cancel(params: object): void;
  rerun(params: object): void;
  deploy(params: object): void;
  openData(params: object): void;
  openLog(params: object): void;
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
export interface RunViewEvents {
  changed(params: object): void;
}

// ---------------------------------------------------------------- endpoint view

export interface EndpointViewState {
  readonly endpoint: Endpoint;
  readonly signature: Signature | null;
  readonly history: readonly HistoryEntry[];
  readonly casesFile: string;
  readonly cases: readonly Case[];
}
export interface HistoryEntry {
  readonly time: string;
  readonly rows: readonly Row[];
  readonly result: InvokeResult | null;
  readonly error: ErrorData | null;
}
export interface EndpointViewApi {
  open(params: object): EndpointViewState;
  send(params: { rows: readonly Row[] }): InvokeResult;
  /** Rows from pasted JSON (record, list of records, dataframe_split, instances) or CSV with a header. */
  parse(params: { text: string }): readonly Row[];
  /** Asks for a file; undefined when the dialog was closed. Progress: rows sent so far. */
  sendFile(params: object): FileResult | undefined;
  copyAs(params: { language: 'curl' | 'python' | 'javascript'; rows: readonly Row[] }): void;
  saveCase(params: { name: string; row: Row; prediction: Prediction }): readonly Case[];
  runCases(params: object): readonly CaseResult[];
  monitor(params: { since?: string; labels?: boolean; psi?: boolean }): MonitorReport | undefined;
  retrain(params: { chooseData: boolean; promote: boolean; gate?: string }): RetrainResult | undefined;
  rollback(params: object): void;
  start(params: object): void;
  stop(params: object): void;
  openLog(params: object): void;
  openCases(params: object): void;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
export interface EndpointViewEvents {
  changed(params: object): void;
  /** Shows that tab. */
  show(params: { tab: 'test' | 'monitor' }): void;
}

// ---------------------------------------------------------------- doctor view

export interface DoctorViewApi {
  open(params: object): readonly Check[];
  fix(params: { command: string; args?: readonly unknown[] }): void;
}
export interface DoctorViewEvents {
  changed(params: object): void;
}
