/** How a step is written as Python code: what step files are given for it. */
import type { FittedValue } from './plan';
import type { Schema } from './schema';

/** Lines of a function in which the table is `df`; its rows are known by `__mll_row` and `__mll_part`, both of which {@link HIDDEN} names. */
export interface Code {
  readonly pandas: readonly string[];
  readonly polars: readonly string[];
}

export interface CodeContext {
  /** The columns before the step. */
  readonly schema: Schema;
  readonly values: Readonly<Record<string, FittedValue>>;
  readonly target: string | undefined;
  /** False when all rows are training rows. */
  readonly split: boolean;
  /** The variable that holds another table. */
  variable(table: string): string;
  /** An expression of what a step remembers; where that is long, of a constant called after `name`. */
  readonly constant: (name: string, value: unknown) => string;
}

/** The constant of exported code that holds the names of the columns by which rows are known. */
export const HIDDEN = 'HIDDEN';

/** A value as Python writes it. */
export function py(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  // Python has whole numbers of any size; one beyond what a double holds exactly is a double here, and is written as one.
  if (typeof value === 'number')
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(py).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, one]) => `${py(key)}: ${py(one)}`);
  return `{${pairs.join(', ')}}`;
}

/** DuckDB types whose values the libraries order and group as the engine does: floats may be NaN. */
export const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'VARCHAR',
  'BIGINT',
  'INTEGER',
  'BOOLEAN',
  'DATE',
  'TIMESTAMP',
]);

/** A column of a polars table. */
export function col(name: string): string {
  return `pl.col(${py(name)})`;
}

/** The DuckDB type as pandas (with Arrow's types) and polars call it; undefined where there is no plain word. */
export function pythonType(sqlType: string): { pandas: string; polars: string } | undefined {
  const words: Record<string, { pandas: string; polars: string }> = {
    DOUBLE: { pandas: '"double[pyarrow]"', polars: 'pl.Float64' },
    BIGINT: { pandas: '"int64[pyarrow]"', polars: 'pl.Int64' },
    INTEGER: { pandas: '"int32[pyarrow]"', polars: 'pl.Int32' },
    VARCHAR: { pandas: '"string[pyarrow]"', polars: 'pl.String' },
    BOOLEAN: { pandas: '"bool[pyarrow]"', polars: 'pl.Boolean' },
  };
  return words[sqlType];
}

/** A polars expression of whether a text is among those of a list, which `list` names or writes. */
export function among(name: string, list: string): string {
  return `${col(name)}.is_in(pl.lit(pl.Series(${list}, dtype=pl.String)).implode())`;
}
