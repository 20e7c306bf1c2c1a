import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListTrainingJobsCommand,
} from '@aws-sdk/client-sagemaker';
import { DuckDBInstance } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsBench, BUCKET, startAwsBench } from './aws-bench';
import type { AwsRig } from '../rigs/aws/rig';
import type { Workbench } from './workbench';

/** What else a person does on AWS: log in again, work on data where it lies, look at one run from two windows, find what is gone. */
let aws: AwsBench;
let frame: Frame;
let folder: string;
let colleague: Workbench;

const SESSION = 'company';
const CONFIG = `[profile work]
sso_session = ${SESSION}
sso_account_id = 123456789012
sso_role_name = Scientist
region = us-east-1

[sso-session ${SESSION}]
sso_start_url = https://company.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`;

/** Data that nothing was tuned for: names with signs and blanks, a decimal comma, a stand-in for what is missing, two scripts. */
function visits(rows: number): string {
  const lines = Array.from({ length: rows }, (_, at) => {
    const pain = at % 11 === 0 ? 'n/a' : `${(at * 7) % 10},${at % 10}`;
    const ward = ['Süd', 'Nord', '東', 'Nord '][at % 4] ?? '';
    return `${at};"${ward}";${pain};${20 + ((at * 13) % 60)};${(at * 7) % 20 > 9 ? 'ja' : 'nein'}`;
  });
  return ['Nr.;Station / Ward;Schmerz (0–10);Alter;kommt wieder?', ...lines, ''].join('\n');
}

