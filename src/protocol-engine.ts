/** The typed interface of the engine process: `EngineApi` is what it answers. */
import type { ErrorData } from './core/errors';
import type { Latency } from './core/model';
import type { DriftReport, MonitorReport } from './core/monitor';
import type {
  Cell,
  Column,
  Dialect,
  FormatId,
  Page,
  Profile,
  TableRead,
  TableSource,
  UnfitCells,
} from './core/table';
import type { JoinFacts, Matching, Mend, Recipe, RecipeFacts, Spellings } from './recipe/model';
import type { EditEngineApi } from './protocol-edit';
import type { Condition, RowChoice, TableId, TextPattern, TextShape } from './protocol-rows';
import type { ChartData, ChartRequest } from './protocol-chart';
import type { QueryId, QueryRequest, QueryResult } from './protocol-query';
import type { Fitted, Plan } from './recipe/plan';
import type { PrepareReport } from './recipe/report';

export type * from './protocol-rows';

export interface PageRequest extends RowChoice {
  readonly table: TableId;
  readonly offset: number;
  readonly limit: number;
  /** Only these, in this order; of a Parquet file no others are read. */
  readonly columns?: readonly string[];
  /**
   * Do not wait for the exact types: with the page index alone the types of the file's beginning hold, a cell that does not fit
   * is its text, a record that is no row stands among the rows, and `exact` is false. Sorted and filtered pages always wait.
   */
  readonly early?: boolean;
  /** Of a longer text only so many characters come, of a BLOB so many bytes; absent: all. */
  readonly cellLength?: number;
}

/** One cell of the chosen rows. */
export interface CellRequest extends RowChoice {
  readonly table: TableId;
  /** From 0. */
  readonly row: number;
  readonly column: string;
}

/** A cell as a whole, as far as a person can look at it. */
export interface WholeCell {
  /** As in a page; a text of more than 32 MiB is cut. */
  readonly cell: Cell;
  /** Characters of the whole text. */
  readonly length: number;
  /** Of a BLOB: the first 64 KiB, and how many there are. */
  readonly bytes?: { readonly base64: string; readonly size: number };
}

/** Something in a table that is worth a look. */
export interface CheckFinding {
  readonly kind:
    | 'duplicates'
    | 'missing'
    | 'standIns'
    | 'constant'
    | 'id'
    | 'space'
    | 'mixed'
    | 'personal'
    | 'spelling'
    | 'outliers'
    | 'dates'
    | 'imbalance'
    | 'leakage'
    | 'overlap';
  /** null: it is about whole rows. */
  readonly column: string | null;
  readonly rows: number;
  /** What these rows do: `begin or end with white space`. */
  readonly text: string;
  /** Shows them; absent where it is all rows. */
  readonly filter?: readonly Condition[];
}

/** The place of a match: a row of the chosen ones (from 0) and the column's place in the table. */
export interface Match {
  readonly row: number;
  readonly column: number;
}

export interface FindRequest extends RowChoice {
  readonly table: TableId;
  readonly text: string;
  readonly pattern?: TextPattern;
  /** Only in these. */
  readonly columns?: readonly string[];
  /** The match at this place counts, too. */
  readonly from: Match;
  readonly backwards?: boolean;
}

export interface FindResult {
  /** Undefined when there is none. Behind the last one comes the first. */
  readonly match?: Match & { /** From 1. */ readonly ordinal: number };
  readonly matches: number;
  /** There are more matches than are counted. */
  readonly more: boolean;
}

export interface ExportRequest extends RowChoice {
  readonly table: TableId;
  readonly columns?: readonly string[];
  /** Absolute; .csv, .tsv, .parquet, .jsonl or .xlsx. It is written beside it first. */
  readonly output: string;
}

export interface OpenedTable {
  readonly table: TableId;
  readonly format: FormatId;
  readonly columns: readonly Column[];
  readonly dialect: Dialect | null;
  readonly bytes: number;
  /** The sheets or tables that the file holds; empty when it holds but one, without a name. */
  readonly tables: readonly string[];
  /** The one of them that was opened. */
  readonly shown?: string;
  /** What of the file is not in the table. */
  readonly notes: readonly string[];
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
  /** Ways out of the error that take more than to leave the step out. */
  readonly mends?: readonly Mend[];
}

