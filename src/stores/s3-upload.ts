import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { UserError } from '../core/errors';
import type { TransferProgress } from '../core/store';
import { within, withSend } from './s3-client';

const PART_BYTES = 8 * 2 ** 20;
const MOST_PARTS = 10_000;
const PARTS_AT_ONCE = 8;

/**
 * A file to a key: one request up to the size of a part, else parts side by side. S3 checks the CRC-32 of each request.
 * When it fails or is cancelled the parts are removed before this rejects; a file that changes meanwhile is a `conflict`.
 */
export async function uploadFile(
  client: S3Client,
  bucket: string,
  key: string,
  file: string,
  progress: TransferProgress = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const { size } = await stat(file);
  if (size <= PART_BYTES) {
    const Body = await buffer(content(file, signal));
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: Body.length }),
      within(signal),
    );
    progress(size, size);
    return;
  }
  const upload = new Upload({
    client: cancellable(client, signal),
    params: { Bucket: bucket, Key: key, Body: Readable.from(content(file, signal), { objectMode: false }) },
    partSize: Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS)),
    queueSize: PARTS_AT_ONCE,
  });
  upload.on('httpUploadProgress', ({ loaded }) => progress(loaded ?? 0, size));
  await upload.done();
}

/** The bytes of a file as long as it stays the same one. */
async function* content(file: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const before = await stat(file, { bigint: true });
  if (before.size > 0n) {
    const bytes = createReadStream(file, { end: Number(before.size) - 1, highWaterMark: 2 ** 20 });
    for await (const chunk of bytes) {
      signal?.throwIfAborted();
      yield chunk as Buffer;
    }
  }
  const after = await stat(file, { bigint: true });
  if (after.size === before.size && after.mtimeNs === before.mtimeNs) return;
  throw new UserError('conflict', `${file} was changed while it was uploaded.`, {
    fix: 'Wait until nothing writes to it any more, then upload it again.',
  });
}

/**
 * The signal ends all requests but two: the one that begins an upload, whose id is needed to end it, and the one that ends
 * it. So a cancelled upload leaves nothing in the bucket.
 */
function cancellable(client: S3Client, signal: AbortSignal | undefined): S3Client {
  if (!signal) return client;
  const send: S3Client['send'] = async (command: never) => {
    const keeps = [CreateMultipartUploadCommand, AbortMultipartUploadCommand].some(
      (kind) => (command as unknown) instanceof kind,
    );
    return client.send(command, ...((keeps ? [] : [{ abortSignal: signal }]) as never[]));
  };
  return withSend(client, send);
}
