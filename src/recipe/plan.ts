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
 * (NULL, TRUE/FALSE, BIGINT, `'…'::DOUBLE` in shortest round-trip form, `'…'` with quotes doubled; a list as `[…]`,
 * one of numbers with fractions among them as `'[…]'::DOUBLE[]`).
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
  /**
   * `drop`: may remove rows, so it runs in prepare and train only, never at an endpoint or in batch prediction.
   * `remake`: makes rows anew (more, fewer or in another order) and numbers them from 0; it serves to prepare a dataset only.
   */
  readonly rows: 'keep' | 'drop' | 'remake';
  /** One SELECT over {input} (the training rows before this step) that gives exactly one row. */
  readonly fit?: string;
  /** One SELECT over {input}; must hand on the hidden columns. */
  readonly transform: Template;
  /** Raw columns (under their names in the file) whose missing values it fills: a request may leave them out. */
  readonly fills?: readonly string[];
  /** It reads earlier rows, which a request does not carry: there is no serving SQL for a plan with such a step. */
  readonly history?: true;
  /** It looks at rows beside each row, or may hand rows on in another order: it does not run on a stream of rows. */
  readonly whole?: true;
  /** Taken in place of `transform` for requests and batch prediction, where no row may be dropped and none is of the training part. */
  readonly serving?: Template;
  /** What must hold before the step; an executor runs it over all rows, and stops or tells. */
  readonly check?: PlanCheck;
  /** Expressions that a person wrote, as they stand in the SQL; an engine checks them before it runs the plan. */
  readonly expressions?: readonly string[];
}

/** A rule about all rows before a step, both parts of the split. */
export interface PlanCheck {
  /** The rule's word, and the columns it is about. */
  readonly rule: string;
  readonly columns: readonly string[];
  readonly severity: 'stop' | 'warn';
  /** It holds while so large a share of the rows breaks it. */
  readonly allow: number;
  /**
   * One SELECT over {input} that gives exactly one row: `rows`, `broken` (how many break it), `examples` (the first of them:
   * `row` from 1 and the texts of the columns' cells) and `message` for a person.
   */
  readonly sql: string;
}

/** The outcome of a {@link PlanCheck}. */
export interface Expectation extends Omit<PlanCheck, 'sql'> {
  /** The step's place in the recipe's list, from 0. */
  readonly step: number;
  readonly holds: boolean;
  readonly rows: number;
  readonly broken: number;
  readonly examples: readonly { readonly row: number; readonly cells: readonly string[] }[];
  /** Says what is broken and where; '' where no row breaks it. */
  readonly message: string;
}

/**
 * Another table that steps read. An executor makes it as a relation of the name `relation` with `__mll_row` (its rows' numbers
 * from 0) beside its columns, before it fits or transforms; a model package carries it.
 */
export interface PlanTable {
  /** As the recipe names it: a dataset, or a path. */
  readonly name: string;
  readonly relation: string;
  readonly columns: readonly PlanColumn[];
}

/** A model package, and so each request, carries a joined table of at most so many cells. */
export const MOST_FROZEN_CELLS = 20_000_000;

/**
 * Folds of the training part, by which a training is cross-validated: the recipe and the model are fitted anew without each fold
 * and scored on it.
 */
export interface PlanFolds {
  readonly count: number;
  /** Over the raw columns of all training rows: the number of a row's fold from 0 to `count - 1`. */
  readonly sql: string;
  /**
   * In time: `sql` numbers `count + 1` parts, of which each but the first is scored by what was learnt from those before it.
   */
  readonly forward?: true;
}

export interface Plan {
  readonly plan: 1;
  /** Raw columns that the plan was compiled against, in file order. */
  readonly input: readonly PlanColumn[];
  readonly target?: string;
  /** Boolean expression over the raw columns: true for rows of the test part. Absent: all rows are train. */
  readonly split?: string;
  /** Absent: a training is not cross-validated by the recipe. */
  readonly folds?: PlanFolds;
  readonly steps: readonly PlanStep[];
  /** Raw columns that nothing reads when a request is answered, so it may leave them out, and their drift says nothing. */
  readonly spare?: readonly string[];
  /** Absent: the steps read no other table. */
  readonly tables?: readonly PlanTable[];
}

/** A fitted value: a scalar, null, or a list of scalars. Whole numbers beyond 2^53 are strings. */
export type FittedScalar = string | number | boolean | null;
export type FittedValue = FittedScalar | readonly FittedScalar[];

/** `fitted.json`: for each step of the plan (by its position in `plan.steps`) the columns of its fit row. */
export interface Fitted {
  readonly fitted: 1;
  readonly steps: readonly Readonly<Record<string, FittedValue>>[];
}
