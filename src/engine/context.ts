import type { Column, TableSource } from '../core/table';
import type { TableId } from '../protocol';
import type { Session } from './duckdb';

/** A table as SQL: `sql` is a SELECT over the file with exact types, rows in file order. */
export interface Relation {
  readonly sql: string;
  readonly columns: readonly Column[];
  /** The file (or directory, or glob) that `sql` reads: what a session must be allowed. */
  readonly path: string;
  /** Records of the file that are no rows. */
  readonly rejected: number;
  /** Rows of the file; null until a scan has counted them. */
  readonly rows: number | null;
}

/** An opened table with the session that may read it; the session belongs to the table and must not be closed. */
export interface TableRelation extends Relation {
  readonly session: Session;
}

/** What the engine lends to its handlers. */
export interface EngineContext {
  /** A fresh background session that can read and write exactly these paths; whoever asked closes it. */
  session(paths: readonly string[]): Promise<Session>;
  tableRelation(table: TableId): Promise<TableRelation>;
  /** Scans the file once when its exact types are not known yet. */
  relation(source: TableSource, signal?: AbortSignal): Promise<Relation>;
  /** A fresh absolute path in the engine's temporary folder, with this ending. */
  tempFile(suffix: string): string;
}
