// Large files on their way: more arrives than is known, a login ends, or is renewed.
import { randomBytes } from 'node:crypto';
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
