import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Bucket, File, FileMetadata } from '@google-cloud/storage';
import { UserError } from '../core/errors';
import { inParallel } from '../core/parallel';
import type {
  ByteRange,
  ListOptions,
  Store,
  StoreAccount,
  StoreObject,
  StorePage,
  StoreSettings,
  StoreVersion,
} from '../core/store';
import { damaged, isWhole, rangeHeader } from './download';
import { crc32c, fileCrc32c, runningCrc32c } from './gcs-checksum';
import { type GcsClient, openClient } from './gcs-client';
import { uploadFile } from './gcs-upload';
import { checkGoogle, projectsOf, whoIs } from './google-account';
import { googleFailure } from './google-errors';
import { googleLogins } from './google-login';
import { downloading, noBucket, verified } from './reading';

const MOST_KEYS = 1000;
const REMOVED_AT_ONCE = 16;

/** The buckets of one project by one login. A UserError for a key file that is none. */
export async function createAccount(settings: StoreSettings = {}): Promise<StoreAccount> {
  const client = await openClient(settings);
  async function tried<T>(doing: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await orAbort(work(), signal);
    } catch (error) {
      throw signal?.aborted === true
        ? signal.reason
        : client.explain(error, { choice: settings, bucket: '', doing });
    }
  }
  const account: StoreAccount = {
    id: 'gcs',
    logins: googleLogins,
    who: (signal) =>
      tried('ask Google who you are', async () => whoIs((await client.get()).authClient, settings), signal),
    projects: (signal) =>
      tried('list the projects', async () => projectsOf((await client.get()).authClient), signal),
    roots: (signal) =>
      tried(
        'list the buckets',
        async () => {
          const [buckets] = await (await client.get()).getBuckets();
          return buckets.map(({ name, metadata: { timeCreated, location } }) => ({
            name,
            ...(timeCreated === undefined ? {} : { created: timeCreated }),
            ...(location === undefined ? {} : { region: location.toLowerCase() }),
          }));
        },
        signal,
      ),
    check: (signal) => checkGoogle(account, settings, signal),
    open: (bucket) => createStore(client, settings, bucket),
  };
  return account;
}

