import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Recipes } from './api';
import type { CoreContext } from './context';
import { UserError } from './errors';
import { fileExists, readText, writeText } from './files';
import { checkOutput } from './outputs';
import { isStoreUri, keyName } from './store-uri';
import type { Profile } from './table';
import { examine, problemText } from '../recipe/compile';
import { parse } from '../recipe/document';
import { apply, newRecipe } from '../recipe/edit';
import { exportSql } from '../recipe/export';
import type { Recipe, RecipeProblem, Split } from '../recipe/model';
import type { Plan } from '../recipe/plan';
import { needsCut, splitMethod } from '../recipe/split';
import { text as literal } from '../recipe/sql';
import { guessTarget, suggest } from '../recipe/suggest';
import type { CallOptions } from '../rpc';

const DATA_ENDING = /\.(csv|tsv|txt|parquet|jsonl|ndjson)(\.gz|\.zst)?$/i;

/** Class by class where the target has classes, else at random; a fifth of the rows is for the test. */
function splitFor(profile: Profile, target: string | undefined): Split {
  const column = profile.columns.find((one) => one.name === target);
  const method = column ? splitMethod(column.type, column.distinct, profile.rows) : 'random';
  return { test: 0.2, method, seed: 7 };
}

/** A {@link TableRead}'s SQL over a file. */
function fillPath(sql: string, file: string): string {
  return sql.split('{path}').join(literal(file));
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
    if (given !== undefined || path.isAbsolute(named) || isStoreUri(named)) return named;
    const beside = path.resolve(path.dirname(file), named);
    return (await fileExists(beside)) || /[*?[\]]/.test(named) ? beside : named;
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

  async function compileFile(
    file: string,
    input: string | undefined,
    call: CallOptions,
  ): ReturnType<Recipes['compile']> {
    let text = await textOf(file);
    const { recipe: written, problems } = parse(text);
    const name = path.basename(file);
    if (problems.length > 0) {
      const lines = problems.map((one) => `${name}:${one.line + 1}: ${one.message}`);
      throw new UserError('invalid', `The recipe has mistakes:\n${lines.join('\n')}`, {
        fix: 'Open the recipe and mend what is marked there.',
      });
    }
    const data = await inputOf(file, written, input);
    const source = await context.datasets.source(data);
    const { columns } = await context.datasets.read(data, call.signal);
    const first = examine(written, columns);
    if (first.problems.length > 0) {
      throw new UserError('invalid', problemText(first.problems), {
        fix: 'Open the recipe and mend what is marked there.',
      });
    }
    if (needsCut(written)) {
      const cut = await engine.call('splitCut', { source, recipe: written }, { signal: call.signal });
      text = apply(text, { edit: 'cut', cut });
      await writeText(file, text);
    }
    const { recipe } = parse(text);
    const { plan } = examine(recipe, columns);
    const refused = await checkExpressions(plan, call);
    if (refused.length > 0) {
      throw new UserError('invalid', `The recipe has expressions that may not run:\n${refused.join('\n')}`, {
        fix: 'Use the columns, literals and plain functions only.',
      });
    }
    const hash = createHash('sha256').update(text).digest('hex');
    return { recipe, plan, source, columns, hash };
  }

  return {
    fileFor,
    async suggest(nameOrPath, options = {}, call = {}) {
      const profile = await context.datasets.profile(nameOrPath, call);
      const guessed = guessTarget(profile);
      const { target = guessed?.column } = options;
      if (target !== undefined && !profile.columns.some((one) => one.name === target)) {
        throw new UserError('invalid', `The data has no column "${target}".`, {
          fix: `The columns are: ${profile.columns.map((one) => one.name).join(', ')}.`,
        });
      }
      const source = await context.datasets.source(nameOrPath);
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
      const text = newRecipe({
        input,
        ...(target === undefined ? {} : { target }),
        split: splitFor(profile, target),
        steps: suggestions.map((one) => one.step),
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
      const { recipe, problems } = parse(text, columns);
      if (problems.length > 0) return problems;
      const refused = await checkExpressions(examine(recipe, columns).plan, call);
      return refused.map((message): RecipeProblem => ({
        message,
        line: 0,
        column: 0,
        endLine: 0,
        endColumn: 0,
      }));
    },
    compile: (file, input, call = {}) => compileFile(file, input, call),
    async export({ recipe: file, input }, call = {}) {
      const { recipe, plan, source } = await compileFile(file, input, call);
      const read = await engine.call('read', { source }, { signal: call.signal });
      if (read.path !== undefined) {
        throw new UserError(
          'unsupported',
          `${path.basename(source.path)} cannot be read by plain SQL: its encoding or its quotes need a copy.`,
          {
            fix: 'Save it as UTF-8, or write it to Parquet first (mll recipe run), and name that with --input.',
          },
        );
      }
      const fitted = await engine.call('recipeFit', { source, plan }, call);
      const relation = fillPath(read.sql, source.path);
      return exportSql({ name: path.basename(file), recipe, plan, fitted, relation, rows: read.rows });
    },
    async run({ recipe: file, input, output, part }, call = {}) {
      const { plan, source } = await compileFile(file, input, call);
      await checkOutput(output, ['.csv', '.parquet', '.jsonl'], [source.path]);
      return engine.call(
        'recipeRun',
        { source, plan, output, ...(part === undefined ? {} : { part }) },
        call,
      );
    },
  };
}
