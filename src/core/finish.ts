import path from 'node:path';
import { type ErrorData, UserError } from './errors';
import { fileExists, move, readText, remove, writeText } from './files';
import { takePart } from './incremental';
import { without } from './objects';
import { freeName, nameFromPath } from './names';
import type { JobState, Run } from './run';
import { JOB_METRICS, REPORT, type RunManifest } from './schemas';
import type { SubmitContext } from './job-submit';
import type { ModelsInside } from './models';

export interface FinishContext extends SubmitContext {
  readonly modelsInside: ModelsInside;
}

/**
 * Takes the outputs of a job that ended into the project and gives the run as it then is. May be called again after it
 * was interrupted: each step finds what the one before left.
 */
export async function finish(
  context: FinishContext,
  run: RunManifest,
  state: JobState,
): Promise<RunManifest> {
  const ended: RunManifest = {
    ...without(run, 'stage', 'progress'),
    status: state.status,
    ...(state.started === undefined ? {} : { started: state.started }),
    ended: state.ended ?? context.host.now().toISOString(),
    ...(state.spotSaving === undefined ? {} : { spotSaving: state.spotSaving }),
    ...(state.error === undefined ? {} : { error: state.error }),
  };
  if (state.outputs === undefined) return ended;
  try {
    const metrics = await readJobMetrics(state.outputs);
    const scored: RunManifest = { ...ended, ...metrics };
    if (state.status !== 'completed') return scored;
    switch (run.kind) {
      case 'train':
        return { ...scored, ...(await takeModel(context, scored, state.outputs)) };
      case 'prepare':
        return { ...scored, ...(await takeDataset(context, scored, state.outputs)) };
      case 'batch-predict':
        return { ...scored, ...(await takePredictions(context, scored, state.outputs)) };
      case 'evaluate':
        return { ...scored, ...(await takeScores(context, scored, state.outputs)) };
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // A full disk or a locked folder passes: the run stays open and the next look tries again.
    if (error.kind === 'quota' || error.kind === 'permission' || error.kind === 'conflict') throw error;
    const data: ErrorData = {
      kind: error.kind,
      message: error.message,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    };
    return { ...ended, status: 'failed', error: data };
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UserError('invalid', `The job wrote ${path.basename(file)} that is not valid JSON.`, {
      fix: 'Run it again; a script must not write into the folder "out" itself.',
      cause: error,
    });
  }
}

async function readJobMetrics(outputs: string): Promise<Pick<Run, 'metrics' | 'packages'>> {
  const value = await readJson(path.join(outputs, 'metrics.json'));
  const said = JOB_METRICS.safeParse(value ?? {});
  if (!said.success) {
    throw new UserError('invalid', 'The job wrote a metrics.json of another shape than agreed.', {
      fix: 'Run it again; a script must not write into the folder "out" itself.',
      cause: said.error,
    });
  }
  const { metrics, packages, python } = said.data;
  return {
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, value === null ? Number.NaN : Number(value)]),
    ),
    packages: python === undefined ? packages : { python, ...packages },
  };
}

const kept = (context: SubmitContext, id: string, name: string): string =>
  path.join(path.dirname(context.runManifests.file(id)), name);
const keptReport = (context: SubmitContext, id: string): string => kept(context, id, 'report.json');

async function keepReport(
  context: FinishContext,
  run: RunManifest,
  outputs: string,
  name = 'report.json',
): Promise<void> {
  const text = await readText(path.join(outputs, name));
  if (text !== undefined) await writeText(kept(context, run.id, name), text);
}

async function takeScores(
  context: FinishContext,
  run: RunManifest,
  outputs: string,
): Promise<Partial<RunManifest>> {
  await keepReport(context, run, outputs);
  const report = REPORT.safeParse(await readJson(keptReport(context, run.id)));
  return report.success ? { mainMetric: report.data.mainMetric } : {};
}

