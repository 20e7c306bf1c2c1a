import path from 'node:path';
import type { CoreContext } from './context';
import { UserError } from './errors';
import { readText } from './files';
import { besideRecipe } from './recipe-tables';
import { tableNames } from '../recipe/compile';
import { parse } from '../recipe/document';
import type { Recipe } from '../recipe/model';

/**
 * How a recipe reads, by whatever way round, what it makes itself (each run would then give something else): its input or a table
 * that it joins is a dataset that a run of it made, or that was made of such a one. Undefined where it does not.
 */
export async function cycleOf(
  context: CoreContext,
  file: string,
  recipe: Recipe,
): Promise<string | undefined> {
  const made = (await context.datasets.list()).filter((one) => one.run !== undefined);
  const seen = new Set<string>();
  const follow = async (at: string, read: Recipe, way: readonly string[]): Promise<string | undefined> => {
    for (const named of [...(read.input === undefined ? [] : [read.input]), ...tableNames(read)]) {
      const found = await besideRecipe(at, named);
      const dataset = made.find(
        (one) => one.name === found || context.absolute(one.source.path) === path.resolve(found),
      );
      if (dataset?.run === undefined || seen.has(dataset.name)) continue;
      seen.add(dataset.name);
      // A run that was removed no longer says what its data was made of.
      const run = await context.runs.get(dataset.run).catch(() => undefined);
      if (run?.recipe === undefined) continue;
      const maker = context.absolute(run.recipe);
      const steps = [...way, `"${dataset.name}", which ${path.basename(maker)} makes`];
      if (path.resolve(maker) === path.resolve(file)) {
        return `The recipe reads what it makes itself: ${path.basename(file)} reads ${steps.join(' of ')}.`;
      }
      const text = await readText(maker);
      const further = text === undefined ? undefined : await follow(maker, parse(text).recipe, steps);
      if (further !== undefined) return further;
    }
    return undefined;
  };
  return made.length === 0 ? undefined : follow(file, recipe, []);
}

/** Refuses a recipe that reads what it makes itself; see {@link cycleOf}. */
export async function refuseCycle(context: CoreContext, file: string, recipe: Recipe): Promise<void> {
  const cycle = await cycleOf(context, file, recipe);
  if (cycle === undefined) return;
  throw new UserError('conflict', cycle, {
    fix: 'Let it read the data that all of this was made of at first.',
  });
}
