/** The typed interface of the SQL view, and what the engine answers for it. */
import type { Column, Page, TableSource } from './core/table';

/** Handle of a result that the engine keeps; gone when the engine restarts. */
export type QueryId = string;

export interface QueryRequest {
  readonly sql: string;
  /** The only tables that the SQL can see, by name. */
  readonly tables: Readonly<Record<string, TableSource>>;
}

export interface QueryResult {
  readonly query: QueryId;
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Milliseconds that it took, with the first look at the tables. */
  readonly ms: number;
  /** Records of the tables that could not be read and are not in the result. */
  readonly rejected: number;
  /** What it cost, in words; where that is something. */
  readonly note?: string;
}

export interface SqlTable {
  /** What the SQL may call it. */
  readonly names: readonly string[];
  /** Where it lies, as a person reads it. */
  readonly path: string;
  readonly columns: readonly Column[];
}

export interface SqlViewState {
  readonly title: string;
  readonly tables: readonly SqlTable[];
  /** The text of the `.sql` file that was opened, or a first query over the table. */
  readonly text: string;
  readonly isFile: boolean;
  readonly trusted: boolean;
  /** Where the query runs, when that is not here. */
  readonly source?: string;
}

export interface SqlViewApi {
  open(params: object): SqlViewState;
  /** Runs the query; the result of the last one is gone then. */
  run(params: { sql: string }): QueryResult;
  page(params: { query: QueryId; offset: number; limit: number }): Page;
  /** The result as a file of the project and one of its datasets, whose name is the answer; undefined when the dialog was closed. */
  saveAsDataset(params: { query: QueryId }): string | undefined;
  /** Name of the file; undefined when the dialog was closed. */
  saveSql(params: { sql: string }): string | undefined;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
/** `changed`: datasets or the file changed. */
export interface SqlViewEvents {
  changed(params: object): void;
}
