import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Store } from '../../src/core/store';
import { createAccount } from '../../src/stores/s3';
import { changeEnvironment, withoutAws } from '../environment';
import { type Fault, type Front, s3Error, startFront } from '../rigs/front';
import { type Moto, startMoto } from '../rigs/moto';
import { kindOf, sha256, storeContract } from './store.contract';

const MB = 2 ** 20;
let moto: Moto;
let front: Front;
let admin: S3Client;
let buckets = 0;
let restore: () => void;

beforeAll(async () => {
  moto = await startMoto();
  front = await startFront(moto.url);
  restore = changeEnvironment({
    ...withoutAws(),
    ...moto.env,
    AWS_ENDPOINT_URL: front.url,
    MLL_STATE: await fs.mkdtemp(path.join(os.tmpdir(), 'mll-s3-state-')),
  });
  admin = new S3Client({ endpoint: moto.url, forcePathStyle: true });
});
afterAll(async () => {
  await front.stop();
  await moto.stop();
  restore();
});
beforeEach(() => {
  front.fault = undefined;
  front.seen.length = 0;
});

async function freshBucket(): Promise<string> {
  const name = `bucket-${(buckets += 1)}`;
  await admin.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

async function freshStore(): Promise<Store> {
  return (await createAccount()).open(await freshBucket());
}

storeContract('S3', () => Promise.resolve({ fresh: freshStore, dispose: () => Promise.resolve() }));

/** The UserError that a promise rejects with. */
async function failure(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

describe('S3', () => {
  let store: Store;
  let bucket: string;
  let folder: string;
  const local = (name: string): string => path.join(folder, name);
  const unfinished = async (): Promise<number> =>
    (await admin.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;

  beforeAll(async () => {
    bucket = await freshBucket();
    store = (await createAccount()).open(bucket);
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-s3-'));
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  test('lists buckets', async () => {
    const roots = await (await createAccount()).roots();
    expect(roots.map((one) => one.name)).toContain(bucket);
    expect(Date.parse(roots[0]?.created ?? '')).not.toBeNaN();
  });

  test('sends a checksum with all that it uploads, in parts side by side', async () => {
    await fs.writeFile(local('up'), randomBytes(24 * MB + 1));
    await store.upload(local('up'), 'up.bin');
    const parts = front.seen.filter((one) => one.method === 'PUT');
    expect(parts).toHaveLength(4);
    for (const part of parts) expect(part.headers['x-amz-checksum-crc32']).toMatch(/^[\w+/]{6}==$/);
    expect(await unfinished()).toBe(0);
  });

  test.each([
    ['cancelled', () => undefined, 'abort'],
    [
      'refused in the middle',
      (part: number) => (part === 3 ? s3Error(403, 'AccessDenied') : undefined),
      'permission',
    ],
    [
      'damaged on its way',
      (part: number) => (part === 2 ? s3Error(400, 'BadDigest') : undefined),
      'unavailable',
    ],
  ] as const)(
    'leaves no part of an upload that is %s',
    async (_, fault: (part: number) => Fault | undefined, kind) => {
      await fs.writeFile(local('up'), randomBytes(40 * MB));
      const abort = new AbortController();
      front.fault = ({ path: asked }) => fault(Number(/partNumber=(\d+)/.exec(asked)?.[1] ?? 0));
      const stop = kind === 'abort' ? () => abort.abort() : () => undefined;
      expect(await kindOf(store.upload(local('up'), 'failed.bin', stop, abort.signal))).toBe(kind);
      // We end it once; further attempts at that very request are the SDK's own, which numbers them.
      const deletes = front.seen.filter((one) => one.method === 'DELETE');
      const attempts = deletes.map(
        (one) => /attempt=(\d+)/.exec(String(one.headers['amz-sdk-request']))?.[1],
      );
      expect(attempts).toEqual(deletes.map((_, at) => String(at + 1)));
      expect(new Set(deletes.map((one) => one.path)).size).toBe(1);
      expect(await unfinished()).toBe(0);
      expect(await kindOf(store.stat('failed.bin'))).toBe('notFound');
    },
  );

  test('leaves nothing of an upload whose file changes meanwhile', async () => {
    // More parts than go at a time: so the end is read after the first part has gone.
    await fs.writeFile(local('up'), Buffer.alloc(80 * MB));
    const uploading = store.upload(local('up'), 'failed.bin', () => appendFileSync(local('up'), 'more'));
    expect((await failure(uploading)).message).toMatch(/up was changed while it was uploaded\.$/);
    expect(await unfinished()).toBe(0);
    expect(await kindOf(store.stat('failed.bin'))).toBe('notFound');
  });

  test('takes a download up again after a cut connection, within one call', async () => {
    const bytes = randomBytes(24 * MB);
    await fs.writeFile(local('up'), bytes);
    await store.upload(local('up'), 'cut.bin');
    front.seen.length = 0;
    let cuts = 0;
    front.fault = ({ headers }) =>
      headers.range === `bytes=${8 * MB}-${16 * MB - 1}` && (cuts += 1) < 3 ? { cutAfter: MB } : undefined;
    await store.download('cut.bin', local('cut.bin'));
    expect(cuts).toBe(3);
    expect(sha256(await fs.readFile(local('cut.bin')))).toBe(sha256(bytes));
  });

  test('a connection that is cut again and again is a failure that says how to go on, and nothing is taken twice', async () => {
    const bytes = randomBytes(24 * MB);
    await fs.writeFile(local('up'), bytes);
    await store.upload(local('up'), 'cut.bin');
    const parts = (): (string | undefined)[] =>
      front.seen.filter((one) => one.method === 'GET').map((one) => one.headers.range);
    front.seen.length = 0;
    front.fault = ({ headers }) =>
      headers.range?.startsWith(`bytes=${16 * MB}-`) ? { cutAfter: 1000 } : undefined;
    const error = await failure(store.download('cut.bin', local('again.bin')));
    expect(error).toMatchObject({
      kind: 'unavailable',
      fix: expect.stringContaining('goes on where it stopped') as string,
    });
    const finished = parts().length - 3;
    expect(finished).toBe(2);
    front.fault = undefined;
    front.seen.length = 0;
    await store.download('cut.bin', local('again.bin'));
    expect(parts()).toEqual([`bytes=${16 * MB}-${24 * MB - 1}`]);
    expect(sha256(await fs.readFile(local('again.bin')))).toBe(sha256(bytes));
  });

  test('does not keep what was damaged on its way', async () => {
    await fs.writeFile(local('up'), randomBytes(24 * MB));
    await store.upload(local('up'), 'damaged.bin');
    await store.write('damaged small', 'content');
    front.fault = ({ method }) => (method === 'GET' ? { damaged: true } : undefined);
    for (const key of ['damaged.bin', 'damaged small']) {
      const error = await failure(store.download(key, local('damaged')));
      expect(error.message).toContain('its checksum is another');
    }
    expect((await fs.readdir(folder)).filter((one) => one.startsWith('damaged'))).toEqual([]);
    expect(await kindOf(text(await store.read('damaged small')))).toBe('unavailable');
  });

  test('needs one request for a small object that a list has named', async () => {
    await store.write('listed', 'content');
    const [object] = (await store.list('listed')).objects;
    front.seen.length = 0;
    await store.download(object ?? '', local('listed'));
    expect(front.seen.map((one) => one.method)).toEqual(['GET']);
  });

  test('keeps versions', async () => {
    const versioned = await freshBucket();
    await admin.send(
      new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const kept = (await createAccount()).open(versioned);
    await kept.write('key', 'first');
    await kept.write('key', 'the second');
    await kept.write('key2', 'another key');
    await kept.remove(['key']);
    const versions = (await kept.versions?.('key')) ?? [];
    expect(versions.map(({ bytes, latest, deleted }) => ({ bytes, latest, deleted }))).toEqual([
      { bytes: 0, latest: true, deleted: true },
      { bytes: 10, latest: false, deleted: false },
      { bytes: 5, latest: false, deleted: false },
    ]);
    expect(await kindOf(kept.stat('key'))).toBe('notFound');
    const old = kept.at?.(versions[2]?.version ?? '');
    if (!old) throw new Error('S3 reads versions.');
    expect(await text(await old.read('key'))).toBe('first');
    await old.download('key', local('first'));
    expect(await fs.readFile(local('first'), 'utf8')).toBe('first');
  });

  test('removes keys that XML cannot hold', async () => {
    await store.write('bell\u0007and\u0001', 'x');
    expect((await store.list('bell')).objects.map((one) => one.key)).toEqual(['bell\u0007and\u0001']);
    await store.remove(['bell\u0007and\u0001']);
    expect((await store.list('bell')).objects).toEqual([]);
  });

  test('follows a bucket to its region, and asks there from then on', async () => {
    await store.write('elsewhere', 'content');
    front.seen.length = 0;
    front.fault = ({ headers }) =>
      headers.authorization?.includes('/us-east-1/s3/')
        ? {
            ...s3Error(
              301,
              'PermanentRedirect',
              'The bucket must be addressed using the specified endpoint.',
            ),
            headers: { 'x-amz-bucket-region': 'eu-central-1', 'content-type': 'application/xml' },
          }
        : undefined;
    const elsewhere = (await createAccount()).open(bucket);
    expect(await elsewhere.stat('elsewhere')).toMatchObject({ bytes: 7 });
    expect(await text(await elsewhere.read('elsewhere'))).toBe('content');
    expect(
      front.seen.map((one) => /\/(\w+-\w+-\d)\/s3\//.exec(one.headers.authorization ?? '')?.[1]),
    ).toEqual(['us-east-1', 'eu-central-1', 'eu-central-1']);
  });
});

describe('failures of S3', () => {
  let store: Store;
  beforeAll(async () => {
    store = await freshStore();
    await store.write('key', 'content');
  });

  test.each([
    [
      s3Error(403, 'AccessDenied', 'Access Denied'),
      'permission',
      /^Could not list s3:\/\/bucket-\d+\/: you may not do that there\.$/,
    ],
    [s3Error(404, 'NoSuchBucket'), 'notFound', /there is no bucket "bucket-\d+"/],
    [
      s3Error(400, 'ExpiredToken', 'The provided token has expired.'),
      'auth',
      /the login of AWS_ACCESS_KEY_ID has expired/,
    ],
    [s3Error(403, 'InvalidAccessKeyId'), 'auth', /does not accept the keys of AWS_ACCESS_KEY_ID/],
    [s3Error(503, 'SlowDown', 'Please reduce your request rate.'), 'quota', /fewer requests at a time/],
    [s3Error(500, 'InternalError'), 'unavailable', /the service failed \(InternalError, HTTP 500\)/],
    [
      s3Error(
        403,
        'RequestTimeTooSkewed',
        'The difference…',
        '<ServerTime>2031-01-01T00:00:00Z</ServerTime>',
      ),
      'auth',
      /the clock of this machine is wrong.*, at AWS 2031-01-01T00:00:00Z\.$/,
    ],
    [s3Error(400, 'Unheard', 'Something new'), 'invalid', /Something new \(Unheard, HTTP 400\)/],
  ] as const)('%#: $0.body', async (fault, kind, message) => {
    front.fault = () => fault;
    const error = await failure(store.list(''));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.fix).toBeTruthy();
  });
});
