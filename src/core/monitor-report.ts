import type { MonitorOptions } from './api';
import type { CoreContext } from './context';
import { UserError } from './errors';
import { higherIsBetter } from './gate';
import type { Model } from './model';
import type { MonitorReport } from './monitor';
import type { Task } from './run';
import type { Cell } from './table';
import type { CallOptions } from '../rpc';

/** A live metric counts as worse when it is more than this share of the training value below (or above) it. */
const WORSE_SHARE = 0.05;

export interface Served {
  readonly endpoint: string;
  /** The model that serves now: its package holds the baseline. */
  readonly model: Model;
  readonly captureFiles: readonly string[];
}

/** Compares what an endpoint was asked with what its model was trained on. */
export async function monitor(
  context: Pick<CoreContext, 'host' | 'datasets'>,
  served: Served,
  options: MonitorOptions = {},
  call: CallOptions = {},
): Promise<MonitorReport> {
  const { model, captureFiles } = served;
  const { engine } = context.host;
  const window = options.since === undefined ? {} : { since: checkTime(options.since) };
  const signal = call.signal ? { signal: call.signal } : {};
  const traffic = await engine.call('traffic', { captureFiles, ...window }, signal);
  const drift = await engine.call(
    'drift',
    {
      reference: model.path,
      current: { captureFiles, ...window, version: model.version },
      psi: options.psi === true,
    },
    signal,
  );
  const accuracy =
    options.labels === undefined
      ? undefined
      : accuracyOf(
          model,
          await engine.call(
            'labelled',
            {
              captureFiles,
              labels: await context.datasets.source(options.labels),
              target: model.target,
              ...window,
              version: model.version,
            },
            signal,
          ),
        );
  return {
    endpoint: served.endpoint,
    ...window,
    ...traffic,
    drift: drift.inputs,
    predictionDrift: drift.prediction?.columns.prediction ?? null,
    ...(accuracy ? { accuracy } : {}),
  };
}

function checkTime(since: string): string {
  if (!Number.isNaN(Date.parse(since))) return new Date(since).toISOString();
  throw new UserError('invalid', `"${since}" is no time.`, {
    fix: 'Write it as ISO 8601, for example 2026-11-23T08:00:00Z.',
  });
}

function accuracyOf(
  model: Model,
  labelled: { readonly actual: readonly Cell[]; readonly predicted: readonly Cell[] },
): MonitorReport['accuracy'] {
  const count = labelled.actual.length;
  if (count === 0) {
    throw new UserError('notFound', 'No label belongs to a request that was captured.', {
      fix: 'Give labels with the ids that the endpoint answered (column "id"), or with the input columns exactly as they were sent; or choose a longer window.',
    });
  }
  const measured = liveMetrics(model.task, labelled.actual, labelled.predicted);
  const metric = [model.mainMetric, ...Object.keys(measured)].find(
    (name) => measured[name] !== undefined && model.metrics[name] !== undefined,
  );
  const name = metric ?? Object.keys(measured)[0] ?? model.mainMetric;
  const value = measured[name] ?? Number.NaN;
  const training = model.metrics[name] ?? Number.NaN;
  const loss = higherIsBetter(name) ? training - value : value - training;
  return { metric: name, value, training, labelled: count, worse: loss > WORSE_SHARE * Math.abs(training) };
}

/** Metrics that predictions alone allow (no probabilities), defined as scikit-learn does. */
export function liveMetrics(
  task: Task,
  actual: readonly Cell[],
  predicted: readonly Cell[],
): Readonly<Record<string, number>> {
  return task === 'classification'
    ? classMetrics(actual.map(String), predicted.map(String))
    : numberMetrics(actual.map(Number), predicted.map(Number));
}

function classMetrics(actual: readonly string[], predicted: readonly string[]): Record<string, number> {
  const counts = new Map<string, { hits: number; actual: number; predicted: number }>();
  const of = (name: string): { hits: number; actual: number; predicted: number } => {
    const there = counts.get(name) ?? { hits: 0, actual: 0, predicted: 0 };
    counts.set(name, there);
    return there;
  };
  let hits = 0;
  for (const [index, truth] of actual.entries()) {
    const said = predicted[index] ?? '';
    of(truth).actual += 1;
    of(said).predicted += 1;
    if (truth === said) {
      of(truth).hits += 1;
      hits += 1;
    }
  }
  const all = [...counts.values()];
  const present = all.filter((one) => one.actual > 0);
  const mean = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0) / values.length;
  return {
    accuracy: hits / actual.length,
    balanced_accuracy: mean(present.map((one) => one.hits / one.actual)),
    f1_macro: mean(all.map((one) => (2 * one.hits) / (one.actual + one.predicted))),
  };
}

function numberMetrics(actual: readonly number[], predicted: readonly number[]): Record<string, number> {
  const count = actual.length;
  const mean = actual.reduce((total, value) => total + value, 0) / count;
  let squares = 0;
  let absolute = 0;
  let spread = 0;
  for (const [index, truth] of actual.entries()) {
    const off = truth - (predicted[index] ?? Number.NaN);
    squares += off * off;
    absolute += Math.abs(off);
    spread += (truth - mean) ** 2;
  }
  return {
    rmse: Math.sqrt(squares / count),
    mae: absolute / count,
    ...(count > 1 && spread > 0 ? { r2: 1 - squares / spread } : {}),
  };
}
