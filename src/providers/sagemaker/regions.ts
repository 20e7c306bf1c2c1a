import { UserError } from '../../core/errors';
import type { Store } from '../../core/store';
import type { Clients } from './clients';
import type { Config } from './config';

/** The region that a bucket lies in; undefined where that may not be seen. */
export async function regionOf(
  store: Pick<Store, 'region'>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    return await store.region?.(signal);
  } catch (error) {
    // Who may read objects need not be allowed to look at their bucket.
    if (error instanceof UserError && error.kind === 'permission') return undefined;
    throw error;
  }
}

/** The project's bucket; a UserError where jobs and endpoints cannot use it, as it lies in another region than they. */
export async function projectStore(
  clients: Clients,
  { region, bucket }: Config,
  signal?: AbortSignal,
): Promise<Store> {
  const store = await clients.store(region, bucket);
  const actual = await regionOf(store, signal);
  if (actual === undefined || actual === region) return store;
  throw new UserError(
    'invalid',
    `The bucket ${bucket} lies in ${actual}: jobs and endpoints in ${region} use buckets of their own region only.`,
    {
      fix: `Choose a bucket in ${region} ("store"), or work in ${actual} ("region"): "mll connect sagemaker".`,
      actions: [{ title: 'Connect AWS', command: 'mll.connect.aws' }],
    },
  );
}