/** A place in an expression where a column is named. */
export interface ColumnUse {
  /** Without quotes. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A table in a store or a source of which no more is here than its beginning. */
export interface TableBeginning {
  readonly uri: string;
  /** Of the whole table, as are its rows, which are estimated in a store. */
  readonly bytes: number;
  readonly rows: number;
  /** A recipe can be run where the table is. */
  readonly inSource?: true;
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

export interface RecipeRunResult extends PrepareReport {
  /** Records of the input that could not be read: no rows. */
  readonly rejected: number;
  readonly output: string;
  readonly fitted: Fitted;
}

export interface EngineApi extends EditEngineApi {
  ping(params: object): { pid: number; duckdb: string; memoryLimit: string };
  /** First look; of plain text it reads at most the prefix, what DuckDB does not read itself is copied. Progress: {@link ScanProgress}. */
  open(params: { source: TableSource }): OpenedTable;
  /** The sheets or tables that a file holds, without reading them. */
  tables(params: { source: TableSource }): readonly string[];
  close(params: { table: TableId }): void;
  /** Row count, page index, rejects, final column types. Progress: {@link ScanProgress}. */
  scan(params: { table: TableId }): { rows: number; rejected: number; columns: readonly Column[] };
  /** Cells that are no value of their column's type, where the scan found any. */
  unfit(params: { table: TableId }): readonly UnfitCells[];
  /** How the texts of a column are built. */
  textShape(params: { table: TableId; column: string }): TextShape;
  page(params: PageRequest): Page;
  cell(params: CellRequest): WholeCell;
  /** A cell's bytes, or its text in UTF-8, as a file (absolute; it appears when it is complete). */
  exportCell(params: CellRequest & { readonly output: string }): { readonly bytes: number };
  /** The next match in the chosen rows, row by row and from left to right in each. */
  find(params: FindRequest): FindResult;
  /** What is worth a look, over all rows. */
  checks(params: {
    table: TableId;
    /** What is to be predicted: small classes, and columns that give it away. */
    target?: string;
    /** Rows that are also in this table. */
    against?: { readonly source: TableSource; readonly name: string };
  }): readonly CheckFinding[];
  /** The chosen rows as a file; the answer is their number, and what of them the file does not hold as it is. */
  exportTable(params: ExportRequest): { readonly rows: number; readonly notes: readonly string[] };
  /**
   * Progress: {@link Profile} with the columns that are new since the last one, without rejects; a sample of a large file
   * (`exact` is false) comes before its rows. `sampleRows` limits all to a prefix.
   */
  profile(params: { table: TableId; sampleRows?: number }): Profile;
  /** How a job reads the file, with exact types, and its content hash. `part`: the file holds but that part of a table in a store, so it has no hash. */
  read(params: { source: TableSource; part?: 'beginning' | 'chunks' }): TableRead;
  /** The plan's steps over the first `sampleRows` rows; rows `offset … offset+limit` of the outcome, dropped rows among them. `upTo`: only that many steps of the plan. */
  recipePreview(params: {
    table: TableId;
    plan: Plan;
    /** The other tables that the plan reads, by the names in it. */
    tables?: Readonly<Record<string, TableSource>>;
    upTo?: number;
    sampleRows: number;
    /** Over all rows instead of the first; progress is `{ stage, progress }` as of a run. */
    all?: boolean;
    offset: number;
    limit: number;
    profile: boolean;
    /** As soon as the rows are known: what each step did may be left out (`effects` is empty). */
    rowsOnly?: boolean;
  }): RecipePreview;
  /** How the first `sampleRows` rows, after the plan's steps, fit to all rows of one of its other tables. */
  recipeJoin(params: {
    table: TableId;
    plan: Plan;
    tables: Readonly<Record<string, TableSource>>;
    sampleRows: number;
    matching: Matching;
  }): JoinFacts;
  /** Spellings of these columns' texts, in the first `sampleRows` rows after the plan's steps, that may be meant to be others. */
  recipeSpellings(params: {
    table: TableId;
    plan: Plan;
    tables: Readonly<Record<string, TableSource>>;
    sampleRows: number;
    columns: readonly string[];
  }): Spellings;
  /** All rows to `output` (.csv, .parquet or .jsonl by its name; written beside it first). */
  recipeRun(params: {
    source: TableSource;
    plan: Plan;
    tables?: Readonly<Record<string, TableSource>>;
    fitted?: Fitted;
    part?: 'train' | 'test' | 'all';
    output: string;
  }): RecipeRunResult;
  /** What the plan's steps remember, taken from the training part of all rows. */
  recipeFit(params: {
    source: TableSource;
    plan: Plan;
    tables?: Readonly<Record<string, TableSource>>;
  }): Fitted;
  /** Checks expressions (allow-list on the parsed tree); the answer is one message per expression, null where it is fine. */
  checkExpressions(params: { columns: readonly Column[]; expressions: readonly string[] }): (string | null)[];
  /** Where each expression names columns, in their order. */
  expressionColumns(params: { expressions: readonly string[] }): (readonly ColumnUse[])[];
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
  /** Runs one SELECT and keeps all its rows. What is wrong in the text comes as a UserError with its place. */
  query(params: QueryRequest): QueryResult;
  queryPage(params: { query: QueryId; offset: number; limit: number }): Page;
  /** All rows of a result as a file (.parquet, .csv, .tsv, .jsonl or .xlsx by its name; it appears when it is complete), and what of them it does not hold as it is. */
  queryExport(params: { query: QueryId; output: string }): {
    readonly rows: number;
    readonly notes: readonly string[];
  };
  queryClose(params: { query: QueryId }): void;
  /** The numbers of a chart, all counted in the engine and few enough to draw. Progress: ChartProgress. */
  chart(params: ChartRequest): ChartData;
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
