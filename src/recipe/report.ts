/** What a run of a recipe tells a person. */
import type { Column } from '../core/table';
import type { Expectation, Fitted, FittedScalar, Plan } from './plan';

/** A value that a step took from the training part; of a long list the first items, and how many there are. */
export type RememberedValue =
  | { readonly name: string; readonly value: FittedScalar }
  | { readonly name: string; readonly first: readonly FittedScalar[]; readonly of: number };

export interface Remembered {
  /** The step's place in the recipe's list, from 0. */
  readonly step: number;
  readonly kind: string;
  readonly values: readonly RememberedValue[];
}

/** The report of all rows through a recipe: of `mll recipe run`, and `prepared.json` of a prepare job. */
export interface PrepareReport {
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Steps that may drop rows, in their order; those that make rows anew among them. */
  readonly dropped: readonly { readonly step: number; readonly kind: string; readonly rows: number }[];
  /** What the steps that check said, in their order. */
  readonly expectations: readonly Expectation[];
  readonly columns: readonly Column[];
  readonly remembered: readonly Remembered[];
  readonly notes: readonly string[];
}

/** So many items of a list are told. */
const ITEMS = 20;

/** The fitted values of a plan, step by step; steps that remember nothing are left out. */
export function remembered(plan: Plan, fitted: Fitted): Remembered[] {
  return plan.steps.flatMap(({ index, kind }, k) => {
    const values = Object.entries(fitted.steps[k] ?? {}).map(([name, value]): RememberedValue => {
      if (typeof value !== 'object' || value === null) return { name, value };
      return { name, first: value.slice(0, ITEMS), of: value.length };
    });
    return values.length === 0 ? [] : [{ step: index, kind, values }];
  });
}
