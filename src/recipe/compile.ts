import { UserError } from '../core/errors';
import { catalogue, stepOf } from './catalogue';
import type { Recipe } from './model';
import { nearest } from './nearest';
import { INPUT, type Plan, type PlanColumn, type PlanStep, type PlanTable } from './plan';
import { missing, type Schema } from './schema';
import { foldsOf, splitSql } from './split';
import type { Path, StepProblem } from './step';

export interface CompileProblem extends StepProblem {
  /** Index of the step in the recipe's list; undefined: in the head. */
  readonly step?: number;
  /** From the recipe's root, or inside the step's options. */
  readonly path: Path;
  /** Index of the earlier step that took the column away which this step needs. */
  readonly cause?: number;
}

export interface Examined {
  /** The steps before the first that has a problem: what a preview can show. */
  readonly plan: Plan;
  readonly problems: readonly CompileProblem[];
  /** What is known of the columns before each step of the recipe's list, and after the last. */
  readonly schemas: readonly Schema[];
}

/** Other tables by the names that recipes give them; a step may name no others. */
export type OtherTables = ReadonlyMap<string, readonly PlanColumn[]>;

/** Names of the other tables that the steps which are switched on read, each once. */
export function tableNames(recipe: Recipe): string[] {
  const names = recipe.steps.flatMap(({ kind, options, disabled }) =>
    disabled === true ? [] : (stepOf(kind)?.tables?.(options) ?? []),
  );
  return [...new Set(names)];
}

/**
 * What a recipe means on a table with these columns: every problem, and the plan up to the first of them. Without `others` a
 * step that reads another table has the problem that it is not there.
 */
export function examine(
  recipe: Recipe,
  columns: readonly PlanColumn[],
  others: OtherTables = new Map(),
): Examined {
  const problems: CompileProblem[] = [];
  const input = columns.map(({ name, sqlType }) => ({ name, sqlType }));
  const raw = input.map((one) => ({ ...one, raw: one.name }));
  let schema: Schema = { columns: raw, prefixes: [], gone: new Map() };
  for (const { name } of input) {
    if (name.includes(INPUT) || name.toLowerCase().startsWith('__mll_')) {
      problems.push({
        message: `The data has a column "${name}"; this name is used by the lifecycle. Rename it in the file.`,
        path: ['input'],
      });
    }
  }
  const { target } = recipe;
  if (target !== undefined && !input.some((one) => one.name === target)) {
    problems.push({ ...missing(schema, target), path: ['target'] });
  }
  const split = splitSql(recipe, schema, (problem) =>
    problems.push({ ...problem, path: ['split', ...problem.path] }),
  );
  const folds = foldsOf(recipe, input);
  let whole = problems.length === 0;
  const schemas: Schema[] = [schema];
  const steps: PlanStep[] = [];
  const tables: PlanTable[] = [];
  /** By which step a column went. */
  const takenBy = new Map<string, number>();
  const tableOf = (name: string): PlanTable | undefined => {
    const known = tables.find((one) => one.name === name);
    const found = others.get(name);
    if (known !== undefined || found === undefined) return known;
    const made = {
      name,
      relation: `__mll_table_${tables.length}`,
      columns: found.map((one) => ({ name: one.name, sqlType: one.sqlType })),
    };
    tables.push(made);
    return made;
  };
  recipe.steps.forEach((step, index) => {
    if (step.disabled !== true) {
      const definition = stepOf(step.kind);
      const found: StepProblem[] = [];
      if (definition === undefined) found.push(unknownStep(step.kind));
      const compiled = definition?.compile(step.options, {
        schema,
        target,
        step: index,
        table(name, path) {
          const table = tableOf(name);
          if (table !== undefined) return table;
          const near = nearest(name, [...others.keys()]);
          const offer = near === undefined ? '' : ` Did you mean "${near}"?`;
          found.push({
            message: `There is no table "${name}".${offer}`,
            path,
            ...(near === undefined ? {} : { replacement: near }),
          });
          return undefined;
        },
        problem: (problem) => found.push(problem),
      });
      for (const problem of found) {
        const cause = problem.lost === undefined ? undefined : takenBy.get(problem.lost);
        problems.push({ ...problem, step: index, ...(cause === undefined ? {} : { cause }) });
      }
      if (definition === undefined || compiled === undefined || found.length > 0) whole = false;
      else {
        const left = new Set(compiled.schema.columns.map((one) => one.name));
        for (const { name } of schema.columns) if (!left.has(name)) takenBy.set(name, index);
        for (const name of left) takenBy.delete(name);
        schema = compiled.schema;
        if (whole) {
          const { fit, transform, fills, history, whole: all, serving, check, rows, expressions } = compiled;
          steps.push({
            index,
            kind: step.kind,
            rows: rows ?? definition.info.rows,
            ...(fit === undefined ? {} : { fit }),
            transform,
            ...(fills === undefined ? {} : { fills }),
            ...(history === undefined ? {} : { history }),
            ...(all === undefined ? {} : { whole: all }),
            ...(serving === undefined ? {} : { serving }),
            ...(check === undefined ? {} : { check }),
            ...(expressions === undefined ? {} : { expressions }),
          });
        }
      }
    }
    schemas.push(schema);
  });
  const plan: Plan = {
    plan: 1,
    input,
    ...(target === undefined ? {} : { target }),
    ...(split === undefined ? {} : { split }),
    ...(folds === undefined ? {} : { folds }),
    steps,
    ...(tables.length === 0 ? {} : { tables }),
  };
  return { plan, problems, schemas };
}

/** The complaint about a word that is no step. */
export function unknownStep(kind: string): StepProblem {
  const kinds = catalogue.map((info) => info.kind);
  const near = nearest(kind, kinds);
  const offer = near === undefined ? `Steps: ${kinds.join(', ')}.` : `Did you mean "${near}"?`;
  return {
    message: `There is no step "${kind}". ${offer}`,
    path: [],
    key: true,
    ...(near === undefined ? {} : { replacement: near }),
  };
}

/** The plan of a recipe against these raw columns; problems are one UserError that lists them all. */
export function compile(recipe: Recipe, columns: readonly PlanColumn[], others?: OtherTables): Plan {
  const { plan, problems } = examine(recipe, columns, others);
  if (problems.length === 0) return plan;
  throw new UserError('invalid', problemText(problems), {
    fix: 'Open the recipe and mend what is marked there.',
  });
}

/** All problems as one text, a line for each. */
export function problemText(problems: readonly CompileProblem[]): string {
  const lines = problems.map(({ message, step }) =>
    step === undefined ? message : `Step ${step + 1}: ${message}`,
  );
  return lines.length === 1
    ? `The recipe does not fit the data: ${lines[0] ?? ''}`
    : `The recipe has ${lines.length} problems:\n${lines.join('\n')}`;
}
