import { UserError } from '../../core/errors';
import { parseStoreUri } from '../../core/store-uri';
import type { Channel } from '../cloud/inputs';
import { othersIn } from '../cloud/placed';
import { fits } from './account';
import type { Clients } from './clients';
import type { Config } from './config';

/** True for what lies in Cloud Storage: jobs see every bucket that they may read, in whatever region. */
export const readsFrom = (uri: string): boolean => parseStoreUri(uri).scheme === 'gs';

/** Who must be allowed to read the objects of others, and what is far from the job. */
export async function readNotes(
  { bucket, prefix, region, settings }: Config,
  clients: Clients,
  channels: readonly Channel[],
  signal?: AbortSignal,
): Promise<string[]> {
  const what = othersIn(channels, `gs://${bucket}/${prefix}`);
  if (what === undefined) return [];
  const who =
    settings.serviceAccount === undefined
      ? 'Vertex AI’s Custom Code Service Agent of the project'
      : `The service account ${settings.serviceAccount}`;
  const places = new Set(channels.flatMap(({ placed }) => (placed ? [parseStoreUri(placed.uri).root] : [])));
  const far = (await regionsOf(clients, signal)).filter(
    (one) => places.has(one.name) && one.region !== undefined && !fits(one.region, region),
  );
  return [
    `${who} must be allowed to read ${what} (storage.objects.get).`,
    ...far.map(
      (one) =>
        `gs://${one.name} lies in ${one.region ?? ''}, the job runs in ${region}: it reads from afar, which is slow and costs.`,
    ),
  ];
}

/** The project's buckets; none where they may not be listed, which is no failure. */
async function regionsOf(
  clients: Clients,
  signal?: AbortSignal,
): Promise<readonly { readonly name: string; readonly region?: string }[]> {
  try {
    return await (await clients.bucketsOf()).roots(signal);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
