import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { inParallel } from '../core/parallel';
import type { ListOptions, StoreObject, StorePage, StoreVersion } from '../core/store';
import { within } from './s3-client';

/** So many keys S3 lists and deletes in one request. */
export const MOST_KEYS = 1000;
const BATCHES_AT_ONCE = 4;

/** What S3 says of an object, in answers of several kinds. */
interface Said {
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
  readonly VersionId?: string | undefined;
}

export function objectOf(key: string, { Size = 0, LastModified, ETag, VersionId }: Said): StoreObject {
  return {
    key,
    bytes: Size,
    modified: (LastModified ?? new Date(0)).toISOString(),
    ...(ETag === undefined ? {} : { etag: ETag.replaceAll('"', '') }),
    ...(VersionId === undefined || VersionId === 'null' ? {} : { version: VersionId }),
  };
}

/** Keys come escaped in the answer, because XML cannot hold all characters that a key may have. */
const unescaped = (text = ''): string => decodeURIComponent(text.replaceAll('+', ' '));

export async function listPage(
  client: S3Client,
  bucket: string,
  prefix: string,
  { deep = false, next, limit = MOST_KEYS }: ListOptions,
  signal?: AbortSignal,
): Promise<StorePage> {
  const answer = await client.send(
    new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      EncodingType: 'url',
      MaxKeys: Math.min(limit, MOST_KEYS),
      ContinuationToken: next,
      ...(deep ? {} : { Delimiter: '/' }),
    }),
    within(signal),
  );
  return {
    prefixes: (answer.CommonPrefixes ?? []).map((one) => unescaped(one.Prefix)),
    objects: (answer.Contents ?? []).map((one) => objectOf(unescaped(one.Key), one)),
    ...(answer.NextContinuationToken === undefined ? {} : { next: answer.NextContinuationToken }),
  };
}

/** All versions of one key, the newest first; in a bucket without versions the one that there is. */
export async function listVersions(
  client: S3Client,
  bucket: string,
  key: string,
  signal?: AbortSignal,
): Promise<StoreVersion[]> {
  const found: StoreVersion[] = [];
  let place: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const answer = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, EncodingType: 'url', ...place }),
      within(signal),
    );
    const { Versions = [], DeleteMarkers = [] } = answer;
    const all = [
      ...Versions.map((one) => ({ ...one, deleted: false })),
      ...DeleteMarkers.map((one) => ({ ...one, deleted: true })),
    ];
    for (const { deleted, ...one } of all) {
      if (unescaped(one.Key) !== key) continue;
      const version = one.VersionId ?? 'null';
      found.push({ ...objectOf(key, one), version, latest: one.IsLatest ?? false, deleted });
    }
    // Keys come in order: behind this one there are only others that begin with it.
    const passed = all.some((one) => unescaped(one.Key) > key);
    if (answer.IsTruncated !== true || passed) break;
    place = { KeyMarker: unescaped(answer.NextKeyMarker), VersionIdMarker: answer.NextVersionIdMarker };
  }
  return found.sort(
    (a, b) => Number(b.latest) - Number(a.latest) || Date.parse(b.modified) - Date.parse(a.modified),
  );
}

/** Characters that XML cannot hold, so that a key with one cannot stand in a list. */
function fitsXml(key: string): boolean {
  return (
    Array.from(key).every((one) => one >= ' ' || one === '\t' || one === '\n' || one === '\r') &&
    !/[\uFFFE\uFFFF]/.test(key)
  );
}

export async function removeKeys(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const listed = keys.filter(fitsXml);
  const batches: string[][] = [];
  for (let at = 0; at < listed.length; at += MOST_KEYS) batches.push(listed.slice(at, at + MOST_KEYS));
  await inParallel(
    batches,
    BATCHES_AT_ONCE,
    async (batch, abortSignal) => {
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: batch.map((Key) => ({ Key })), Quiet: true },
        }),
        { abortSignal },
      );
      const [first] = Errors;
      if (first) throw refused(first.Code ?? 'Error', `${first.Key ?? ''}: ${first.Message ?? ''}`);
    },
    signal,
  );
  const alone = keys.filter((key) => !fitsXml(key));
  await inParallel(
    alone,
    BATCHES_AT_ONCE,
    async (Key, abortSignal) => {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }), { abortSignal });
    },
    signal,
  );
}

/** One key's failure out of a batch, in the shape of the SDK's own errors. */
function refused(code: string, message: string): Error {
  return Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: 400 } });
}
