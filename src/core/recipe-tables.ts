import path from 'node:path';
import type { RecipeTables } from './api';
import type { CompileOptions, ReadTable } from './recipe-api';
import type { CoreContext } from './context';
import { UserError } from './errors';
import { fileExists } from './files';
import { isOutside, outsideError } from './outside';
import type { JobSpec, SpecInput } from './run';
import { isSourceUri } from './source-uri';
import { isStoreUri } from './store-uri';
import { loadSteps } from '../recipe/catalogue';
import { tableNames } from '../recipe/compile';
import type { Recipe } from '../recipe/model';
import type { Plan } from '../recipe/plan';

/** What a name in a recipe means: a file beside the recipe, an address in a store, else a dataset's name. */
export async function besideRecipe(file: string, named: string): Promise<string> {
  if (path.isAbsolute(named) || isStoreUri(named) || isSourceUri(named)) return named;
  const beside = path.resolve(path.dirname(file), named);
  return (await fileExists(beside)) || /[*?[\]]/.test(named) ? beside : named;
}

/** {@link besideRecipe}, refused where it leads out of the project and the person has not agreed. */
export async function placeOf(context: CoreContext, file: string, named: string): Promise<string> {
  const place = await besideRecipe(file, named);
  const { host } = context;
  if (host.mayRead === undefined) return place;
  // A dataset of that name may lie anywhere, too.
  const address = await context.datasets.address(place);
  if (!(await isOutside([context.paths.root], address)) || (await host.mayRead(address))) return place;
  throw outsideError(file, address);
}

/** The table as it is here; one in a store is fetched, where that was asked for or it is small. */
export async function readTable(
  context: CoreContext,
  nameOrPath: string,
  signal?: AbortSignal,
): Promise<ReadTable> {
  const source = await context.datasets.source(nameOrPath);
  return { source, read: await context.datasets.read(nameOrPath, signal) };
}

/**
 * The other tables that a recipe's steps read, by the names they give them. One that is not there is left out of `columns`,
 * so that compiling marks the step. What else compiling needs is loaded.
 */
export async function recipeTables(
  context: CoreContext,
  file: string,
  recipe: Recipe,
  signal?: AbortSignal,
  readOther: NonNullable<CompileOptions['readOther']> = (found) => readTable(context, found, signal),
): Promise<RecipeTables> {
  await loadSteps(recipe.steps.map((one) => one.kind));
  const tables: Record<string, RecipeTables['tables'][string]> = {};
  const columns = new Map<string, RecipeTables['tables'][string]['read']['columns']>();
  for (const name of tableNames(recipe)) {
    const found = await placeOf(context, file, name);
    try {
      const table = await readOther(found);
      tables[name] = table;
      columns.set(name, table.read.columns);
    } catch (error) {
      if (error instanceof UserError && error.kind === 'notFound') continue;
      throw error;
    }
  }
  return { tables, columns };
}

/** Where the tables lie, as the engine wants to know it. */
export function sourcesOf({
  tables,
}: Pick<RecipeTables, 'tables'>): Record<string, RecipeTables['tables'][string]['source']> {
  return Object.fromEntries(Object.entries(tables).map(([name, { source }]) => [name, source]));
}

/** The columns of the tables, as the compiler wants to know them. */
export function columnsOf(tables: RecipeTables['tables']): RecipeTables['columns'] {
  return new Map(Object.entries(tables).map(([name, { read }]) => [name, read.columns]));
}

/** The input of a job for a table that was read. */
export function inputFrom({ source, read, placed }: ReadTable): SpecInput {
  const { columns, beginning } = read;
  return {
    path: source.path,
    read: read.sql,
    ...(beginning === undefined ? {} : { types: { columns, ...beginning } }),
    ...(placed === undefined ? {} : { placed }),
  };
}

/** The inputs of a job for the tables of its plan: `table0` and so on, in the plan's order. */
export function tableInputs(plan: Plan, tables: RecipeTables['tables']): JobSpec['inputs'] {
  return Object.fromEntries(
    (plan.tables ?? []).flatMap((one, k) => {
      const found = tables[one.name];
      if (found === undefined) return [];
      const { source, read } = found;
      if (read.path !== undefined) {
        throw new UserError(
          'unsupported',
          `${path.basename(source.path)} cannot be read by a job as it is: its format, encoding or quotes need a copy.`,
          { fix: 'Save it as UTF-8, or write it to Parquet first, and join that.' },
        );
      }
      return [[`table${k}`, inputFrom(found)]];
    }),
  );
}
