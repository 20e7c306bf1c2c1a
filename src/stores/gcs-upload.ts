import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { File, FileMetadata } from '@google-cloud/storage';
import { z } from 'zod';
import { UserError } from '../core/errors';
import type { TransferProgress } from '../core/store';
import { damaged } from './download';
import { changedMeanwhile } from './file-content';
import { crc32c, runningCrc32c } from './gcs-checksum';
import { googleFailure } from './google-errors';
import { endOldUploads, uploadSession, type UploadPlace } from './upload-sessions';

/** A file up to this size goes in one request. */
const SMALL_BYTES = 8 * 2 ** 20;
/** What a broken connection costs to send again at the least, and the most, which is what Google’s Python client takes; held in memory. */
const [LEAST_CHUNK, MOST_CHUNK] = [16 * 2 ** 20, 100 * 2 ** 20];
const CHUNKS = 5;
const BLOCK_BYTES = 2 ** 20;
/** Of the next part, while the one before is on its way. */
const AHEAD_BYTES = 32 * 2 ** 20;

/** Each chunk costs a round trip, so a large file goes in larger ones; a multiple of 256 KiB, as Cloud Storage wants it. */
function chunkBytes(bytes: number): number {
  const even = Math.ceil(bytes / CHUNKS / 2 ** 20) * 2 ** 20;
  return Math.min(MOST_CHUNK, Math.max(LEAST_CHUNK, even));
}

/**
 * A file to a key: one request for a small one, else a resumable upload that goes on where the same one stopped before. Its
 * CRC-32C travels with the last request, so that nothing takes the key's place but this content; a file that changes meanwhile
 * is a `conflict`.
 */
export async function uploadFile(
  target: File,
  file: string,
  progress: TransferProgress = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const look = await lookAt(file);
  signal?.throwIfAborted();
  if (look.body) {
    const sum = await crc32c(look.body);
    target.metadata = await uploadSmall(target, look.body, sum, signal);
    progress(look.body.length, look.body.length);
    if (await isKept(target, sum)) return;
  } else if (await uploadLarge(target, file, look, progress, signal)) return;
  throw damaged(`upload ${file}`);
}

/** What a browser shows by itself, as from Google's console; the media types of IANA. */
const SHOWN: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.tsv': 'text/tab-separated-values',
  '.txt': 'text/plain',
  '.xml': 'text/xml',
  '.yaml': 'text/yaml',
  '.yml': 'text/yaml',
};

