import { minuteOf } from './names';
import type { JobState } from '../../core/run';

/** A cloud may take so long until it knows a job by its name. */
const LOST_AFTER_MS = 2 * 60_000;

/** The state of a run that was submitted, but of which the cloud has no job; `nothing` says so, without a full stop. */
export function withoutJob(
  runId: string,
  { cloud, nothing, now }: { readonly cloud: string; readonly nothing: string; readonly now: Date },
): JobState {
  if (now.getTime() - minuteOf(runId) < LOST_AFTER_MS)
    return { status: 'queued', stage: `waiting for ${cloud}` };
  return {
    status: 'failed',
    ended: now.toISOString(),
    error: {
      kind: 'notFound',
      message: `${nothing}: it was never started, because sending it was interrupted, or it was deleted.`,
      fix: 'Run it again.',
      actions: [{ title: 'Run Again', command: 'mll.run.rerun', args: [runId] }],
    },
  };
}
