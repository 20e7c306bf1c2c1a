import { examine, type OtherTables } from './compile';
import type { Recipe, Step } from './model';
import type { Plan, PlanColumn } from './plan';
import { isServed } from './render';

/** The step without one of the columns that it drops; undefined: none is left to drop. */
function withoutDrop(step: Step, name: string): Step | undefined {
  if (step.kind !== 'drop_columns' || !Array.isArray(step.options.columns)) return step;
  const columns = step.options.columns.filter((one) => one !== name);
  return columns.length === 0 ? undefined : { ...step, options: { ...step.options, columns } };
}

/**
 * Raw columns that nothing at an endpoint reads: the steps that run there compile without them, but for the one that drops
 * them, and no expression has their name in it. `recipe` must compile on the columns to `plan`.
 */
export function spareColumns(
  recipe: Recipe,
  plan: Plan,
  columns: readonly PlanColumn[],
  others: OtherTables,
): string[] {
  const last = examine(recipe, columns, others).schemas.at(-1)?.columns ?? [];
  const stays = new Set(last.flatMap((one) => [one.name, ...(one.raw === undefined ? [] : [one.raw])]));
  const served = new Set(plan.steps.filter(isServed).map((step) => step.index));
  const steps = recipe.steps.filter((_, index) => served.has(index));
  const written = plan.steps
    .flatMap((step) => (served.has(step.index) ? (step.expressions ?? []) : []))
    .join('\n')
    .toLowerCase();
  const head = { recipe: recipe.recipe, ...(recipe.target === undefined ? {} : { target: recipe.target }) };
  return columns
    .map((one) => one.name)
    .filter((name) => {
      if (name === recipe.target || stays.has(name) || written.includes(name.toLowerCase())) return false;
      const rest = steps.flatMap((step) => withoutDrop(step, name) ?? []);
      const left = columns.filter((one) => one.name !== name);
      return examine({ ...head, steps: rest }, left, others).problems.length === 0;
    });
}
