/**
 * What a recipe compiles to: plain data, so that the node engine, the Python runtime of a job and an endpoint execute
 * the very same SQL. Nothing but `src/recipe` writes a plan; executors only substitute and run.
 *
 * Relations carry two hidden columns: `__mll_row` (BIGINT, order and identity of the input row) and
 * `__mll_part` ('train' | 'test'). An executor makes
 *   s0 = SELECT *, <row number> AS __mll_row, CASE WHEN (<split>) THEN 'test' ELSE 'train' END AS __mll_part FROM <table>
 * then, for each step k: if it has `fit`, run it over `SELECT * FROM s(k-1) WHERE __mll_part = 'train'` (one row; its
 * columns are the step's fitted values); render `transform`; s(k) = the rendered SELECT.
 */
export const ROW = '__mll_row';
export const PART = '__mll_part';

/** In every SQL text of a plan, this stands for the relation that it reads. */
export const INPUT = '{input}';

export interface PlanColumn {
  readonly name: string;
  /** A DuckDB type, for example `DOUBLE`, `BIGINT`, `VARCHAR`, `DATE`. */
  readonly sqlType: string;
}

/**
 * SQL in pieces. A string is taken as it is. `value` is replaced with the fitted value as a SQL literal
 * (NULL, TRUE/FALSE, BIGINT, `'…'::DOUBLE` in shortest round-trip form, `'…'` with quotes doubled; a list as `[…]`).
 * `each` repeats `body` for each element of a fitted list, joined by `join`; inside it `item` is the element as a literal,
 * `identifier` is `prefix` + the element's text + `suffix` as a quoted identifier, `position` its index from 0.
 */
export type TemplatePart =
  | string
  | { readonly value: string }
  | {
      readonly each: string;
      readonly body: readonly ItemPart[];
      readonly join: string;
      /** Taken instead when the list is empty. */
      readonly empty: string;
    };
export type ItemPart =
  | string
  | { readonly item: true }
  | { readonly position: true }
  | { readonly identifier: { readonly prefix: string; readonly suffix: string } };
export type Template = readonly TemplatePart[];

export interface PlanStep {
  /** Its place in the recipe file's list, from 0 (disabled steps are left out of the plan). */
  readonly index: number;
  /** The step's word in the file, for example `fill_missing`. */
  readonly kind: string;
  /** `drop`: may remove rows, so it runs in prepare and train only, never at an endpoint or in batch prediction. */
  readonly rows: 'keep' | 'drop';
  /** One SELECT over {input} (the training rows before this step) that gives exactly one row. */
  readonly fit?: string;
  /** One SELECT over {input}; must hand on the hidden columns. */
  readonly transform: Template;
  /** Raw columns (under their names in the file) whose missing values it fills: a request may leave them out. */
  readonly fills?: readonly string[];
  /** It reads earlier rows, which a request does not carry: there is no serving SQL for a plan with such a step. */
  readonly history?: true;
  /** Expressions that a person wrote, as they stand in the SQL; an engine checks them before it runs the plan. */
  readonly expressions?: readonly string[];
}

export interface Plan {
  readonly plan: 1;
  /** Raw columns that the plan was compiled against, in file order. */
  readonly input: readonly PlanColumn[];
  readonly target?: string;
  /** Boolean expression over the raw columns: true for rows of the test part. Absent: all rows are train. */
  readonly split?: string;
  readonly steps: readonly PlanStep[];
}

/** A fitted value: a scalar, null, or a list of scalars. Whole numbers beyond 2^53 are strings. */
export type FittedScalar = string | number | boolean | null;
export type FittedValue = FittedScalar | readonly FittedScalar[];

/** `fitted.json`: for each step of the plan (by its position in `plan.steps`) the columns of its fit row. */
export interface Fitted {
  readonly fitted: 1;
  readonly steps: readonly Readonly<Record<string, FittedValue>>[];
}
