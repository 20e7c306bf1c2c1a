import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from './errors';

/** The clouds' stores by the beginning of their addresses, with the name that people know. */
export const CLOUD_STORES = { s3: 'S3', gs: 'Cloud Storage' } as const;
export type CloudScheme = keyof typeof CLOUD_STORES;
export const CLOUD_SCHEMES = Object.keys(CLOUD_STORES) as readonly CloudScheme[];

/** The beginnings of addresses in stores, as `Host.stores` names them. */
export type StoreScheme = CloudScheme | 'file';

/** Where something lies in a store. */
export interface StoreAddress {
  readonly scheme: StoreScheme;
  /** The bucket; for `file` the absolute folder that keys count from. */
  readonly root: string;
  /** '' for the bucket itself; ends in `/` for a folder. */
  readonly key: string;
}

const URI = new RegExp(`^(${[...CLOUD_SCHEMES, 'file'].join('|')})://`, 'i');

/** True for `s3` and other beginnings of addresses in a cloud's store. */
export function isCloudScheme(text: string): text is CloudScheme {
  return text in CLOUD_STORES;
}

/** True for text that is meant as an address in a store (`s3://…`, `file://…`), right or wrong. */
export function isStoreUri(text: string): boolean {
  return URI.test(text);
}

/**
 * Takes an address apart. In `s3://bucket/key` and `gs://bucket/key` the key stands as it is, nothing is escaped, as `aws s3`
 * and `gcloud storage` have it; `file://` is a URL. A UserError says what is wrong with it.
 */
export function parseStoreUri(text: string, windows = process.platform === 'win32'): StoreAddress {
  const scheme = URI.exec(text)?.[1]?.toLowerCase() ?? '';
  if (isCloudScheme(scheme)) {
    const [, bucket = '', key = ''] = /^\w+:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
    if (bucket === '') throw badUri(text, 'it names no bucket');
    return { scheme, root: bucket, key };
  }
  if (scheme === 'file') {
    try {
      const system = windows ? path.win32 : path.posix;
      const file = fileURLToPath(text, { windows });
      const { root } = system.parse(file);
      return { scheme, root, key: file.slice(root.length).replaceAll(system.sep, '/') };
    } catch (error) {
      throw badUri(text, error instanceof Error ? error.message : String(error));
    }
  }
  throw badUri(text, 'its beginning is not known');
}

/** The address as text; the reverse of {@link parseStoreUri}. */
export function storeUri(
  { scheme, root, key }: StoreAddress,
  windows = process.platform === 'win32',
): string {
  const system = windows ? path.win32 : path.posix;
  return scheme === 'file'
    ? pathToFileURL(system.join(root, key), { windows }).href
    : `${scheme}://${root}/${key}`;
}

/** The last part of a key: `a/b.csv` → `b.csv`, `a/b/` → `b`; '' for the bucket itself. */
export function keyName(key: string): string {
  return key.replace(/\/+$/, '').split('/').at(-1) ?? '';
}

function badUri(text: string, why: string): UserError {
  return new UserError('invalid', `"${text}" is no address in a store: ${why}.`, {
    fix: 'Write it as s3://BUCKET/KEY or gs://BUCKET/KEY, with a slash at the end for a folder.',
  });
}
