import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Recipes } from './api';
import type { CompileOptions, ReadTable } from './recipe-api';
import type { CoreContext } from './context';
import { UserError } from './errors';
import { runInSource } from './recipe-in-source';
import { readText, writeText } from './files';
import { refuseRecipe } from './names';
import { checkOutput } from './outputs';
import { cycleOf, refuseCycle } from './recipe-cycle';
import { createTableRuns } from './recipe-matching';
import { placeOf, readTable, recipeTables, sourcesOf } from './recipe-tables';
import { sampleOfSource } from './source-sample';
import { isSourceUri } from './source-uri';
import { isStoreUri, keyName } from './store-uri';
import type { Profile, TableSource } from './table';
import { examine, problemText } from '../recipe/compile';
import { parse } from '../recipe/document';
import { apply, newRecipe } from '../recipe/edit';
import { exportSql } from '../recipe/export';
import { exportPython } from '../recipe/export-python';
import type { Recipe, RecipeProblem, Split, Step } from '../recipe/model';
import { exportNotebook } from '../recipe/notebook';
import type { Plan } from '../recipe/plan';
import { spareColumns } from '../recipe/spare';
import { needsCut, splitMethod } from '../recipe/split';
import { text as literal } from '../recipe/sql';
import { guessTarget, suggest } from '../recipe/suggest';
import type { CallOptions } from '../rpc';

const DATA_ENDING =
  /\.(csv|tsv|txt|parquet|jsonl|ndjson|json|xlsx|xlsm|xls|ods|arrow|feather|avro|sqlite|sqlite3|db|duckdb)(\.gz|\.zst)?$/i;

/** Class by class where the target has classes, else at random; a fifth of the rows is for the test. */
function splitFor(profile: Profile, target: string | undefined, steps: readonly Step[]): Split {
  const column = profile.columns.find((one) => one.name === target);
  const type = column && becomesNumber(column.name, steps) ? 'number' : column?.type;
  const method = column && type ? splitMethod(type, column.distinct, profile.rows) : 'random';
  return { test: 0.2, method, seed: 7 };
}

/** Whether a step makes numbers of a text, such as of a price with its sign. */
const becomesNumber = (name: string, steps: readonly Step[]): boolean =>
  steps.some(
    ({ kind, options }) =>
      kind === 'cast' &&
      options.to === 'number' &&
      Array.isArray(options.columns) &&
      options.columns.includes(name),
  );

/** A {@link TableRead}'s SQL over a file. */
function fillPath(sql: string, file: string): string {
  return sql.split('{path}').join(literal(file));
}

/**
 * All rows tell where a cut lies, and these are not here. Classes are then split by their share alone, which differs little in a
 * table of that size; for times there is no such guess.
 */
function refuseTimeCut({ split }: Recipe, uri: string): void {
  if (split?.method !== 'time') return;
  throw new UserError(
    'invalid',
    `From which time on rows are tested is not known, because ${uri} is not here.`,
    {
      fix: `Write it into the recipe's split ("cut: 2025-01-31"), or fetch the table once: mll data fetch ${uri}`,
      actions: [{ title: 'Fetch', command: 'mll.dataset.fetch', args: [uri] }],
    },
  );
}

