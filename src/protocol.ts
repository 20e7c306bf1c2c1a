/**
 * The typed interface of each process and view, both ways. `…Api` is what the host (or the engine) answers;
 * `…Events` is what the view answers. A view pulls its state with `open` when it loads; nothing is pushed but "changed".
 */
import type { ErrorData, Fix } from './core/errors';
import type { Endpoint, FileResult, InvokeResult, Model, Prediction, Row, Signature } from './core/model';
import type { Case, CaseResult, MonitorReport, RetrainResult } from './core/monitor';
import type { Check, Chunk, JobDefaults, Machine } from './core/provider';
import type { Algorithm, MetricPoint, Report, Resources, Run, TrainParams } from './core/run';
import type { Column, Dialect, FormatId, Profile, UnfitCells } from './core/table';
import type {
  CellRequest,
  CheckFinding,
  FindRequest,
  FindResult,
  PageRequest,
  RecipePreview,
  RecipeRunResult,
  RowChoice,
  TableBeginning,
  TextViewApi,
  WholeCell,
} from './protocol-engine';
import type { EditedPage, EditStatus, EditViewApi } from './protocol-edit';
import type { ChartData, ChartGiven, DataChart } from './protocol-chart';
import type {
  JoinFacts,
  Recipe,
  RecipeProblem,
  RequestColumn,
  ServedStep,
  Spellings,
  Split,
  Step,
  StepInfo,
  Suggestion,
} from './recipe/model';
import type { PrepareReport } from './recipe/report';

export type * from './core/errors';
export type * from './core/table';
export type * from './core/run';
export type * from './core/model';
export type * from './core/monitor';
export type * from './core/provider';
export type * from './recipe/model';
export type * from './recipe/report';
export type * from './protocol-engine';
export type * from './protocol-edit';
export type * from './protocol-query';
export type * from './protocol-chart';
export type * from './protocol-preprocess';

// ---------------------------------------------------------------- data view

