import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CompletedPart,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { inParallel } from '../core/parallel';

/** Bytes that S3 copies in one request. */
export const MOST_COPIED_AT_ONCE = 5 * 2 ** 30;
const PART_BYTES = 64 * 2 ** 20;
const MOST_PARTS = 10_000;
const PARTS_AT_ONCE = 8;

/** Copies an object inside S3 in parts; `source` is `bucket/key`, escaped. Nothing is left behind when it fails. */
export async function copyInParts(
  client: S3Client,
  from: { readonly source: string; readonly bytes: number; readonly etag: string },
  to: { readonly Bucket: string; readonly Key: string },
  signal?: AbortSignal,
): Promise<void> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(from.bytes / MOST_PARTS));
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(to));
  const parts: CompletedPart[] = [];
  try {
    const numbers = Array.from({ length: Math.ceil(from.bytes / partBytes) }, (_, at) => at + 1);
    await inParallel(
      numbers,
      PARTS_AT_ONCE,
      async (PartNumber, abortSignal) => {
        const start = (PartNumber - 1) * partBytes;
        const end = Math.min(from.bytes, start + partBytes) - 1;
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            ...to,
            UploadId,
            PartNumber,
            CopySource: from.source,
            CopySourceRange: `bytes=${start}-${end}`,
            CopySourceIfMatch: from.etag,
          }),
          { abortSignal },
        );
        parts.push({ ...CopyPartResult, PartNumber });
      },
      signal,
    );
    parts.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    await client.send(
      new CompleteMultipartUploadCommand({ ...to, UploadId, MultipartUpload: { Parts: parts } }),
    );
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...to, UploadId })).catch(() => undefined);
    throw error;
  }
}
