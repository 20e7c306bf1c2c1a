// Large files on their way: more arrives than is known, a login ends, or is renewed.
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Store } from '../../src/core/store';
import { createAccount } from '../../src/stores/gcs';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type Front, type Seen, startFront } from '../rigs/front';
import { type Accounts, startAccounts } from '../rigs/google/accounts';
import { answerUploadStatus, startStorageServer, type StorageServer } from '../rigs/google/storage';
import { kindOf, sha256 } from './store.contract';

const MB = 2 ** 20;
const BUCKET = 'bucket';
let server: StorageServer;
let front: Front;
let accounts: Accounts;
let folder: string;
let restore: () => void;
let store: Store;
let bytes: Buffer;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-gcs-uploads-'));
  const credentials = path.join(folder, 'credentials.json');
  server = await startStorageServer();
  await server.createBucket(BUCKET);
  front = await startFront(server.url);
  answerUploadStatus(front);
  const status = front.rule;
  accounts = await startAccounts(credentials, ['test']);
  front.rule = (request) => accounts.guard(request) ?? status?.(request);
  await fs.writeFile(credentials, accounts.credentials);
  bytes = randomBytes(40 * MB);
  await fs.writeFile(path.join(folder, 'up'), bytes);
  restore = changeEnvironment({
    ...withoutGoogle(),
    ...accounts.env,
    STORAGE_EMULATOR_HOST: front.url,
    MLL_STATE: path.join(folder, 'state'),
  });
});
afterAll(async () => {
  restore();
  await front.stop();
  await accounts.stop();
  await server.stop();
  await fs.rm(folder, { recursive: true });
});
beforeEach(async () => {
  accounts.expired = false;
  accounts.lasts = 3600;
  store = (await createAccount({ project: 'test' })).open(BUCKET);
  front.seen.length = 0;
});

/** The parts that arrived, and those that were refused, as the ranges that were sent. */
const parts = (): string[] =>
  front.seen.filter(({ method }) => method === 'PUT').map(({ headers }) => String(headers['content-range']));
/** Does something once, when the first part has arrived. */
function afterFirstPart(act: () => void): void {
  const before = front.answered;
  let isDone = false;
  front.answered = (request: Seen, status: number) => {
    before?.(request, status);
    if (isDone || request.method !== 'PUT' || status !== 308) return;
    isDone = true;
    front.answered = before;
    act();
  };
}
async function arrived(key: string): Promise<string> {
  await store.download(key, path.join(folder, 'down'));
  return sha256(await fs.readFile(path.join(folder, 'down')));
}

test('a token that runs out in the middle of an upload is renewed, and the upload goes on', async () => {
  // It is as good as over when it comes, so each request asks for another, as after an hour.
  accounts.lasts = 1;
  afterFirstPart(() => accounts.endTokens());
  const tokens = accounts.granted;
  await store.upload(path.join(folder, 'up'), 'renewed');
  expect(parts()).toEqual([
    `bytes 0-${16 * MB - 1}/${40 * MB}`,
    `bytes ${16 * MB}-${32 * MB - 1}/${40 * MB}`,
    `bytes ${32 * MB}-${40 * MB - 1}/${40 * MB}`,
  ]);
  expect(accounts.granted - tokens).toBeGreaterThan(1);
  expect(await arrived('renewed')).toBe(sha256(bytes));
});

test('a login that ends in the middle of an upload is said; after it was renewed the same upload goes on where it stopped', async () => {
  accounts.lasts = 1;
  afterFirstPart(() => {
    accounts.endTokens();
    accounts.expired = true;
  });
  const error: unknown = await store.upload(path.join(folder, 'up'), 'ended').catch((one: unknown) => one);
  if (!(error instanceof UserError)) throw new Error(`no UserError: ${String(error)}`);
  expect([error.kind, error.message, error.fix]).toEqual([
    'auth',
    `Could not upload ${path.join(folder, 'up')} to gs://${BUCKET}/ended: the login of the application default credentials has expired.`,
    'Run "gcloud auth application-default login", then try again.',
  ]);
  expect(error.actions.map(({ title }) => title)).toEqual(['Log In']);
  accounts.expired = false;
  accounts.lasts = 3600;
  expect(await kindOf(store.stat('ended'))).toBe('notFound');
  front.seen.length = 0;
  await store.upload(path.join(folder, 'up'), 'ended');
  expect(front.seen.filter(({ method }) => method === 'POST')).toEqual([]);
  expect(parts()).toEqual([
    'bytes */*',
    `bytes ${16 * MB}-${32 * MB - 1}/${40 * MB}`,
    `bytes ${32 * MB}-${40 * MB - 1}/${40 * MB}`,
  ]);
  expect(await arrived('ended')).toBe(sha256(bytes));
});

test('a token that is refused before its time ends the upload; the next try has another one and goes on', async () => {
  afterFirstPart(() => accounts.endTokens());
  expect(await kindOf(store.upload(path.join(folder, 'up'), 'refused'))).toBe('auth');
  front.seen.length = 0;
  await store.upload(path.join(folder, 'up'), 'refused');
  expect(front.seen.filter(({ method }) => method === 'POST')).toEqual([]);
  expect(parts()).toEqual([
    'bytes */*',
    `bytes ${16 * MB}-${32 * MB - 1}/${40 * MB}`,
    `bytes ${32 * MB}-${40 * MB - 1}/${40 * MB}`,
  ]);
  expect(await arrived('refused')).toBe(sha256(bytes));
});