export interface DataViewState {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly format: FormatId | 'bigquery';
  readonly dialect: Dialect | null;
  /** What of the dialect the person chose; absent where it cannot be chosen. */
  readonly given?: Partial<Dialect>;
  /** The first rows, from the file's prefix, before the engine is up. */
  readonly first: EditedPage;
  /** Its cells can be edited. */
  readonly editable: boolean;
  readonly edits: EditStatus;
  readonly isDataset: boolean;
  readonly trusted: boolean;
  /** It is a folder, or what a pattern names, of so many files. */
  readonly files?: number;
  /** It lies in a store. */
  readonly remote?: RemoteState;
  /** It lies in a source: what looks at all rows are queries there. */
  readonly source?: SourceState;
  /** The sheets or tables of the file, when there are several, and the one that is shown. */
  readonly tables?: readonly string[];
  readonly table?: string;
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
   * columns are fetched when they are shown (Parquet). `none`: nothing is here, because no part of it can be shown.
   */
  readonly part: 'all' | 'beginning' | 'chunks' | 'none';
}
/** A table in a source. */
export interface SourceState {
  /** What it is, in one line. */
  readonly facts: string;
  /** Its rows can be read without a query; of a view they cannot. */
  readonly free: boolean;
  /** The rows of a view were asked for. */
  readonly asked: boolean;
  /** Its profile is known already. */
  readonly profiled: boolean;
  /** Only about so many per cent of its blocks are looked at. */
  readonly sample?: number;
  /** Of the whole table. */
  readonly rows?: string;
}
export interface DataViewApi extends EditViewApi, TextViewApi {
  open(params: object): DataViewState;
  page(params: Omit<PageRequest, 'table'>): EditedPage;
  cell(params: Omit<CellRequest, 'table'>): WholeCell;
  /** Writes a cell's bytes or text to a file that the person names. */
  saveCell(params: Omit<CellRequest, 'table'>): void;
  find(params: Omit<FindRequest, 'table'>): FindResult;
  /** What is worth a look, over all rows. */
  checks(params: { target?: string }): readonly CheckFinding[];
  /** Asks for the table that rows are looked for in; resolves its name, or undefined for none. */
  chooseAgainst(params: object): string | undefined;
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
  /** Cells that are no value of their column's type. */
  unfit(params: object): readonly UnfitCells[];
  /** How the file is read from now on, here and by everything else; null: as it is detected. The view is told that it changed. */
  setDialect(params: { dialect: Partial<Dialect> | null }): void;
  /** Another sheet or table of the file is shown from now on, and read by everything else. The view is told that it changed. */
  chooseTable(params: { table: string }): void;
  openAsText(params: object): void;
  /** Of a table in a source: reads the rows of a view, or lets the person choose a sample. */
  sourceAct(params: { act: 'rows' | 'sample' }): void;
  sql(params: object): void;
  /** Numbers of a chart of this table. Progress: ChartProgress. */
  chartData(params: { readonly chart: DataChart }): ChartData;
  /** Opens the chart view. */
  chart(params: ChartGiven): void;
  preprocess(params: object): void;
  train(params: object): void;
  addToDatasets(params: object): void;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
/** `changed`: the file changed on disk, or the engine came back: ask again. */
export interface DataViewEvents {
  changed(params: { reason: 'file' | 'engine' }): void;
  /** Cells were edited, or edits taken back: the rows are to be asked for again. */
  edited(params: EditStatus): void;
}

// ---------------------------------------------------------------- recipe view

export interface RecipeViewState {
  readonly file: string;
  readonly saved: boolean;
  readonly dataName: string;
  /** Set where no more of the table is here than its beginning. */
  readonly sample?: TableBeginning;
  readonly recipe: Recipe;
  readonly problems: readonly RecipeProblem[];
  readonly columns: readonly Column[];
  /** What may be joined: the datasets, and the tables beside the recipe. */
  readonly tables: readonly string[];
  readonly catalogue: readonly StepInfo[];
  /** The split's form, described as that of a step. */
  readonly splitInfo: StepInfo;
  /** Where the steps run; [] while something is wrong in the recipe. */
  readonly served: readonly ServedStep[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}
/** Every edit goes through the text document (undo, dirty state and both sides open at once come with it). */
export type RecipeEdit =
  | { readonly edit: 'target'; readonly target: string | null }
  | { readonly edit: 'split'; readonly split: Split | null }
  | { readonly edit: 'add'; readonly steps: readonly Step[]; readonly at?: number }
  | { readonly edit: 'replace'; readonly index: number; readonly step: Step }
  | { readonly edit: 'remove'; readonly index: number }
  | { readonly edit: 'move'; readonly from: number; readonly to: number }
  | { readonly edit: 'toggle'; readonly index: number; readonly disabled: boolean }
  /** '' takes the note away. */
  | { readonly edit: 'note'; readonly index: number; readonly note: string };
export interface RecipeViewApi {
  open(params: object): RecipeViewState;
  profile(params: object): Profile;
  suggest(params: { target?: string }): readonly Suggestion[];
  /** `upTo`: only that many of the steps that are not switched off (0: the table as it is). `profile`: with statistics of the outcome. */
  preview(params: {
    upTo?: number;
    offset: number;
    limit: number;
    profile?: boolean;
    /** Over all rows, not the first; tells its progress from 0 to 1. */
    all?: boolean;
    /** As soon as the rows are known: what each step did may be left out (`effects` is empty). */
    rowsOnly?: boolean;
  }): RecipePreview;
  /** What is wrong with a step that would stand at place `at` of the list: options, columns, expressions; [] when it is fine. */
  check(params: { step: Step; at: number }): readonly string[];
  /** How the two tables of such a step fit; null for a step that holds no tables against each other. */
  join(params: { step: Step; at: number }): JoinFacts | null;
  /** Spellings in the columns of such a step that may be meant to be others. */
  spellings(params: { step: Step; at: number }): Spellings;
  /** What a request to an endpoint must carry; [] while something is wrong in the recipe. */
  request(params: object): readonly RequestColumn[];
  /** What is wrong with such a split, and how many rows it would put on each side. */
  split(params: { split: Step['options'] }): SplitFacts;
  edit(params: RecipeEdit): RecipeViewState;
  undo(params: object): RecipeViewState;
  redo(params: object): RecipeViewState;
  openAsText(params: object): void;
  /** Runs it over all rows into a file the person chooses; resolves undefined when they close the dialog. */
  run(params: object): RecipeRunResult | undefined;
  train(params: object): void;
  /** As code, into a file, a notebook or onto the clipboard, as the person chooses. */
  exportCode(params: object): void;
  /** Rows to type wanted values beside, as text, each combination once; of the table after `upTo` of the enabled steps. */
  exampleRows(params: { upTo: number; columns: readonly string[] }): readonly ExampleRow[];
  /** The step that makes the wanted values of these columns; null when none is found. */
  byExample(params: ExampleRequest): ExampleResult | null;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
export interface SplitFacts {
  readonly messages: readonly string[];
  readonly train?: number;
  readonly test?: number;
}
export type ExampleRow = readonly (string | null)[];
export interface ExampleRequest {
  readonly upTo: number;
  readonly columns: readonly string[];
  /** Of the column to be made. */
  readonly name: string;
  readonly examples: readonly { readonly row: ExampleRow; readonly wanted: string }[];
  /** Rows of {@link RecipeViewApi.exampleRows} to show the outcome for. */
  readonly rows: readonly ExampleRow[];
}
export interface ExampleResult {
  readonly step: Step;
  /** One for each of the request's rows. */
  readonly outcome: readonly (string | null)[];
}
export interface RecipeViewEvents {
  changed(params: { reason: 'file' | 'engine' | 'text' }): void;
}

// ---------------------------------------------------------------- train view

export interface TrainViewState {
  readonly dataName: string;
  readonly rows: number | null;
  /** The table lies in a store and is not on this machine. */
  readonly placed?: { readonly uri: string; readonly bytes: number };
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
    /** Makes it available. */
    readonly connect?: Fix;
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
    /** Of machines elsewhere; what is absent is as the settings have it. */
    resources: Resources;
  }): { run: string };
  /** What jobs of that provider get by the settings; asks nobody. */
  defaults(params: { provider: string }): JobDefaults;
  /** Machines to choose from, with prices and quotas. */
  machines(params: { provider: string }): readonly Machine[];
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
  /** What became of the rows of a preparation that is completed. */
  readonly prepared: PrepareReport | null;
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
  /** The run's page at its provider. */
  openConsole(params: object): void;
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
  /** Gives all requests to one of the versions that share them (`model@version`). */
  serve(params: { reference: string }): void;
  start(params: object): void;
  stop(params: object): void;
  openLog(params: object): void;
  /** Its page in the provider's console. */
  openConsole(params: object): void;
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