/** What `aws sso login` leaves for all tools of AWS, from the same requests. */
async function token(rig: AwsRig): Promise<string> {
  const post = async (route: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${rig.url}${route}`, { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, unknown>;
  };
  const { clientId, clientSecret } = await post('/client/register', {
    clientName: 'test',
    clientType: 'public',
  });
  const client = { clientId, clientSecret };
  const startUrl = 'https://company.awsapps.com/start';
  const { deviceCode, userCode } = await post('/device_authorization', { ...client, startUrl });
  await rig.login(String(userCode), 'confirmed');
  const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
  const { accessToken } = await post('/token', { ...client, deviceCode, grantType });
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return JSON.stringify({ startUrl, region: 'us-east-1', accessToken, expiresAt });
}

/** A home with a login that is over, and a command `aws` that notes what it is asked for and logs in. */
function layHome(): { home: string; programs: string } {
  const home = path.join(folder, 'home');
  const programs = path.join(folder, 'programs');
  for (const one of [home, programs]) fs.mkdirSync(one);
  fs.writeFileSync(path.join(home, 'config'), CONFIG);
  const cache = path.join(home, '.aws/sso/cache');
  const file = path.join(cache, `${createHash('sha1').update(SESSION).digest('hex')}.json`);
  const script = [
    '#!/bin/sh',
    `echo "$@" >> "${path.join(folder, 'asked')}"`,
    `mkdir -p "${cache}"`,
    `cp "${path.join(folder, 'token.json')}" "${file}"`,
    'echo "Successfully logged into Start URL: https://company.awsapps.com/start"',
    '',
  ];
  fs.writeFileSync(path.join(programs, 'aws'), script.join('\n'), { mode: 0o755 });
  return { home, programs };
}

async function parquet(): Promise<Buffer> {
  const file = path.join(folder, 'flights.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `COPY (SELECT i AS flight, hash(i) AS plane, 'gate ' || (i % 40) AS gate, i / 7.0 AS delay FROM range(300000) t(i))
     TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 20480)`,
  );
  connection.closeSync();
  return fs.readFileSync(file);
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-aws-more-'));
  const { home, programs } = layHome();
  aws = await startAwsBench({
    stores: '{ s3: { profile: work } }',
    files: {
      'train.py': 'import ml_lifecycle as ml\n\nprint(ml.params)\n',
      'settings.py': `AWS_SECRET_ACCESS_KEY = "${['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYzzzzzzzKEY'].join('/')}"\n`,
    },
    env: () => ({
      PATH: `${programs}${path.delimiter}${process.env.PATH ?? ''}`,
      HOME: home,
      AWS_CONFIG_FILE: path.join(home, 'config'),
    }),
  });
  fs.writeFileSync(path.join(folder, 'token.json'), await token(aws.rig));
  await aws.put('raw/flights.parquet', await parquet());
  await aws.put('raw/visits.csv', visits(60_000));
});
afterAll(async () => {
  await aws.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('AWS, day by day', () => {
  it('runs the login of the AWS CLI in a terminal when the login is over, and reads the buckets again', async () => {
    const { bench } = aws;
    await bench.activity('ML Lifecycle');
    await bench.treeRow('S3').click();
    await bench.treeRow(/expired|log in/i).waitFor();
    await bench.shot('more-expired');
    await bench.treeRow('Log In').click();
    await bench.treeRow(BUCKET).waitFor({ timeout: 30_000 });
    expect(fs.readFileSync(path.join(folder, 'asked'), 'utf8')).toBe('sso login --profile work\n');
    await bench.shot('more-logged-in');
  });

  it('shows a Parquet object from where it lies, offers all of it with its size, and names it as a dataset', async () => {
    const { bench } = aws;
    await bench.treeRow(BUCKET).click();
    await bench.treeRow('raw').click();
    await bench.openRow('flights.parquet');
    frame = await bench.webview('[role=grid]', undefined, 60_000);
    await frame.getByText('all 300,000 rows, in the store').waitFor();
    await frame.getByText('gate 1', { exact: true }).first().waitFor();
    await frame.getByRole('button', { name: /^Fetch All \(\d+\.\d MB\)/ }).waitFor();
    await aws.looks('more-parquet');
    expect(await frame.locator('.banner-error').allInnerTexts()).toEqual([]);
    await bench.contextMenu(bench.treeRow('flights.parquet'), 'Add to Datasets');
    await bench.treeRow(/flights\s*300,000 rows, 4 columns/).waitFor();
    // Nothing of it was fetched as a whole.
    expect(fs.existsSync(aws.inProject('.ml/cache'))).toBe(false);
  });

  it('makes a recipe on the beginning of a table in S3, and says so', async () => {
    const { bench } = aws;
    await bench.contextMenu(bench.treeRow('visits.csv'), 'Add to Datasets');
    await bench.contextMenu(bench.treeRow(/visits\s*≈/), 'Preprocess…');
    frame = await bench.webview('.recipe-view', undefined, 60_000);
    await frame.getByText(/^sample: the first [\d,]+ of ≈ [\d,]+ rows$/).waitFor();
    await frame.getByRole('button', { name: /^Fetch All \(1\.\d MB\)…/ }).waitFor();
    await aws.looks('more-recipe');
    const text = fs.readFileSync(aws.inProject('visits.recipe.yaml'), 'utf8');
    expect(text).toContain(`input: s3://${BUCKET}/raw/visits.csv\n`);
    expect(fs.existsSync(aws.inProject('.ml/cache'))).toBe(false);
  });

  it('runs that recipe as a job that reads all rows where they lie', async () => {
    const { bench } = aws;
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('visits.recipe.yaml'), 'Prepare Dataset with Recipe');
    await aws.pick('SageMaker');
    const asked = await aws.agree('Send and Start', 'more-prepare');
    expect(asked).toMatch(/Read where it lies: s3:\/\/birds-of-ada\/raw\/visits\.csv, 1\.\d MB/);
    frame = await bench.webview('button, vscode-button', 'Open in Console', 60_000);
    await frame.getByText('Completed').waitFor({ timeout: 60_000 });
    await bench.shot('more-prepared');
  });

  it('opens the page of a run in the console of its region', async () => {
    const { page } = aws.bench;
    await page
      .context()
      .route('https://*.console.aws.amazon.com/**', (route) => route.fulfill({ body: 'console' }));
    const opened = page.context().waitForEvent('page');
    await frame.getByRole('button', { name: 'Open in Console' }).click();
    await aws.agree('Open', 'more-console');
    const console = await opened;
    await expect
      .poll(() => console.url())
      .toMatch(
        /^https:\/\/us-east-1\.console\.aws\.amazon\.com\/sagemaker\/home\?region=us-east-1#\/processing-jobs\/mll-/,
      );
    await console.close();
  });

  it('finds secrets in what a training would send: each is confirmed, and a refusal sends nothing', async () => {
    const { bench } = aws;
    const { Contents: before } = await aws.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
    frame = await bench.webview('h1', /^Train on penguins/, 60_000);
    await frame.getByRole('radio', { name: /SageMaker/ }).click();
    await frame.getByText('My own script', { exact: true }).click();
    const start = frame.getByRole('button', { name: 'Start', exact: true });
    await start.click();
    const asked = await aws.agree('Cancel', 'more-secret');
    expect(asked).toContain('settings.py, line 1: aws credential');
    await start.click();
    await aws.agree('Send the File');
    const page = await aws.agree('Cancel', 'more-secret-page');
    expect(page).toContain('Looks like a secret: code/settings.py, line 1: aws credential');
    fs.writeFileSync(aws.inProject('.mlignore'), 'settings.py\n');
    await start.click();
    expect(await aws.agree('Cancel')).toMatch(/Not sent: .*settings\.py/);
    expect((await aws.sagemaker.send(new ListTrainingJobsCommand({}))).TrainingJobSummaries).toEqual([]);
    const { Contents: after } = await aws.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    expect(after?.map(({ Key }) => Key)).toEqual(before?.map(({ Key }) => Key));
  });

  it('explains a failure from the clipboard; a text that it does not know gets no cause', async () => {
    const { bench } = aws;
    const quota =
      "ResourceLimitExceeded: The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.";
    const lines = bench.page.locator('.editor-instance .view-lines');
    const shows = (text: string): Promise<void> =>
      expect.poll(async () => (await lines.innerText()).replaceAll('\u00a0', ' ')).toContain(text);
    await bench.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(quota)})`);
    await bench.command('ML Lifecycle: Explain Failure…');
    await aws.pick('The text on the clipboard', 'Explain Failure');
    await shows('# Failure: quota');
    await shows("The quota 'ml.p3.2xlarge for training job usage'");
    const tab = bench.page.locator('.tabs-container .tab.active', { hasText: 'Failure.md' });
    expect(await tab.getAttribute('class')).not.toContain('dirty');
    await bench.shot('more-explained');
    await bench.command('ML Lifecycle: Explain Failure…');
    await aws.pick('Another text…', 'Explain Failure');
    await aws.answer('Explain Failure', 'The birds sang off key.');
    await shows('# Failure: unknown');
    await shows('No signal knows this text, so no cause is given.');
    await bench.page.locator('.tabs-container .tab', { hasText: 'Train: penguins.csv' }).click();
    frame = await bench.webview('h1', /^Train on penguins/);
  });

  it('compares machines by cores, memory, GPU, price and quota where one is chosen', async () => {
    await frame.getByText('Random forest', { exact: true }).click();
    await frame.getByText(/^Compare machines \(\d+\)/).click();
    await frame.getByRole('textbox', { name: 'Search machines' }).fill('xlarge');
    await frame.getByText(/^Compare machines/).scrollIntoViewIfNeeded();
    await aws.looks('more-machines');
    await frame.getByRole('textbox', { name: 'Search machines' }).fill('m5.xlarge');
    await frame.getByRole('radio', { name: 'ml.m5.xlarge' }).click();
  });

  it('ends a job there by the button of its page', async () => {
    const { bench, sagemaker } = aws;
    await frame.getByRole('button', { name: 'Start', exact: true }).click();
    await aws.agree('Send and Start');
    const run = await bench.webview('button, vscode-button', 'Cancel', 60_000);
    await run.getByRole('button', { name: 'Cancel', exact: true }).click();
    await run.getByText('Cancelled', { exact: true }).first().waitFor({ timeout: 60_000 });
    await bench.shot('more-cancelled');
    const { TrainingJobSummaries: jobs = [] } = await sagemaker.send(new ListTrainingJobsCommand({}));
    expect(jobs.map((one) => one.TrainingJobStatus)).toEqual(['Stopped']);
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
    frame = await bench.webview('h1', /^Train on penguins/, 60_000);
    await frame.getByRole('radio', { name: /SageMaker/ }).click();
    await frame.getByText('Random forest', { exact: true }).click();
  });

  it('shows a colleague the same run, log and metrics, though the window that started it is closed', async () => {
    const { bench } = aws;
    await frame.getByRole('button', { name: 'Start', exact: true }).click();
    await aws.agree('Send and Start');
    await bench.webview('button, vscode-button', 'Cancel', 60_000);
    colleague = await bench.secondWindow();
    await bench.page.goto('about:blank');
    await colleague.activity('ML Lifecycle');
    await colleague.openRow(/train/);
    frame = await colleague.webview('button, vscode-button', 'Deploy…', 120_000);
    await frame.getByText('Confusion matrix').waitFor();
    await frame.getByText('Metrics during the run').click();
    await frame.locator('details[open] mll-chart canvas').first().waitFor();
    await colleague.shot('more-colleague');
  });

  it('shows the run when VS Code is opened again, and deploys from there', async () => {
    const { bench } = aws;
    await colleague.close();
    await bench.page.goBack();
    // VS Code writes down which tabs are open now and then only: the page may have to be opened anew.
    await bench.activity('ML Lifecycle');
    const shown = async (): Promise<boolean> => {
      await bench.treeRow(/train/).first().click();
      return bench.webview('button, vscode-button', 'Deploy…', 8000).then(
        () => true,
        () => false,
      );
    };
    await expect.poll(shown, { timeout: 60_000 }).toBe(true);
    frame = await bench.webview('button, vscode-button', 'Deploy…');
    await frame.getByText('Confusion matrix').waitFor();
    await frame.getByRole('button', { name: 'Deploy…' }).click();
    await aws.pick('SageMaker, serverless');
    await aws.agree('Send and Start');
    await bench.webview('button, vscode-button', 'Next Example', 60_000);
  });

  it('keeps an endpoint in sight that was deleted in the console', async () => {
    const { bench, sagemaker } = aws;
    const { Endpoints: [there] = [] } = await sagemaker.send(new ListEndpointsCommand({}));
    await sagemaker.send(new DeleteEndpointCommand({ EndpointName: there?.EndpointName }));
    // With its configuration left it would be one that was stopped.
    const { EndpointConfigs: [config] = [] } = await sagemaker.send(new ListEndpointConfigsCommand({}));
    await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: config?.EndpointConfigName }));
    await bench.activity('ML Lifecycle');
    for (const view of ['Datasets', 'Stores', 'Sources', 'Runs', 'Models'])
      await bench.page.locator('.sidebar .pane-header', { hasText: view }).click();
    await expect
      .poll(async () => {
        await bench.command('ML Lifecycle: Refresh');
        return bench.treeRow(/penguins.*deleted elsewhere/).isVisible();
      })
      .toBe(true);
    frame = await bench.webview('h1', 'penguins');
    await frame.getByText('Deleted elsewhere', { exact: true }).waitFor();
    expect(await frame.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
    await aws.looks('more-gone');
    await bench.command('ML Lifecycle: Resources in the Cloud');
    await aws.listed(/model penguins/).waitFor();
    const names = await bench.page.locator('.quick-input-list .monaco-list-row .label-name').allInnerTexts();
    expect(names.filter((one) => one.startsWith('endpoint'))).toEqual([]);
    await bench.shot('more-gone-resources');
    await bench.page.keyboard.press('Escape');
    // Its model is still here: it is deployed again from the same page.
    await frame.getByRole('button', { name: 'Start', exact: true }).click();
    await aws.agree('Send and Start', 'more-again');
    await frame.getByText('Ready', { exact: true }).waitFor({ timeout: 60_000 });
    await frame.getByRole('button', { name: 'Send', exact: true }).click();
    await frame.locator('.prediction').waitFor();
    await frame.getByRole('button', { name: 'Open Log' }).click();
    await bench.page.locator('.tabs-container .tab.active', { hasText: 'penguins.log' }).waitFor();
    await expect
      .poll(() => bench.page.locator('.editor-instance .view-lines').innerText())
      .toMatch(/pyproject\.toml/);
    await bench.shot('more-log');
    const { Endpoints: again = [] } = await sagemaker.send(new ListEndpointsCommand({}));
    expect(again.map((one) => [one.EndpointName, one.EndpointStatus])).toEqual([
      [there?.EndpointName, 'InService'],
    ]);
  });
});
