import type { DescribeProcessingJobResponse, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import type { ErrorData } from '../../core/errors';
import type { RunStatus } from '../../core/run';
import { type Described, kindOfFailure } from '../cloud/state';

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

/** The job's own limit, as it was asked for. */
function allowed({
  StoppingCondition,
}: DescribeTrainingJobResponse | DescribeProcessingJobResponse): Pick<Described, 'maxMinutes'> {
  const seconds = StoppingCondition?.MaxRuntimeInSeconds;
  return seconds === undefined ? {} : { maxMinutes: Math.round(seconds / 60) };
}

/**
 * What Spot saved, 0 to 1: 1 - billed seconds / seconds trained, as AWS's guide of managed Spot training has it; undefined for a
 * machine on demand and where nothing was trained.
 */
function spotSaving(job: DescribeTrainingJobResponse): number | undefined {
  const { BillableTimeInSeconds: billed, TrainingTimeInSeconds: trained } = job;
  if (job.EnableManagedSpotTraining !== true || billed === undefined || !trained) return undefined;
  return Math.max(0, 1 - billed / trained);
}

export function describeTraining(job: DescribeTrainingJobResponse): Described {
  const second = job.SecondaryStatus ?? '';
  const limit =
    second === 'MaxRuntimeExceeded' ? 'run' : second === 'MaxWaitTimeExceeded' ? 'wait' : undefined;
  const final = statusOf(job.TrainingJobStatus);
  const started = time(job.TrainingStartTime ?? job.CreationTime);
  const ended = time(job.TrainingEndTime ?? job.LastModifiedTime);
  if (final !== 'running') {
    const saving = spotSaving(job);
    return {
      status: limit === undefined ? final : 'failed',
      working: false,
      ...(saving === undefined ? {} : { spotSaving: saving }),
      ...(limit === undefined ? {} : { limit, ...allowed(job) }),
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
      ...(limit ? { limit: 'run' as const, ...allowed(job) } : {}),
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

/** The failure that our own start script wrote, out of SageMaker's reason; undefined for any other text. */
export function ownFailure(reason: string): ErrorData | undefined {
  const match =
    /^(?:AlgorithmError: )?([\s\S]*?)(?:\n→ ([\s\S]*?))?\n\[(\w+)\](?:, exit code: -?\d+)?\s*$/.exec(reason);
  if (!match) return undefined;
  const [, message = '', fix, kind = 'internal'] = match;
  return {
    kind: kindOfFailure(kind),
    message: message.trim(),
    ...(fix === undefined ? {} : { fix: fix.trim() }),
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
