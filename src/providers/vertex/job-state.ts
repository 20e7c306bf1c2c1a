import type { protos } from '@google-cloud/aiplatform';
import type { ErrorData } from '../../core/errors';
import type { RunStatus } from '../../core/run';
import type { Described } from '../cloud/state';

type CustomJob = protos.google.cloud.aiplatform.v1.ICustomJob;
type Timestamp = protos.google.protobuf.ITimestamp;

export const isoTime = (time: Timestamp | null | undefined): string | undefined =>
  time?.seconds == null
    ? undefined
    : new Date(Number(time.seconds) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString();

export function statusOf(state: CustomJob['state']): RunStatus {
  switch (state) {
    case 'JOB_STATE_SUCCEEDED':
    case 'JOB_STATE_PARTIALLY_SUCCEEDED':
      return 'completed';
    case 'JOB_STATE_FAILED':
    case 'JOB_STATE_EXPIRED':
      return 'failed';
    case 'JOB_STATE_CANCELLED':
      return 'cancelled';
    case 'JOB_STATE_RUNNING':
    case 'JOB_STATE_UPDATING':
    case 'JOB_STATE_CANCELLING':
      return 'running';
    default:
      return 'starting';
  }
}

const STAGES: Readonly<Record<string, string>> = {
  JOB_STATE_QUEUED: 'waiting for its turn',
  JOB_STATE_PENDING: 'waiting for a machine',
  JOB_STATE_RUNNING: 'preparing the container',
  JOB_STATE_CANCELLING: 'stopping',
  JOB_STATE_PAUSED: 'paused',
};

/** DEADLINE_EXCEEDED, or what is said of it in words. */
const isLimit = (job: CustomJob): boolean =>
  job.state === 'JOB_STATE_EXPIRED' ||
  job.error?.code === 4 ||
  /exceeded (its|the|the maximum)? ?(running )?time|timeout|timed out/i.test(job.error?.message ?? '');

export function describeJob(job: CustomJob): Described {
  const status = statusOf(job.state);
  const state = String(job.state);
  const started = isoTime(job.startTime) ?? isoTime(job.createTime);
  const times = { ...(started === undefined ? {} : { started }) };
  if (status === 'running' || status === 'starting') {
    return { status, working: state === 'JOB_STATE_RUNNING', stage: STAGES[state] ?? 'starting', ...times };
  }
  const ended = isoTime(job.endTime) ?? isoTime(job.updateTime);
  const reason = job.error?.message ?? '';
  return {
    status,
    working: false,
    ...times,
    ...(ended === undefined ? {} : { ended }),
    ...(status === 'failed' && isLimit(job) ? { limit: 'run' as const } : {}),
    ...(reason === '' ? {} : { reason }),
  };
}

export const limitFailure = (maxMinutes: number): ErrorData => ({
  kind: 'quota',
  message: `The job was stopped because it ran for longer than its limit of ${maxMinutes} minutes.`,
  fix: 'Raise the limit (--max-minutes, or "maxMinutes" in ml.yaml), or choose a faster machine.',
});
