import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { googlePython } from '../../scripts/lib/google-rig.mjs';
import { UserError } from '../../src/core/errors';
import type { Store } from '../../src/core/store';
import { createAccount } from '../../src/stores/gcs';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type Fault, type Front, startFront } from '../rigs/front';
import { answerUploadStatus, startStorageServer, type StorageServer } from '../rigs/google/storage';
import { kindOf, sha256, storeContract } from './store.contract';

const MB = 2 ** 20;
let server: StorageServer;
let front: Front;
let state: string;
let restore: () => void;
let buckets = 0;

beforeAll(async () => {
  server = await startStorageServer();
  front = await startFront(server.url);
  answerUploadStatus(front);
  state = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-gcs-'));
  restore = changeEnvironment({ ...withoutGoogle(), STORAGE_EMULATOR_HOST: front.url, MLL_STATE: state });
});
afterAll(async () => {
  restore();
  await front.stop();
  await server.stop();
  await fs.rm(state, { recursive: true });
});
beforeEach(() => {
  front.fault = undefined;
  front.seen.length = 0;
});

async function freshBucket(versioning = false): Promise<string> {
  const name = `bucket-${(buckets += 1)}`;
  await server.createBucket(name, { versioning });
  return name;
}

storeContract('Cloud Storage', async () => {
  const back = changeEnvironment({ STORAGE_EMULATOR_HOST: server.url });
  const account = await createAccount({ project: 'test' });
  back();
  return {
    loosePages: true,
    fresh: async () => account.open(await freshBucket()),
    dispose: () => Promise.resolve(),
  };
});

async function failure(work: Promise<unknown>): Promise<UserError> {
  const error: unknown = await work.catch((one: unknown) => one);
  if (error instanceof UserError) return error;
  throw new Error(`no UserError: ${String(error)}`);
}

