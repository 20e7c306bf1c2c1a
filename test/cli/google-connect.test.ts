import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAccount } from '../../src/stores/gcs';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type Front, startFront } from '../rigs/front';
import { type Accounts, EMAIL, startAccounts } from '../rigs/google/accounts';
import { startStorageServer, type StorageServer } from '../rigs/google/storage';
import { kindOf } from '../stores/store.contract';
import { makeSandbox, type Sandbox } from './mll';

const PROJECTS = ['first-project', 'second-project', 'test'];
let server: StorageServer;
let front: Front;
let accounts: Accounts;
let box: Sandbox;
let keys: string;
let credentials: string;
let restore: () => void;
const local = (name: string): string => path.join(box.folder, name);

beforeAll(async () => {
  keys = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-google-'));
  credentials = path.join(keys, 'adc.json');
  server = await startStorageServer();
  await server.createBucket('bucket');
  front = await startFront(server.url);
  accounts = await startAccounts(credentials, PROJECTS);
  front.rule = (request) => accounts.guard(request);
  fs.writeFileSync(credentials, accounts.credentials);
  restore = changeEnvironment({ ...withoutGoogle(), ...accounts.env, STORAGE_EMULATOR_HOST: front.url });
  // It takes the environment as it is then.
  box = makeSandbox();
});
afterAll(async () => {
  restore();
  await front.stop();
  await accounts.stop();
  await server.stop();
  box.remove();
  fs.rmSync(keys, { recursive: true });
});

it('says which projects there are when none is named', async () => {
  const { code, json } = await box.mll('--json', '--yes', 'connect', 'google');
  expect(code).toBe(1);
  expect(json()).toMatchObject({
    error: { kind: 'invalid', fix: 'Give --project: first-project, second-project, test.' },
  });
  expect(fs.existsSync(local('ml.yaml'))).toBe(false);
});

it('connects as the one whom the login stands for, and keeps names only', async () => {
  const { json } = await box.mll('--json', '--yes', 'connect', 'google', '--project', 'test');
  expect(json()).toEqual({
    connected: { provider: 'google', who: EMAIL, project: 'test' },
    checks: [
      { name: 'Google login', ok: true, reason: `${EMAIL}, by the application default credentials.` },
      { name: 'Cloud Storage', ok: true, reason: '1 bucket in the project test.' },
    ],
  });
  expect(fs.readFileSync(local('ml.yaml'), 'utf8')).toContain('stores:\n  gs:\n    project: test\n');
  expect(fs.existsSync(local('.ml/local.yaml'))).toBe(false);
  expect((await box.mll('--json', 'store', 'list', 'gs://')).json()).toMatchObject({
    buckets: [{ name: 'bucket' }],
  });
});

it('the doctor says that a login has expired, and a click renews it', async () => {
  accounts.expired = true;
  const { json } = await box.mll('--json', 'doctor');
  accounts.expired = false;
  const { checks } = json() as { checks: { name: string }[] };
  expect(checks.find((one) => one.name === 'Google login')).toMatchObject({
    ok: false,
    reason: 'Could not ask Google who you are: the login of the application default credentials has expired.',
    fix: 'Run "gcloud auth application-default login", then try again.',
    action: { title: 'Log In', command: 'mll.google.login', args: ['gcloud auth application-default login'] },
  });
  expect(checks.map((one) => one.name)).not.toContain('Cloud Storage');
});

it('after the login was renewed, the same window works without a restart', async () => {
  const account = await createAccount({ project: 'test' });
  accounts.expired = true;
  expect(await kindOf(account.roots())).toBe('auth');
  accounts.expired = false;
  expect((await account.roots()).map((one) => one.name)).toEqual(['bucket']);
  expect(await account.logins?.()).toEqual([
    {
      name: 'Application default credentials',
      how: `GOOGLE_APPLICATION_CREDENTIALS: ${credentials}`,
      settings: {},
    },
  ]);
});

it('an account that gcloud does not know, and a key file that is none, are said before anything is kept', async () => {
  box.write('key.json', '{}');
  const { json } = await box.mll(
    '--json',
    '--yes',
    'connect',
    'google',
    '--key-file',
    'key.json',
    '--project',
    'test',
  );
  expect(json()).toMatchObject({
    error: { kind: 'invalid', message: expect.stringContaining('key.json') as string },
  });
  const other = await box.mll(
    '--json',
    '--yes',
    'connect',
    'google',
    '--account',
    'no@example.com',
    '--project',
    'test',
  );
  const { error } = other.json() as { error: { kind: string } };
  // Where gcloud is not installed, that is what is said.
  expect(['auth', 'notFound']).toContain(error.kind);
  expect(fs.existsSync(local('.ml/local.yaml'))).toBe(false);
});
