import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { UserError } from '../core/errors';
import type { TransferProgress } from '../core/store';
import { type AwsChoice } from './aws-credentials';
import { awsFailure } from './aws-errors';
import { fileContent } from './file-content';
import { within, withSend } from './s3-client';
import { explainS3 } from './s3-errors';
import { goOn, PARTS_AT_ONCE } from './s3-resume';
import { endOldUploads, uploadSession } from './upload-sessions';

const PART_BYTES = 8 * 2 ** 20;
const MOST_PARTS = 10_000;

/** Where a file goes, and whose login takes it there. */
export interface S3Target {
  readonly bucket: string;
  readonly key: string;
  readonly choice: AwsChoice;
}

/**
 * A file to a key: one request up to the size of a part, else parts side by side. S3 checks the CRC-32 of each request. What
 * arrived before S3 could be reached no more is kept for a week, and the same upload goes on from there; when it is cancelled or
 * fails otherwise its parts are removed before this rejects. A file that changes meanwhile is a `conflict`.
 */
export async function uploadFile(
  client: S3Client,
  target: S3Target,
  file: string,
  progress: TransferProgress = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const { size, mtimeNs } = await stat(file, { bigint: true });
  const bytes = Number(size);
  const place = { Bucket: target.bucket, Key: target.key };
  if (bytes <= PART_BYTES) {
    const Body = await buffer(fileContent(file, signal));
    await client.send(new PutObjectCommand({ ...place, Body, ContentLength: Body.length }), within(signal));
    progress(bytes, bytes);
    return;
  }
  const end = (Key: string, UploadId: string): Promise<unknown> =>
    client.send(new AbortMultipartUploadCommand({ Bucket: target.bucket, Key, UploadId }));
  await endOldUploads('s3', target.bucket, ({ key, id }) => ended(end(key, id)));
  const session = await uploadSession({ store: 's3', bucket: target.bucket, key: target.key }, [
    path.resolve(file),
    String(size),
    String(mtimeNs),
  ]);
  let id = session.id;
  try {
    const partBytes = Math.max(PART_BYTES, Math.ceil(bytes / MOST_PARTS));
    const source = { file, bytes, partBytes };
    if (id !== undefined && (await goOn(client, { ...place, UploadId: id }, source, progress, signal))) {
      await session.forget();
      return;
    }
    id = undefined;
    const upload = new Upload({
      client: watched(client, signal, async (begun) => {
        id = begun;
        await session.keep(begun);
      }),
      params: { ...place, Body: Readable.from(fileContent(file, signal), { objectMode: false }) },
      partSize: partBytes,
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: true,
    });
    upload.on('httpUploadProgress', ({ loaded }) => progress(loaded ?? 0, bytes));
    await upload.done();
    await session.forget();
  } catch (error) {
    if (id === undefined) throw error;
    const isCancelled = signal?.aborted === true;
    const isGone = (isCancelled || !isOutOfReach(error)) && (await ended(end(target.key, id)));
    if (isGone) await session.forget();
    throw isGone || isCancelled ? error : await kept(error, target, file);
  }
}

/** False when the upload is still there: then it is not forgotten either. */
const ended = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    (error: unknown) => awsFailure(error)?.code === 'NoSuchUpload',
  );

/** S3 gave no answer, or could not do it just then: the parts could not be removed either. */
function isOutOfReach(error: unknown): boolean {
  const status = awsFailure(error)?.status;
  return status !== undefined && (status === 0 || status >= 500);
}

async function kept(error: unknown, { bucket, key, choice }: S3Target, file: string): Promise<unknown> {
  const doing = `upload ${file} to s3://${bucket}/${key}`;
  const said = await explainS3(error, { choice, bucket, key, doing });
  if (!(said instanceof UserError)) return said;
  return new UserError(said.kind, said.message, {
    fix: `${said.fix ?? 'Try again.'} What has arrived stays in the bucket for a week, so that the same upload goes on from there.`,
    actions: said.actions,
    cause: error,
  });
}

/**
 * Says which upload was begun. The signal ends all requests but the one that begins an upload, whose id is needed to end it: so a
 * cancelled upload leaves nothing in the bucket.
 */
function watched(
  client: S3Client,
  signal: AbortSignal | undefined,
  begun: (id: string) => Promise<void>,
): S3Client {
  const send: S3Client['send'] = async (command: never) => {
    if (!((command as unknown) instanceof CreateMultipartUploadCommand))
      return client.send(command, ...([within(signal)] as never[]));
    const answer: CreateMultipartUploadCommandOutput = await client.send(command);
    if (answer.UploadId !== undefined) await begun(answer.UploadId);
    return answer as never;
  };
  return withSend(client, send);
}
