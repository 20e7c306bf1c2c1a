import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Provider } from '../../../src/core/provider';
import type { TrainParams } from '../../../src/core/run';
import { create } from '../../../src/providers/vertex';
import { changeEnvironment } from '../../environment';
import { type Proxy, startProxy } from '../../rigs/network';
import { startStorageServer } from '../../rigs/google/storage';
import type { CallFault } from '../../rigs/google/vertex/calls';
import { settled, spec } from '../jobs.contract';
import { makeVertexProject, standInRuntime, stopGoogle, type VertexProject } from './rig';

let rig: VertexProject;
let provider: Provider;
let data: string;
let count = 0;

beforeAll(async () => {
  rig = await makeVertexProject();
  provider = await create(rig.paths, {
    ...rig.host,
    pythonFolder: await standInRuntime(rig.paths.root),
  });
  data = path.join(rig.paths.root, 'x.csv');
  await fs.writeFile(data, 'a,b\n1,2\n');
});
beforeEach(() => {
  const { vertex, accounts } = rig.google;
  vertex.calls.fault = vertex.jobs.settings.fault = vertex.logging.refuse = undefined;
  accounts.expired = false;
});
afterAll(async () => {
  await rig.dispose();
  await stopGoogle();
});

const runId = (): string => `20261123-1312-train-trouble-${++count}`;

async function start(params: TrainParams): Promise<string> {
  const id = runId();
  await provider.jobs.submit(spec(id, data, params), id);
  return id;
}

/** The next calls of that name fail so. */
function fail(method: string, fault: CallFault, times = 1): void {
  let left = times;
  rig.google.vertex.calls.fault = (called) => (called === method && left-- > 0 ? fault : undefined);
}

const refused = (code: CallFault['code'], message: string) => fail('CreateCustomJob', { code, message });

describe('a job that Google refuses says why, and what to do', () => {
  test.each([
    [
      'PERMISSION_DENIED',
      'Vertex AI API has not been used in project test before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/aiplatform.googleapis.com/overview?project=test then retry.',
      'permission',
      /gcloud services enable aiplatform/,
    ],
    [
      'PERMISSION_DENIED',
      'You do not have permission to act as service account: jobs@test.iam.gserviceaccount.com',
      'permission',
      /actAs|Service Account User|serviceAccountUser/i,
    ],
    [
      'RESOURCE_EXHAUSTED',
      'The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_training_cpus',
      'quota',
      /quota/i,
    ],
    ['INVALID_ARGUMENT', 'Unsupported region for Vertex AI, select from us-central1', 'invalid', /region/],
  ] as const)('%s: %s', async (code, message, kind, fix) => {
    refused(code, message);
    await expect(start({ do: 'succeed' })).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(/^Could not start the job: /) as unknown,
      fix: expect.stringMatching(fix) as unknown,
    });
  });

  test('a machine that there is not', async () => {
    const id = runId();
    const job = { ...spec(id, data, { do: 'succeed' }), resources: { machine: 'ml.m5.large' } };
    await expect(provider.jobs.submit(job, id)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('Machine type "ml.m5.large" is not supported.') as unknown,
    });
  });
});

test('the answer to a submission is lost: the job is found, and not started twice', async () => {
  fail('CreateCustomJob', { code: 'UNAVAILABLE', message: 'connection reset', when: 'after' });
  const id = await start({ do: 'succeed' });
  expect((await settled(provider.jobs, id)).status).toBe('completed');
  const listed = await provider.jobs.statuses?.([id, '20261123-1312-train-other-1']);
  expect(listed).toEqual(new Map([[id, 'completed']]));
});

test.each([
  ['stockout', undefined, /Resources are insufficient/],
  ['imagePull', undefined, /image .* cannot be pulled/],
  ['preempted', 'waiting for the test', /spot machine was taken back/i],
  ['outOfMemory', 'waiting for the test', /memory/],
] as const)('%s', async (kind, line, message) => {
  rig.google.vertex.jobs.settings.fault = () => ({ kind, ...(line === undefined ? {} : { line }) });
  const id = await start({ do: 'wait', until: path.join(rig.paths.root, 'never') });
  const state = await settled(provider.jobs, id);
  expect(state).toMatchObject({
    status: 'failed',
    error: { message: expect.stringMatching(message) as unknown },
  });
  expect(state.error?.fix).toBeDefined();
});

test('a time limit', async () => {
  const id = runId();
  rig.google.vertex.jobs.settings.minute = 8000;
  const job = {
    ...spec(id, data, { do: 'wait', until: path.join(rig.paths.root, 'never') }),
    resources: { maxMinutes: 1 },
  };
  await provider.jobs.submit(job, id);
  const state = await settled(provider.jobs, id);
  rig.google.vertex.jobs.settings.minute = 60_000;
  expect(state).toMatchObject({ status: 'failed', error: { kind: 'quota' } });
  expect(state.error?.message).toContain('longer than its limit');
});

