import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toErrorData } from '../../../src/core/errors';
import type { Model } from '../../../src/core/model';
import type { Endpoints, Provider } from '../../../src/core/provider';
import { create } from '../../../src/providers/vertex';
import type { EndpointSettings } from '../../rigs/google/vertex/endpoints';
import {
  makeVertexProject,
  REGION,
  standInModel,
  standInServing,
  stopGoogle,
  type VertexProject,
} from './rig';

const MINUTE = 60_000;

describe('endpoints on Vertex AI in trouble', { timeout: 200_000 }, () => {
  let rig: VertexProject;
  let provider: Provider;
  let endpoints: Endpoints;
  let one: Model;
  let two: Model;
  let later = 0;
  const usual: EndpointSettings = { wait: 50, health: 120_000, fault: undefined };

  const google = () => rig.google.vertex;
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => toErrorData(error),
    );
  /** What would go on costing, or lie about. */
  const left = (): [number, number] => [google().endpoints.all.size, google().models.names.length];
  const settings = async (more: string): Promise<void> => {
    const file = path.join(rig.paths.root, 'ml.yaml');
    const text = (await fs.readFile(file, 'utf8')).replace(/ {4}endpoint: .*\n/, '');
    await fs.writeFile(file, `${text.trimEnd()}\n${more}`);
  };

  beforeAll(async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-vertex-trouble-'));
    rig = await makeVertexProject({
      pythonFolder: await standInServing(folder),
      now: () => new Date(Date.now() + later),
    });
    provider = await create(rig.paths, rig.host);
    if (!provider.endpoints) throw new Error('There are no endpoints.');
    endpoints = provider.endpoints;
    one = await standInModel(rig.paths.root, 1);
    two = await standInModel(rig.paths.root, 2);
  });
  beforeEach(async () => {
    for (const { name } of await endpoints.list()) await endpoints.remove(name);
    Object.assign(google().endpoints.settings, usual);
    google().calls.fault = undefined;
    google().calls.seen.length = 0;
    await settings('');
    later = 0;
  });
  afterAll(async () => {
    for (const { name } of await endpoints.list()) await endpoints.remove(name);
    await rig.dispose();
    await stopGoogle();
  });

  test.each([1, 2])(
    'an update that was cut off is found, and mended to version %d without another deployment',
    async (version) => {
      await endpoints.deploy('birds', one);
      // After the deployment nothing more gets through: neither the shift of the traffic nor what would undo it.
      google().calls.fault = (method) =>
        ['UpdateEndpoint', 'UndeployModel'].includes(method)
          ? { code: 'PERMISSION_DENIED', message: 'Cut off.' }
          : undefined;
      expect((await failure(endpoints.update('birds', two)))?.message).toContain('Cut off.');
      google().calls.fault = undefined;
      const [made] = google().endpoints.all.values();
      if (!made) throw new Error('There is no endpoint.');
      const [old = '', fresh = ''] = made.deployedModels.map(({ id }) => id);
      expect(made.trafficSplit).toEqual({ [old]: 100, [fresh]: 0 });
      made.trafficSplit = { [old]: 70, [fresh]: 30 };

      expect((await endpoints.get('birds')).error).toBeUndefined();
      later = 3 * MINUTE;
      const { status, error } = await endpoints.get('birds');
      expect(status).toBe('ready');
      expect(error?.message).toBe(
        'An update was left half-way: birds@1 answers 70 %, birds@2 answers 30 % of the requests, and the machines of each cost.',
      );
      expect(error?.actions?.map((each) => each.args)).toEqual([
        ['birds', 'birds@1'],
        ['birds', 'birds@2'],
      ]);

      google().calls.seen.length = 0;
      await endpoints.update('birds', version === 1 ? one : two);
      expect(google().calls.seen).not.toContain('DeployModel');
      later = 6 * MINUTE;
      const after = await endpoints.get('birds');
      expect([after.version, after.error]).toEqual([version, undefined]);
      expect(made.deployedModels).toHaveLength(1);
      expect((await endpoints.invoke('birds', [{ a: 1 }])).model?.version).toBe(version);
    },
  );

  test('a model of another region: its endpoint there is named before anything is made, and a new one gets a copy', async () => {
    await endpoints.deploy('birds', one);
    const file = path.join(rig.paths.root, 'ml.yaml');
    const before = await fs.readFile(file, 'utf8');
    await fs.writeFile(file, before.replace(`region: ${REGION}`, 'region: us-central1'));
    google().calls.seen.length = 0;
    for (const work of [
      () => endpoints.update('birds', two),
      async () => endpoints.split?.('birds', two, 10),
    ]) {
      expect(await failure(work())).toMatchObject({
        kind: 'notFound',
        message: 'The endpoint "birds" is not on Vertex AI (us-central1).',
        fix: 'Deploy the model. If it serves in another region, set that one again ("region" of "providers: vertex:"): endpoints and models stay in the region in which they were made.',
      });
    }
    expect(google().calls.seen.filter((method) => /^(Upload|Create|Deploy|Delete)/.test(method))).toEqual([]);

    await endpoints.deploy('birds', one);
    const regions = (names: Iterable<string>): string[] =>
      [...names].map((name) => name.split('/')[3] ?? '').toSorted();
    const both = ['europe-west1', 'us-central1'];
    expect(regions(google().endpoints.all.keys())).toEqual(both);
    expect(regions(google().models.names)).toEqual(both);
    expect((await endpoints.invoke('birds', [{ a: 1 }])).model).toEqual({ name: 'birds', version: 1 });
    await endpoints.remove('birds');
    await fs.writeFile(file, before);
    expect((await endpoints.invoke('birds', [{ a: 1 }])).model).toEqual({ name: 'birds', version: 1 });
  });

  test('while it is being deployed, that is said in words', async () => {
    google().endpoints.settings.wait = 4000;
    const deployed = endpoints.deploy('birds', one);
    while ((await endpoints.list()).length === 0) await sleep(50);
    await expect
      .poll(async () => (await endpoints.get('birds')).status, { timeout: 30_000 })
      .toBe('creating');
    expect(await failure(endpoints.invoke('birds', [{ a: 1 }]))).toMatchObject({
      kind: 'unavailable',
      message: 'The endpoint "birds" is still being deployed, so nothing answers yet.',
    });
    expect(await deployed).toMatchObject({ status: 'ready', version: 1 });
    expect((await endpoints.invoke('birds', [{ a: 1 }])).model).toEqual({ name: 'birds', version: 1 });
  });

  test.each([
    ['quota', 'quota', /CustomModelServingCPUsPerProjectPerRegion/],
    ['internal', 'unavailable', /Internal error encountered/],
    ['actAs', 'permission', /may not let the job run as the service account/],
    ['unhealthy', 'unavailable', /Model server never became ready/],
  ] as const)('a deployment that fails after a while (%s) leaves nothing', async (fault, kind, said) => {
    google().endpoints.settings.wait = 500;
    google().endpoints.settings.fault = () => fault;
    const error = await failure(endpoints.deploy('birds', one));
    expect(error?.kind).toBe(kind);
    expect(error?.message).toMatch(said);
    expect(left()).toEqual([0, 0]);
  });

  test('a model that does not load says so with the last lines of its container, and the one before goes on', async () => {
    await endpoints.deploy('birds', one);
    const broken = await standInModel(rig.paths.root, 3, true);
    const error = await failure(endpoints.update('birds', broken));
    expect(error?.message).toContain('Model server exited unexpectedly');
    expect(error?.message).toContain('The model cannot be loaded: it is broken.');
    expect((await endpoints.invoke('birds', [{ a: 1 }])).model?.version).toBe(1);
    expect([...google().endpoints.all.values()].map((each) => Object.values(each.trafficSplit))).toEqual([
      [100],
    ]);
    expect(left()).toEqual([1, 1]);
  });

  test('what the model refuses comes as the model says it', async () => {
    await endpoints.deploy('birds', one);
    expect(await failure(endpoints.invoke('birds', [{ refuse: 1 }]))).toMatchObject({
      kind: 'invalid',
      message: 'No.',
      fix: 'Send another.',
    });
  });

  test('1.5 MB at the shared address, 10 MB at one of its own: said before it is sent', async () => {
    const rows = (bytes: number) => [{ a: 'x'.repeat(bytes) }];
    await endpoints.deploy('birds', one);
    google().calls.seen.length = 0;
    const small = await failure(endpoints.invoke('birds', rows(1_500_000)));
    expect(small?.message).toBe(
      'The request has 1,500,010 bytes; an endpoint at the shared address of Vertex AI takes 1,500,000 bytes at most. It was not sent.',
    );
    expect(google().calls.seen).not.toContain('RawPredict');
    expect((await endpoints.invoke('birds', rows(1_400_000))).predictions).toHaveLength(1);

    await settings('    endpoint: { dedicated: true }\n');
    const wide = await endpoints.deploy('wide', one);
    expect(wide.url).toContain(google().endpoints.dedicated);
    expect((await endpoints.invoke('wide', rows(9_000_000))).predictions).toHaveLength(1);
    expect((await failure(endpoints.invoke('wide', rows(10_000_000))))?.message).toContain(
      'a dedicated endpoint on Vertex AI takes 10,000,000 bytes at most. It was not sent.',
    );
  });

  test('machines at the least and at the most, as the page said before', async () => {
    await settings('    endpoint: { machine: n1-standard-2, min: 2, max: 5, cpu: 50, capture: 0 }\n');
    const estimate = await endpoints.estimate?.('birds', one);
    expect(estimate?.machine).toEqual({ type: 'n1-standard-2', count: 2 });
    // Two cores and 7.5 GB by the catalogue.
    expect(estimate?.perHour).toMatchObject({ price: 0.102, source: 'Cloud Billing catalogue' });
    expect(estimate?.notes?.join('\n')).toContain('Up to 5 machines, which cost as much each');
    await endpoints.deploy('birds', one);
    const [made] = [...google().endpoints.all.values()].flatMap((each) => each.deployedModels);
    expect(made?.dedicatedResources).toMatchObject({
      machineSpec: { machineType: 'n1-standard-2' },
      minReplicaCount: 2,
      maxReplicaCount: 5,
      autoscalingMetricSpecs: [
        { metricName: 'aiplatform.googleapis.com/prediction/online/cpu/utilization', target: 50 },
      ],
    });
    expect((await endpoints.get('birds')).machines).toEqual({
      type: 'n1-standard-2',
      count: 2,
      perDay: 0.102 * 24 * 2,
    });
    expect(google().tables.datasets.size).toBe(0);
  });

  test('an endpoint of somebody else under the same id is not touched', async () => {
    await endpoints.deploy('birds', one);
    const [foreign] = google().endpoints.all.values();
    if (!foreign) throw new Error('It was not deployed.');
    const own = foreign.labels;
    foreign.labels = { team: 'other' };
    expect(await failure(endpoints.update('birds', two))).toMatchObject({ kind: 'conflict' });
    expect((await endpoints.invoke('birds', [{ a: 1 }])).model?.version).toBe(1);
    foreign.labels = own;
  });

  test('not asked for a day, it is idle, with what that costs; asked, it is not', async () => {
    await settings('    endpoint: { machine: n1-standard-2 }\n');
    await endpoints.deploy('birds', one);
    expect((await endpoints.get('birds')).idle).toBeUndefined();
    later = 25 * 60 * MINUTE;
    expect((await endpoints.get('birds')).idle).toMatchObject({ perDay: 0.102 * 24 });
    await endpoints.invoke('birds', [{ a: 1 }]);
    expect((await endpoints.get('birds')).idle).toBeUndefined();
  });

  test('all that was made is listed, with labels and cost, and deleted in an order that works', async () => {
    await settings('    endpoint: { machine: n1-standard-2 }\n');
    await endpoints.deploy('birds', one);
    await endpoints.invoke('birds', [{ a: 1 }]);
    later = 60 * MINUTE;
    const list = (await provider.account?.resources()) ?? [];
    expect(list.map(({ kind, title }) => [kind, title])).toEqual([
      ['endpoint', 'birds'],
      ['model', 'birds'],
      ['files', expect.stringMatching(/^\d files? of models that were deployed$/)],
      ['files', 'captured requests'],
    ]);
    expect(list[0]).toMatchObject({ status: 'serves birds@1', machine: 'n1-standard-2' });
    expect(list[0]?.cost).toBeCloseTo(0.102, 2);
    // Given the wrong way round: a model cannot go while it is deployed.
    await provider.account?.remove(list.toReversed());
    expect(left()).toEqual([0, 0]);
    expect(google().tables.datasets.size).toBe(0);
    expect(await provider.account?.resources()).toEqual([]);
  });

  test('the doctor names what is switched off, missing or too little, with the command', async () => {
    const found = async (name: string) =>
      (await provider.check()).find((each) => each.name === `Vertex AI: ${name}`);
    for (const name of ['login', 'APIs', 'billing', 'bucket', 'service account', 'quota', 'jobs', 'image'])
      expect(`${name} ${String((await found(name))?.ok)}`).toBe(`${name} true`);
    const { project } = google();
    project.enabled.delete('bigquery.googleapis.com');
    project.billing = false;
    project.quota.custom_model_serving_cpus = 1;
    await settings('    serviceAccount: jobs@test.iam.gserviceaccount.com\n');
    expect(await found('APIs')).toMatchObject({
      ok: false,
      fix: 'Run "gcloud services enable bigquery.googleapis.com --project test", and wait some minutes.',
    });
    expect(await found('billing')).toMatchObject({ ok: false });
    expect((await found('quota'))?.reason).toContain('Too few for serving on n1-standard-2.');
    expect(await found('service account')).toMatchObject({ ok: false });
    project.actAs.add('jobs@test.iam.gserviceaccount.com');
    expect(await found('service account')).toMatchObject({ ok: true });
  });
});
