import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Crc32c } from '@aws-sdk/checksums/crc';
import type { File } from '@google-cloud/storage';
import { z } from 'zod';
import type { TransferProgress } from '../core/store';
import { damaged } from './download';
import { fileContent } from './file-content';
import { googleFailure } from './google-errors';
import { endOldUploads, uploadSession, type UploadPlace } from './upload-sessions';

/** A file up to this size goes in one request. */
const SMALL_BYTES = 8 * 2 ** 20;
/** What a broken connection costs to send again at the least, and the most, which is what Google’s Python client takes; held in memory. */
const [LEAST_CHUNK, MOST_CHUNK] = [16 * 2 ** 20, 100 * 2 ** 20];
const CHUNKS = 5;

/** Each chunk costs a round trip, so a large file goes in larger ones; a multiple of 256 KiB, as Cloud Storage wants it. */
function chunkBytes(bytes: number): number {
  const even = Math.ceil(bytes / CHUNKS / 2 ** 20) * 2 ** 20;
  return Math.min(MOST_CHUNK, Math.max(LEAST_CHUNK, even));
}

/** The CRC-32C of bytes as Cloud Storage writes it: big-endian, in base64. Google's own in JavaScript is four times slower. */
export async function crc32c(content: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = new Crc32c();
  for await (const chunk of content) sum.update(chunk);
  return Buffer.from(await sum.digest()).toString('base64');
}

/** The MD5 of bytes as Cloud Storage writes it: in base64. */
export async function md5(content: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash('md5');
  for await (const chunk of content) sum.update(chunk);
  return sum.digest('base64');
}

/**
 * A file to a key: one request for a small one, else a resumable upload that goes on where the same one stopped before. Its
 * MD5 (which Node computes natively, twice as fast as a CRC-32C in JavaScript) travels with the first request, so that nothing
 * takes the key's place but this content; a file that changes meanwhile is a `conflict`.
 */
export async function uploadFile(
  target: File,
  file: string,
  progress: TransferProgress = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const { size, mtimeNs } = await stat(file, { bigint: true });
  const bytes = Number(size);
  let sum: string;
  if (bytes <= SMALL_BYTES) {
    const body = await buffer(fileContent(file, signal));
    sum = createHash('md5').update(body).digest('base64');
    await target.save(body, { resumable: false, validation: false, metadata: { md5Hash: sum } });
    progress(bytes, bytes);
  } else {
    sum = await md5(fileContent(file, signal));
    const place: UploadPlace = { store: 'gs', bucket: target.bucket.name, key: target.name };
    // Cloud Storage ends them by itself.
    await endOldUploads('gs', place.bucket, () => Promise.resolve(true));
    const session = await uploadSession(place, [path.resolve(file), String(size), String(mtimeNs), sum]);
    try {
      await send(session.id);
    } catch (error) {
      // It was ended, or a week has passed; or what arrived is not what the checksum is of.
      const useless = [400, 404, 410].includes(googleFailure(error)?.status ?? 0);
      if (session.id === undefined || !useless) throw error;
      await session.forget();
      await send();
    }
    await session.forget();
    // What was cut off may have gone on arriving while the rest was sent: then it is sent anew, as a whole.
    if (session.id !== undefined && target.metadata.md5Hash !== sum) {
      await discard(target);
      await send();
      await session.forget();
    }

    async function send(uri?: string): Promise<void> {
      const stream = target.createWriteStream({
        ...(uri === undefined ? {} : { uri }),
        chunkSize: chunkBytes(bytes),
        validation: false,
        metadata: { md5Hash: sum, contentLength: bytes },
      });
      let kept = Promise.resolve();
      stream.on('uri', (begun: string) => {
        kept = session.keep(begun);
      });
      stream.on('progress', (state: { bytesWritten: number }) => progress(state.bytesWritten, bytes));
      try {
        await pipeline(
          createReadStream(file, { end: bytes - 1, highWaterMark: 2 ** 20 }),
          stream,
          signal ? { signal } : {},
        );
      } catch (error) {
        throw asError(error);
      } finally {
        await kept;
      }
    }
  }
  if (target.metadata.md5Hash === sum) return;
  await discard(target);
  throw damaged(`upload ${file}`);
}

/** Where a part is refused, the client throws Google's error document itself, which is no Error. */
function asError(error: unknown): unknown {
  const said = REFUSAL.safeParse(error);
  return error instanceof Error || !said.success
    ? error
    : Object.assign(new Error(said.data.message), said.data);
}
const REFUSAL = z.looseObject({ code: z.number(), message: z.string() });

/** Takes away what a server kept that did not compare it with its checksum. */
async function discard(target: File): Promise<void> {
  await target.delete({ ifGenerationMatch: Number(target.metadata.generation) }).catch(() => undefined);
}
