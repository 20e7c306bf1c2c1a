import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type GoogleRig, startGoogle } from '../rigs/google/rig';
import { type Proxy, startProxy } from '../rigs/network';
import { openWorkbench, type Workbench } from './workbench';

/** VS Code's own setting of a proxy, as a person makes it, and Vertex AI's gRPC. */
let google: GoogleRig;
let proxy: Proxy;
let bench: Workbench;
let restore: () => void;
let workspace: string;

const VARIABLES = ['grpc_proxy', 'no_grpc_proxy', 'http_proxy', 'https_proxy', 'no_proxy'];

beforeAll(async () => {
  restore = changeEnvironment({
    ...withoutGoogle(),
    ...Object.fromEntries(
      VARIABLES.flatMap((name) => [
        [name, undefined],
        [name.toUpperCase(), undefined],
      ]),
    ),
  });
  google = await startGoogle();
  await google.storage.createBucket('birds-of-ada');
  proxy = await startProxy();
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-proxy-'));
  fs.writeFileSync(
    path.join(workspace, 'ml.yaml'),
    JSON.stringify({
      project: 'birds',
      stores: { gs: { project: 'test' } },
      providers: { vertex: { project: 'test', region: 'europe-west1', store: 'gs://birds-of-ada/jobs' } },
    }),
  );
  bench = await openWorkbench({ workspace, env: { ...google.env, CLOUDSDK_CONFIG: '/nowhere' } });
});
afterAll(async () => {
  await bench.close();
  proxy.stop();
  await google.stop();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  restore();
});

describe('the proxy of the settings of VS Code', () => {
  it('is the way to Vertex AI from the user settings, where extensions see it', async () => {
    const { page } = bench;
    await bench.command('Preferences: Open User Settings (JSON)');
    const editor = page.locator('.editor-instance .monaco-editor').first();
    await editor.waitFor();
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(JSON.stringify({ 'http.proxy': proxy.url }));
    // What the editor closed by itself.
    await page.keyboard.press('Control+Shift+End');
    await page.keyboard.press('Delete');
    await page.keyboard.press('Control+S');
    const kept = path.join(bench.server.folder, 'data/User/settings.json');
    await expect
      .poll(() => JSON.parse(fs.readFileSync(kept, 'utf8')) as unknown, { timeout: 10_000 })
      .toEqual({ 'http.proxy': proxy.url });
    await bench.shot('google-proxy-settings');

    await bench.command('ML Lifecycle: Doctor');
    const view = await bench.webview('h1', undefined, 60_000);
    await view.getByText('Vertex AI: jobs').waitFor({ timeout: 60_000 });
    await bench.shot('google-proxy-doctor');
    const port = google.vertex.address.split(':').at(-1);
    expect(proxy.asked.map((one) => one.split(':').at(-1))).toContain(port);
  });
});
