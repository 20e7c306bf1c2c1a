import path from 'node:path';
import type { Runs, TrainRequest } from './api';
import type { CoreContext } from './context';
import type { JobTable } from './datasets';
import { UserError } from './errors';
import { fileExists, readText } from './files';
import { type Draft, estimateOf, submit, type SubmitContext } from './job-submit';
import type { Agree, Estimate } from './estimate';
import { planOf } from './models';
import { checkName, nameFromPath, refuseRecipe } from './names';
import { checkOutput } from './outputs';
import { preparedFile } from './prepared-file';
import { type ProviderId, resourcesOf, type Run } from './run';
import type { ReadTable } from './recipe-api';
import { columnsOf, inputFrom, tableInputs } from './recipe-tables';
import { PARAMS, type RunRequest } from './schemas';
import type { Column } from './table';
import { compile } from '../recipe/compile';
import type { Recipe } from '../recipe/model';
import { assertServable } from '../recipe/render';
import type { CallOptions } from '../rpc';

/** The split of a training without a recipe: a fifth of the rows is kept for the test. */
const DEFAULT_SPLIT = { test: 0.2, method: 'random', seed: 7 } as const;

/** The recipe against its input and the other tables of its steps, as the provider's jobs will read them. */
export async function recipeOf(
  context: SubmitContext,
  file: string,
  input: ReadTable,
  provider: ProviderId | undefined,
  call: CallOptions,
  original = file,
): Promise<{ compiled: Awaited<ReturnType<CoreContext['recipes']['compile']>>; text: string }> {
  const { jobs } = await context.provider(provider);
  const readOther = (nameOrPath: string): Promise<ReadTable> =>
    context.inside.otherForJob(nameOrPath, jobs.readsFrom?.bind(jobs), call.signal);
  const compiled = await context.recipes.compile(file, input, call, { original, readOther });
  const text = await readText(file);
  if (text === undefined)
    throw new UserError('notFound', `There is no recipe ${file}.`, { fix: 'Check the path.' });
  return { compiled, text };
}

function checkTarget(target: string | undefined, columns: readonly Column[]): string {
  if (target === undefined) {
    throw new UserError('invalid', 'It is not said which column is to be predicted.', {
      fix: 'Choose the target (--target COLUMN), or write "target:" into the recipe.',
    });
  }
  if (columns.some((one) => one.name === target)) return target;
  const near = columns.find((one) => one.name.toLowerCase() === target.trim().toLowerCase());
  throw new UserError('invalid', `The data has no column "${target}" to be predicted.`, {
    fix: near
      ? `Did you mean "${near.name}"?`
      : `The columns are: ${columns.map((one) => one.name).join(', ')}.`,
  });
}

/** The data as the provider's jobs will read it. */
async function tableOf(
  context: SubmitContext,
  provider: ProviderId | undefined,
  data: string,
  call: CallOptions,
): Promise<JobTable> {
  refuseRecipe(data);
  const { jobs } = await context.provider(provider);
  return context.inside.forJob(data, jobs.readsFrom?.bind(jobs), call.signal);
}

/** Which recipe a training uses: the one named, the one beside the data, or none. Absolute. */
async function recipeFile(context: SubmitContext, request: TrainRequest): Promise<string | undefined> {
  if (request.recipe === null) return undefined;
  if (request.recipe !== undefined) return context.absolute(request.recipe);
  const beside = await context.recipes.fileFor(request.data);
  return (await fileExists(beside)) ? beside : undefined;
}

export async function train(
  context: SubmitContext,
  request: TrainRequest,
  call: CallOptions = {},
  recorded?: { recipe: string },
  agree?: Agree,
): Promise<Run> {
  const table = await tableOf(context, request.provider, request.data, call);
  const { dataset, read } = table;
  const model = request.model ?? dataset.name;
  checkName(model, 'model');
  const file = recorded?.recipe ?? (await recipeFile(context, request));
  const original = request.recipe == null ? undefined : context.absolute(request.recipe);
  const used =
    file === undefined ? undefined : await recipeOf(context, file, table, request.provider, call, original);
  const target = checkTarget(request.target ?? used?.compiled.recipe.target, read.columns);
  const recipe: Recipe = used
    ? { ...used.compiled.recipe, target }
    : { recipe: 1, target, split: DEFAULT_SPLIT, steps: [] };
  const plan =
    used?.compiled.recipe.target === target
      ? used.compiled.plan
      : compile(recipe, read.columns, columnsOf(used?.compiled.tables ?? {}));
  assertServable(plan);
  const script = request.script === undefined ? undefined : context.absolute(request.script);
  if (script !== undefined && !(await fileExists(script))) {
    throw new UserError('notFound', `There is no script ${script}.`, { fix: 'Check the path.' });
  }
  const params = checkParams(request.params ?? {});
  return submit(
    context,
    {
      kind: 'train',
      name: model,
      agree,
      provider: request.provider,
      data: { name: dataset.name, read },
      ...(used && file !== undefined
        ? { recipe: { file: request.recipe ?? file, text: used.text, hash: used.compiled.hash } }
        : {}),
      params,
      request: {
        data: dataset.name,
        recipe: used !== undefined,
        ...(used && file !== undefined ? { recipeFile: context.portable(request.recipe ?? file) } : {}),
        target,
        params,
        ...(script === undefined ? {} : { script: context.portable(script) }),
        model,
        ...resourcesOf(request),
      },
      spec: {
        inputs: { data: inputFrom(table), ...tableInputs(plan, used?.compiled.tables ?? {}) },
        plan,
        target,
        model,
        ...(script === undefined ? {} : { script: path.basename(script), codeFolder: path.dirname(script) }),
      },
    },
    call,
  );
}

