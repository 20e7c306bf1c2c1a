import type { Run } from '../core/run';

/** True while a run has not ended. */
export const isActive = (run: Run): boolean =>
  run.status === 'queued' || run.status === 'starting' || run.status === 'running';
