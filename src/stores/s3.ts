import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListBuckets,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { ByteRange, Store, StoreAccount, StoreObject, StoreRoot, StoreSettings } from '../core/store';
import { type AwsLogin, awsProfiles } from './aws-credentials';
import { awsFailure } from './aws-errors';
import { damaged, rangeHeader } from './download';
import { type Checksum, downloading, noBucket, verified } from './reading';
import { createClients, type S3Clients, within } from './s3-client';
import { copyInParts, MOST_COPIED_AT_ONCE } from './s3-copy';
import { explainS3 } from './s3-errors';
import { listPage, listVersions, MOST_KEYS, objectOf, removeKeys } from './s3-keys';
import { uploadFile } from './s3-upload';
import { plainMd5, verifyFile } from './s3-verify';

const LOGINS: Readonly<Record<AwsLogin, string>> = {
  sso: 'IAM Identity Center (SSO)',
  login: 'console login',
  keys: 'access key',
  role: 'role',
  process: 'program',
  none: 'no login',
};

/** The buckets that one login may see. A UserError for a profile that is not there. */
export async function createAccount(settings: StoreSettings = {}): Promise<StoreAccount> {
  const clients = await createClients(settings);
  return {
    id: 's3',
    logins: async () =>
      (await awsProfiles()).map(({ login, ...one }) => ({
        ...one,
        how: LOGINS[login],
        settings: { profile: one.name },
      })),
    logIn: async (show, signal) => (await import('./aws-sso')).ssoLogin(settings, show, signal),
    async roots(signal) {
      try {
        const found: StoreRoot[] = [];
        const pages = paginateListBuckets(
          { client: clients.home },
          { MaxBuckets: MOST_KEYS },
          within(signal),
        );
        for await (const { Buckets = [] } of pages) {
          for (const one of Buckets) {
            found.push({
              name: one.Name ?? '',
              ...(one.CreationDate ? { created: one.CreationDate.toISOString() } : {}),
              ...(one.BucketRegion === undefined ? {} : { region: one.BucketRegion }),
            });
          }
        }
        return found;
      } catch (error) {
        throw await explainS3(error, { choice: settings, bucket: '', doing: 'list the buckets' });
      }
    },
    open: (bucket) => createStore(clients, settings, bucket),
  };
}

function createStore(clients: S3Clients, choice: StoreSettings, bucket: string, version?: string): Store {
  const client = clients.forBucket(bucket);
  const uri = (key: string): string => `s3://${bucket}/${key}`;
  const place = (key: string): { Bucket: string; Key: string; VersionId?: string } => ({
    Bucket: bucket,
    Key: key,
    ...(version === undefined ? {} : { VersionId: version }),
  });

  /** Runs it with failures in words. */
  async function tried<T>(doing: string, key: string | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await explainS3(error, { choice, bucket, doing, ...(key === undefined ? {} : { key }) });
    }
  }

  async function stat(key: string, signal?: AbortSignal): Promise<StoreObject> {
    return tried(`find ${uri(key)}`, key, async () => {
      try {
        const head = await client.send(new HeadObjectCommand(place(key)), within(signal));
        return objectOf(key, { ...head, Size: head.ContentLength });
      } catch (error) {
        // "404" alone does not say whether the key or the bucket is not there.
        if (awsFailure(error)?.status === 404) {
          await client
            .send(new HeadBucketCommand({ Bucket: bucket }), within(signal))
            .catch((other: unknown) => {
              if (awsFailure(other)?.status === 404) throw noBucket(bucket, other);
            });
        }
        throw error;
      }
    });
  }

  async function read(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable> {
    if (range && range.start >= range.end) {
      await stat(key, signal);
      return Readable.from([]);
    }
    const explain = (error: unknown): Promise<unknown> =>
      explainS3(error, { choice, bucket, key, doing: `read ${uri(key)}` });
    try {
      const answer = await client.send(
        new GetObjectCommand({
          ...place(key),
          ...rangeHeader(range),
          ...(range?.etag === undefined ? {} : { IfMatch: quoted(range.etag) }),
        }),
        within(signal),
      );
      return Readable.from(content(answer, uri(key), explain, signal), { objectMode: false });
    } catch (error) {
      // The range begins at or behind the end.
      if (awsFailure(error)?.status === 416) return Readable.from([]);
      throw await explain(error);
    }
  }

  const verify = (key: string, half: string, { etag }: StoreObject, signal?: AbortSignal): Promise<void> => {
    const doing = `download ${uri(key)}`;
    return tried(doing, key, async () => {
      const match = etag === undefined ? undefined : quoted(etag);
      if ((await verifyFile(client, place(key), match, half, signal)) === false) throw damaged(doing);
    });
  };

  return {
    id: 's3',
    uri,
    stat,
    read,
    download: downloading({ uri, stat, read, verify }),
    at: (wanted) => createStore(clients, choice, bucket, wanted),
    write: (key, body, options = {}, signal) =>
      tried(`write ${uri(key)}`, key, async () => {
        const input = {
          ...place(key),
          Body: body,
          ContentLength: Buffer.byteLength(body),
          ...(options.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
        };
        await client.send(new PutObjectCommand(input), within(signal));
      }),
    list: (prefix, options = {}, signal) =>
      tried(`list ${uri(prefix)}`, undefined, () => listPage(client, bucket, prefix, options, signal)),
    region: (signal) =>
      tried(`find the bucket ${bucket}`, undefined, async () => {
        const found = await client.send(new HeadBucketCommand({ Bucket: bucket }), within(signal));
        return found.BucketRegion;
      }),
    versions: (key, signal) =>
      tried(`list the versions of ${uri(key)}`, key, () => listVersions(client, bucket, key, signal)),
    async copy(from, to, signal) {
      const { bytes, etag = '' } = await stat(from, signal);
      await tried(`copy ${uri(from)} to ${uri(to)}`, from, async () => {
        const source = `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
        const target = { Bucket: bucket, Key: to };
        if (bytes <= MOST_COPIED_AT_ONCE) {
          const input = { ...target, CopySource: source, CopySourceIfMatch: quoted(etag) };
          await client.send(new CopyObjectCommand(input), within(signal));
        } else await copyInParts(client, { source, bytes, etag: quoted(etag) }, target, signal);
      });
    },
    remove: (keys, signal) =>
      tried(
        `delete ${keys.length === 1 ? uri(keys[0] ?? '') : `${keys.length} objects of ${uri('')}`}`,
        keys[0],
        () => removeKeys(client, bucket, keys, signal),
      ),
    upload: (file, key, progress, signal) =>
      tried(`upload ${file} to ${uri(key)}`, key, () =>
        uploadFile(client, { bucket, key, choice }, file, progress, signal),
      ),
  };
}

const quoted = (etag: string): string => `"${etag}"`;

/**
 * The bytes of an answer. The SDK compares a whole object with the checksum that S3 keeps; where S3 keeps none, its ETag is
 * compared when that is an MD5.
 */
function content(
  answer: GetObjectCommandOutput,
  uri: string,
  explain: (error: unknown) => Promise<unknown>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const { Body: body, ContentLength: length } = answer;
  if (!(body instanceof Readable)) throw new Error('S3 gave no stream.');
  const expected = answer.ContentRange === undefined ? plainMd5(answer) : undefined;
  return verified(
    { uri, body, length, explain, checksum: expected === undefined ? undefined : md5(expected) },
    signal,
  );
}

function md5(expected: string): Checksum {
  const sum = createHash('md5');
  return { update: (chunk) => sum.update(chunk), digest: () => sum.digest('hex'), expected };
}