test('an upload of which more arrived than the store says is sent anew as a whole', async () => {
  const abort = new AbortController();
  afterFirstPart(() => abort.abort());
  expect(await kindOf(store.upload(path.join(folder, 'up'), 'more', undefined, abort.signal))).toBe('abort');
  front.seen.length = 0;
  front.fault = ({ headers }) =>
    headers['content-range'] === 'bytes */*' ? { status: 308, body: '' } : undefined;
  await store.upload(path.join(folder, 'up'), 'more');
  front.fault = undefined;
  expect(front.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(parts().slice(0, 2)).toEqual(['bytes */*', `bytes 0-${16 * MB - 1}/${40 * MB}`]);
  expect(await arrived('more')).toBe(sha256(bytes));
});

/** A stop after the first part; then `key` is uploaded again. */
async function stopped(key: string): Promise<void> {
  const abort = new AbortController();
  afterFirstPart(() => abort.abort());
  expect(await kindOf(store.upload(path.join(folder, 'up'), key, undefined, abort.signal))).toBe('abort');
  front.seen.length = 0;
}
/** Each request of an upload, with the checksum that it carries. */
const sums = (): unknown[] =>
  front.seen
    .filter(({ method }) => method !== 'GET')
    .map(({ method, headers }) => [
      method,
      headers['content-range'],
      headers['x-goog-hash'] as string | undefined,
    ]);
/** The CRC-32C as the server computes it. */
async function keptSum(key: string): Promise<string> {
  const answer = await fetch(`${server.url}/storage/v1/b/${BUCKET}/o/${key}`);
  return ((await answer.json()) as { crc32c: string }).crc32c;
}

test('the checksum travels with the last part, each time that it is sent, and with no other request', async () => {
  let failures = 0;
  front.fault = ({ headers }) =>
    headers['content-range'] === `bytes ${32 * MB}-${40 * MB - 1}/${40 * MB}` && (failures += 1) === 1
      ? { status: 503, body: 'later' }
      : undefined;
  await store.upload(path.join(folder, 'up'), 'summed');
  front.fault = undefined;
  const sum = `crc32c=${await keptSum('summed')}`;
  expect(sums()).toEqual([
    ['POST', undefined, undefined],
    ['PUT', `bytes 0-${16 * MB - 1}/${40 * MB}`, undefined],
    ['PUT', `bytes ${16 * MB}-${32 * MB - 1}/${40 * MB}`, undefined],
    ['PUT', `bytes ${32 * MB}-${40 * MB - 1}/${40 * MB}`, sum],
    ['PUT', 'bytes */*', undefined],
    ['PUT', `bytes ${32 * MB}-${40 * MB - 1}/${40 * MB}`, sum],
  ]);
});

test('a file that is changed while it is sent is said, nothing takes its place, and it is sent anew', async () => {
  const file = path.join(folder, 'changing');
  // More than is read ahead of what is sent.
  const long = Buffer.concat([bytes, bytes]);
  await fs.writeFile(file, long);
  afterFirstPart(() => appendFileSync(file, 'more'));
  expect(await kindOf(store.upload(file, 'changing'))).toBe('conflict');
  expect(await kindOf(store.stat('changing'))).toBe('notFound');
  expect(await fs.readdir(path.join(folder, 'state', 'uploads'))).toEqual([]);
  await store.upload(file, 'changing');
  expect(await arrived('changing')).toBe(sha256(Buffer.concat([long, Buffer.from('more')])));
});

test.each([
  ['refuses', 400],
  ['would keep', undefined],
] as const)(
  'a file that became another one of the same size and time between two tries: the store %s the mixture, and it is sent anew',
  async (_, status) => {
    const file = path.join(folder, 'up');
    const { atime, mtime } = await fs.stat(file);
    await fs.utimes(file, atime, mtime);
    await stopped('another');
    const other = randomBytes(40 * MB);
    await fs.writeFile(file, other);
    await fs.utimes(file, atime, mtime);
    let refused = 0;
    front.fault = ({ headers }) =>
      status !== undefined && headers['x-goog-hash'] !== undefined && (refused += 1) === 1
        ? { status, body: 'The checksum is another.' }
        : undefined;
    await store.upload(file, 'another');
    front.fault = undefined;
    expect(front.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(await arrived('another')).toBe(sha256(other));
    await fs.writeFile(file, bytes);
  },
);

test('a small file goes in one request, again where it failed, with its checksum and its media type', async () => {
  const file = path.join(folder, 'small');
  await fs.writeFile(file, 'a,b\n1,2\n--\r\n');
  let failures = 0;
  front.fault = ({ method }) =>
    method === 'POST' && (failures += 1) === 1 ? { status: 503, body: 'later' } : undefined;
  await store.upload(file, 'größe/ä b.csv');
  front.fault = undefined;
  expect(sums()).toEqual([
    ['POST', undefined, undefined],
    ['POST', undefined, undefined],
  ]);
  const answer = await fetch(`${server.url}/storage/v1/b/${BUCKET}/o/${encodeURIComponent('größe/ä b.csv')}`);
  expect(await answer.json()).toMatchObject({ contentType: 'text/csv', size: '12' });
  expect(await arrived('größe/ä b.csv')).toBe(sha256(Buffer.from('a,b\n1,2\n--\r\n')));
});
