import { agreeOnce } from './agree-once';
import type { CoreContext } from './context';
import { fromErrorData, isAbort, UserError } from './errors';
import type { Agree, Estimate } from './estimate';
import { checkGate, defaultGate, parseGate } from './gate';
import type { Model } from './model';
import { planOf } from './models';
import type { RetrainResult } from './monitor';
import type { Run } from './run';
import type { CallOptions } from '../rpc';

type Context = Pick<CoreContext, 'runs' | 'models' | 'host'>;

export interface RetrainOptions {
  readonly data?: string;
  readonly gate?: string;
  /** What serving another model would send and cost; absent: the new one will not be served. */
  readonly promotion?: () => Promise<Estimate | undefined>;
}

/**
 * Runs the recipe and parameters that made `old` once more, on new data, and scores both models on the test part of that data.
 * Replaces nothing. `agree` of the result says yes to what was agreed to as a part of it. Progress: lines of text. A cancel also cancels the job that runs.
 */
export async function retrain(
  context: Context,
  old: Model,
  options: RetrainOptions,
  call: CallOptions = {},
): Promise<Omit<RetrainResult, 'promoted'> & { readonly agree: Agree | undefined }> {
  const gate = parseGate(options.gate ?? defaultGate(old.mainMetric));
  const say = (line: string): void => call.onProgress?.(line);

  await checkSplit(old);
  const agree = await agreement(context, old, options, call);
  say(`training ${old.name} again`);
  const begun = await context.runs
    .rerun(
      old.run,
      { ...(options.data === undefined ? {} : { data: options.data }), ...(agree ? { agree } : {}) },
      call,
    )
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
      {
        model: reference,
        data,
        part: 'test',
        provider: begun.provider,
        partOf: run.id,
        ...(agree ? { agree } : {}),
      },
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
    agree,
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

/** One page for the whole of it, where the jobs send or cost something; undefined where each step is asked for by itself. */
async function agreement(
  { runs, host }: Context,
  old: Model,
  options: RetrainOptions,
  call: CallOptions,
): Promise<Agree | undefined> {
  const recorded = await runs.get(old.run).catch((error: unknown) => {
    // That it is missing is said by the training itself.
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const data = options.data ?? recorded?.data?.name;
  if (!recorded || data === undefined) return undefined;
  const reference = `${old.name}@${old.version}`;
  const scoring = await runs.estimateEvaluate(
    { model: reference, data, part: 'test', provider: recorded.provider },
    call,
  );
  if (!scoring) return undefined;
  return agreeOnce(host, {
    action: `Train ${old.name} again, compare it with ${reference}${options.promotion ? ' and serve the better one' : ''}`,
    titles: [
      `train ${old.name}`,
      `score ${reference}`,
      'score the new model',
      'serve the new model, if the gate holds',
    ],
    notes: ['The new model is sent to be scored too; it is about as large as the old one.'],
    async later() {
      const promotion = await options.promotion?.();
      return [scoring, scoring, ...(promotion ? [promotion] : [])];
    },
  });
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
