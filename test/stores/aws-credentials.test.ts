import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import { awsConfig, awsProfiles, loginCommand } from '../../src/stores/aws-credentials';
import { createAccount } from '../../src/stores/s3';
import { changeEnvironment, withoutAws } from '../environment';
import { type Moto, startMoto } from '../rigs/moto';
import { makeCertificate, startProxy } from '../rigs/network';

const CONFIG = `[default]
region = eu-west-1

[profile work]
sso_session = company
sso_account_id = 111122223333
sso_role_name = Reader
region = eu-central-1

[sso-session company]
sso_start_url = https://company.example.org/start
sso_region = eu-central-1

[profile deploy]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = work

[profile old]
sso_start_url = https://old.example.org/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Reader

[profile tool]
credential_process = /nowhere/tool

[services local]
s3 =
  endpoint_url = http://127.0.0.1:9
`;
const CREDENTIALS = `[keys]
aws_access_key_id = AKIDTEST
aws_secret_access_key = secret
`;

let home: string;
let restore: () => void;

beforeAll(async () => {
  home = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-aws-'));
  await fs.writeFile(path.join(home, 'config'), CONFIG);
  await fs.writeFile(path.join(home, 'credentials'), CREDENTIALS);
});
afterAll(() => fs.rm(home, { recursive: true, force: true }));
beforeEach(() => {
  restore = changeEnvironment({
    ...withoutAws(),
    HOME: home,
    USERPROFILE: home,
    AWS_CONFIG_FILE: path.join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});
afterEach(() => {
  restore();
  changeEnvironment(withoutAws());
});

async function failure(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

describe('profiles of ~/.aws', () => {
  test('are listed with their region and how they log in', async () => {
    expect(await awsProfiles()).toEqual([
      { name: 'default', login: 'none', region: 'eu-west-1' },
      { name: 'deploy', login: 'role' },
      { name: 'keys', login: 'keys' },
      { name: 'old', login: 'sso' },
      { name: 'tool', login: 'process' },
      { name: 'work', login: 'sso', region: 'eu-central-1' },
    ]);
  });

  test('need not be there', async () => {
    process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = path.join(home, 'none');
    expect(await awsProfiles()).toEqual([]);
  });

  test('give region and keys; the environment and what was chosen go before', async () => {
    expect((await awsConfig()).region).toBe('eu-west-1');
    expect((await awsConfig({ profile: 'work' })).region).toBe('eu-central-1');
    process.env.AWS_REGION = 'us-west-2';
    expect((await awsConfig({ profile: 'work' })).region).toBe('us-west-2');
    const config = await awsConfig({ profile: 'keys', region: 'ap-south-1' });
    expect(config.region).toBe('ap-south-1');
    expect(await config.credentials()).toMatchObject({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' });
    process.env.AWS_ACCESS_KEY_ID = 'AKIDENV';
    process.env.AWS_SECRET_ACCESS_KEY = 'env';
    expect(await (await awsConfig()).credentials()).toMatchObject({ accessKeyId: 'AKIDENV' });
  });

  test('that are not there are named, with those that are', async () => {
    const error = await failure(awsConfig({ profile: 'nope' }));
    expect(error).toMatchObject({ kind: 'auth', message: 'There is no AWS profile "nope" on this machine.' });
    expect(error.fix).toMatch(/^There is: default, work, .*keys/);
  });

  test('are renewed by the command of their login, also behind a role', async () => {
    expect(await loginCommand({ profile: 'work' })).toBe('aws sso login --profile work');
    expect(await loginCommand({ profile: 'deploy' })).toBe('aws sso login --profile work');
    expect(await loginCommand({ profile: 'keys' })).toBeUndefined();
    process.env.AWS_PROFILE = 'old';
    expect(await loginCommand({})).toBe('aws sso login --profile old');
  });
});

describe('a login', () => {
  const list = async (profile?: string): Promise<unknown> => (await createAccount({ profile })).roots();

  test('that is nowhere is said to be missing, with the way to one', async () => {
    process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = path.join(home, 'none');
    const error = await failure(list());
    expect(error.kind).toBe('auth');
    expect(error.message).toBe(
      'Could not list the buckets: there is no login for AWS on this machine (profile default).',
    );
    expect(error.fix).toContain('aws configure sso');
  });

  test.each([
    ['work', 'no token'],
    ['old', 'no token'],
    ['work', 'an expired token'],
    ['old', 'an expired token'],
  ])('by SSO (profile %s, %s) has a button that renews it', async (profile, state) => {
    if (state === 'an expired token') {
      const cache = path.join(home, '.aws', 'sso', 'cache');
      await fs.mkdir(cache, { recursive: true });
      const of = profile === 'work' ? 'company' : 'https://old.example.org/start';
      const token = { accessToken: 'x', expiresAt: '2020-01-01T00:00:00Z' };
      const name = createHash('sha1').update(of).digest('hex');
      await fs.writeFile(path.join(cache, `${name}.json`), JSON.stringify(token));
    }
    const error = await failure(list(profile));
    expect(error).toMatchObject({
      kind: 'auth',
      message: `Could not list the buckets: the login of the profile "${profile}" has expired.`,
      fix: `Run "aws sso login --profile ${profile}" (without the AWS CLI: "mll store login --profile ${profile}"), then try again.`,
      actions: [{ command: 'mll.aws.login', args: [`aws sso login --profile ${profile}`] }],
    });
  });
});

describe('the way to the server', () => {
  let moto: Moto;
  let certificate: string;
  beforeAll(async () => {
    certificate = path.join(home, 'authority.pem');
    const key = path.join(home, 'key.pem');
    makeCertificate(certificate, key);
    moto = await startMoto('-s', '-c', certificate, '-k', key);
  });
  afterAll(() => moto.stop());
  beforeEach(() => {
    process.env.AWS_PROFILE = 'keys';
    process.env.AWS_ENDPOINT_URL = moto.url;
  });
  const list = async (): Promise<unknown> => (await createAccount()).roots();

  test('asks for the certificate authority of the network, and takes it from AWS_CA_BUNDLE', async () => {
    const error = await failure(list());
    expect(error.kind).toBe('unavailable');
    expect(error.message).toMatch(
      /the certificate of the server is of an authority that is not trusted here/,
    );
    expect(error.fix).toContain('NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE');
    process.env.AWS_CA_BUNDLE = path.join(home, 'no such file');
    expect((await failure(list())).message).toMatch(
      /^The certificates that AWS_CA_BUNDLE names cannot be read/,
    );
    process.env.AWS_CA_BUNDLE = certificate;
    expect(await list()).toEqual([]);
  });

  test('goes through the proxy that HTTPS_PROXY names, unless NO_PROXY excepts it', async () => {
    process.env.AWS_CA_BUNDLE = certificate;
    const proxy = await startProxy();
    try {
      process.env.HTTPS_PROXY = proxy.url;
      process.env.NO_PROXY = '';
      expect(await list()).toEqual([]);
      expect(proxy.asked).toEqual([new URL(moto.url).host]);
      process.env.NO_PROXY = '127.0.0.1';
      expect(await list()).toEqual([]);
      expect(proxy.asked).toHaveLength(1);
      process.env.NO_PROXY = '';
      // One service in the network of one's own, another outside, by the same client.
      const outside = new S3Client({
        ...(await awsConfig({ profile: 'keys', region: 'us-east-1' })),
        endpoint: moto.url,
      });
      process.env.NO_PROXY = `127.0.0.1:${Number(new URL(moto.url).port) + 1}`;
      await outside.send(new ListBucketsCommand({}));
      expect(proxy.asked).toHaveLength(2);
      process.env.NO_PROXY = new URL(moto.url).host;
      await outside.send(new ListBucketsCommand({}));
      expect(proxy.asked).toHaveLength(2);
      process.env.NO_PROXY = '';
      proxy.refuse = true;
      expect((await failure(list())).message).toMatch(/the proxy refused the connection/);
    } finally {
      proxy.stop();
    }
  });

  test('that leads nowhere is said to', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9';
    const error = await failure(list());
    expect(error.message).toMatch(
      /^Could not list the buckets: the server cannot be reached \(.*ECONNREFUSED/,
    );
  });
});
