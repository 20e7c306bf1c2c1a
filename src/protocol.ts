/**
 * The typed interface of each process and view, both ways. `…Api` is what the host (or the engine) answers;
 * `…Events` is what the view answers. A view pulls its state with `open` when it loads; nothing is pushed but "changed".
 */
import type { ErrorData } from './core/errors';
import type {
  Endpoint,
  FileResult,
  InvokeResult,
  Latency,
  Model,
  Prediction,
  Row,
  Signature,
} from './core/model';
import type { Case, CaseResult, DriftReport, MonitorReport, RetrainResult } from './core/monitor';
import type { Check, Chunk } from './core/provider';
import type { Algorithm, MetricPoint, Report, Run, TrainParams } from './core/run';
import type { Cell, Column, Dialect, FormatId, Page, Profile, TableRead, TableSource } from './core/table';
import type { Recipe, RecipeFacts, RecipeProblem, Step, StepInfo, Suggestion } from './recipe/model';
import type { Fitted, Plan } from './recipe/plan';

export type * from './core/errors';
export type * from './core/table';
export type * from './core/run';
export type * from './core/model';
export type * from './core/monitor';
export type * from './core/provider';
export type * from './recipe/model';

// ---------------------------------------------------------------- engine process

/** Handle of a table opened in the engine; gone when the engine restarts. */
export type TableId = string;

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

export interface PageRequest {
  readonly table: TableId;
  readonly offset: number;
  readonly limit: number;
  readonly sort?: readonly Sort[];
  /** Only these, in this order; of a Parquet file no others are read. */
  readonly columns?: readonly string[];
  /**
   * Do not wait for the exact types: with the page index alone the types of the file's beginning hold, a cell that does not fit
   * is its text, a record that is no row stands among the rows, and `exact` is false. Sorted pages always wait.
   */
  readonly early?: boolean;
}

export interface OpenedTable {
  readonly table: TableId;
  readonly format: FormatId;
  readonly columns: readonly Column[];
  readonly dialect: Dialect | null;
  readonly bytes: number;
}

