import type { CoreContext } from './context';
import { fromErrorData, isAbort, UserError } from './errors';
import { checkGate, defaultGate, parseGate } from './gate';
import type { Model } from './model';
import { planOf } from './models';
import type { RetrainResult } from './monitor';
import type { Run } from './run';
import type { CallOptions } from '../rpc';

type Context = Pick<CoreContext, 'runs' | 'models'>;

/**
 * Runs the recipe and parameters that made `old` once more, on new data, and scores both models on the test part of that data.
 * Replaces nothing. Progress: lines of text. A cancel also cancels the job that runs.
 */
export async function retrain(
  context: Context,
  old: Model,
  options: { readonly data?: string; readonly gate?: string },
  call: CallOptions = {},
): Promise<Omit<RetrainResult, 'promoted'>> {
  const gate = parseGate(options.gate ?? defaultGate(old.mainMetric));
  const say = (line: string): void => call.onProgress?.(line);

  await checkSplit(old);
  say(`training ${old.name} again`);
  const begun = await context.runs
    .rerun(old.run, options.data === undefined ? {} : { data: options.data }, call)
    .catch((error: unknown) => {
      if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
      throw new UserError(
        'notFound',
        `${old.name}@${old.version} cannot be trained again: ${error.message}`,
        {
          fix: `Its run ${old.run} must be in the project, and its data where the dataset says. Or train a model anew and update the endpoint.`,
          cause: error,
        },
      );
    });
  const run = await finished(context, begun, 'training', call);
  const made = run.model;
  const data = run.data?.name;
  if (!made || data === undefined) {
    throw new UserError('unavailable', `Run ${run.id} left no model to compare.`, {
      fix: 'Open the run: its log says why.',
    });
  }

  const score = async (reference: string): Promise<{ run: Run; rows: number | undefined }> => {
    say(`scoring ${reference} on the test part of ${data}`);
    const job = await context.runs.evaluate(
      { model: reference, data, part: 'test', provider: begun.provider, partOf: run.id },
      call,
    );
    const done = await finished(context, job, `scoring ${reference}`, call);
    return { run: done, rows: (await context.runs.report(done.id))?.rows.test };
  };
  const before = await score(`${old.name}@${old.version}`);
  const after = await score(`${made.name}@${made.version}`);
  const verdict = checkGate(gate, before.run.metrics, after.run.metrics);
  const comparable = before.rows === after.rows;
  return {
    run,
    old: { model: old.name, version: old.version, metrics: before.run.metrics },
    new: { model: made.name, version: made.version, metrics: after.run.metrics },
    gate: {
      expression: gate.expression,
      held: verdict.held && comparable,
      reason: comparable
        ? verdict.reason
        : `the two models keep other test rows apart (${before.rows ?? 0} and ${after.rows ?? 0}), so their scores cannot be compared`,
    },
  };
}

/** Without a split the new model would be scored on the very rows it learnt from, and always look better. */
async function checkSplit(model: Model): Promise<void> {
  const plan = await planOf(model);
  if (typeof plan?.split === 'string') return;
  throw new UserError(
    'unsupported',
    `${model.name}@${model.version} was trained without a test part, so two models could not be compared fairly.`,
    {
      fix: 'Add a split to the recipe ("split: { test: 0.2, method: random }"), train once more, and update the endpoint to that model.',
    },
  );
}

async function finished(context: Context, begun: Run, what: string, call: CallOptions): Promise<Run> {
  let run: Run;
  try {
    run = await context.runs.wait(begun.id, {
      signal: call.signal,
      onProgress: (value) => {
        const { status, stage } = value as Run;
        call.onProgress?.(`${what}: ${stage ?? status}`);
      },
    });
  } catch (error) {
    if (isAbort(error)) await context.runs.cancel(begun.id);
    throw error;
  }
  if (run.status === 'completed') return run;
  if (run.error) throw fromErrorData(run.error);
  throw new UserError(
    run.status === 'cancelled' ? 'cancelled' : 'unavailable',
    `The run ${run.id} (${what}) was ${run.status}.`,
    { fix: 'Open the run: its log says why. The endpoint is as it was.' },
  );
}
