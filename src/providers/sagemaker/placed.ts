import { UserError } from '../../core/errors';
import type { PlacedInput } from '../../core/run';
import { parseStoreUri } from '../../core/store-uri';
import type { Channel } from '../cloud/inputs';
import { othersIn } from '../cloud/placed';
import type { Clients } from './clients';
import type { Config } from './config';
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

/** A ManifestFile of the object alone: its folder, then its name. */
export function manifestOf({ uri }: PlacedInput): string {
  const at = uri.lastIndexOf('/') + 1;
  return `${JSON.stringify([{ prefix: uri.slice(0, at) }, uri.slice(at)])}\n`;
}

/** The role that is made for a project may read its own files only. */
export function readNotes({ bucket, prefix, settings }: Config, channels: readonly Channel[]): string[] {
  const what = othersIn(channels, `s3://${bucket}/${prefix}`);
  if (what === undefined) return [];
  return [
    `The role ${settings.role?.split('/').at(-1) ?? ''} must be allowed to read ${what} (s3:GetObject).`,
  ];
}