/** `scan` progress: rows and bytes read so far. */
export interface ScanProgress {
  readonly rows: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface PreviewRow {
  /** Identity of the input row. */
  readonly row: number;
  readonly state: 'same' | 'dropped' | 'new';
  readonly cells: readonly Cell[];
  /** Indices of cells that the shown steps changed, with what they held before. */
  readonly changed: readonly { readonly column: number; readonly before: Cell }[];
}

export interface StepEffect {
  /** Place in the recipe's list. */
  readonly index: number;
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly columnsBefore: number;
  readonly columnsAfter: number;
  /** Missing cells after minus before. */
  readonly newMissing: number;
  readonly changedCells: number;
  readonly ms: number;
  readonly error?: ErrorData;
}

export interface RecipePreview {
  readonly columns: readonly (Column & { readonly state: 'same' | 'new' })[];
  readonly removedColumns: readonly string[];
  readonly rows: readonly PreviewRow[];
  readonly effects: readonly StepEffect[];
  /** Rows the preview was computed on, of all rows in the table. */
  readonly sampleRows: number;
  readonly totalRows: number;
  readonly profile: Profile | null;
}

export interface RecipeRunResult {
  readonly rowsIn: number;
  /** Records of the input that could not be read: no rows. */
  readonly rejected: number;
  readonly rowsOut: number;
  readonly dropped: readonly { readonly step: number; readonly kind: string; readonly rows: number }[];
  readonly columns: readonly Column[];
  readonly output: string;
  readonly fitted: Fitted;
}

export interface EngineApi {
  ping(params: object): { pid: number; duckdb: string; memoryLimit: string };
  /** First look; reads at most the prefix for text formats. */
  open(params: { source: TableSource }): OpenedTable;
  close(params: { table: TableId }): void;
  /** Row count, page index, rejects, final column types. Progress: {@link ScanProgress}. */
  scan(params: { table: TableId }): { rows: number; rejected: number; columns: readonly Column[] };
  page(params: PageRequest): Page;
  /**
   * Progress: {@link Profile} with the columns that are new since the last one, without rejects; a sample of a large file
   * (`exact` is false) comes before its rows. `sampleRows` limits all to a prefix.
   */
  profile(params: { table: TableId; sampleRows?: number }): Profile;
  /** How a job reads the file, with exact types, and its content hash. */
  read(params: { source: TableSource }): TableRead;
  /** The plan's steps over the first `sampleRows` rows; rows `offset … offset+limit` of the outcome, dropped rows among them. `upTo`: only that many steps of the plan. */
  recipePreview(params: {
    table: TableId;
    plan: Plan;
    upTo?: number;
    sampleRows: number;
    offset: number;
    limit: number;
    profile: boolean;
  }): RecipePreview;
  /** All rows to `output` (.csv, .parquet or .jsonl by its name; written beside it first). */
  recipeRun(params: {
    source: TableSource;
    plan: Plan;
    fitted?: Fitted;
    part?: 'train' | 'test' | 'all';
    output: string;
  }): RecipeRunResult;
  /** What the plan's steps remember, taken from the training part of all rows. */
  recipeFit(params: { source: TableSource; plan: Plan }): Fitted;
  /** Checks expressions (allow-list on the parsed tree); the answer is one message per expression, null where it is fine. */
  checkExpressions(params: { columns: readonly Column[]; expressions: readonly string[] }): (string | null)[];
  /** Per class: hash-range cuts for a stratified split; or the date of a time split. */
  splitCut(params: { source: TableSource; recipe: Recipe }): string | number | Record<string, number>;
  /** What suggestions need beyond the profile, counted over at most the first `sampleRows` rows (default 200,000). */
  recipeFacts(params: { source: TableSource; target?: string; sampleRows?: number }): RecipeFacts;
  sql(params: {
    sql: string;
    tables: Readonly<Record<string, TableSource>>;
    limit: number;
    offset?: number;
  }): Page;
  /** `reference`: folder of a model package with baseline.json and baseline.parquet; `current`: capture files, or a table. */
  drift(params: {
    reference: string;
    current:
      | {
          readonly captureFiles: readonly string[];
          readonly since?: string;
          /** Predictions of other model versions are left out of the prediction's drift. */
          readonly version?: number;
        }
      | { readonly source: TableSource };
    psi?: boolean;
  }): { inputs: DriftReport; prediction: DriftReport | null };
  /** Requests, errors and latency of captured traffic, with a timeline of about 60 bins. */
  traffic(params: { captureFiles: readonly string[]; since?: string }): {
    requests: number;
    rows: number;
    errors: number;
    latencyMs: Latency | null;
    timeline: MonitorReport['timeline'];
  };
  /** True values joined to captured predictions by request id, or else by equal input columns. */
  labelled(params: {
    captureFiles: readonly string[];
    labels: TableSource;
    target: string;
    since?: string;
    version?: number;
  }): {
    actual: Cell[];
    predicted: Cell[];
  };
}

// ---------------------------------------------------------------- data view

export interface DataViewState {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly format: FormatId;
  readonly dialect: Dialect | null;
  /** The first rows, from the file's prefix, before the engine is up. */
  readonly first: Page;
  readonly isDataset: boolean;
  readonly trusted: boolean;
  /** It lies in a store. */
  readonly remote?: RemoteState;
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
  /** `columns`: only these, in this order. */
  page(params: { offset: number; limit: number; sort?: readonly Sort[]; columns?: readonly string[] }): Page;
  /** Of a table in a store: what was fetched of it so far, and its rows (estimated from those that are here). */
  fetched(params: object): { readonly bytes: number; readonly requests: number; readonly total: number };
  /** Brings the whole table here; the view is told that it changed. Progress: `{ bytes, totalBytes }`. */
  fetch(params: object): void;
  /** Progress: ScanProgress. */
  scan(params: object): { rows: number; rejected: number; columns: readonly Column[] };
  profile(params: object): Profile;
  openAsText(params: object): void;
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
