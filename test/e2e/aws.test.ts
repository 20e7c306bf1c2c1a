import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListEndpointsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import fs from 'node:fs';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import { testPython } from '../python';
import { startAwsRig, type AwsRig } from '../rigs/aws/rig';
import { type Asking, askingIn } from './asking';
import { openWorkbench, type Workbench } from './workbench';

/** From the login to the empty account, as a person does it, on the stand-in for AWS. */
let rig: AwsRig;
let bench: Workbench;
let asking: Asking;
let frame: Frame;
let s3: S3Client;
let sagemaker: SageMakerClient;

const BUCKET = 'birds-of-ada';
const inProject = (name: string): string => path.join(bench.workspace, name);
/** Presses the monitor's *Refresh* until it shows that: what is captured comes some moments later. */
const refreshed = (wanted: Locator): Promise<void> =>
  expect
    .poll(
      async () => {
        await frame.getByRole('button', { name: 'Refresh' }).click();
        return wanted
          .waitFor({ timeout: 8000 })
          .then(() => true)
          .catch(() => false);
      },
      { timeout: 60_000 },
    )
    .toBe(true);

/** Pictures of what is open, in the other themes and in a narrow window. */
const looks = async (name: string): Promise<void> => {
  for (const theme of ['light', 'contrast', 'dark'] as const) {
    await bench.theme(theme);
    if (theme !== 'dark') await bench.shot(`${name}-${theme}`);
  }
  const whole = bench.page.viewportSize();
  await bench.page.setViewportSize({ width: 480, height: 800 });
  await bench.page.waitForTimeout(500);
  await bench.shot(`${name}-narrow`);
  if (whole) await bench.page.setViewportSize(whole);
};

beforeAll(async () => {
  rig = await startAwsRig();
  const credentials = { accessKeyId: 'AKIARIG0000000000000', secretAccessKey: 'rig' };
  const client = { endpoint: rig.url, region: 'us-east-1', credentials };
  s3 = new S3Client({ ...client, forcePathStyle: true });
  sagemaker = new SageMakerClient(client);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const sample = laySample(fs.mkdtempSync(path.join(rig.workFolder, 'sample-')));
  const put = (Key: string, name: string) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: fs.readFileSync(path.join(sample, name)) }));
  await put('raw/penguins.csv', 'penguins.csv');
  await put('raw/strikes.csv', 'birdstrikes.csv');
  bench = await openWorkbench({ env: rig.env });
  asking = askingIn(bench);
  fs.mkdirSync(inProject('.ml'));
  fs.writeFileSync(inProject('.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
});
afterAll(async () => {
  // What is left of the endpoints ends with the stand-in.
  fs.rmSync(inProject('.ml/endpoints'), { recursive: true, force: true });
  await bench.close();
  await rig.stop();
});

