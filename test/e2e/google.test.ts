import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import { withoutGoogle } from '../environment';
import { type Front, startFront } from '../rigs/front';
import { type Accounts, EMAIL, startAccounts } from '../rigs/google/accounts';
import { startStorageServer, type StorageServer } from '../rigs/google/storage';
import { type Asking, askingIn } from './asking';
import { openWorkbench, type Workbench } from './workbench';

/** From the login to a dataset in a bucket, as a person does it, on the stand-in for Google Cloud. */
let server: StorageServer;
let front: Front;
let accounts: Accounts;
let bench: Workbench;
let asking: Asking;
let folder: string;
/** A folder of the PATH. */
let programs: string;

/** The PATH of a machine on which gcloud is not installed: a folder that has it is stood in for by one with all else of it. */
const withoutGcloud = (): string =>
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((one, at) => {
      if (!fs.existsSync(path.join(one, 'gcloud'))) return one;
      const other = path.join(folder, `programs-${at}`);
      fs.mkdirSync(other);
      for (const name of fs.readdirSync(one))
        if (name !== 'gcloud') fs.symlinkSync(path.join(one, name), path.join(other, name));
      return other;
    })
    .join(path.delimiter);

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-google-'));
  programs = path.join(folder, 'bin');
  fs.mkdirSync(programs);
  const credentials = path.join(folder, 'adc.json');
  server = await startStorageServer();
  await server.createBucket('birds-of-ada');
  const sample = laySample(path.join(folder, 'sample'));
  const body = fs.readFileSync(path.join(sample, 'birdstrikes.csv'));
  const put = `${server.url}/upload/storage/v1/b/birds-of-ada/o?uploadType=media&name=${encodeURIComponent('raw/strikes.csv')}`;
  expect((await fetch(put, { method: 'POST', body })).ok).toBe(true);
  front = await startFront(server.url);
  accounts = await startAccounts(credentials, ['birds-101', 'planes-7']);
  front.rule = (request) => accounts.guard(request);
  fs.writeFileSync(credentials, accounts.credentials);
  const unset = Object.entries(withoutGoogle()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  bench = await openWorkbench({
    env: {
      ...Object.fromEntries(unset),
      ...accounts.env,
      STORAGE_EMULATOR_HOST: front.url,
      PATH: `${programs}:${withoutGcloud()}`,
    },
  });
  asking = askingIn(bench);
});
afterAll(async () => {
  await bench.close();
  await front.stop();
  await accounts.stop();
  await server.stop();
  fs.rmSync(folder, { recursive: true });
});

describe('Google Cloud, from the login to a dataset', () => {
  it('connects: login, who you are, project, and what is checked', async () => {
    await bench.activity('ML Lifecycle');
    await bench.command('ML Lifecycle: Connect Google');
    await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Key file' }).waitFor();
    await bench.shot('google-login');
    await asking.pick('Application default credentials');
    await bench.page.getByText(`project, as ${EMAIL}`).waitFor();
    await bench.shot('google-project');
    await asking.pick('birds-101');
    await bench.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Make Project' }).click();
    const frame = await bench.webview('h1', undefined, 60_000);
    await frame.getByText(`${EMAIL}, by the application default credentials.`).waitFor({ timeout: 60_000 });
    await frame.getByText('1 bucket in the project birds-101.').waitFor();
    await bench.shot('google-doctor');
    const settings = fs.readFileSync(path.join(bench.workspace, 'ml.yaml'), 'utf8');
    expect(settings).toContain('stores:\n  gs:\n    project: birds-101\n');
  });

  it('lists a bucket, and shows a sample of a table in it', async () => {
    await bench.treeRow('Cloud Storage').click();
    await bench.treeRow('birds-of-ada').click();
    await bench.treeRow('raw').click();
    await bench.treeRow('strikes.csv').click();
    const frame: Frame = await bench.webview('[role=grid]', undefined, 60_000);
    await frame.getByText(/sample: first [\d,]+ of ≈ [\d,]+ rows/).waitFor();
    await bench.shot('google-data');
    await bench.contextMenu(bench.treeRow('strikes.csv'), 'Add to Datasets');
    await bench.treeRow(/strikes.*rows/).waitFor();
  });

  it('says where the buckets would stand that the login has expired, with a button', async () => {
    accounts.expired = true;
    front.rule = () => accounts.guard({ method: '', path: '', headers: {}, sent: 0 });
    await bench.contextMenu(bench.treeRow('Cloud Storage'), 'Refresh');
    await bench.treeRow(/login of the application default credentials has expired/).waitFor();
    await bench.treeRow('Log In').waitFor();
    await bench.shot('google-expired');
  });

  it('says how gcloud is got where it is not on this machine', async () => {
    await bench.treeRow('Log In').click();
    const told = bench.page.locator('.notifications-center .notification-list-item', { hasText: 'gcloud' });
    await expect
      .poll(
        async () => {
          await bench.command('Notifications: Show Notifications');
          return told.count();
        },
        { timeout: 30_000 },
      )
      .toBe(1);
    await bench.shot('google-no-gcloud');
    expect(await told.innerText()).toContain(
      'The Google Cloud CLI (gcloud), which logs in, is not on this machine. Install it (cloud.google.com/sdk/docs/install), then run "gcloud auth application-default login". A service account’s key file does without it ("Connect Google…").',
    );
    await told.getByRole('button', { name: 'Connect Google…' }).waitFor();
    await bench.command('Notifications: Clear All Notifications');
  });

  it('logs in by gcloud at a click, and the buckets are back', async () => {
    // It asks the browser; here it notes what it was asked for, and ends when the login is there.
    const [asked, done] = [path.join(folder, 'asked'), path.join(folder, 'done')];
    fs.writeFileSync(
      path.join(programs, 'gcloud'),
      `#!/bin/sh\necho "$*" > '${asked}'\nwhile [ ! -e '${done}' ]; do sleep 0.1; done\n`,
      { mode: 0o755 },
    );
    await bench.treeRow('Log In').click();
    await expect.poll(() => fs.existsSync(asked), { timeout: 30_000 }).toBe(true);
    expect(fs.readFileSync(asked, 'utf8').trim()).toBe('auth application-default login');
    await bench.shot('google-gcloud');
    accounts.expired = false;
    front.rule = (request) => accounts.guard(request);
    fs.writeFileSync(done, '');
    // The terminal tells of its end where VS Code follows its shell; closing it does in any case.
    await bench.command('Terminal: Kill the Active Terminal Instance');
    await bench.treeRow('birds-of-ada').waitFor({ timeout: 30_000 });
  });
});