describe('Cloud Storage', () => {
  let bucket: string;
  let store: Store;
  let folder: string;
  const local = (name: string): string => path.join(folder, name);
  const sessions = (): Promise<string[]> => fs.readdir(path.join(state, 'uploads')).catch(() => []);
  const chunks = (): string[] =>
    front.seen
      .filter(({ method }) => method === 'PUT')
      .map(({ headers }) => String(headers['content-range']));

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-gcs-files-'));
    // What the suite above broke off.
    await fs.rm(path.join(state, 'uploads'), { recursive: true, force: true });
    bucket = await freshBucket();
    store = (await createAccount({ project: 'test' })).open(bucket);
  });
  afterAll(() => fs.rm(folder, { recursive: true }));

  test('an upload that was cut goes on where it stopped, also by another process', async () => {
    const bytes = randomBytes(40 * MB);
    await fs.writeFile(local('up'), bytes);
    const abort = new AbortController();
    const before = front.answered;
    front.answered = (request, status) => {
      before?.(request, status);
      if (request.method === 'PUT' && status === 308) abort.abort();
    };
    expect(await kindOf(store.upload(local('up'), 'resumed', undefined, abort.signal))).toBe('abort');
    front.answered = before;
    const [session = ''] = await sessions();
    expect((await fs.stat(path.join(state, 'uploads', session))).mode & 0o777).toBe(0o600);
    expect(await kindOf(store.stat('resumed'))).toBe('notFound');
    front.seen.length = 0;
    const seen: number[] = [];
    const again = (await createAccount({ project: 'test' })).open(bucket);
    await again.upload(local('up'), 'resumed', (done) => seen.push(done));
    expect(front.seen.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(chunks()[0]).toBe('bytes */*');
    expect(chunks()[1]).toBe(`bytes ${16 * MB}-${32 * MB - 1}/${40 * MB}`);
    expect(seen[0]).toBeGreaterThan(16 * MB);
    expect(await sessions()).toEqual([]);
    await store.download('resumed', local('down'));
    expect(sha256(await fs.readFile(local('down')))).toBe(sha256(bytes));
  });

  test('an upload whose session was ended begins anew', async () => {
    const bytes = randomBytes(20 * MB);
    await fs.writeFile(local('up'), bytes);
    const abort = new AbortController();
    await kindOf(store.upload(local('up'), 'anew', (done) => done > 0 && abort.abort(), abort.signal));
    expect(await sessions()).toHaveLength(1);
    front.fault = ({ method, headers }) =>
      method === 'PUT' && headers['content-range'] === 'bytes */*'
        ? { status: 410, body: 'gone' }
        : undefined;
    await store.upload(local('up'), 'anew');
    expect(await sessions()).toEqual([]);
    await store.download('anew', local('down'));
    expect(sha256(await fs.readFile(local('down')))).toBe(sha256(bytes));
  });

  test('an upload that was cut, and to which other bytes came meanwhile, is sent anew', async () => {
    const bytes = randomBytes(40 * MB);
    await fs.writeFile(local('up'), bytes);
    const abort = new AbortController();
    const cut = store.upload(local('up'), 'mixed', (done) => done > 17 * MB && abort.abort(), abort.signal);
    expect(await kindOf(cut)).toBe('abort');
    const [session = ''] = await sessions();
    const { id } = JSON.parse(await fs.readFile(path.join(state, 'uploads', session), 'utf8')) as {
      id: string;
    };
    const there = async (): Promise<number> => {
      const told = await fetch(id, { method: 'PUT', headers: { 'content-range': 'bytes */*' } });
      return Number(/^bytes=0-(\d+)$/.exec(told.headers.get('range') ?? '')?.[1]) + 1;
    };
    // What was on its way when it was cut arrives first.
    let from = 0;
    await expect
      .poll(
        async () => {
          const before = from;
          from = await there();
          return from === before;
        },
        { interval: 500, timeout: 20_000 },
      )
      .toBe(true);
    const other = await fetch(id, {
      method: 'PUT',
      headers: { 'content-range': `bytes ${from}-${from + MB - 1}/${bytes.length}` },
      body: Buffer.alloc(MB),
    });
    expect(other.status).toBe(308);
    await store.upload(local('up'), 'mixed');
    expect(await sessions()).toEqual([]);
    await store.download('mixed', local('down'));
    expect(sha256(await fs.readFile(local('down')))).toBe(sha256(bytes));
  });

  test('a chunk that broke off is sent again', async () => {
    const bytes = randomBytes(20 * MB);
    await fs.writeFile(local('up'), bytes);
    let failures = 0;
    front.fault = ({ method, headers }) =>
      method === 'PUT' && headers['content-range']?.startsWith('bytes 16777216-') && (failures += 1) === 1
        ? { status: 503, body: 'later' }
        : undefined;
    await store.upload(local('up'), 'broken');
    expect(failures).toBeGreaterThan(1);
    await store.download('broken', local('down'));
    expect(sha256(await fs.readFile(local('down')))).toBe(sha256(bytes));
  });

  test('content that was damaged on its way is not kept', async () => {
    const bytes = randomBytes(12 * MB);
    await fs.writeFile(local('up'), bytes);
    await store.upload(local('up'), 'damaged');
    front.fault = ({ method, path: at }) =>
      method === 'GET' && at.includes('alt=media') ? { damaged: true } : undefined;
    expect((await failure(store.download('damaged', local('bad')))).message).toContain(
      'its checksum is another',
    );
    await store.write('small', 'content');
    expect(await kindOf(text(await store.read('small')))).toBe('unavailable');
    expect(await fs.readdir(folder)).not.toContain('bad');
    front.fault = ({ method }) =>
      method === 'POST'
        ? { status: 200, headers: JSON_TYPE, body: '{"crc32c":"AAAAAA==","generation":"1"}' }
        : undefined;
    await fs.writeFile(local('small'), 'content');
    expect(await kindOf(store.upload(local('small'), 'small too'))).toBe('unavailable');
  });

  test('what is stored compressed is read as it is stored', async () => {
    const packed = gzipSync('a,b\n1,2\n'.repeat(1000));
    const answer = await fetch(
      `${server.url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=packed.csv&contentEncoding=gzip`,
      { method: 'POST', body: packed },
    );
    expect(answer.ok).toBe(true);
    const { bytes } = await store.stat('packed.csv');
    expect(bytes).toBe(packed.length);
    await store.download('packed.csv', local('packed'));
    expect(packed.equals(await fs.readFile(local('packed')))).toBe(true);
  });

  test('generations are versions', async () => {
    const versioned = await freshBucket(true);
    const kept = (await createAccount()).open(versioned);
    await kept.write('key', 'first');
    await kept.write('key', 'the second');
    await kept.write('key2', 'another key');
    const versions = (await kept.versions?.('key')) ?? [];
    expect(versions.map(({ bytes, latest, deleted }) => ({ bytes, latest, deleted }))).toEqual([
      { bytes: 10, latest: true, deleted: false },
      { bytes: 5, latest: false, deleted: false },
    ]);
    const old = kept.at?.(versions[1]?.version ?? '');
    if (!old) throw new Error('Cloud Storage reads generations.');
    expect(await text(await old.read('key'))).toBe('first');
    await old.download('key', local('first'));
    expect(await fs.readFile(local('first'), 'utf8')).toBe('first');
  });

  test('needs one request for a small object that a list has named', async () => {
    await store.write('listed', 'content');
    const [object] = (await store.list('listed')).objects;
    front.seen.length = 0;
    await store.download(object ?? '', local('listed'));
    expect(front.seen.map((one) => one.method)).toEqual(['GET']);
  });

  test('Google’s own client reads what was written here, and the reverse', async () => {
    const bytes = randomBytes(20 * MB);
    await fs.writeFile(local('ours'), bytes);
    await store.upload(local('ours'), 'größe/ours.bin');
    const theirs = (what: string, key: string, file: string): string => {
      const run = spawnSync(
        googlePython(),
        [path.join(import.meta.dirname, '../rigs/google/clients.py'), what, bucket, key, local(file)],
        { encoding: 'utf8', env: { ...process.env, STORAGE_EMULATOR_HOST: server.url } },
      );
      expect(run.stderr).toBe('');
      return run.stdout.trim();
    };
    const sum = theirs('read', 'größe/ours.bin', 'read by Google');
    expect(sha256(await fs.readFile(local('read by Google')))).toBe(sha256(bytes));
    expect(theirs('write', 'theirs.bin', 'read by Google')).toBe(sum);
    await store.download('theirs.bin', local('read here'));
    expect(sha256(await fs.readFile(local('read here')))).toBe(sha256(bytes));
  });

  test('lists the buckets of a project with their regions', async () => {
    const found = await (await createAccount({ project: 'test' })).roots();
    expect(found.find((one) => one.name === bucket)).toMatchObject({ region: 'europe-west1' });
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

/** An error document as the JSON APIs write it. */
const refusal = (
  status: number,
  reason: string,
  message: string,
  details: readonly object[] = [],
): Fault => ({
  status,
  headers: JSON_TYPE,
  body: JSON.stringify({
    error: { code: status, message, errors: [{ domain: 'global', reason, message }], details },
  }),
});

describe('failures of Cloud Storage', () => {
  let store: Store;
  beforeAll(async () => {
    store = (await createAccount({ project: 'test' })).open(await freshBucket());
    await store.write('key', 'content');
  });

  test.each([
    [
      refusal(
        403,
        'forbidden',
        'me@example.com does not have storage.objects.list access to the Google Cloud Storage bucket. Permission denied.',
      ),
      'permission',
      /you may not do that there \(me@example\.com does not have storage\.objects\.list access to the Google Cloud Storage bucket\)\.$/,
    ],
    [
      refusal(404, 'notFound', 'The specified bucket does not exist.'),
      'notFound',
      /there is no bucket "bucket-\d+"/i,
    ],
    [
      refusal(401, 'authError', 'Invalid Credentials'),
      'auth',
      /the login of the application default credentials has expired/,
    ],
    [
      refusal(
        403,
        'accountDisabled',
        'The billing account for the owning project is disabled in state absent',
      ),
      'permission',
      /billing is off for the project that owns it/,
    ],
    [
      refusal(
        403,
        'forbidden',
        'Cloud Storage JSON API has not been used in project 7 before or it is disabled. Enable it…',
        [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'SERVICE_DISABLED',
            metadata: {
              activationUrl: 'https://console.developers.google.com/apis/api/storage.googleapis.com',
            },
          },
        ],
      ),
      'permission',
      /an API that this needs is switched off in the project/,
    ],
    [
      refusal(400, 'required', 'Bucket is a requester pays bucket but no user project provided.'),
      'unsupported',
      /requester pays/,
    ],
    [
      refusal(
        403,
        'forbidden',
        "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x",
      ),
      'permission',
      /a rule of the organization forbids it/,
    ],
    [refusal(400, 'invalid', 'Something new'), 'invalid', /Something new \(invalid 400\)/],
  ] as const)('%#: $0.body', async (fault, kind, message) => {
    front.fault = () => fault;
    for (const work of [() => store.list(''), () => store.read('key')]) {
      const error = await failure(work());
      expect(error.message).toMatch(message);
      expect(error.kind).toBe(kind);
      expect(error.fix).toBeTruthy();
    }
  });

  test('a service that is down is asked again, then said', async () => {
    front.fault = () => refusal(503, 'backendError', 'Backend Error');
    expect(await failure(store.read('key'))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('the service failed (Backend Error, HTTP 503)') as string,
    });
    expect(front.seen).toHaveLength(3);
  });

  test('without a login, with a wrong key file and with no server it says what to do', async () => {
    const key = path.join(state, 'key.json');
    const wrong = createAccount({ keyFile: key });
    expect(await failure(wrong)).toMatchObject({ kind: 'notFound' });
    await fs.writeFile(key, '{"type":"authorized_user"}');
    expect((await failure(createAccount({ keyFile: key }))).message).toContain(
      'is not the key file of a service account',
    );
    expect(await kindOf(createAccount({ account: 'a; rm -rf /' }))).toBe('invalid');
    // As on a person's machine: nobody is asked over the network whether this is one of Google's.
    const back = changeEnvironment({
      STORAGE_EMULATOR_HOST: undefined,
      METADATA_SERVER_DETECTION: undefined,
    });
    const warned = vi.spyOn(process, 'emitWarning');
    const nobody = await failure((await createAccount({ project: 'test' })).open('bucket').list(''));
    back();
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
    expect(nobody).toMatchObject({ kind: 'auth', actions: [{ command: 'mll.google.login' }] });
    const away = changeEnvironment({ STORAGE_EMULATOR_HOST: '127.0.0.1:9' });
    const unreachable = await failure((await createAccount({ project: 'test' })).open('bucket').read('key'));
    away();
    expect(unreachable).toMatchObject({ kind: 'unavailable' });
    expect(unreachable.message).toContain('the server cannot be reached');
  });
});