describe('AWS, from the login to the empty account', () => {
  it('connects: who you are, bucket, role that is made, and what is checked', async () => {
    // Where a person meets it first: the page of a training says that AWS is not connected.
    await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
    frame = await bench.webview('h1', /^Train on penguins/, 60_000);
    expect(await frame.getByRole('radio', { name: /SageMaker/ }).isDisabled()).toBe(true);
    await frame.getByRole('button', { name: 'Connect AWS…' }).click();
    await asking.pick('From the environment');
    await bench.shot('aws-region');
    await bench.page.keyboard.press('Enter');
    await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: BUCKET }).waitFor();
    await bench.shot('aws-bucket');
    await asking.pick(BUCKET);
    await asking.pick('Make a new one', 'role that jobs run as');
    await asking.agree('Make Project');
    await asking.agree('Make It', 'aws-role');
    frame = await bench.webview('h1', 'Doctor', 60_000);
    await frame.getByText(/All \d+ checks passed/).waitFor({ timeout: 60_000 });
    await frame.getByText('SageMaker: PassRole').waitFor();
    await bench.shot('aws-doctor');
  });

  it('lists a bucket, shows a sample of a table in it, and keeps it as a dataset', async () => {
    await bench.activity('ML Lifecycle');
    await bench.treeRow('S3').click();
    await bench.treeRow(BUCKET).click();
    await bench.treeRow('raw').click();
    await bench.treeRow('strikes.csv').click();
    frame = await bench.webview('[role=grid]', undefined, 60_000);
    await frame.getByText(/sample: first [\d,]+ of ≈ [\d,]+ rows/).waitFor();
    await bench.page.waitForTimeout(1000);
    await bench.shot('aws-data');
    await frame.getByRole('button', { name: /^Fetch All/ }).click();
    await frame.getByText('all 10,000 rows').waitFor();
    await bench.shot('aws-fetched');
    await bench.contextMenu(bench.treeRow('penguins.csv'), 'Add to Datasets');
    await bench.treeRow(/penguins.*344 rows/).waitFor();
    await bench.shot('aws-dataset');
  });

  it('runs a recipe there, after showing what is sent and what it may cost', async () => {
    fs.writeFileSync(
      inProject('penguins.recipe.yaml'),
      'recipe: 1\ninput: penguins.csv\ntarget: Species\nsplit: { test: 0.2, method: stratified, seed: 7 }\nsteps:\n  - fill_missing: { columns: [Body Mass (g)], with: median }\n',
    );
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('penguins.recipe.yaml'), 'Prepare Dataset with Recipe');
    await asking.pick('SageMaker');
    await asking.agree('Send and Start', 'aws-estimate');
    frame = await bench.webview('button, vscode-button', 'Cancel', 60_000);
    await bench.page.waitForTimeout(1000);
    await bench.shot('aws-prepare');
    await frame.getByText('Completed').waitFor({ timeout: 120_000 });
    await bench.shot('aws-prepared');
  });

  it('trains there, with log and metrics as here', async () => {
    await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
    frame = await bench.webview('h1', /^Train on penguins/, 60_000);
    await frame.getByText('Random forest', { exact: true }).click();
    await frame.getByRole('radio', { name: /SageMaker/ }).click();
    await frame.getByText(/^Compare machines \(\d+\)/).click();
    await frame.getByRole('textbox', { name: 'Search machines' }).fill('m5.xlarge');
    await frame.getByRole('radio', { name: 'ml.m5.xlarge' }).click();
    await frame.getByRole('spinbutton', { name: 'Minutes at most' }).fill('30');
    await frame.getByText(/Costs at most USD \d+\.\d\d/).scrollIntoViewIfNeeded();
    await bench.shot('aws-train');
    await frame.getByRole('button', { name: 'Start', exact: true }).click();
    await bench.page.getByText(/Machine: ml\.m5\.xlarge for at most 30 minutes/).waitFor();
    await bench.page.locator('.monaco-dialog-box').waitFor({ timeout: 60_000 });
    await looks('aws-train-estimate');
    await asking.agree('Send and Start', 'aws-train-estimate');
    frame = await bench.webview('button, vscode-button', 'Cancel', 60_000);
    await bench.shot('aws-run-live');
    frame = await bench.webview('button, vscode-button', 'Deploy…', 120_000);
    await frame.getByText('Confusion matrix').waitFor();
    await bench.shot('aws-run');
    // The points that the forest wrote into CloudWatch's log while it grew.
    await frame.getByText('Metrics during the run').click();
    await frame.locator('details[open] mll-chart canvas').first().waitFor();
    await bench.shot('aws-run-metrics');
  });

  it('deploys there, and answers in the same form', async () => {
    await frame.getByRole('button', { name: 'Deploy…' }).click();
    await bench.page.waitForTimeout(1000);
    await bench.shot('aws-where');
    await asking.pick('SageMaker, serverless');
    await asking.agree('Send and Start', 'aws-deploy-estimate');
    frame = await bench.webview('button, vscode-button', 'Next Example', 120_000);
    await frame.getByRole('button', { name: 'Send', exact: true }).click();
    await frame.locator('.prediction').waitFor();
    await frame.getByText('serverless: it costs only while it answers').waitFor();
    await bench.shot('aws-endpoint');
  });

  it('runs its cases and a load test there, the second after its cost was agreed to', async () => {
    await frame.getByRole('textbox', { name: 'Name of the case' }).fill('first');
    await frame.getByRole('button', { name: 'Save as Case' }).click();
    await frame.getByRole('button', { name: 'Run All' }).click();
    await frame.getByText('Passed', { exact: true }).waitFor({ timeout: 60_000 });
    await bench.shot('aws-cases');
    await bench.command('ML Lifecycle: Load Test');
    await asking.answer('requests', '20');
    await asking.answer('at the same time', '4');
    await bench.page
      .getByText('A serverless endpoint is billed for the time')
      .first()
      .waitFor({ timeout: 60_000 });
    await asking.agree('Send and Start', 'aws-load');
    await bench.page
      .getByText(/requests per second, 0 errors in 20/)
      .first()
      .waitFor({ timeout: 60_000 });
  });

  it('is watched, retrained behind the gate, and rolled back', async () => {
    await frame.getByRole('tab', { name: 'Monitor' }).click();
    // The form's row, the case, and the load test with the request before it.
    await refreshed(frame.getByText('Too few rows to tell: 23 of the 30'));
    await refreshed(frame.getByText('23 requests, 0 errors'));
    await bench.shot('aws-monitor');
    // The heaviest penguins alone are not what the model was trained on.
    const [head = '', ...rows] = fs.readFileSync(inProject('penguins.csv'), 'utf8').trim().split('\n');
    const heavy = rows.filter((row) => row.startsWith('Gentoo')).slice(0, 60);
    await frame.getByRole('tab', { name: 'Test' }).click();
    await frame.getByText('Paste rows, or send a file').click();
    await frame.locator('textarea').fill([head, ...heavy].join('\n'));
    await frame.getByRole('button', { name: 'Read Rows' }).click();
    await frame.getByRole('button', { name: 'Send All (60)' }).click();
    await frame
      .getByText(/60 rows/)
      .first()
      .waitFor();
    await frame.getByRole('tab', { name: 'Monitor' }).click();
    // What was captured comes into the bucket some moments later.
    await refreshed(frame.locator('.drifted').first());
    await frame
      .getByText(/of 6 columns/)
      .first()
      .waitFor();
    await bench.shot('aws-drift');
    await frame.getByRole('button', { name: 'Retrain with the Same Data' }).click();
    await asking.agree('Send and Start', 'aws-retrain-estimate');
    const back = frame.getByRole('button', { name: 'Roll Back to Version 1' });
    await back.waitFor({ timeout: 200_000 });
    await bench.shot('aws-retrained');
    await back.click();
    await asking.agree(/^(Roll Back|Send and Start)/, 'aws-rollback');
    await frame.getByRole('button', { name: 'Roll Back to Version 2' }).waitFor({ timeout: 60_000 });
  });

  it('lists all that it made in the account, and leaves nothing', async () => {
    await bench.command('ML Lifecycle: Resources in the Cloud');
    await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'endpoint' }).first().waitFor();
    await bench.shot('aws-resources');
    await looks('aws-resources');
    for (const row of await bench.page.locator('.quick-input-list .monaco-list-row').all()) await row.click();
    await bench.page.keyboard.press('Enter');
    await asking.agree('Delete', 'aws-delete');
    await expect
      .poll(async () => (await sagemaker.send(new ListEndpointsCommand({}))).Endpoints, { timeout: 60_000 })
      .toEqual([]);
    const left = async (): Promise<readonly string[]> =>
      ((await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))).Contents ?? []).map(
        ({ Key = '' }) => Key,
      );
    await expect.poll(left, { timeout: 30_000 }).toEqual(['raw/penguins.csv', 'raw/strikes.csv']);
    await bench.command('Notifications: Show Notifications');
    const told = bench.page.locator('.notification-list-item-message', { hasText: 'Deleted from AWS' });
    await expect
      .poll(() => told.first().innerText(), { timeout: 30_000 })
      .toMatch(/: endpoint penguins-2, .*\. This project has nothing there any more\.$/);
    await bench.shot('aws-empty');
  });
});
