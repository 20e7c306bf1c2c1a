import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { File } from '@google-cloud/storage';
import { z } from 'zod';
import type { TransferProgress } from '../core/store';
import { damaged } from './download';
import { changedMeanwhile } from './file-content';
import { crc32c, fileCrc32c } from './gcs-checksum';
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

/**
 * A file to a key: one request for a small one, else a resumable upload that goes on where the same one stopped before. Its
 * CRC-32C travels with the first request, so that nothing takes the key's place but this content; a file that changes meanwhile
 * is a `conflict`.
 */
export async function uploadFile(
  target: File,
  file: string,
  progress: TransferProgress = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const { size, mtimeNs, body } = await look(file);
  const bytes = Number(size);
  signal?.throwIfAborted();
  let sum: string;
  if (body) {
    sum = await crc32c(body);
    await target.save(body, { resumable: false, validation: false, metadata: { crc32c: sum } });
    progress(bytes, bytes);
  } else {
    sum = await fileCrc32c(file, signal);
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
    if (session.id !== undefined && target.metadata.crc32c !== sum) {
      await discard(target);
      await send();
      await session.forget();
    }

    async function send(uri?: string): Promise<void> {
      const stream = target.createWriteStream({
        ...(uri === undefined ? {} : { uri }),
        chunkSize: chunkBytes(bytes),
        validation: false,
        metadata: { crc32c: sum, contentLength: bytes },
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
  if (target.metadata.crc32c === sum) return;
  await discard(target);
  throw damaged(`upload ${file}`);
}

/** What a file is, and a small one's content. */
async function look(
  file: string,
): Promise<{ readonly size: bigint; readonly mtimeNs: bigint; readonly body?: Buffer }> {
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