/** In one request of two parts, as the JSON API has them. The client's own way to write costs twice the time with thousands of files. */
async function uploadSmall(
  { bucket, name }: File,
  body: Buffer,
  sum: string,
  signal?: AbortSignal,
): Promise<FileMetadata> {
  const contentType = SHOWN[path.posix.extname(name).toLowerCase()] ?? 'application/octet-stream';
  const boundary = randomUUID();
  const { data } = await bucket.storage.authClient.request<FileMetadata>({
    method: 'POST',
    url: `${bucket.storage.apiEndpoint}/upload/storage/v1/b/${encodeURIComponent(bucket.name)}/o`,
    params: { uploadType: 'multipart', name },
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    data: Buffer.concat([
      Buffer.from(
        `--${boundary}\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ crc32c: sum, contentType })}\r\n` +
          `--${boundary}\r\ncontent-type: ${contentType}\r\n\r\n`,
      ),
      body,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
    responseType: 'json',
    retryConfig: {
      retry: 2,
      httpMethodsToRetry: ['POST'],
      statusCodesToRetry: [
        [408, 408],
        [429, 429],
        [500, 599],
      ],
    },
    ...(signal ? { signal } : {}),
  });
  return data;
}

/** What an interceptor of the client gives back: its type asks for an address, which the beginning of an upload has not. */
type Asked = ReturnType<File['interceptors'][number]['request']>;
type Adapter = NonNullable<Parameters<File['storage']['authClient']['request']>[0]['adapter']>;

/** Whether what is kept now is the file. */
async function uploadLarge(
  target: File,
  file: string,
  { size, mtimeNs }: Look,
  progress: TransferProgress,
  signal?: AbortSignal,
): Promise<boolean> {
  const place: UploadPlace = { store: 'gs', bucket: target.bucket.name, key: target.name };
  // Cloud Storage ends them by itself.
  await endOldUploads('gs', place.bucket, () => Promise.resolve(true));
  const session = await uploadSession(place, [path.resolve(file), String(size), String(mtimeNs)]);
  let isWhole: boolean;
  try {
    isWhole = await send(session.id);
  } catch (error) {
    // It was ended, or a week has passed; or what arrived is not what the checksum is of.
    const useless = [400, 404, 410].includes(googleFailure(error)?.status ?? 0);
    if (session.id === undefined || !useless) throw error;
    await session.forget();
    isWhole = await send();
  }
  // What was cut off may have gone on arriving while the rest was sent: then it is sent anew, as a whole.
  if (!isWhole && session.id !== undefined) isWhole = await send();
  await session.forget();
  return isWhole;

  async function send(uri?: string): Promise<boolean> {
    const bytes = Number(size);
    const running = await runningCrc32c();
    let sum: string | undefined;
    /** The store compares it before the content takes the key's place; the client's `File` knows it only of what it sums up itself. */
    const adapter: Adapter = (request, send) => {
      const isLast = request.headers.get('content-range')?.endsWith(`-${bytes - 1}/${bytes}`) === true;
      if (isLast && sum !== undefined) request.headers.set('x-goog-hash', `crc32c=${sum}`);
      return send(request);
    };
    const sending = target.bucket.file(target.name);
    sending.interceptors.push({ request: (request) => Object.assign(request, { adapter }) as Asked });
    const stream = sending.createWriteStream({
      ...(uri === undefined ? {} : { uri }),
      chunkSize: chunkBytes(bytes),
      validation: false,
      metadata: { contentLength: bytes },
    });
    let kept = Promise.resolve();
    stream.on('uri', (begun: string) => {
      kept = session.keep(begun);
    });
    stream.on('progress', (state: { bytesWritten: number }) => progress(state.bytesWritten, bytes));
    /** The last part is sent only when all has passed by. */
    async function* summedUp(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const block of blocks) {
        running.update(block);
        yield block;
      }
      const after = await stat(file, { bigint: true });
      if (after.size !== size || after.mtimeNs !== mtimeNs) throw changedMeanwhile(file);
      sum = running.digest();
    }
    try {
      await pipeline(
        createReadStream(file, { end: bytes - 1, highWaterMark: BLOCK_BYTES }),
        summedUp,
        new PassThrough({ readableHighWaterMark: AHEAD_BYTES }),
        stream,
        signal ? { signal } : {},
      );
    } catch (error) {
      await kept;
      // Another file by now, so this upload never goes on.
      if (error instanceof UserError) await session.forget();
      throw asError(error);
    }
    await kept;
    return isKept(sending, sum);
  }
}

/** Compares; takes away what a server kept that did not compare it with its checksum. */
async function isKept(sent: File, sum: string | undefined): Promise<boolean> {
  const { crc32c: kept, generation } = sent.metadata;
  if (kept === sum) return true;
  await sent.delete({ ifGenerationMatch: Number(generation) }).catch(() => undefined);
  return false;
}

/** What a file is, and a small one's content. */
interface Look {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly body?: Buffer;
}

async function lookAt(file: string): Promise<Look> {
  const handle = await open(file);
  try {
    const { size, mtimeNs } = await handle.stat({ bigint: true });
    if (size > SMALL_BYTES) return { size, mtimeNs };
    const body = await handle.readFile();
    const after = await handle.stat({ bigint: true });
    if (after.size !== BigInt(body.length) || after.mtimeNs !== mtimeNs) throw changedMeanwhile(file);
    return { size, mtimeNs, body };
  } finally {
    await handle.close();
  }
}

/** Where a part is refused, the client throws Google's error document itself, which is no Error; or an Error with the refusal's text beside it. */
function asError(error: unknown): unknown {
  const { data: text } = PLAIN.safeParse(error);
  if (text) return Object.assign(new Error(text.errors[0].trim(), { cause: error }), { code: text.code });
  const { data: said } = REFUSAL.safeParse(error);
  return error instanceof Error || !said ? error : Object.assign(new Error(said.message), said);
}
const REFUSAL = z.looseObject({ code: z.number(), message: z.string() });
const PLAIN = z.looseObject({ code: z.number(), errors: z.tuple([z.string().min(1)]) });
