import { addAbortSignal, type Readable } from 'node:stream';
import { UserError } from '../core/errors';
import type { ByteRange, Store, StoreObject } from '../core/store';
import { cutOff, damaged, download } from './download';

/** A checksum that is made while the bytes pass, and what it must come to. */
export interface Checksum {
  update(chunk: Buffer): unknown;
  digest(): string | Promise<string>;
  readonly expected: string;
}

/** An answer's bytes, and what is known of them. */
export interface Content {
  /** For messages: `s3://bucket/key`. */
  readonly uri: string;
  readonly body: Readable;
  /** Bytes that were promised. */
  readonly length?: number | undefined;
  readonly checksum?: Checksum | undefined;
  /** A failure in words. */
  readonly explain: (error: unknown) => unknown;
}

/** The bytes of an answer, as many as were promised and with the checksum that they must have. */
export async function* verified(
  { uri, body, length, checksum, explain }: Content,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  if (signal) addAbortSignal(signal, body);
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      checksum?.update(chunk);
      yield chunk;
    }
    if (length !== undefined && bytes !== length) throw cutOff(uri, bytes);
    if (checksum && (await checksum.digest()) !== checksum.expected) throw damaged(`read ${uri}`);
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : await explain(error);
  }
}

/** What a store lends to {@link downloading}. */
interface Readings {
  uri(key: string): string;
  stat(key: string, signal?: AbortSignal): Promise<StoreObject>;
  read(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable>;
  /** Checks a file that was put together from ranges; a UserError when it is not what the store holds. */
  verify(key: string, half: string, object: StoreObject, signal?: AbortSignal): Promise<void>;
}

/** How a store brings an object into a file, by how it finds, reads and verifies one. */
export function downloading(store: Readings): Store['download'] {
  return (object, file, progress, signal) => {
    const key = typeof object === 'string' ? object : object.key;
    return download(
      {
        uri: store.uri(key),
        stat: () => store.stat(key, signal),
        read: (range) => store.read(key, range, signal),
        verify: (half, found) => store.verify(key, half, found, signal),
      },
      typeof object === 'string' ? undefined : object,
      file,
      progress,
      signal,
    );
  };
}

export function noBucket(bucket: string, cause: unknown): UserError {
  return new UserError('notFound', `There is no bucket "${bucket}".`, {
    fix: 'Check its name; names of buckets are in small letters.',
    cause,
  });
}
