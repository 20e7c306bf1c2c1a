import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  type CompletedPart,
  ListPartsCommand,
  type Part,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { inParallel } from '../core/parallel';
import type { TransferProgress } from '../core/store';
import { awsFailure } from './aws-errors';
import { changedMeanwhile } from './file-content';
import { within } from './s3-client';

export const PARTS_AT_ONCE = 8;

/** An upload in parts that S3 knows already. */
interface Begun {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

interface Source {
  readonly file: string;
  readonly bytes: number;
  readonly partBytes: number;
}

/**
 * Sends what S3 lacks of an upload in parts, and finishes it; false when S3 does not know the upload any more. A part that is
 * there counts when its size and its CRC-32 (in base64, big-endian), or else its MD5, are those of the file.
 */
export async function goOn(
  client: S3Client,
  begun: Begun,
  source: Source,
  progress: TransferProgress,
  signal?: AbortSignal,
): Promise<boolean> {
  const there = await partsOf(client, begun, signal);
  if (!there) return false;
  const before = await stat(source.file, { bigint: true });
  const count = Math.ceil(source.bytes / source.partBytes);
  const done: CompletedPart[] = [];
  let sent = 0;
  await inParallel(
    Array.from({ length: count }, (_, at) => at + 1),
    PARTS_AT_ONCE,
    async (PartNumber, abortSignal) => {
      const start = (PartNumber - 1) * source.partBytes;
      const end = Math.min(source.bytes, start + source.partBytes);
      const Body = await buffer(createReadStream(source.file, { start, end: end - 1 }));
      const known = there.get(PartNumber);
      const part =
        known && isSame(known, Body)
          ? known
          : await client.send(
              new UploadPartCommand({ ...begun, PartNumber, Body, ContentLength: Body.length }),
              { abortSignal },
            );
      const { ETag, ChecksumCRC32 } = part;
      done.push({ PartNumber, ETag, ChecksumCRC32 });
      sent += Body.length;
      progress(sent, source.bytes);
    },
    signal,
  );
  const after = await stat(source.file, { bigint: true });
  if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw changedMeanwhile(source.file);
  const Parts = done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  await client.send(
    new CompleteMultipartUploadCommand({ ...begun, MultipartUpload: { Parts } }),
    within(signal),
  );
  return true;
}

async function partsOf(
  client: S3Client,
  begun: Begun,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, Part> | undefined> {
  const parts = new Map<number, Part>();
  try {
    // The SDK's paginator goes on for ever: S3 names a next part also on the last page.
    for (let more = true, PartNumberMarker: string | undefined; more;) {
      const page = await client.send(new ListPartsCommand({ ...begun, PartNumberMarker }), within(signal));
      for (const part of page.Parts ?? []) {
        if (part.PartNumber !== undefined) parts.set(part.PartNumber, part);
      }
      PartNumberMarker = page.NextPartNumberMarker;
      more = page.IsTruncated === true && PartNumberMarker !== undefined;
    }
    return parts;
  } catch (error) {
    if (awsFailure(error)?.code === 'NoSuchUpload') return undefined;
    throw error;
  }
}

function isSame({ Size, ChecksumCRC32, ETag }: Part, body: Buffer): boolean {
  if (Size !== body.length) return false;
  // Some servers give no checksum; the ETag of a part that S3 did not encrypt is its MD5.
  if (ChecksumCRC32 === undefined) return ETag === `"${createHash('md5').update(body).digest('hex')}"`;
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString('base64') === ChecksumCRC32;
}
