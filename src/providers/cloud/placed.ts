import { versionOf } from '../../core/copies';
import { UserError } from '../../core/errors';
import type { Estimate } from '../../core/estimate';
import type { PlacedInput } from '../../core/run';
import type { Store } from '../../core/store';
import { parseStoreUri } from '../../core/store-uri';
import type { Channel } from './inputs';

/** The objects that a job reads from where they lie. */
const placedIn = (channels: readonly Channel[]): PlacedInput[] => channels.flatMap((one) => one.placed ?? []);

/** What was agreed to is what the job reads: an object that changed meanwhile is not taken for it. */
export async function checkPlaced(
  channels: readonly Channel[],
  storeOf: (bucket: string) => Promise<Store>,
  signal?: AbortSignal,
): Promise<void> {
  for (const { uri, object } of placedIn(channels)) {
    const { root, key } = parseStoreUri(uri);
    const now = await (await storeOf(root)).stat(key, signal);
    if (versionOf(now) === versionOf(object)) continue;
    throw new UserError('conflict', `${uri} has changed since it was looked at. Nothing was started.`, {
      fix: 'Start it again: it is then looked at anew.',
    });
  }
}

/** The page's lines on them. */
export function placedOf(channels: readonly Channel[]): Pick<Estimate, 'placed'> {
  const placed = placedIn(channels);
  if (placed.length === 0) return {};
  return { placed: placed.map(({ uri, object }) => ({ uri, bytes: object.bytes })) };
}

/** "it" or "them" for those that do not lie below this address of the project; undefined where all do. */
export function othersIn(channels: readonly Channel[], own: string): 'it' | 'them' | undefined {
  const others = placedIn(channels).filter(({ uri }) => !uri.startsWith(own));
  if (others.length === 0) return undefined;
  return others.length === 1 ? 'it' : 'them';
}
