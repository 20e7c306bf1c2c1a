import { randomBytes } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Runs, TrainRequest } from './api';
import type { CoreContext } from './context';
import type { DatasetsInside } from './datasets';
import { UserError } from './errors';
import { fileError, fileExists, readText, remove, writeText } from './files';
import { gitState } from './git';
import type { ManifestFolder } from './manifests';
import { checkName, nameFromPath } from './names';
import { without } from './objects';
import { checkOutput } from './outputs';
import type { JobKind, JobSpec, Provenance, ProviderId, Run } from './run';
import { PARAMS, type RunManifest, type RunRequest } from './schemas';
import type { Column, TableRead } from './table';
import { compile } from '../recipe/compile';
import type { Recipe } from '../recipe/model';
import type { Plan } from '../recipe/plan';
import type { CallOptions } from '../rpc';

/** The split of a training without a recipe: a fifth of the rows is kept for the test. */
const DEFAULT_SPLIT = { test: 0.2, method: 'random', seed: 7 } as const;

/** What the parts of the core that start runs need. */
export interface SubmitContext extends CoreContext {
  readonly inside: DatasetsInside;
  readonly runManifests: ManifestFolder<RunManifest>;
}

interface Draft {
  readonly kind: JobKind;
  readonly name: string;
  readonly provider: ProviderId | undefined;
  readonly request: RunRequest;
  readonly data?: { name: string; read: TableRead };
  readonly recipe?: { file: string; text: string; hash: string };
  readonly params: Run['params'];
  readonly usedModel?: Run['usedModel'];
  readonly partOf?: string;
  readonly spec: {
    readonly inputs: JobSpec['inputs'];
    readonly plan?: Plan | undefined;
    readonly target?: string | undefined;
    readonly script?: string;
    readonly model?: string;
    readonly codeFolder?: string;
  };
}

/** Writes the run down and hands its job to the provider; what the provider refuses leaves no run behind. */
async function submit(context: SubmitContext, draft: Draft, call: CallOptions): Promise<Run> {
  await context.ensureProject();
  const provider = await context.provider(draft.provider);
  const git = await gitState(context.paths.root, call.signal);
  const submitted = context.host.now().toISOString();
  const id = runId(submitted, draft.kind, draft.name);
  const data = draft.data && {
    name: draft.data.name,
    hash: draft.data.read.hash,
    rows: draft.data.read.rows,
    ...(draft.data.read.rejected === 0 ? {} : { rejected: draft.data.read.rejected }),
  };
  const recipeHash = draft.recipe?.hash;
  const facts = {
    ...(git.commit === undefined ? {} : { commit: git.commit }),
    ...(git.branch === undefined ? {} : { branch: git.branch }),
    dirty: git.dirty,
    ...(data === undefined ? {} : { data }),
    ...(recipeHash === undefined ? {} : { recipeHash }),
  };
  const provenance: Provenance = { run: id, ...facts, created: submitted };
  const { inputs, plan, target, script, model, codeFolder } = draft.spec;
  const spec: JobSpec = {
    kind: draft.kind,
    inputs,
    file: {
      job: 1,
      id,
      kind: draft.kind,
      ...(plan === undefined ? {} : { plan }),
      ...(target === undefined ? {} : { target }),
      params: draft.params,
      ...(script === undefined ? {} : { script }),
      ...(model === undefined ? {} : { model }),
      provenance,
    },
    ...(codeFolder === undefined ? {} : { codeFolder }),
    ...(draft.request.machine === undefined ? {} : { machine: draft.request.machine }),
  };
  const manifest: RunManifest = {
    id,
    kind: draft.kind,
    name: draft.name,
    status: 'queued',
    provider: provider.id,
    metrics: {},
    submitted,
    ...facts,
    ...(draft.recipe === undefined ? {} : { recipe: context.portable(draft.recipe.file) }),
    ...(target === undefined ? {} : { target }),
    params: draft.params,
    ...(draft.usedModel === undefined ? {} : { usedModel: draft.usedModel }),
    ...(draft.partOf === undefined ? {} : { partOf: draft.partOf }),
    ...(draft.request.script === undefined ? {} : { script: draft.request.script }),
    request: draft.request,
  };
  const folder = path.dirname(context.runManifests.file(id));
  try {
    if (draft.recipe) await writeText(path.join(folder, 'recipe.yaml'), draft.recipe.text);
    if (git.diff !== undefined) await writeText(path.join(folder, 'uncommitted.diff'), git.diff);
    await context.runManifests.update(id, () => manifest);
    await provider.jobs.submit(await keepCopies(spec, draft.data?.read, folder), id, call.signal);
  } catch (error) {
    await remove(folder).catch(() => undefined);
    throw error;
  }
  return publicRun(manifest);
}