test('no more reads of the log this minute: there is nothing new, and the next look has it all', async () => {
  const id = await start({ do: 'succeed' });
  await settled(provider.jobs, id);
  rig.google.vertex.logging.refuse = 429;
  expect(await provider.jobs.logs(id)).toEqual({ items: [], cursor: '0' });
  rig.google.vertex.logging.refuse = undefined;
  expect((await provider.jobs.logs(id)).items).toContain('read 8 characters');
});

test('an expired login', async () => {
  rig.google.accounts.expired = true;
  const fresh = await create(rig.paths, rig.host);
  await expect(fresh.jobs.get('20261123-1312-train-x-1')).rejects.toMatchObject({
    kind: 'auth',
    actions: [{ command: 'mll.google.login' }],
  });
  expect(await fresh.check()).toMatchObject([{ name: 'Vertex AI: login', ok: false }]);
});

test('what there is, and deleting it', async () => {
  const id = await start({ do: 'wait', until: path.join(rig.paths.root, 'never') });
  const { account } = provider;
  await settled(provider.jobs, id, ({ status }) => status === 'running');
  const found = (await account?.resources()) ?? [];
  expect(found.filter((one) => one.kind === 'job')).toMatchObject([
    { title: `mll-${id}`, run: id, machine: 'n1-standard-4' },
  ]);
  expect(found.filter((one) => one.kind === 'files').map((one) => one.name)).toEqual(
    ['runs/', 'data/'].map((folder) => `gs://${rig.bucket}/some/prefix/mll-test/${folder}`),
  );
  await account?.remove(found.filter((one) => one.kind === 'job'));
  expect((await settled(provider.jobs, id)).status).toBe('cancelled');
  await account?.remove(found.filter((one) => one.kind === 'files'));
  expect(await account?.resources()).toEqual([]);
});

test('the doctor', async () => {
  expect(await provider.check()).toMatchObject([
    { name: 'Vertex AI: login', ok: true, reason: expect.stringContaining('me@example.com') as unknown },
    { name: 'Vertex AI: APIs', ok: true },
    { name: 'Vertex AI: billing', ok: true },
    { name: 'Vertex AI: bucket', ok: true },
    {
      name: 'Vertex AI: service account',
      ok: true,
      reason: expect.stringContaining('no service account is set') as unknown,
    },
    { name: 'Vertex AI: quota', ok: true, reason: expect.stringContaining('training: 42') as unknown },
    { name: 'Vertex AI: jobs', ok: true },
    { name: 'Vertex AI: image', ok: true, reason: expect.stringContaining('Python 3.10') as unknown },
  ]);
});

test('the doctor names a bucket that lies in another region than the jobs', async () => {
  const far = await startStorageServer('US-CENTRAL1');
  await far.createBucket(rig.bucket);
  const back = changeEnvironment({ STORAGE_EMULATOR_HOST: far.url });
  const found = (await (await create(rig.paths, rig.host)).check()).find(
    ({ name }) => name === 'Vertex AI: bucket',
  );
  back();
  await far.stop();
  expect(found).toEqual({
    name: 'Vertex AI: bucket',
    ok: false,
    reason:
      'The bucket lies in us-central1, jobs run in europe-west1: each reads its data from afar, which is slow and costs.',
    fix: 'Take a bucket in europe-west1, or run jobs in us-central1 ("region" of "providers: vertex:").',
  });
});

describe('the proxy of the settings of VS Code', () => {
  let settings: Proxy;
  let other: Proxy;
  beforeAll(async () => {
    [settings, other] = [await startProxy(), await startProxy()];
  });
  afterAll(() => {
    settings.stop();
    other.stop();
  });

  test.each([
    ['is the way to Vertex AI where no variable names one', [], {}, ['settings']],
    ['is passed by for hosts that the settings name', ['127.0.0.1', 'localhost'], {}, []],
    ['is not used where a variable names another', [], { grpc_proxy: 'other' }, ['other']],
  ] as const)('%s', async (_, except, named: { readonly grpc_proxy?: 'other' }, wanted) => {
    const none = Object.fromEntries(
      ['grpc_proxy', 'no_grpc_proxy', 'http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [
        [name, undefined],
        [name.toUpperCase(), undefined],
      ]),
    );
    const back = changeEnvironment({ ...none, ...(named.grpc_proxy ? { grpc_proxy: other.url } : {}) });
    settings.asked.length = other.asked.length = 0;
    const proxy = () => ({ url: settings.url, except });
    const found = await (await create(rig.paths, { ...rig.host, proxy })).check();
    back();
    expect(found.find(({ name }) => name === 'Vertex AI: jobs')).toMatchObject({ ok: true });
    const port = rig.google.vertex.address.split(':').at(-1);
    const ports = (of: Proxy) => [...new Set(of.asked.map((one) => one.split(':').at(-1)))];
    expect({ settings: ports(settings), other: ports(other) }).toEqual({
      settings: wanted.some((one) => one === 'settings') ? [port] : [],
      other: wanted.some((one) => one === 'other') ? [port] : [],
    });
  });
});