async function takeModel(
  context: FinishContext,
  run: RunManifest,
  outputs: string,
): Promise<Partial<RunManifest>> {
  const folder = path.join(outputs, 'model');
  await keepReport(context, run, outputs);
  const report = REPORT.safeParse(await readJson(keptReport(context, run.id)));
  if (!report.success) {
    throw new UserError('invalid', 'The job ended well but left no report of its model.', {
      fix: 'A training script has to call ml.save(model) once.',
      cause: report.error,
    });
  }
  const { task, algorithm, metrics, mainMetric, target } = report.data;
  const model = await context.modelsInside.adopt(folder, {
    name: run.request.model ?? run.name,
    created: run.ended ?? run.submitted,
    run: run.id,
    task,
    algorithm,
    metrics,
    mainMetric,
    target,
  });
  if (!(await fileExists(model.path))) {
    await context.modelsInside.takeBack(model);
    throw new UserError('invalid', 'The job ended well but left no model.', {
      fix: 'A training script has to call ml.save(model) once.',
    });
  }
  return {
    model: { name: model.name, version: model.version },
    mainMetric,
    metrics: Object.keys(run.metrics).length === 0 ? metrics : run.metrics,
  };
}

async function takeDataset(
  context: FinishContext,
  run: RunManifest,
  outputs: string,
): Promise<Partial<RunManifest>> {
  const made = path.join(outputs, 'data', 'data.parquet');
  await keepReport(context, run, outputs, 'prepared.json');
  if (run.request.incremental) return takePart(context, run, made, run.request.incremental);
  const all = await context.datasets.list();
  const mine = all.find((one) => one.run === run.id);
  const wanted = run.request.output === undefined ? `${run.name}-prepared` : nameFromPath(run.request.output);
  // The same recipe again is a new version of its dataset; what a person added is never replaced.
  const name =
    mine?.name ??
    freeName(
      wanted,
      all.filter((one) => one.run === undefined).map((one) => one.name),
    );
  const target =
    run.request.output === undefined
      ? path.join(context.paths.ml, 'data', `${name}.parquet`)
      : context.absolute(run.request.output);
  if (await fileExists(made)) {
    if (/\.parquet$/i.test(target)) {
      await remove(target);
      await move(made, target);
    } else {
      await writeAs(context, made, target);
    }
  }
  const read = await context.host.engine.call('read', { source: { path: target } });
  await context.inside.register({
    name,
    source: { path: context.portable(target) },
    columns: read.columns,
    rows: read.rows,
    bytes: read.bytes,
    hash: read.hash,
    added: run.ended ?? run.submitted,
    run: run.id,
  });
  return { dataset: { name }, output: context.portable(target) };
}

/** The prepared table in the format that the target's name asks for: a recipe run without a step. */
async function writeAs(context: FinishContext, made: string, target: string): Promise<void> {
  const { engine } = context.host;
  const source = { path: made, format: 'parquet' } as const;
  const { columns } = await engine.call('read', { source });
  const input = columns.map(({ name, sqlType }) => ({ name, sqlType }));
  await engine.call('recipeRun', { source, plan: { plan: 1, input, steps: [] }, output: target });
}

async function takePredictions(
  context: FinishContext,
  run: RunManifest,
  outputs: string,
): Promise<Partial<RunManifest>> {
  const made = path.join(outputs, 'predictions.csv');
  if (run.request.output !== undefined) {
    const target = context.absolute(run.request.output);
    if (await fileExists(made)) {
      await remove(target);
      await move(made, target);
    }
    return { output: context.portable(target) };
  }
  if (run.output !== undefined && !(await fileExists(made))) return {};
  const name = run.data?.name ?? run.name;
  for (let n = 1; ; n++) {
    const target = context.absolute(n === 1 ? `${name}.predictions.csv` : `${name}.predictions-${n}.csv`);
    if (await fileExists(target)) continue;
    await move(made, target);
    return { output: context.portable(target) };
  }
}
