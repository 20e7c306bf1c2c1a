import type { Run, RunStatus } from '../../src/protocol';
import { duration } from '../shared/format';

/** True while the run can still change by itself. */
export function isActive(status: RunStatus): boolean {
  return status === 'queued' || status === 'starting' || status === 'running';
}

/** How long the run has taken at `now` (ms since 1970 UTC), in words; while it waits, how long it has waited. */
export function elapsed(run: Run, now: number): string {
  const began = Date.parse(run.started ?? run.submitted);
  const ended = run.ended === undefined ? (isActive(run.status) ? now : NaN) : Date.parse(run.ended);
  if (Number.isNaN(began) || Number.isNaN(ended)) return '';
  const text = duration(Math.max(0, ended - began));
  return run.started === undefined && isActive(run.status) ? `waiting for ${text}` : text;
}

/** The beginning of a hash, enough to tell versions apart. */
export function shortHash(hash: string, length = 10): string {
  return hash.replace(/^sha-?256:/, '').slice(0, length);
}
