/** Which rows of a table are meant: conditions and orders. */
import type { Cell } from './core/table';

/** Handle of a table opened in the engine; gone when the engine restarts. */
export type TableId = string;

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/** What a row must hold. A missing cell meets none of them but `missing`, and every one with `not`. */
export type Condition =
  /** Both ends belong to it, unless `open`: then `max` does not. Numbers and ISO 8601 text. */
  | {
      readonly is: 'between';
      readonly column: string;
      readonly min?: string | number;
      readonly max?: string | number;
      readonly open?: true;
      readonly not?: true;
    }
  /** null among the values: missing cells belong to it. */
  | { readonly is: 'oneOf'; readonly column: string; readonly values: readonly Cell[]; readonly not?: true }
  | {
      readonly is: 'matching';
      readonly column: string;
      readonly text: string;
      readonly pattern?: TextPattern;
      readonly not?: true;
    }
  | { readonly is: 'missing'; readonly column: string; readonly not?: true }
  /** The row equals an earlier one in all columns; `column` is ''. */
  | { readonly is: 'duplicate'; readonly column: ''; readonly not?: true }
  /** These rows of the file (from 0); `name` says what they are. They hold for this state of the file alone. */
  | {
      readonly is: 'rows';
      readonly column: '';
      readonly rows: readonly number[];
      readonly name: string;
      readonly not?: true;
    };

/** How text is looked for: as it is (the default), and without regard to case (the default). A regex is RE2's. */
export interface TextPattern {
  readonly regex?: boolean;
  readonly matchCase?: boolean;
}

/** Which rows, in which order. Conditions hold all together; without `sort` the order is the file's. */
export interface RowChoice {
  readonly sort?: readonly Sort[];
  readonly filter?: readonly Condition[];
}

/** How the cells of a text column are built. */
export interface TextShape {
  /** Cells that are not missing. */
  readonly cells: number;
  /** Characters; null without cells. */
  readonly length: { readonly min: number; readonly max: number; readonly mean: number } | null;
  /** How many different patterns there are. */
  readonly distinct: number;
  /**
   * The most frequent first, ten at most: `A` stands for capitals, `a` for other letters, `9` for digits, each for one or more of
   * them; all else stands for itself.
   */
  readonly patterns: readonly { readonly pattern: string; readonly cells: number }[];
}

export interface TextViewApi {
  /** Of a column of text, over all rows. */
  textShape(params: { readonly column: string }): TextShape;
}
