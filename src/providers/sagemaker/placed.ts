import { versionOf } from '../../core/copies';
import { UserError } from '../../core/errors';
import type { Estimate } from '../../core/estimate';
import type { PlacedInput } from '../../core/run';
import { parseStoreUri } from '../../core/store-uri';
import type { Clients } from './clients';
import type { Config } from './config';
import type { Channel } from '../cloud/inputs';
import { regionOf } from './regions';

/** True for what lies in S3; a UserError where it is another region's, which jobs cannot read. */
export async function readsFrom(
  { region }: Config,
  clients: Clients,
  uri: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { scheme, root } = parseStoreUri(uri);
  if (scheme !== 's3') return false;
  const bucket = await clients.store(region, root);
  const actual = await regionOf(bucket, signal);
  if (actual === undefined || actual === region) return true;
  throw new UserError(
    'unsupported',
    `${uri} lies in ${actual}: a SageMaker job in ${region} reads buckets of its own region only.`,
    {
      fix: `Fetch it, and the job gets a copy ("mll data fetch ${uri}"); or copy it to a bucket in ${region}; or work in ${actual}.`,
      actions: [{ title: 'Fetch', command: 'mll.dataset.fetch', args: [uri] }],
    },
  );
}

/** What was agreed to is what the job reads: an object that changed meanwhile is not taken for it. */
export async function checkPlaced(
  { region }: Config,
  clients: Clients,
  channels: readonly Channel[],
  signal?: AbortSignal,
): Promise<void> {
  for (const { uri, object } of channels.flatMap(({ placed }) => placed ?? [])) {
    const { root, key } = parseStoreUri(uri);
    const now = await (await clients.store(region, root)).stat(key, signal);
    if (versionOf(now) === versionOf(object)) continue;
    throw new UserError('conflict', `${uri} has changed since it was looked at. Nothing was started.`, {
      fix: 'Start it again: it is then looked at anew.',
    });
  }
}

/** A ManifestFile of the object alone: its folder, then its name. */
export function manifestOf({ uri }: PlacedInput): string {
  const at = uri.lastIndexOf('/') + 1;
  return `${JSON.stringify([{ prefix: uri.slice(0, at) }, uri.slice(at)])}\n`;
}

export function placedOf(channels: readonly Channel[]): Pick<Estimate, 'placed'> {
  const placed = channels.flatMap((one) => one.placed ?? []);
  if (placed.length === 0) return {};
  return { placed: placed.map(({ uri, object }) => ({ uri, bytes: object.bytes })) };
}

/** The role that is made for a project may read its own files only. */
export function readNotes({ bucket, prefix, settings }: Config, channels: readonly Channel[]): string[] {
  const own = `s3://${bucket}/${prefix}`;
  const others = channels.filter(({ placed }) => placed && !placed.uri.startsWith(own));
  if (others.length === 0) return [];
  const what = others.length === 1 ? 'it' : 'them';
  return [
    `The role ${settings.role?.split('/').at(-1) ?? ''} must be allowed to read ${what} (s3:GetObject).`,
  ];
}