/** Where the engine reads a temporary copy (another encoding, torn records), the run keeps one: the engine's goes away with it. */
async function keepCopies(spec: JobSpec, read: TableRead | undefined, folder: string): Promise<JobSpec> {
  const { data } = spec.inputs;
  if (data === undefined || read?.path === undefined) return spec;
  const kept = path.join(folder, 'input', path.basename(read.path));
  try {
    await mkdir(path.dirname(kept), { recursive: true });
    await copyFile(read.path, kept);
  } catch (error) {
    throw fileError(error, `copy ${data.path} for the job`);
  }
  return { ...spec, inputs: { ...spec.inputs, data: { ...data, path: kept } } };
}

/** The run without what only the core keeps. */
export function publicRun(manifest: RunManifest): Run {
  return without(manifest, 'request');
}

/** Sortable and readable: `20261123-1312-train-penguins-a1b2` (UTC). */
function runId(time: string, kind: JobKind, name: string): string {
  const stamp = `${time.slice(0, 10).replaceAll('-', '')}-${time.slice(11, 16).replace(':', '')}`;
  const short =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 24) || 'data';
  return `${stamp}-${kind}-${short}-${randomBytes(2).toString('hex')}`;
}

async function recipeOf(
  context: SubmitContext,
  file: string,
  input: string | undefined,
  call: CallOptions,
): Promise<{ compiled: Awaited<ReturnType<CoreContext['recipes']['compile']>>; text: string }> {
  const compiled = await context.recipes.compile(file, input, call);
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
): Promise<Run> {
  const { dataset, source, read } = await context.inside.current(request.data, call.signal);
  const model = request.model ?? dataset.name;
  checkName(model, 'model');
  const file = recorded?.recipe ?? (await recipeFile(context, request));
  const used = file === undefined ? undefined : await recipeOf(context, file, dataset.name, call);
  const target = checkTarget(request.target ?? used?.compiled.recipe.target, read.columns);
  const recipe: Recipe = used
    ? { ...used.compiled.recipe, target }
    : { recipe: 1, target, split: DEFAULT_SPLIT, steps: [] };
  const plan = used?.compiled.recipe.target === target ? used.compiled.plan : compile(recipe, read.columns);
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
        ...(request.machine === undefined ? {} : { machine: request.machine }),
      },
      spec: {
        inputs: { data: { path: source.path, read: read.sql } },
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
  const { compiled, text } = await recipeOf(context, file, recorded?.data, call);
  const { dataset, source, read } = await context.inside.current(
    recorded?.data ?? compiled.source.path,
    call.signal,
  );
  if (request.output !== undefined) {
    await keepData(context, request.output, ['.parquet', '.csv', '.jsonl'], source.path);
  }
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
        ...(request.output === undefined ? {} : { output: context.portable(request.output) }),
      },
      spec: {
        inputs: { data: { path: source.path, read: read.sql } },
        plan: compiled.plan,
        target: compiled.recipe.target,
      },
    },
    call,
  );
}

export async function score(
  context: SubmitContext,
  kind: 'evaluate' | 'batch-predict',
  request: Parameters<Runs['evaluate']>[0] & { output?: string },
  call: CallOptions = {},
): Promise<Run> {
  const model = await context.models.get(request.model);
  const { dataset, source, read } = await context.inside.current(request.data, call.signal);
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
  return submit(
    context,
    {
      kind,
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
      },
      spec: {
        inputs: { data: { path: source.path, read: read.sql }, model: { path: model.path } },
        target: model.target,
        model: model.name,
        plan: await planOf(model.path),
      },
    },
    call,
  );
}

/** The plan that the model was trained with: its split says which rows are the test part. */
async function planOf(packageFolder: string): Promise<Plan | undefined> {
  const text = await readText(path.join(packageFolder, 'plan.json'));
  return text === undefined ? undefined : (JSON.parse(text) as Plan);
}
