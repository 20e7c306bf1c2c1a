import type { Compression } from './compressed';
import type { Cell, Column, Dialect, FormatId } from '../core/table';

/** Bytes that are read of a file before anything is decided about it. */
export const PREFIX_BYTES = 256 * 1024;

/** The start of a file. */
export interface Prefix {
  readonly bytes: Buffer;
  /** Of the whole file. */
  readonly size: number;
  /** The file's name, for its ending and for messages. */
  readonly name: string;
  /** Of the file on the disk, when it is compressed; `bytes` and `size` are then of what is in it. */
  readonly packed?: { readonly kind: Compression; readonly size: number };
}

/** What the prefix says about a file. */
export interface Description {
  readonly dialect: Dialect | null;
  /** null: only the engine can tell (Parquet). */
  readonly columns: readonly Column[] | null;
  /** Rows with fewer cells than columns are filled up with missing ones. */
  readonly padded: boolean;
  /** Names of columns whose cells are all missing in the prefix, so that it says nothing of their types. */
  readonly undecided: ReadonlySet<string>;
  /**
   * Names of columns with cells in the prefix that SQL does not read as the column's type: they only stand for a missing value
   * (`N/A`), or are numbers in groups (`1,234`).
   */
  readonly odd?: ReadonlySet<string>;
  /** The record that names the columns, without its line end: an equal one further down is no row. */
  readonly headerText?: string;
  /** Text follows a closing quote in the header: DuckDB ends that record elsewhere. */
  readonly oddHeader?: boolean;
}

export interface FirstRows {
  readonly rows: readonly (readonly Cell[])[];
  /** Rows in the whole file, estimated from the prefix. */
  readonly estimate: number;
  /** True when the prefix is the whole file and all its rows were read. */
  readonly complete: boolean;
}

/** One kind of table file. Pure: bytes in, plain data and SQL out. */
export interface Format {
  readonly id: FormatId;
  /** Lower case, with the dot. */
  readonly endings: readonly string[];
  /** True when the content itself says so, whatever the file's name. */
  recognises(prefix: Prefix): boolean;
  /** A UserError when the bytes are no such file. */
  describe(prefix: Prefix, given: Partial<Dialect>): Description;
  /** At most `limit` rows of the prefix; null: only the engine can tell. */
  first(prefix: Prefix, description: Description, limit: number): FirstRows | null;
  /** The text of the prefix up to the end of its last whole record; null: only the engine can tell. */
  whole(prefix: Prefix, description: Description): string | null;
  /** A SELECT with {path}; `rejects`: what the reader does with a record that fits no row. */
  select(description: Description, rejects: 'fail' | 'skip' | 'store'): string;
}