/** Params as manifests keep them: flat, and nothing that JSON has no value for. */
function checkParams(params: Run['params']): NonNullable<RunRequest['params']> {
  const flat = PARAMS.safeParse(
    Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)),
  );
  if (flat.success) return flat.data;
  const name = String(flat.error.issues[0]?.path[0] ?? '');
  throw new UserError('invalid', `The parameter "${name}" is neither text, a number, true, false nor null.`, {
    fix: 'Parameters are one flat list of names and values.',
  });
}

/** An output may replace what a run made before, but no data that a person added. */
async function keepData(
  context: SubmitContext,
  output: string,
  endings: readonly string[],
  input: string,
): Promise<void> {
  const added = (await context.datasets.list()).filter((one) => one.run === undefined);
  await checkOutput(context.absolute(output), endings, [
    input,
    ...added.map((one) => context.absolute(one.source.path)),
  ]);
}

export async function prepare(
  context: SubmitContext,
  request: Parameters<Runs['prepare']>[0],
  call: CallOptions = {},
  recorded?: { recipe: string; data: string },
): Promise<Run> {
  const named = context.absolute(request.recipe);
  const file = recorded?.recipe ?? named;
  const table = await tableOf(
    context,
    request.provider,
    recorded?.data ?? request.input ?? (await context.recipes.input(named)),
    call,
  );
  const { dataset, source, read } = table;
  const { compiled, text } = await recipeOf(context, file, table, request.provider, call, named);
  const output = request.output === undefined ? undefined : await preparedFile(context, request.output);
  if (output !== undefined) await keepData(context, output, ['.parquet', '.csv', '.jsonl'], source.path);
  return submit(
    context,
    {
      kind: 'prepare',
      name: nameFromPath(named.replace(/\.recipe\.ya?ml$/i, '.x')),
      provider: request.provider,
      data: { name: dataset.name, read },
      recipe: { file: named, text, hash: compiled.hash },
      params: {},
      request: {
        data: dataset.name,
        recipe: true,
        recipeFile: context.portable(named),
        ...(output === undefined ? {} : { output: context.portable(output) }),
        ...resourcesOf(request),
      },
      spec: {
        inputs: { data: inputFrom(table), ...tableInputs(compiled.plan, compiled.tables) },
        plan: compiled.plan,
        target: compiled.recipe.target,
      },
    },
    call,
  );
}

type ScoreKind = 'evaluate' | 'batch-predict';
type ScoreRequest = Parameters<Runs['evaluate']>[0] & { output?: string };

export async function score(
  context: SubmitContext,
  kind: ScoreKind,
  request: ScoreRequest,
  call: CallOptions = {},
): Promise<Run> {
  return submit(context, await scoreDraft(context, kind, request, call), call);
}

export async function scoreEstimate(
  context: SubmitContext,
  request: ScoreRequest,
  call: CallOptions = {},
): Promise<Estimate | undefined> {
  return estimateOf(context, await scoreDraft(context, 'evaluate', request, call), call);
}

async function scoreDraft(
  context: SubmitContext,
  kind: ScoreKind,
  request: ScoreRequest,
  call: CallOptions,
): Promise<Draft> {
  const model = await context.models.get(request.model);
  const table = await tableOf(context, request.provider, request.data, call);
  const { dataset, source, read } = table;
  // Refused here already when the package is not on this machine, and when it could never take this table.
  const signature = await context.models.signature(`${model.name}@${model.version}`);
  const needed = [
    ...signature.inputs.filter((one) => one.required).map((one) => one.name),
    ...(kind === 'evaluate' ? [model.target] : []),
  ];
  const lacking = needed.filter((name) => !read.columns.some((one) => one.name === name));
  if (lacking.length > 0) {
    throw new UserError(
      'invalid',
      `The data lacks columns that ${model.name}@${model.version} needs: ${lacking.join(', ')}.`,
      {
        fix: 'Use data with the same columns as the training data.',
      },
    );
  }
  if (request.output !== undefined) await keepData(context, request.output, ['.csv'], source.path);
  const part = request.part ?? 'all';
  return {
    kind,
    agree: request.agree,
    name: model.name,
    provider: request.provider,
    data: { name: dataset.name, read },
    params: kind === 'evaluate' ? { part } : {},
    usedModel: { name: model.name, version: model.version },
    ...(request.partOf === undefined ? {} : { partOf: request.partOf }),
    request: {
      data: dataset.name,
      model: `${model.name}@${model.version}`,
      ...(kind === 'evaluate' ? { part } : {}),
      ...(request.output === undefined ? {} : { output: context.portable(request.output) }),
      ...resourcesOf(request),
    },
    spec: {
      inputs: { data: inputFrom(table), model: { path: model.path } },
      target: model.target,
      model: model.name,
      plan: await planOf(model),
    },
  };
}
