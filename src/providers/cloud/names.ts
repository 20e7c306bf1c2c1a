import { createHash } from 'node:crypto';
import type { JobKind } from '../../core/run';

/** Everything of ours begins so, which lets a policy name it. */
export const OURS = 'mll-';

/**
 * A name of the project's as clouds take names of buckets, roles and keys. Letters that no ASCII stands for would be lost, and two
 * projects have the same files: a short hash tells such names apart.
 */
export function plainName(name: string): string {
  const apart = name.normalize('NFKD').toLowerCase();
  const plain = apart.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  if (!/(?![a-z0-9])[\p{L}\p{N}]/u.test(apart)) return plain.slice(0, 40) || 'project';
  const hash = createHash('sha256').update(name.normalize('NFC')).digest('hex').slice(0, 6);
  return `${plain.slice(0, 33).replace(/-+$/, '') || 'project'}-${hash}`;
}

/** What kind of job a run id names. */
export function kindOf(runId: string): JobKind {
  const kind = /^\d{8}-\d{4}-(prepare|train|evaluate|batch-predict)-/.exec(runId)?.[1];
  return kind === 'prepare' || kind === 'evaluate' || kind === 'batch-predict' ? kind : 'train';
}

/** When the run was submitted, to the minute (ms since 1970 UTC), as its id says it: `20261123-1312-…`; 0 for another id. */
export function minuteOf(runId: string): number {
  const match = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})-/.exec(runId);
  if (!match) return 0;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute);
}

/**
 * A cloud's name of a project's endpoint: the same for everyone who has the project's `ml.yaml`. At most 44 characters, so that what
 * belongs to it has room for a stamp.
 */
export function endpointName(
  { project, bucket, prefix }: { readonly project: string; readonly bucket: string; readonly prefix: string },
  name: string,
): string {
  const hash = createHash('sha256')
    .update([bucket, prefix, project, name].join('\n'))
    .digest('hex')
    .slice(0, 8);
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  return `${OURS}${plain === '' ? 'endpoint' : plain}-${hash}`;
}
