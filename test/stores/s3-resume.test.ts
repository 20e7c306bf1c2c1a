import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Store } from '../../src/core/store';
import { createAccount } from '../../src/stores/s3';
import { changeEnvironment, withoutAws } from '../environment';
import { type Front, s3Error, startFront } from '../rigs/front';
import { type Moto, startMoto } from '../rigs/moto';
import { kindOf, sha256 } from './store.contract';

const MB = 2 ** 20;
const BUCKET = 'resumed';
let moto: Moto;
let front: Front;
let admin: S3Client;
let store: Store;
let folder: string;
let restore: () => void;
const file = (): string => path.join(folder, 'up');
const sessions = (): Promise<string[]> => fs.readdir(path.join(folder, 'state/uploads'));
const unfinished = async (): Promise<readonly MultipartUpload[]> =>
  (await admin.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? [];
/** The numbers of the parts that were sent, in order. */
const parts = (): number[] =>
  front.seen
    .filter(({ method }) => method === 'PUT')
    .map((one) => Number(/partNumber=(\d+)/.exec(one.path)?.[1] ?? 0))
    .sort((a, b) => a - b);

/** Uploads 40 MB while S3 is gone after two parts. */
async function cut(key: string): Promise<void> {
  // One after the other, so that it is known which parts are there.
  front.fault = ({ path: asked }) =>
    Number(/partNumber=(\d+)/.exec(asked)?.[1] ?? 0) > 2 ? s3Error(503, 'ServiceUnavailable') : undefined;
  const error: unknown = await store.upload(file(), key).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ kind: 'unavailable', fix: /stays in the bucket for a week/ });
  front.fault = undefined;
  front.seen.length = 0;
}

async function arrived(key: string): Promise<string> {
  await store.download(key, path.join(folder, 'down'));
  return sha256(await fs.readFile(path.join(folder, 'down')));
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-resume-'));
  moto = await startMoto();
  front = await startFront(moto.url);
  restore = changeEnvironment({
    ...withoutAws(),
    ...moto.env,
    AWS_ENDPOINT_URL: front.url,
    MLL_STATE: path.join(folder, 'state'),
    AWS_MAX_ATTEMPTS: '1',
  });
  admin = new S3Client({ endpoint: moto.url, forcePathStyle: true });
  await admin.send(new CreateBucketCommand({ Bucket: BUCKET }));
  store = (await createAccount()).open(BUCKET);
});
beforeEach(() => {
  front.fault = undefined;
  front.seen.length = 0;
});
afterAll(async () => {
  await front.stop();
  await moto.stop();
  restore();
  await fs.rm(folder, { recursive: true });
});

describe('an upload to S3 that was cut', () => {
  test('goes on where it stopped, also by another process', async () => {
    const bytes = randomBytes(40 * MB + 7);
    await fs.writeFile(file(), bytes);
    await cut('one.bin');
    expect(await unfinished()).toHaveLength(1);
    expect(await sessions()).toHaveLength(1);
    expect(await kindOf(store.stat('one.bin'))).toBe('notFound');
    const seen: number[] = [];
    const again = (await createAccount()).open(BUCKET);
    await again.upload(file(), 'one.bin', (done) => seen.push(done));
    expect(parts()).toEqual([3, 4, 5, 6]);
    expect(seen.at(-1)).toBe(bytes.length);
    expect(await unfinished()).toEqual([]);
    expect(await sessions()).toEqual([]);
    expect(await arrived('one.bin')).toBe(sha256(bytes));
  });

  test('sends a part again that is another in the file, though size and time are the same', async () => {
    const bytes = randomBytes(24 * MB);
    const time = new Date('2026-03-01T12:00:00Z');
    await fs.writeFile(file(), bytes);
    await fs.utimes(file(), time, time);
    await cut('two.bin');
    bytes[9 * MB] = (bytes[9 * MB] ?? 0) ^ 1;
    await fs.writeFile(file(), bytes);
    await fs.utimes(file(), time, time);
    await store.upload(file(), 'two.bin');
    expect(parts()).toEqual([2, 3]);
    expect(await arrived('two.bin')).toBe(sha256(bytes));
  });

  test('begins anew when S3 does not know it any more', async () => {
    const bytes = randomBytes(24 * MB);
    await fs.writeFile(file(), bytes);
    await cut('three.bin');
    for (const { Key, UploadId } of await unfinished())
      await admin.send(new AbortMultipartUploadCommand({ Bucket: BUCKET, Key, UploadId }));
    await store.upload(file(), 'three.bin');
    expect(parts()).toEqual([1, 2, 3]);
    expect(await sessions()).toEqual([]);
    expect(await arrived('three.bin')).toBe(sha256(bytes));
  });

  test('goes on, too, where its parts could not be removed', async () => {
    await fs.writeFile(file(), randomBytes(24 * MB));
    front.fault = ({ method, path: asked }) =>
      method === 'DELETE' || asked.includes('partNumber=3') ? s3Error(403, 'AccessDenied') : undefined;
    expect(await kindOf(store.upload(file(), 'refused.bin'))).toBe('permission');
    expect(await sessions()).toHaveLength(1);
    front.fault = undefined;
    front.seen.length = 0;
    await store.upload(file(), 'refused.bin');
    expect(parts()).toContain(3);
    expect(parts().length).toBeLessThan(3);
    expect(await unfinished()).toEqual([]);
  });

  test('leaves nothing when it is cancelled on its second way', async () => {
    await fs.writeFile(file(), randomBytes(40 * MB));
    await cut('four.bin');
    const abort = new AbortController();
    expect(await kindOf(store.upload(file(), 'four.bin', () => abort.abort(), abort.signal))).toBe('abort');
    expect(await unfinished()).toEqual([]);
    expect(await sessions()).toEqual([]);
  });

  test('is ended by the next upload to that bucket when nobody went on with it for a week', async () => {
    await fs.writeFile(file(), randomBytes(24 * MB));
    await cut('five.bin');
    const [session = ''] = await sessions();
    const old = new Date(Date.now() - 8 * 24 * 60 * 60_000);
    await fs.utimes(path.join(folder, 'state/uploads', session), old, old);
    await fs.writeFile(file(), randomBytes(9 * MB));
    await store.upload(file(), 'six.bin');
    expect(await unfinished()).toEqual([]);
    expect(await sessions()).toEqual([]);
  });
});
