// The login of IAM Identity Center without the AWS CLI: by the code that is confirmed in the browser. AWS's own Python SDK uses its token.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { imagePython } from '../../../scripts/lib/aws-rig.mjs';
import { UserError } from '../../../src/core/errors';
import type { LoginCode } from '../../../src/core/store';
import { ssoLogin } from '../../../src/stores/aws-sso';
import { createAccount } from '../../../src/stores/s3';
import { makeSandbox } from '../../cli/mll';
import { changeEnvironment, withoutAws } from '../../environment';
import { type AwsRig, startAwsRig } from './rig';

const CONFIG = `[profile work]
sso_session = company
sso_account_id = 111122223333
sso_role_name = Reader
region = us-east-1

[sso-session company]
sso_start_url = https://company.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Reader
region = us-east-1

[profile deploy]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = work

[profile keys]
aws_access_key_id = AKIDTEST
aws_secret_access_key = secret
`;

let rig: AwsRig;
/** Found while HOME is still the person's own: the cache lies there. */
let python: string;
let home: string;
let restore: () => void;

beforeAll(async () => {
  python = imagePython();
  rig = await startAwsRig();
});
afterAll(async () => {
  restore();
  await rig.stop();
  fs.rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-login-'));
  fs.writeFileSync(path.join(home, 'config'), CONFIG);
  restore = changeEnvironment({
    ...withoutAws(),
    HOME: home,
    USERPROFILE: home,
    AWS_ENDPOINT_URL: rig.url,
    AWS_CONFIG_FILE: path.join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

const cache = (): string => path.join(home, '.aws', 'sso', 'cache');

async function failure(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

/** Logs in as the person who does that with the code. */
async function logIn(profile: string, state: 'confirmed' | 'refused' | 'expired'): Promise<LoginCode> {
  let shown: LoginCode | undefined;
  let clicked: Promise<void> = Promise.resolve();
  await ssoLogin({ profile }, (code) => {
    shown = code;
    clicked = rig.login(code.code, state);
  });
  await clicked;
  if (!shown) throw new Error('No code was shown.');
  return shown;
}

test.each([
  ['work', 'company'],
  ['old', 'https://old.awsapps.com/start'],
  ['deploy', 'company'],
])('the token of the profile %s lies where all SDKs look, for its owner only', async (profile, named) => {
  const { url, code } = await logIn(profile, 'confirmed');
  expect(url).toBe(`https://device.sso.us-east-1.amazonaws.com/?user_code=${code}`);
  const files = fs.readdirSync(cache());
  const { createHash } = await import('node:crypto');
  expect(files).toEqual([`${createHash('sha1').update(named).digest('hex')}.json`]);
  const file = path.join(cache(), files[0] ?? '');
  if (process.platform !== 'win32') expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  const token = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>;
  expect(Date.parse(token.expiresAt ?? '') - Date.now()).toBeGreaterThan(28_000_000);
  expect(token.expiresAt).toMatch(/:\d\dZ$/);
});

test('with it the SDK, and AWS’s own Python SDK, are let in', async () => {
  expect((await failure((await createAccount({ profile: 'work' })).roots())).kind).toBe('auth');
  await logIn('work', 'confirmed');
  expect(await (await createAccount({ profile: 'work' })).roots()).toEqual([]);
  const program =
    "import boto3; print(boto3.Session(profile_name='work').client('sts').get_caller_identity()['Account'])";
  const { stdout } = await promisify(execFile)(python, ['-c', program], { env: process.env });
  expect(stdout.trim()).toMatch(/^\d{12}$/);
});

test('who refuses, or waits too long, is told so, and nothing is kept', async () => {
  expect((await failure(logIn('work', 'refused'))).message).toBe('The login was refused in the browser.');
  expect((await failure(logIn('work', 'expired'))).message).toBe(
    'The login was not confirmed in the browser in time.',
  );
  expect(fs.existsSync(cache())).toBe(false);
});

test('it can be given up while the browser is open', async () => {
  const stop = new AbortController();
  const work = ssoLogin({ profile: 'work' }, () => stop.abort(), stop.signal);
  await expect(work).rejects.toMatchObject({ name: 'AbortError' });
  expect(fs.existsSync(cache())).toBe(false);
});

test('a profile with keys has no such login', async () => {
  const error = await failure(ssoLogin({ profile: 'keys' }, () => undefined));
  expect(error.message).toBe('The profile "keys" does not log in by IAM Identity Center (SSO).');
});

test('mll store login shows address and code, and waits', async () => {
  const sandbox = makeSandbox();
  try {
    const child = sandbox.start('store', 'login', '--profile', 'work');
    const answer = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.stderr?.setEncoding('utf8');
    const code = await new Promise<string>((resolve, reject) => {
      child.stderr?.on('data', (text: string) => {
        const found = /Open https:\/\/\S+ and confirm, if it shows the code (\S+)\./.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('close', () => reject(new Error('It ended without a code.')));
    });
    await rig.login(code, 'confirmed');
    expect(await answer).toBe(0);
    expect(fs.readdirSync(cache())).toHaveLength(1);
  } finally {
    sandbox.remove();
  }
});
