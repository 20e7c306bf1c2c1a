import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAwsRig, type AwsRig } from '../rigs/aws/rig';
import { openWorkbench, type Workbench } from './workbench';

/** The login by IAM Identity Center on a machine without the AWS CLI, as a person meets it. */
const CONFIG = `[profile work]
sso_session = company
sso_account_id = 123456789012
sso_role_name = Scientist
region = us-east-1

[sso-session company]
sso_start_url = https://company.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`;

/** Where programs lie, but for folders that hold the AWS CLI. */
const withoutCli = (process.env.PATH ?? '')
  .split(path.delimiter)
  .filter((folder) => !['aws', 'aws.exe', 'aws.cmd'].some((name) => fs.existsSync(path.join(folder, name))))
  .join(path.delimiter);

let rig: AwsRig;
let bench: Workbench;
let home: string;

beforeAll(async () => {
  rig = await startAwsRig();
  const credentials = { accessKeyId: 'AKIARIG0000000000000', secretAccessKey: 'rig' };
  const s3 = new S3Client({ endpoint: rig.url, region: 'us-east-1', credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'birds-of-ada' }));
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-home-'));
  fs.writeFileSync(path.join(home, 'config'), CONFIG);
  const env = Object.entries(rig.env).filter(([name]) => !/ACCESS_KEY|_REGION$/.test(name));
  bench = await openWorkbench({
    env: {
      ...Object.fromEntries(env),
      PATH: withoutCli,
      HOME: home,
      USERPROFILE: home,
      AWS_CONFIG_FILE: path.join(home, 'config'),
    },
  });
});
afterAll(async () => {
  await bench.close();
  await rig.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

const row = (text: string): Locator =>
  bench.page.locator('.quick-input-list .monaco-list-row', { hasText: text });
const dialog = (): Locator => bench.page.locator('.monaco-dialog-box');

async function connect(): Promise<void> {
  await bench.command('ML Lifecycle: Connect AWS…');
  await row('work').waitFor({ timeout: 60_000 });
  await bench.page.waitForTimeout(300);
  await bench.shot('aws-login-profiles');
  await row('work').click();
  await bench.page.locator('.quick-input-title', { hasText: 'region' }).waitFor();
  await bench.page.keyboard.press('Enter');
}

describe('the login to AWS without its command', () => {
  it('says that the login is over, shows the code first, and lets in who confirms it', async () => {
    await connect();
    await bench.pressNotification('Log In');
    await dialog()
      .getByText(/^Log in to AWS with the code/)
      .waitFor({ timeout: 60_000 });
    const code = /code ([0-9A-F]{4}-[0-9A-F]{4})/.exec(await dialog().innerText())?.[1] ?? '';
    expect(code).not.toBe('');
    expect(await dialog().innerText()).toContain(
      `https://device.sso.us-east-1.amazonaws.com/?user_code=${code}`,
    );
    await bench.shot('aws-login-code');
    await dialog().getByRole('button', { name: 'Copy Address' }).click();
    await expect
      .poll(() => bench.clipboard())
      .toBe(`https://device.sso.us-east-1.amazonaws.com/?user_code=${code}`);
    await rig.login(code, 'confirmed');
    await bench.page.getByText('Logged in to AWS.').first().waitFor({ timeout: 60_000 });

    await connect();

    await bench.page
      .locator('.quick-input-title', { hasText: 'bucket, as arn:aws:sts::123456789012:' })
      .waitFor({ timeout: 60_000 });
    await row('birds-of-ada').waitFor();
    await bench.shot('aws-login-in');
    await bench.page.keyboard.press('Escape');
  });

  it('keeps nothing but the token that all tools of AWS share', () => {
    const found = fs.readdirSync(path.join(home, '.aws'), { recursive: true, encoding: 'utf8' });
    expect(found.filter((one) => one.endsWith('.json'))).toHaveLength(1);
    expect(fs.existsSync(path.join(bench.workspace, 'ml.yaml'))).toBe(false);
  });
});
