export const FORMAT_IDS = [
  'csv',
  'jsonl',
  'parquet',
  'json',
  'xlsx',
  'xls',
  'ods',
  'arrow',
  'avro',
  'sqlite',
  'duckdb',
] as const;
export type FormatId = (typeof FORMAT_IDS)[number];

/** How a text table is read. */
export interface Dialect {
  /** A WHATWG encoding label, for example `utf-8`, `windows-1252`, `utf-16le`. */
  readonly encoding: string;
  readonly delimiter: string;
  /** With blanks as delimiter: the places (from 1) in a line at which its cells begin. Absent or empty: one blank or more divides. */
  readonly cuts?: readonly number[];
  /** A blank stands before each of those places, as they were found by that: a line in which none does is no row. */
  readonly gaps?: boolean;
  /** The quote character, or '' for none. */
  readonly quote: string;
  readonly header: boolean;
  /** Lines above the header (or above the first row) that are no data. */
  readonly skip: number;
  readonly decimal: '.' | ',';
  /** What stands between groups of three digits (`1,234`); '' or absent: nothing does. */
  readonly thousands?: string;
  /** Texts that stand for a missing value in a column, by its name; without white space around them. */
  readonly missing?: Readonly<Record<string, readonly string[]>>;
}

/** A file, a folder of equal files or a glob of them, that can be read as a table; plain data, so it travels in manifests and jobs. */
export interface TableSource {
  /** Absolute, or relative to the project folder with forward slashes. */
  readonly path: string;
  readonly format?: FormatId;
  /** What the person chose; absent parts are detected. */
  readonly dialect?: Partial<Dialect>;
  /** The sheet of a workbook, the table of a database, the array of a JSON object; absent: the first. */
  readonly table?: string;
  /** Of a folder or pattern only these files, by their names below it; absent: all. */
  readonly files?: readonly string[];
}

/** A file's state on disk: when it is another, row numbers say nothing any more. */
export interface FileState {
  readonly bytes: number;
  /** Nanoseconds since 1970, as text: more than a number holds. */
  readonly modified: string;
}

/** What a person calls the type; `sqlType` is DuckDB's. */
export type ColumnType = 'boolean' | 'integer' | 'number' | 'text' | 'date' | 'datetime' | 'other';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly sqlType: string;
  /** The key in the objects of a JSONL file, where it cannot be the name: it is empty, or another key's but for its case. */
  readonly key?: string;
}

/** null is missing; integers beyond 2^53 and decimals are strings; dates are ISO 8601 text. */
export type Cell = string | number | boolean | null;

export interface Page {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly offset: number;
  /** Rows in the table, or of those that were chosen; an estimate while `exact` is false. */
  readonly total: number;
  readonly exact: boolean;
  readonly rejected: number;
  /** Places of the rows in the file (from 0), where they are chosen or sorted ones. */
  readonly places?: readonly number[];
  /** The file that each row is from, in a table of many files: below its folder, with forward slashes. */
  readonly files?: readonly string[];
  /** Cells of which only the beginning is here. Absent when there are none. */
  readonly cut?: readonly CutCell[];
}

/** Places among the page's rows and columns. */
export interface CutCell {
  readonly row: number;
  readonly column: number;
  /** Of the whole cell: characters of a text, bytes of a BLOB. */
  readonly length: number;
}

export interface Histogram {
  /** n + 1 edges of n bins, ascending, in the column's unit (dates: milliseconds since 1970 UTC). */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface ColumnProfile extends Column {
  readonly missing: number;
  /** Exact up to about 50,000 different values, and in tables of up to 200,000 rows. */
  readonly distinct: number;
  readonly distinctExact: boolean;
  readonly min: Cell;
  readonly max: Cell;
  readonly mean: number | null;
  readonly sd: number | null;
  /** 5 values: 0.05, 0.25, 0.5, 0.75, 0.95. Empty for non-numbers. */
  readonly quantiles: readonly number[];
  /** False: they lie between values close by, of which is known how many rows are below them. */
  readonly quantilesExact: boolean;
  /** The ten most frequent values; where `distinct` is not exact, those of them that a sample shows. The counts are exact. */
  readonly top: readonly { readonly value: Cell; readonly count: number }[];
  readonly histogram: Histogram | null;
  /**
   * Cells of a text column that read as a number / as a date, of those not missing: for suggestions. Absent where a sample
   * says that fewer than half of the cells do.
   */
  readonly numericText?: number;
  /** Signs such as `€%` that must be taken out before those cells read as numbers; absent when there are none. */
  readonly numericSigns?: string;
  /** The sign between their groups of digits: `.` where the decimal sign is a comma. */
  readonly numericThousands?: ',' | '.';
  readonly dateText?: number;
  /** How those dates are written (`%b %d %Y`); absent where they read without being told. */
  readonly dateFormat?: string;
  /** Some of these dates have a time of day. */
  readonly dateTime?: true;
  /** Texts that stand for a missing value (".", "NA" …, without white space around them; '' for empty or blank) and their cells; absent when there are none. */
  readonly placeholders?: readonly { readonly value: string; readonly count: number }[];
}

/** A record that is no row, or a cell that does not fit its column. `line` counts from 1, `byte` from 0. */
export interface Reject {
  /** Which of the files, in a table of many. */
  readonly file?: string;
  readonly line: number;
  readonly byte: number;
  readonly column: string | null;
  readonly raw: string;
  readonly reason: string;
}

/** Cells of a column that are no value of its type (`N/A` among numbers): they are shown as they are, and count as missing. */
export interface UnfitCells {
  readonly column: string;
  readonly type: ColumnType;
  readonly count: number;
  /** What they hold, each once, without white space around it; '' for blanks. */
  readonly texts: readonly string[];
  readonly first: readonly UnfitCell[];
}

/** `row` counts from 0 as in a page. The place in the file is absent where the table was put together of many files. */
export interface UnfitCell {
  readonly row: number;
  readonly raw: string;
  /** From 1. */
  readonly line?: number;
  /** Of the record, from 0. */
  readonly byte?: number;
  readonly file?: string;
}

export interface Profile {
  readonly rows: number;
  readonly exact: boolean;
  readonly rejects: readonly Reject[];
  readonly rejected: number;
  readonly dialect: Dialect | null;
  readonly columns: readonly ColumnProfile[];
  /** Absent when each cell fits its column. */
  readonly unfit?: readonly UnfitCells[];
  /** What of the file is not in the table. */
  readonly notes?: readonly string[];
  /** Names under which parts of the sheet open, where several tables stand on it. */
  readonly parts?: readonly string[];
}

/** A table as a job reads it: `sql` is a SELECT in which {path} stands for the quoted path. */
export interface TableRead {
  readonly sql: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly rejected: number;
  /** sha-256 of the file's bytes, hexadecimal. */
  readonly hash: string;
  readonly bytes: number;
  /** A temporary copy that `sql` reads in place of the file (another encoding, another format); gone with the engine. */
  readonly path?: string;
  /** Only the table's beginning was looked at: `sql` gives its cells as text, `columns` are what the beginning shows, `rows` is an estimate. */
  readonly beginning?: Pick<Dialect, 'decimal' | 'thousands'>;
  /** What of the file is not in the table. */
  readonly notes?: readonly string[];
}
