import path from 'node:path';
import type { CoreContext } from './context';
import { isAbort, toErrorData, UserError } from './errors';
import { readText } from './files';
import { listFiles } from './listed-files';
import { without } from './objects';
import { checkOutput } from './outputs';
import type { Recipes } from './recipe-api';
import { columnsOf, placeOf, recipeTables, sourcesOf } from './recipe-tables';
import { isStoreUri } from './store-uri';
import type { Column } from './table';
import type {
  PreprocessedTable,
  PreprocessProgress,
  RecipeMatch,
  RecipeRunResult,
  RememberFrom,
} from '../protocol';
import { compile, examine } from '../recipe/compile';
import { parse } from '../recipe/document';
import type { Recipe } from '../recipe/model';
import type { Plan } from '../recipe/plan';
import type { CallOptions } from '../rpc';

const RECIPE = /\.recipe\.ya?ml$/i;
/** A project's folder is looked through for recipes up to so many files. */
const MOST_FILES = 50_000;
/** Every row is of the test part: nothing was learnt from it. */
const UNSEEN = 'TRUE';

type Named = Pick<Column, 'name' | 'type' | 'sqlType'>;

/**
 * The columns of a table as a recipe takes them that was fitted on another: those which that one has, of the types that are here,
 * but text where it is text there, and read as its type where they are text here (a value that does not read stops the run).
 */
export function asFitted(own: readonly Named[], here: readonly Named[]): Named[] {
  const found = new Map(here.map((one) => [one.name, one]));
  return own.flatMap((one) => {
    const other = found.get(one.name);
    if (other === undefined) return [];
    return [one.type === 'text' || other.type === 'text' ? one : other];
  });
}

/** A table that is not the one a recipe was fitted on need not hold what is to be predicted. */
function withoutTarget(recipe: Recipe, columns: readonly Named[]): Recipe {
  if (recipe.target === undefined || columns.some((one) => one.name === recipe.target)) return recipe;
  return without(recipe, 'target', 'split');
}

type Tables = Pick<Recipes, 'matching' | 'runEach'>;

