import type { Column } from '../core/table';
import { stepOf } from './catalogue';
import type { OtherTables } from './compile';
import type { Recipe, RequestColumn, ServedStep } from './model';
import type { Plan } from './plan';
import { isServed, servingRefusal } from './render';
import { spareColumns } from './spare';

/** Handing rows on as they are is nothing to do. */
const UNCHANGED = JSON.stringify(['SELECT * FROM {input}']);

/** Where the steps of a recipe run that compiles to `plan`. */
export function servedSteps(recipe: Recipe, plan: Plan): readonly ServedStep[] {
  return plan.steps.map((step): ServedStep => {
    const options = recipe.steps[step.index]?.options ?? {};
    const refusal = servingRefusal(step);
    const runs = isServed(step) && JSON.stringify(step.serving ?? step.transform) !== UNCHANGED;
    const where = refusal !== undefined ? 'refused' : runs ? 'endpoint' : 'prepare';
    return {
      step: step.index,
      where,
      frozen: where === 'endpoint' ? (stepOf(step.kind)?.tables?.(options) ?? []) : [],
      earlier: where === 'endpoint' && stepOf(step.kind)?.info.needs === 'rows' && options.request === true,
      ...refusal,
    };
  });
}

/** The raw columns but the target, as a request to an endpoint of such a model needs them. */
export function requestColumns(
  recipe: Recipe,
  plan: Plan,
  columns: readonly Column[],
  others: OtherTables,
): readonly RequestColumn[] {
  const fills = new Map<string, number>();
  for (const step of plan.steps) {
    if (step.rows !== 'keep') continue;
    for (const name of step.fills ?? []) if (!fills.has(name)) fills.set(name, step.index);
  }
  const spare = new Set(spareColumns(recipe, plan, columns, others));
  return columns
    .filter((one) => one.name !== recipe.target)
    .map(({ name, type }) => {
      const step = fills.get(name);
      if (spare.has(name)) return { name, type, need: 'unread' };
      return step === undefined ? { name, type, need: 'required' } : { name, type, need: 'filled', step };
    });
}