function createStore(client: GcsClient, choice: StoreSettings, bucket: string, version?: string): Store {
  const home = async (): Promise<Bucket> => (await client.get()).bucket(bucket);
  const uri = (key: string): string => `gs://${bucket}/${key}`;
  const fileOf = async (key: string, generation = version): Promise<File> =>
    (await home()).file(key, generation === undefined ? {} : { generation });

  const explained = (error: unknown, doing: string, key?: string): unknown =>
    client.explain(error, { choice, bucket, doing, ...(key === undefined ? {} : { key }) });

  /** Runs it with failures in words; work that ends by the signal itself is waited for. */
  async function tried<T>(
    doing: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : explained(error, doing, key);
    }
  }

  const asked: typeof tried = (doing, key, signal, work) =>
    tried(doing, key, signal, () => orAbort(work(), signal));

  function stat(key: string, signal?: AbortSignal): Promise<StoreObject> {
    return asked(`find ${uri(key)}`, key, signal, async () => objectOf(await metadataOf(key)));
  }

  async function metadataOf(key: string): Promise<FileMetadata> {
    try {
      const [found] = await (await fileOf(key)).getMetadata();
      return found;
    } catch (error) {
      // The message does not always say whether the key or the bucket is not there.
      if (googleFailure(error)?.status === 404) {
        await (await home()).getMetadata().catch((other: unknown) => {
          if (googleFailure(other)?.status === 404) throw noBucket(bucket, other);
        });
      }
      throw error;
    }
  }

  async function read(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable> {
    signal?.throwIfAborted();
    if (range && range.start >= range.end) {
      await stat(key, signal);
      return Readable.from([]);
    }
    try {
      const answer = await request(key, range, signal);
      return Readable.from(await content(answer, key, range, signal), { objectMode: false });
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      // The range begins at or behind the end.
      if (googleFailure(error)?.status === 416) return Readable.from([]);
      throw await ifChanged(error, key, range?.etag, signal);
    }
  }

  /** The client's own way to read takes no signal, and leaks listeners with large objects. */
  async function request(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Answer> {
    const generation = range?.etag ?? version;
    const storage = await client.get();
    const options = {
      url: `${storage.baseUrl}/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(key)}`,
      params: { alt: 'media', ...(generation === undefined ? {} : { generation }) },
      // As it is stored, also where that is compressed: its size and checksum are of that.
      headers: { 'accept-encoding': 'gzip', ...rangeHeader(range) },
      compress: false,
      responseType: 'stream' as const,
      retryConfig: {
        retry: 2,
        statusCodesToRetry: [
          [429, 429],
          [500, 599],
        ],
      },
      ...(signal ? { signal } : {}),
    };
    const { data, headers } = await storage.authClient.request<Readable>(options);
    return { data, headers: new Headers(headers) };
  }

  /** A generation that is not there: the key is absent, or is another one by now. */
  async function ifChanged(
    error: unknown,
    key: string,
    etag: string | undefined,
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (googleFailure(error)?.status !== 404 || version !== undefined)
      return explained(error, `read ${uri(key)}`, key);
    const now = await stat(key, signal);
    return etag !== undefined && now.etag !== etag
      ? new UserError('conflict', `${uri(key)} was changed meanwhile.`, { fix: 'Try again.', cause: error })
      : explained(error, `read ${uri(key)}`, key);
  }

  /** The bytes of an answer; a whole object's are compared with the CRC-32C that came with it. */
  async function content(
    { data, headers }: Answer,
    key: string,
    range: ByteRange | undefined,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<Buffer>> {
    const expected = isWhole(range)
      ? /crc32c=([^,\s]+)/.exec(headers.get('x-goog-hash') ?? '')?.[1]
      : undefined;
    const length = headers.get('content-length');
    return verified(
      {
        uri: uri(key),
        body: data,
        length: length === null ? undefined : Number(length),
        checksum: expected === undefined ? undefined : { ...(await runningCrc32c()), expected },
        explain: (error) => explained(error, `read ${uri(key)}`, key),
      },
      signal,
    );
  }

  function verify(key: string, half: string, { etag }: StoreObject, signal?: AbortSignal): Promise<void> {
    const doing = `download ${uri(key)}`;
    return tried(doing, key, signal, async () => {
      const generation = await fileOf(key, etag ?? version);
      const [{ crc32c: expected }] = await generation.getMetadata().catch(async (error: unknown) => {
        throw await ifChanged(error, key, etag, signal);
      });
      if (expected !== undefined && (await fileCrc32c(half, signal)) !== expected) throw damaged(doing);
    });
  }

  return {
    id: 'gcs',
    uri,
    stat,
    read,
    download: downloading({ uri, stat, read, verify }),
    at: (wanted) => createStore(client, choice, bucket, wanted),
    write: (key, body, options = {}, signal) =>
      asked(`write ${uri(key)}`, key, signal, async () => {
        const bytes = Buffer.from(body);
        await (await home()).file(key).save(bytes, {
          resumable: false,
          validation: false,
          metadata: { crc32c: await crc32c(bytes) },
          ...(options.ifAbsent === true ? { preconditionOpts: { ifGenerationMatch: 0 } } : {}),
        });
      }),
    list: (prefix, options = {}, signal) =>
      asked(`list ${uri(prefix)}`, undefined, signal, async () => listPage(await home(), prefix, options)),
    versions: (key, signal) =>
      asked(`list the versions of ${uri(key)}`, key, signal, async () => {
        const [files] = await (await home()).getFiles({ prefix: key, versions: true });
        return files
          .filter((one) => one.name === key)
          .map(versionOf)
          .sort(newestFirst);
      }),
    copy: (from, to, signal) =>
      asked(`copy ${uri(from)} to ${uri(to)}`, from, signal, async () => {
        await (await fileOf(from)).copy((await home()).file(to));
      }),
    remove: (keys, signal) =>
      tried(
        `delete ${keys.length === 1 ? uri(keys[0] ?? '') : `${keys.length} objects of ${uri('')}`}`,
        keys[0],
        signal,
        async () => {
          const from = await home();
          const removed = async (key: string): Promise<void> => {
            await from.file(key).delete({ ignoreNotFound: true });
          };
          await inParallel(keys, REMOVED_AT_ONCE, removed, signal);
        },
      ),
    upload: (file, key, progress, signal) =>
      tried(`upload ${file} to ${uri(key)}`, key, signal, async () =>
        uploadFile((await home()).file(key), file, progress, signal),
      ),
  };
}

/** The client knows no signals: what is on its way when one comes is not waited for. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const over = new AbortController();
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => {
    throw signal.reason;
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    aborted.catch(() => undefined);
    over.abort();
  }
}

function objectOf({ name = '', size = 0, timeCreated, generation }: FileMetadata): StoreObject {
  return {
    key: name,
    bytes: Number(size),
    modified: new Date(timeCreated ?? 0).toISOString(),
    ...(generation === undefined ? {} : { etag: String(generation) }),
  };
}

function versionOf({ metadata }: File): StoreVersion {
  return {
    ...objectOf(metadata),
    version: String(metadata.generation),
    latest: metadata.timeDeleted === undefined,
    deleted: false,
  };
}

/** Generations count up. */
const newestFirst = (a: StoreVersion, b: StoreVersion): number =>
  Number(BigInt(b.version) - BigInt(a.version));

async function listPage(
  home: Bucket,
  prefix: string,
  { deep = false, next, limit = MOST_KEYS }: ListOptions,
): Promise<StorePage> {
  const [files, , answer] = await home.getFiles({
    autoPaginate: false,
    prefix,
    maxResults: Math.min(limit, MOST_KEYS),
    ...(next === undefined ? {} : { pageToken: next }),
    ...(deep ? {} : { delimiter: '/' }),
  });
  const { prefixes = [], nextPageToken } = answer as { prefixes?: string[]; nextPageToken?: string };
  return {
    prefixes,
    objects: files.map((one) => objectOf(one.metadata)),
    ...(nextPageToken === undefined || nextPageToken === '' ? {} : { next: nextPageToken }),
  };
}

interface Answer {
  readonly data: Readable;
  readonly headers: Headers;
}
