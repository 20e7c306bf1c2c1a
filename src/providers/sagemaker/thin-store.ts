// A stand-in for src/stores/s3.ts.
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
import type { Store } from '../../core/store';
import { UserError } from '../../core/errors';
import { calling } from './errors';

export async function thinStore(config: object, bucket: string): Promise<Store> {
  const s3 = await import('./sdk/s3');
  const client = new s3.S3Client(config);
  const Bucket = bucket;
  return {
    id: 's3',
    uri: (key) => `s3://${bucket}/${key}`,
    stat: (key) =>
      calling(`look at s3://${bucket}/${key}`, async () => {
        const head = await client.send(new s3.HeadObjectCommand({ Bucket, Key: key }));
        return {
          key,
          bytes: head.ContentLength ?? 0,
          modified: (head.LastModified ?? new Date()).toISOString(),
        };
      }),
    read: (key, range) =>
      calling(`read s3://${bucket}/${key}`, async () => {
        const got = await client.send(
          new s3.GetObjectCommand({
            Bucket,
            Key: key,
            ...(range ? { Range: `bytes=${range.start}-${range.end - 1}` } : {}),
          }),
        );
        return got.Body as Readable;
      }),
    write: (key, body, options) =>
      calling(`write s3://${bucket}/${key}`, async () => {
        await client.send(
          new s3.PutObjectCommand({
            Bucket,
            Key: key,
            Body: body,
            ...(options?.ifAbsent ? { IfNoneMatch: '*' } : {}),
          }),
        );
      }),
    list: (prefix, options) =>
      calling(`list s3://${bucket}/${prefix}`, async () => {
        const page = await client.send(
          new s3.ListObjectsV2Command({
            Bucket,
            Prefix: prefix,
            ...(options?.deep ? {} : { Delimiter: '/' }),
            ...(options?.next === undefined ? {} : { ContinuationToken: options.next }),
          }),
        );
        return {
          prefixes: (page.CommonPrefixes ?? []).map((one) => one.Prefix ?? ''),
          objects: (page.Contents ?? []).map((one) => ({
            key: one.Key ?? '',
            bytes: one.Size ?? 0,
            modified: (one.LastModified ?? new Date()).toISOString(),
            ...(one.ETag === undefined ? {} : { etag: one.ETag }),
          })),
          ...(page.NextContinuationToken === undefined ? {} : { next: page.NextContinuationToken }),
        };
      }),
    copy: () => Promise.reject(new UserError('unsupported', 'copy')),
    remove: (keys) =>
      calling(`delete in s3://${bucket}`, async () => {
        if (keys.length === 0) return;
        await client.send(
          new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
        );
      }),
    upload: (file, key) =>
      calling(`send ${file} to s3://${bucket}/${key}`, async () => {
        const { size } = await fs.stat(file);
        await client.send(
          new s3.PutObjectCommand({ Bucket, Key: key, Body: createReadStream(file), ContentLength: size }),
        );
      }),
    download: (key, file) =>
      calling(`bring s3://${bucket}/${key}`, async () => {
        const got = await client.send(new s3.GetObjectCommand({ Bucket, Key: key }));
        await pipeline(got.Body as Readable, createWriteStream(`${file}.part`));
        await fs.rename(`${file}.part`, file);
      }),
  };
}