/** Recipe files of one project: suggested, checked, compiled and run. */
export function createRecipes(context: CoreContext): Recipes {
  const { engine } = context.host;

  async function textOf(file: string): Promise<string> {
    const text = await readText(file);
    if (text !== undefined) return text;
    throw new UserError('notFound', `There is no recipe ${file}.`, {
      fix: 'Check the path, or make one: right-click the data and choose Preprocess… (mll recipe suggest FILE).',
    });
  }

  /** What the recipe's input names: a file beside the recipe, else a dataset. */
  async function inputOf(file: string, recipe: Recipe, given: string | undefined): Promise<string> {
    const named = given ?? recipe.input;
    if (named === undefined) {
      throw new UserError('invalid', `${path.basename(file)} does not say which data it is for.`, {
        fix: 'Write "input: FILE" as its first line, or name the data (--input).',
      });
    }
    return given === undefined ? placeOf(context, file, named) : named;
  }

  /** Only what expressions may do is asked here; whether their columns are there, the compiler has said. */
  async function checkExpressions(plan: Plan, call: CallOptions): Promise<string[]> {
    const found = plan.steps.flatMap((step) => (step.expressions ?? []).map((text) => ({ step, text })));
    if (found.length === 0) return [];
    const expressions = found.map(({ text }) => text);
    const messages = await engine.call(
      'checkExpressions',
      { columns: [], expressions },
      { signal: call.signal },
    );
    return found.flatMap(({ step }, at) => {
      const message = messages[at];
      return message ? [`Step ${step.index + 1}: ${message}`] : [];
    });
  }

  async function profileOf(source: TableSource, { signal }: CallOptions): Promise<Profile> {
    const { table } = await engine.call('open', { source }, { signal });
    try {
      return await engine.call('profile', { table }, { signal });
    } finally {
      await engine.call('close', { table }).catch(() => undefined);
    }
  }

  async function fileFor(nameOrPath: string): Promise<string> {
    const address = await context.datasets.address(nameOrPath);
    // Beside data in a store nothing can stand: its recipe stands in the project's folder.
    const file = isStoreUri(address)
      ? context.absolute(keyName(address))
      : (await context.datasets.source(nameOrPath)).path;
    const known = file.replace(DATA_ENDING, '');
    const base = known === file ? file.replace(/[\\/]?[*?[\]{}][^\\/]*$/, '') : known;
    return `${base}.recipe.yaml`;
  }

  /** The recipe of a file that has no mistakes of its own. */
  async function written(file: string): Promise<{ text: string; recipe: Recipe }> {
    const text = await textOf(file);
    const { recipe, problems } = parse(text);
    if (problems.length === 0) return { text, recipe };
    const lines = problems.map((one) => `${path.basename(file)}:${one.line + 1}: ${one.message}`);
    throw new UserError('invalid', `The recipe has mistakes:\n${lines.join('\n')}`, {
      fix: 'Open the recipe and mend what is marked there.',
    });
  }

  async function compileFile(
    file: string,
    input: string | ReadTable | undefined,
    call: CallOptions,
    { original = file, readOther }: CompileOptions = {},
  ): ReturnType<Recipes['compile']> {
    const { recipe: asWritten, ...start } = await written(file);
    let { text } = start;
    const { source, read } =
      typeof input === 'object'
        ? input
        : await readTable(context, await inputOf(file, asWritten, input), call.signal);
    const { columns } = read;
    await refuseCycle(context, original, { ...asWritten, input: source.path });
    const others = await recipeTables(context, original, asWritten, call.signal, readOther);
    const first = examine(asWritten, columns, others.columns);
    if (first.problems.length > 0) {
      throw new UserError('invalid', problemText(first.problems), {
        fix: 'Open the recipe and mend what is marked there.',
      });
    }
    if (needsCut(asWritten) && (isStoreUri(source.path) || isSourceUri(source.path)))
      refuseTimeCut(asWritten, source.path);
    else if (needsCut(asWritten)) {
      const cut = await engine.call('splitCut', { source, recipe: asWritten }, { signal: call.signal });
      text = apply(text, { edit: 'cut', cut });
      await writeText(file, text);
    }
    const { recipe } = parse(text);
    const { plan: made } = examine(recipe, columns, others.columns);
    const spare = spareColumns(recipe, made, columns, others.columns);
    const plan = spare.length === 0 ? made : { ...made, spare };
    const refused = await checkExpressions(plan, call);
    if (refused.length > 0) {
      throw new UserError('invalid', `The recipe has expressions that may not run:\n${refused.join('\n')}`, {
        fix: 'Use the columns, literals and plain functions only.',
      });
    }
    const hash = createHash('sha256').update(text).digest('hex');
    return { recipe, plan, source, columns, hash, tables: others.tables };
  }

  const compileRecipe: Recipes['compile'] = (file, input, call = {}, options = {}) =>
    compileFile(file, input, call, options);

  const ownInput = async (file: string): Promise<string> =>
    inputOf(file, (await written(file)).recipe, undefined);

  return {
    fileFor,
    input: ownInput,
    async suggest(nameOrPath, options = {}, call = {}) {
      refuseRecipe(nameOrPath);
      const profile = options.from
        ? await profileOf(options.from, call)
        : await context.datasets.profile(nameOrPath, call);
      const guessed = guessTarget(profile);
      const { target = guessed?.column } = options;
      if (target !== undefined && !profile.columns.some((one) => one.name === target)) {
        throw new UserError('invalid', `The data has no column "${target}".`, {
          fix: `The columns are: ${profile.columns.map((one) => one.name).join(', ')}.`,
        });
      }
      const source = options.from ?? (await context.datasets.source(nameOrPath));
      const facts = await engine.call(
        'recipeFacts',
        { source, ...(target === undefined ? {} : { target }) },
        { signal: call.signal },
      );
      const suggestions = suggest(profile, target, facts);
      const file = await fileFor(nameOrPath);
      const address = await context.datasets.address(nameOrPath);
      const input = isStoreUri(address)
        ? address
        : path.relative(path.dirname(file), source.path).replaceAll('\\', '/');
      const steps = suggestions.map((one) => one.step);
      const text = newRecipe({
        input,
        ...(target === undefined ? {} : { target }),
        split: splitFor(profile, target, steps),
        steps,
      });
      return {
        text,
        target: target ?? null,
        targetReason: options.target === undefined ? (guessed?.reason ?? '') : 'chosen',
        suggestions,
        columns: profile.columns,
      };
    },
    async check(file, call = {}) {
      const text = await textOf(file);
      const alone = parse(text);
      if (alone.problems.length > 0) return alone.problems;
      const data = await inputOf(file, alone.recipe, undefined);
      const { columns } = await context.datasets.read(data, call.signal);
      const others = await recipeTables(context, file, alone.recipe, call.signal);
      const { recipe, problems } = parse(text, columns, others.columns);
      if (problems.length > 0) return problems;
      const cycle = await cycleOf(context, file, recipe);
      const refused = await checkExpressions(examine(recipe, columns, others.columns).plan, call);
      return [...(cycle === undefined ? [] : [cycle]), ...refused].map((message): RecipeProblem => ({
        message,
        line: 0,
        column: 0,
        endLine: 0,
        endColumn: 0,
      }));
    },
    compile: compileRecipe,
    ...createTableRuns(context, compileRecipe),
    tables: (file, recipe, call = {}) => recipeTables(context, file, recipe, call.signal),
    async export({ recipe: file, input, as, notebook = false }, call = {}) {
      const { recipe, plan, source, tables } = await compileFile(file, input, call);
      const read = await engine.call('read', { source }, { signal: call.signal });
      const copied = Object.values(tables).find((one) => one.read.path !== undefined);
      if (read.path !== undefined || copied !== undefined) {
        throw new UserError(
          'unsupported',
          `${path.basename(copied?.source.path ?? source.path)} cannot be read by plain SQL: its format, encoding or quotes need a copy.`,
          {
            fix: 'Save it as CSV in UTF-8, or write it to Parquet first (mll recipe run), and name that with --input.',
          },
        );
      }
      const fitted = await engine.call('recipeFit', { source, plan, tables: sourcesOf({ tables }) }, call);
      const relation = fillPath(read.sql, source.path);
      const request = {
        name: path.basename(file),
        recipe,
        plan,
        fitted,
        relation,
        rows: read.rows,
        tables: Object.fromEntries(
          Object.entries(tables).map(([name, one]) => [name, fillPath(one.read.sql, one.source.path)]),
        ),
      };
      if (notebook) return exportNotebook(as, request);
      return as === 'sql' ? exportSql(request) : exportPython(as, request);
    },
    async sample(nameOrPath, call) {
      const uri = await context.datasets.address(nameOrPath);
      return isSourceUri(uri) ? sampleOfSource(context, uri, call) : undefined;
    },
    runInSource: (request, call) =>
      runInSource(context, { compile: compileRecipe, input: ownInput }, request, call),
    async run({ recipe: file, input, output, part }, call = {}) {
      const { plan, source, tables } = await compileFile(file, input, call);
      await checkOutput(output, ['.csv', '.parquet', '.jsonl'], [source.path]);
      return engine.call(
        'recipeRun',
        { source, plan, tables: sourcesOf({ tables }), output, ...(part === undefined ? {} : { part }) },
        call,
      );
    },
  };
}
