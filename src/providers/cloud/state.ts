import { type ErrorData, FAILURE_KINDS, type FailureKind } from '../../core/errors';
import { takeApart } from '../../core/job-lines';
import type { JobState, MetricPoint, RunStatus } from '../../core/run';

/** What a cloud says of a job, in the lifecycle's words. */
export interface Described {
  readonly status: RunStatus;
  /** In words, while it has not ended. */
  readonly stage?: string;
  /** The job's own process runs, so that its log may say more. */
  readonly working: boolean;
  readonly started?: string;
  readonly ended?: string;
  /** Why it failed, as the cloud says it. */
  readonly reason?: string;
  readonly limit?: 'run' | 'wait';
  /** Minutes that the job was allowed to run. */
  readonly maxMinutes?: number;
  readonly spotSaving?: number;
}

/** A kind as a job wrote it; what is none of ours is a defect. */
export const kindOfFailure = (kind: string): FailureKind =>
  FAILURE_KINDS.find((one) => one === kind) ?? 'internal';

/** A `failure` message of the log, when it has that shape. */
export function failureOf(value: unknown): ErrorData | undefined {
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  const kind = 'kind' in value ? String(value.kind) : 'internal';
  return {
    kind: kindOfFailure(kind),
    message: String(value.message),
    ...('fix' in value && typeof value.fix === 'string' ? { fix: value.fix } : {}),
  };
}

/** The state without what only this folder needs. */
export function toState(described: Described, error: ErrorData | undefined): JobState {
  const { status, stage, started, ended, spotSaving } = described;
  return {
    status,
    ...(stage === undefined ? {} : { stage }),
    ...(started === undefined ? {} : { started }),
    ...(ended === undefined ? {} : { ended }),
    ...(spotSaving === undefined ? {} : { spotSaving }),
    ...(error === undefined ? {} : { error }),
  };
}

/** The point of a live metric that a line of a log carries. */
export function toPoint(line: string): MetricPoint[] {
  const said = takeApart(line).message;
  if (!said || !('metric' in said)) return [];
  return [{ name: said.metric, value: Number(said.value), step: Number(said.step), time: Number(said.time) }];
}
