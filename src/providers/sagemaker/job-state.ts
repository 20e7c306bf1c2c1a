import type { DescribeProcessingJobResponse, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import type { ErrorData, ErrorKind } from '../../core/errors';
import type { JobState, RunStatus } from '../../core/run';

/** What SageMaker says of a job, for both kinds of jobs alike. */
export interface Described {
  readonly status: RunStatus;
  /** In words, while it has not ended. */
  readonly stage?: string;
  /** The job's own process runs, so that its log may say more. */
  readonly working: boolean;
  readonly started?: string;
  readonly ended?: string;
  /** Why it failed, as SageMaker says it. */
  readonly reason?: string;
  readonly limit?: 'run' | 'wait';
}

const time = (date: Date | undefined): string | undefined => date?.toISOString();

const STAGES: Readonly<Record<string, string>> = {
  Starting: 'starting the machine',
  Pending: 'waiting for a machine',
  LaunchingMLInstances: 'starting the machine',
  PreparingTrainingStack: 'preparing the machine',
  Downloading: 'bringing the data to the machine',
  DownloadingTrainingImage: 'bringing the image to the machine',
  Training: 'running',
  Uploading: 'writing the results to S3',
  Stopping: 'stopping',
  Interrupted: 'the Spot machine was taken away; waiting for another one',
  Restarting: 'starting again',
  Updating: 'updating',
};

/** A simple status as the lists of jobs give it. */
export function statusOf(status: string | undefined): RunStatus {
  switch (status) {
    case 'Completed':
      return 'completed';
    case 'Failed':
      return 'failed';
    case 'Stopped':
    case 'Deleting':
      return 'cancelled';
    default:
      return 'running';
  }
}

export function describeTraining(job: DescribeTrainingJobResponse): Described {
  const second = job.SecondaryStatus ?? '';
  const limit =
    second === 'MaxRuntimeExceeded' ? 'run' : second === 'MaxWaitTimeExceeded' ? 'wait' : undefined;
  const final = statusOf(job.TrainingJobStatus);
  const started = time(job.TrainingStartTime ?? job.CreationTime);
  const ended = time(job.TrainingEndTime ?? job.LastModifiedTime);
  if (final !== 'running') {
    return {
      status: limit === undefined ? final : 'failed',
      working: false,
      ...(limit === undefined ? {} : { limit }),
      ...(started === undefined ? {} : { started }),
      ...(ended === undefined ? {} : { ended }),
      ...(job.FailureReason === undefined ? {} : { reason: job.FailureReason }),
    };
  }
  const working = second === 'Training' || second === 'Uploading';
  return {
    status: working || job.TrainingJobStatus === 'Stopping' ? 'running' : 'starting',
    working: second === 'Training',
    stage: STAGES[second] ?? (second === '' ? 'starting' : second),
    ...(started === undefined ? {} : { started }),
  };
}

export function describeProcessing(job: DescribeProcessingJobResponse): Described {
  const final = statusOf(job.ProcessingJobStatus);
  const started = time(job.ProcessingStartTime ?? job.CreationTime);
  const ended = time(job.ProcessingEndTime ?? job.LastModifiedTime);
  if (final !== 'running') {
    // The limit of a processing job's time is said in words only.
    const said = [job.ExitMessage, job.FailureReason].filter((one) => one !== undefined && one !== '');
    const limit =
      final === 'cancelled' && said.some((one) => /maximum|max.?runtime|exceeded/i.test(one ?? ''));
    return {
      status: limit ? 'failed' : final,
      working: false,
      ...(limit ? { limit: 'run' as const } : {}),
      ...(started === undefined ? {} : { started }),
      ...(ended === undefined ? {} : { ended }),
      ...(said[0] === undefined ? {} : { reason: said[0] }),
    };
  }
  const running = job.ProcessingStartTime !== undefined;
  return {
    status: running ? 'running' : 'starting',
    working: running && job.ProcessingJobStatus === 'InProgress',
    stage: job.ProcessingJobStatus === 'Stopping' ? 'stopping' : running ? 'running' : 'starting the machine',
    ...(started === undefined ? {} : { started }),
  };
}

const KINDS: readonly string[] = [
  'auth',
  'permission',
  'notFound',
  'conflict',
  'quota',
  'invalid',
  'unavailable',
  'unsupported',
  'cancelled',
  'internal',
] satisfies readonly ErrorData['kind'][];

/** The failure that our own start script wrote, out of SageMaker's reason; undefined for any other text. */
export function ownFailure(reason: string): ErrorData | undefined {
  const match =
    /^(?:AlgorithmError: )?([\s\S]*?)(?:\n→ ([\s\S]*?))?\n\[(\w+)\](?:, exit code: -?\d+)?\s*$/.exec(reason);
  if (!match) return undefined;
  const [, message = '', fix, kind = 'internal'] = match;
  return {
    kind: KINDS.includes(kind) ? (kind as ErrorKind) : 'internal',
    message: message.trim(),
    ...(fix === undefined ? {} : { fix: fix.trim() }),
  };
}

/** A `failure` message of the log, when it has that shape. */
export function failureOf(value: unknown): ErrorData | undefined {
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  const kind = 'kind' in value ? String(value.kind) : 'internal';
  return {
    kind: KINDS.includes(kind) ? (kind as ErrorKind) : 'internal',
    message: String(value.message),
    ...('fix' in value && typeof value.fix === 'string' ? { fix: value.fix } : {}),
  };
}

export function limitFailure(limit: 'run' | 'wait', maxMinutes: number): ErrorData {
  return limit === 'wait'
    ? {
        kind: 'unavailable',
        message: 'No Spot machine could be had for long enough within the waiting limit.',
        fix: 'Raise "maxWaitMinutes" in ml.yaml, choose another machine, or train without Spot.',
      }
    : {
        kind: 'quota',
        message: `The job was stopped because it ran for longer than its limit of ${maxMinutes} minutes.`,
        fix: 'Raise the limit (--max-minutes, or "maxMinutes" in ml.yaml), or choose a faster machine.',
      };
}

/** The state without what only this folder needs. */
export function toState(described: Described, error: ErrorData | undefined): JobState {
  const { status, stage, started, ended } = described;
  return {
    status,
    ...(stage === undefined ? {} : { stage }),
    ...(started === undefined ? {} : { started }),
    ...(ended === undefined ? {} : { ended }),
    ...(error === undefined ? {} : { error }),
  };
}
