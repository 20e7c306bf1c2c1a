import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { laySample } from '../../scripts/lib/sample.mjs';
import { changeEnvironment, withoutGoogle } from '../environment';
import { testPython } from '../python';
import { type GoogleRig, startGoogle } from '../rigs/google/rig';
import { type Asking, askingIn } from './asking';
import { openWorkbench, type Workbench } from './workbench';

/** From the login to the empty project, as a person does it, on the stand-in for Google Cloud. */
let google: GoogleRig;
let bench: Workbench;
let asking: Asking;
let frame: Frame;
let restore: () => void;

/** The project, and what VS Code and the person keep outside of it. */
let workspace: string;
let state: string;

const BUCKET = 'birds-of-ada';
const inProject = (name: string): string => path.join(workspace, name);
async function openVsCode(): Promise<void> {
  const env = { ...google.env, CLOUDSDK_CONFIG: '/nowhere', MLL_STATE: state };
  bench = await openWorkbench({ workspace, env });
  asking = askingIn(bench);
}
beforeAll(async () => {
  restore = changeEnvironment(withoutGoogle());
  google = await startGoogle();
  await google.storage.createBucket(BUCKET);
  workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll é2e ')));
  state = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-state-'));
  await openVsCode();
  fs.mkdirSync(inProject('.ml'), { recursive: true });
  fs.writeFileSync(inProject('.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
});
afterAll(async () => {
  await bench.close();
  for (const one of [workspace, state])
    fs.rmSync(one, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  await google.stop();
  restore();
});

describe('Vertex AI, from the login to the empty project', () => {
  it('connects: login, project, region, bucket, and what is checked', async () => {
    await bench.activity('ML Lifecycle');
    await bench.command('ML Lifecycle: Connect Vertex AI');
    await asking.pick('Application default credentials');
    await asking.pick('test', 'project, as');
    await bench.page
      .locator('.monaco-dialog-box')
      .getByRole('button', { name: 'Make Project' })
      .click({ timeout: 60_000 });
    await bench.page.locator('.quick-input-title', { hasText: 'region' }).waitFor({ timeout: 60_000 });
    await bench.shot('vertex-region');
    await asking.pick('europe-west1', 'region');
    await bench.page.locator('.quick-input-title', { hasText: 'bucket near' }).waitFor({ timeout: 60_000 });
    await bench.shot('vertex-bucket');
    await asking.pick(BUCKET, 'bucket near');
    frame = await bench.webview('h1', undefined, 60_000);
    await frame.getByText('Vertex AI: billing').waitFor({ timeout: 60_000 });
    await bench.shot('vertex-doctor');
    const settings = fs.readFileSync(inProject('ml.yaml'), 'utf8');
    expect(settings).toContain(`region: europe-west1\n    store: gs://${BUCKET}\n`);
  });

  it('runs a recipe there, after showing what is sent and what it may cost', async () => {
    fs.writeFileSync(
      inProject('penguins.recipe.yaml'),
      'recipe: 1\ninput: penguins.csv\ntarget: Species\nsplit: { test: 0.2, method: stratified, seed: 7 }\nsteps:\n  - fill_missing: { columns: [Body Mass (g)], with: median }\n',
    );
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('penguins.recipe.yaml'), 'Prepare Dataset with Recipe');
    await asking.pick('Vertex AI');
    await asking.agree('Send and Start', 'vertex-estimate');
    frame = await bench.webview('button, vscode-button', 'Cancel', 60_000);
    await frame.getByText('Completed').waitFor({ timeout: 120_000 });
    await bench.shot('vertex-prepared');
  });

  it('trains there, with log and metrics as here', async () => {
    await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
    frame = await bench.webview('h1', /^Train on penguins/, 60_000);
    await frame.getByText('Random forest', { exact: true }).click();
    await frame.getByRole('radio', { name: /Vertex AI/ }).click();
    await frame.getByRole('spinbutton', { name: 'Minutes at most' }).fill('30');
    await bench.shot('vertex-train');
    await frame.getByRole('button', { name: 'Start', exact: true }).click();
    await bench.page.getByText(/Machine: n1-standard-4 for at most 30 minutes/).waitFor();
    await asking.agree('Send and Start', 'vertex-train-estimate');
    frame = await bench.webview('button, vscode-button', 'Cancel', 60_000);
    await bench.shot('vertex-run-live');
    frame = await bench.webview('button, vscode-button', 'Deploy…', 180_000);
    await frame.getByText('Confusion matrix').waitFor();
    await bench.shot('vertex-run');
    // The points that the forest wrote into the project's log while it grew.
    await frame.getByText('Metrics during the run').click();
    await frame.locator('details[open] mll-chart canvas').first().waitFor();
    await bench.shot('vertex-run-metrics');
  });

  it('deploys there, and answers in the same form', async () => {
    await frame.getByRole('button', { name: 'Deploy…' }).click();
    await bench.page.waitForTimeout(1000);
    await bench.shot('vertex-where');
    await asking.pick('Vertex AI');
    await bench.page
      .locator('.quick-input-title', { hasText: 'On which machine?' })
      .waitFor({ timeout: 60_000 });
    await bench.shot('vertex-machine');
    await asking.pick('n1-standard-2', 'On which machine?');
    await asking.agree('Send and Start', 'vertex-deploy-estimate');
    frame = await bench.webview('button, vscode-button', 'Next Example', 180_000);
    await frame.getByRole('button', { name: 'Send', exact: true }).click();
    await frame.locator('.prediction').waitFor();
    await frame.getByText('n1-standard-2, USD 2.45 per day until it is stopped').waitFor();
    await bench.shot('vertex-endpoint');
  });

  it('is watched: what was asked is logged, and read back', async () => {
    await frame.getByRole('tab', { name: 'Monitor' }).click();
    await frame.getByText('Too few rows to tell: 1 of the 30').waitFor({ timeout: 60_000 });
    await bench.shot('vertex-monitor');
  });

  it('says which columns have drifted', async () => {
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
    await frame.getByText('Too few rows to tell').waitFor({ state: 'detached' });
    await frame.locator('.drifted').first().waitFor();
    await bench.shot('vertex-drift');
  });

  it('is retrained behind the gate', async () => {
    await frame.getByRole('button', { name: 'Retrain with the Same Data' }).click();
    await asking.agree('Send and Start', 'vertex-retrain-estimate');
    await frame.getByRole('button', { name: 'Roll Back to Version 1' }).waitFor({ timeout: 230_000 });
    await bench.shot('vertex-retrained');
  });

  it('is rolled back by a shift of the traffic', async () => {
    await frame.getByRole('button', { name: 'Roll Back to Version 1' }).click();
    await asking.agree(/^(Roll Back|Send and Start)/, 'vertex-rollback');
    await frame.getByRole('button', { name: 'Roll Back to Version 2' }).waitFor({ timeout: 120_000 });
    const [endpoint] = google.vertex.endpoints.all.values();
    expect(endpoint?.deployedModels.map((one) => one.displayName)).toEqual(['penguins@1']);
  });

  it('shares its requests between two versions, and one gets all of them again', async () => {
    await bench.activity('ML Lifecycle');
    await bench.contextMenu(bench.treeRow(/penguins.*ready/), 'Change Model of Endpoint…');
    await asking.pick('@2', 'Model for');
    await bench.page.locator('.quick-input-title', { hasText: 'How many requests' }).waitFor();
    await bench.shot('vertex-share');
    await asking.pick('25 % of the requests', 'How many requests');
    await bench.page
      .getByText('What answers now keeps the other 75 %, on machines of its own: both cost')
      .waitFor({ timeout: 60_000 });
    await asking.agree('Send and Start', 'vertex-share-estimate');
    const shares = frame.getByRole('list', { name: 'Shares of the requests' });
    await expect
      .poll(() => shares.getByRole('listitem').allInnerTexts(), { timeout: 120_000 })
      .toEqual([expect.stringMatching(/^75 %[^]*version 1/), expect.stringMatching(/^25 %[^]*version 2/)]);
    await bench.treeRow(/penguins@1 75 % and penguins@2 25 %/).waitFor();
    await bench.shot('vertex-shares');
    const [endpoint] = google.vertex.endpoints.all.values();
    expect(Object.values(endpoint?.trafficSplit ?? {}).toSorted((a, b) => a - b)).toEqual([25, 75]);
    await shares.getByRole('listitem').filter({ hasText: 'version 2' }).getByRole('button').click();
    await asking.agree('Send and Start');
    await shares.waitFor({ state: 'detached', timeout: 120_000 });
    const [after] = google.vertex.endpoints.all.values();
    expect(after?.deployedModels.map((one) => one.displayName)).toEqual(['penguins@2']);
  });

  it('shows a run with its end when VS Code was closed while it went on there', async () => {
    const usual = google.vertex.jobs.settings.wait;
    // Longer than VS Code takes to close.
    google.vertex.jobs.settings.wait = 15_000;
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('penguins.csv'), 'Train…');
    frame = await bench.webview('h1', /^Train on penguins/, 60_000);
    await frame.getByText('Random forest', { exact: true }).click();
    await frame.getByRole('radio', { name: /Vertex AI/ }).click();
    await frame.getByRole('button', { name: 'Start', exact: true }).click();
    await asking.agree('Send and Start');
    await bench.webview('button, vscode-button', 'Cancel', 60_000);
    const last = (): string => google.vertex.jobs.states.at(-1) ?? '';
    const before = google.vertex.jobs.states.length;
    await bench.close();
    expect(last()).toMatch(/^JOB_STATE_(PENDING|RUNNING)$/);
    await expect.poll(last, { timeout: 120_000 }).toBe('JOB_STATE_SUCCEEDED');
    google.vertex.jobs.settings.wait = usual;

    await openVsCode();
    await bench.activity('ML Lifecycle');
    await bench.openRow(/train/);
    frame = await bench.webview('button, vscode-button', 'Deploy…', 60_000);
    await frame.getByText('Confusion matrix').waitFor();
    // The newest: the other runs had ended before. Ids of one minute end at random.
    const submitted = (id: string): string =>
      z
        .object({ submitted: z.string() })
        .parse(JSON.parse(fs.readFileSync(inProject(`.ml/runs/${id}/run.json`), 'utf8'))).submitted;
    const newest = fs
      .readdirSync(inProject('.ml/runs'))
      .toSorted((a, b) => submitted(b).localeCompare(submitted(a)))
      .at(0);
    await frame
      .getByText(newest ?? 'no run', { exact: true })
      .first()
      .waitFor();
    await bench.shot('vertex-opened-again');
    expect(google.vertex.jobs.states).toHaveLength(before);
  });

  it('lists all that it made in the project, and leaves nothing', async () => {
    await bench.command('ML Lifecycle: Resources in the Cloud');
    await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'endpoint' }).first().waitFor();
    await bench.shot('vertex-resources');
    for (const row of await bench.page.locator('.quick-input-list .monaco-list-row').all()) await row.click();
    await bench.page.keyboard.press('Enter');
    await asking.agree('Delete', 'vertex-delete');
    await expect
      .poll(() => [google.vertex.endpoints.all.size, google.vertex.models.names.length], { timeout: 60_000 })
      .toEqual([0, 0]);
    const left = async (): Promise<unknown> =>
      ((await (await fetch(`${google.storage.url}/storage/v1/b/${BUCKET}/o`)).json()) as { items?: unknown })
        .items ?? [];
    await expect.poll(left, { timeout: 30_000 }).toEqual([]);
    await bench.shot('vertex-empty');
  });
});
