import type { LeftFiles } from '../../core/provider';
import type { Place } from '../../core/run';
import type { Store, StoreObject } from '../../core/store';

/** Where a run's own files lie: code, outputs, checkpoints. Data and models are shared by runs and lie elsewhere. */
export interface RunFiles {
  readonly bucket: string;
  /** Ends in `/`. */
  readonly prefix: string;
}

/**
 * Undefined for a place that is none of ours: `run.json` may come from anywhere, and what it names is deleted.
 */
export function runFiles(place: Place, runId: string): RunFiles | undefined {
  const [, bucket, prefix] = /^(?:s3|gs):\/\/([^/]+)\/(.*)$/.exec(place.output ?? '') ?? [];
  if (bucket === undefined || prefix === undefined) return undefined;
  const [folder, runs, id, rest] = prefix.split('/').slice(-4);
  const ours = folder?.startsWith('mll-') === true && runs === 'runs' && id === runId && rest === '';
  return ours ? { bucket, prefix } : undefined;
}

export async function leftFiles(
  store: Store,
  prefix: string,
  signal?: AbortSignal,
): Promise<LeftFiles | undefined> {
  const objects: StoreObject[] = [];
  for (let next: string | undefined; ;) {
    const page = await store.list(prefix, { deep: true, ...(next === undefined ? {} : { next }) }, signal);
    objects.push(...page.objects);
    next = page.next;
    if (next === undefined) break;
  }
  if (objects.length === 0) return undefined;
  return {
    uri: store.uri(prefix),
    files: objects.length,
    bytes: objects.reduce((sum, one) => sum + one.bytes, 0),
  };
}

/** Deletes all below the prefix. */
export async function removeAll(store: Store, prefix: string, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const { objects } = await store.list(prefix, { deep: true }, signal);
    if (objects.length === 0) return;
    await store.remove(
      objects.map((one) => one.key),
      signal,
    );
  }
}