/** Recipes over tables that a person chose, beside the one that they were written for. */
export function createTableRuns(context: CoreContext, compileFile: Recipes['compile']): Tables {
  const { engine } = context.host;

  /** By the file's beginning; undefined for what is not here. */
  async function columnsAt(nameOrPath: string, signal?: AbortSignal): Promise<readonly Named[] | undefined> {
    try {
      if (isStoreUri(await context.datasets.address(nameOrPath))) {
        const known = await context.datasets.list();
        return known.find((one) => one.name === nameOrPath || one.source.path === nameOrPath)?.columns;
      }
      const source = await context.datasets.source(nameOrPath);
      const opened = await engine.call('open', { source }, { signal });
      await engine.call('close', { table: opened.table }).catch(() => undefined);
      return opened.columns;
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  async function needColumns(nameOrPath: string, signal?: AbortSignal): Promise<readonly Named[]> {
    const found = await columnsAt(nameOrPath, signal);
    if (found !== undefined) return found;
    // Says what is wrong with it.
    const read = await context.datasets.read(nameOrPath, signal);
    return read.columns;
  }

  async function recipeFiles(): Promise<string[]> {
    const { root } = context.paths;
    const { files } = await listFiles(root, { project: root, base: '.ml/\n.git/\n', most: MOST_FILES });
    return files.map((one) => one.file).filter((file) => RECIPE.test(file));
  }

  const isSame = async (one: string, other: string): Promise<boolean> =>
    (await context.datasets.address(one)) === (await context.datasets.address(other));

  async function match(
    file: string,
    tables: readonly { readonly name: string; readonly columns: readonly Named[] }[],
    signal?: AbortSignal,
  ): Promise<RecipeMatch | undefined> {
    const text = await readText(file);
    if (text === undefined) return undefined;
    const { recipe, problems: mistakes } = parse(text);
    const { input } = recipe;
    const problems = new Set(mistakes.map((one) => one.message));
    const named = await allowed(problems, async () =>
      input === undefined ? undefined : placeOf(context, file, input),
    );
    const own = named === undefined ? undefined : await columnsAt(named, signal);
    const others = (await allowed(problems, () => recipeTables(context, file, recipe, signal))) ?? {
      columns: new Map<string, readonly Column[]>(),
    };
    const missing = new Set<string>();
    const additional = new Set<string>();
    for (const { name, columns } of tables) {
      const here = new Set(columns.map((one) => one.name));
      const there = new Set(own?.map((one) => one.name));
      for (const one of own ?? []) if (!here.has(one.name)) missing.add(one.name);
      if (own) for (const one of here) if (!there.has(one)) additional.add(one);
      const taken = own ? asFitted(own, columns) : columns;
      for (const problem of examine(withoutTarget(recipe, taken), taken, others.columns).problems) {
        const where = problem.step === undefined ? '' : `Step ${problem.step + 1}: `;
        problems.add(`${where}${problem.message}${tables.length > 1 ? ` (${path.basename(name)})` : ''}`);
      }
    }
    const first = tables[0]?.columns ?? [];
    const { plan } = examine(withoutTarget(recipe, own ?? first), own ?? first, others.columns);
    const one = tables.length === 1 ? tables[0] : undefined;
    return {
      file,
      ...(input === undefined ? {} : { input }),
      hasOwn: own !== undefined,
      isOwn: named !== undefined && one !== undefined && (await isSame(named, one.name)),
      steps: recipe.steps.filter((step) => step.disabled !== true).length,
      remembers: [...new Set(plan.steps.flatMap((step) => (step.fit === undefined ? [] : [step.kind])))],
      missing: [...missing],
      additional: [...additional],
      problems: [...problems],
    };
  }

  interface Fitting {
    readonly own: Awaited<ReturnType<Recipes['compile']>>;
    readonly fitted: Awaited<ReturnType<typeof engine.call<'recipeFit'>>>;
    readonly input: string;
  }

  /** The recipe on its own data, with what its steps remember of it. */
  async function fitOwn(file: string, input: string, call: CallOptions): Promise<Fitting> {
    const own = await compileFile(file, undefined, call);
    const { source, plan } = own;
    call.onProgress?.({ stage: `fitting on ${path.basename(source.path)}`, progress: 0 });
    const fitted = await engine.call(
      'recipeFit',
      { source, plan, tables: sourcesOf(own) },
      { signal: call.signal },
    );
    return { own, fitted, input };
  }

  async function runOne(
    file: string,
    input: string,
    output: string,
    fitting: Fitting | undefined,
    call: CallOptions,
  ): Promise<RecipeRunResult> {
    const source = await context.datasets.source(input);
    await checkOutput(output, ['.csv', '.parquet', '.jsonl'], [source.path]);
    if (fitting === undefined || (await isSame(fitting.input, input))) {
      const { plan, tables } = fitting?.own ?? (await compileFile(file, input, call));
      const fitted = fitting === undefined ? {} : { fitted: fitting.fitted };
      return engine.call(
        'recipeRun',
        { source, plan, tables: sourcesOf({ tables }), output, part: 'all', ...fitted },
        call,
      );
    }
    const { own, fitted } = fitting;
    const read = await context.datasets.read(input, call.signal);
    const columns = asFitted(own.columns, read.columns);
    const others = columnsOf(own.tables);
    const plan: Plan = {
      ...compile(withoutTarget(own.recipe, columns), columns, others),
      split: UNSEEN,
    };
    return engine.call(
      'recipeRun',
      { source, plan, tables: sourcesOf(own), fitted, output, part: 'all' },
      call,
    );
  }

  return {
    async matching(tables, call = {}) {
      const { signal } = call;
      const chosen: { name: string; columns: readonly Named[] }[] = [];
      for (const name of tables) chosen.push({ name, columns: await needColumns(name, signal) });
      const found: RecipeMatch[] = [];
      for (const file of await recipeFiles()) {
        signal?.throwIfAborted();
        const one = await match(file, chosen, signal);
        if (one) found.push(one);
      }
      const distance = (one: RecipeMatch): number => one.missing.length + one.additional.length;
      return found.sort(
        (a, b) =>
          Number(a.problems.length > 0) - Number(b.problems.length > 0) ||
          distance(a) - distance(b) ||
          a.file.localeCompare(b.file, 'en'),
      );
    },
    async runEach({ recipe, tables, remember }, call = {}) {
      const of = tables.length;
      const tell = (progress: Omit<PreprocessProgress, 'of'>): void => call.onProgress?.({ ...progress, of });
      const at = (k: number): CallOptions => ({
        ...(call.signal === undefined ? {} : { signal: call.signal }),
        onProgress(value) {
          const { stage, progress } = value as { stage: string; progress: number };
          tell({ at: k, stage, progress });
        },
      });
      const input = await ownInput(recipe, remember);
      const fitting = input === undefined ? undefined : await fitOwn(recipe, input, at(0));
      const done: PreprocessedTable[] = [];
      for (const [k, one] of tables.entries()) {
        call.signal?.throwIfAborted();
        tell({ at: k, stage: 'reading', progress: 0 });
        const ended = await outcome(one, () => runOne(recipe, one.input, one.output, fitting, at(k)));
        done.push(ended);
        tell({ at: k, stage: 'done', progress: 1, ended });
      }
      return done;
    },
  };

  async function ownInput(file: string, remember: RememberFrom): Promise<string | undefined> {
    if (remember === 'each') return undefined;
    return context.recipes.input(file);
  }
}

/** The outcome; undefined, and the reason among the problems, where the recipe may not read what it names. */
async function allowed<T>(problems: Set<string>, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.kind !== 'permission') throw error;
    problems.add(`${error.message} Open the recipe to agree to it.`);
    return undefined;
  }
}

/** A table that cannot be done does not keep the others from it. */
async function outcome(
  one: { readonly input: string; readonly output: string },
  work: () => Promise<RecipeRunResult>,
): Promise<PreprocessedTable> {
  try {
    return { ...one, report: without(await work(), 'fitted') };
  } catch (error) {
    if (isAbort(error)) throw error;
    const data = toErrorData(error);
    if (data.kind === 'internal' || data.kind === 'cancelled') throw error;
    return { ...one, error: data };
  }
}

/**
 * Where the outcome of each table goes: `NAME-clean.parquet` beside it or in a folder; names that would meet get a number. Paths
 * are absolute.
 */
export function cleanOutputs(
  inputs: readonly string[],
  ending: 'parquet' | 'csv',
  folder?: string,
): { input: string; output: string }[] {
  const taken = new Set<string>();
  return inputs.map((input) => {
    const name = path.basename(input).replace(/(\.[a-z0-9]+)?(\.(gz|zst))?$/i, '');
    const beside = folder ?? path.dirname(input);
    for (let n = 1; ; n++) {
      const output = path.join(beside, `${name}-clean${n === 1 ? '' : `-${n}`}.${ending}`);
      if (taken.has(output.toLowerCase())) continue;
      taken.add(output.toLowerCase());
      return { input, output };
    }
  });
}
