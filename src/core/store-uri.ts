import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from './errors';

/** The beginnings of addresses in stores, as `Host.stores` names them. */
export type StoreScheme = 's3' | 'file';

/** Where something lies in a store. */
export interface StoreAddress {
  readonly scheme: StoreScheme;
  /** The bucket; for `file` the absolute folder that keys count from. */
  readonly root: string;
  /** '' for the bucket itself; ends in `/` for a folder. */
  readonly key: string;
}

const URI = /^(s3|file):\/\//i;

/** True for text that is meant as an address in a store (`s3://…`, `file://…`), right or wrong. */
export function isStoreUri(text: string): boolean {
  return URI.test(text);
}

/**
 * Takes an address apart. In `s3://bucket/key` the key stands as it is, nothing is escaped, as `aws s3` has it; `file://`
 * is a URL. A UserError says what is wrong with it.
 */
export function parseStoreUri(text: string): StoreAddress {
  const scheme = URI.exec(text)?.[1]?.toLowerCase();
  if (scheme === 's3') {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(text) ?? [];
    if (bucket === '') throw badUri(text, 'it names no bucket');
    return { scheme, root: bucket, key };
  }
  if (scheme === 'file') {
    try {
      const file = fileURLToPath(text);
      const { root } = path.parse(file);
      return { scheme, root, key: file.slice(root.length).replaceAll(path.sep, '/') };
    } catch (error) {
      throw badUri(text, error instanceof Error ? error.message : String(error));
    }
  }
  throw badUri(text, 'its beginning is not known');
}

/** The address as text; the reverse of {@link parseStoreUri}. */
export function storeUri({ scheme, root, key }: StoreAddress): string {
  return scheme === 's3' ? `s3://${root}/${key}` : pathToFileURL(path.join(root, key)).href;
}

/** The last part of a key: `a/b.csv` → `b.csv`, `a/b/` → `b`; '' for the bucket itself. */
export function keyName(key: string): string {
  return key.replace(/\/+$/, '').split('/').at(-1) ?? '';
}

function badUri(text: string, why: string): UserError {
  return new UserError('invalid', `"${text}" is no address in a store: ${why}.`, {
    fix: 'Write it as s3://BUCKET/KEY, with a slash at the end for a folder.',
  });
}
