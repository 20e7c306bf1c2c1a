import * as fs from 'node:fs/promises';
import path from 'node:path';
import {
  DescribeEndpointCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toErrorData } from '../../../src/core/errors';
import type { Model } from '../../../src/core/model';
import type { Endpoints, Provider } from '../../../src/core/provider';
import { create } from '../../../src/providers/sagemaker';
import type { AwsRig } from '../../rigs/aws/rig';
import { awsRig, failure, makeSagemakerRig, type SagemakerRig, standInModel, standInServing } from './rig';

/** Of letters that tags take as they are not: vowels of Hindi are marks. */
const NAME = 'पक्षी';

/** An update that fails: the old model goes on serving, and nothing of the new one stays in the account. */
describe('endpoints on SageMaker: an update that fails, and two at once', { timeout: 200_000 }, () => {
  let aws: AwsRig;
  let rig: SagemakerRig;
  let one: Model;
  let two: Model;
  let broken: Model;
  let provider: Provider;
  let endpoints: Endpoints;
  const client = new SageMakerClient({});

  /** All of it that the account holds: names of endpoints, configurations and models, and keys of packages. */
  const account = async (): Promise<readonly unknown[]> => {
    const [served, configs, models, objects] = await Promise.all([
      client.send(new ListEndpointsCommand({})),
      client.send(new ListEndpointConfigsCommand({})),
      client.send(new ListModelsCommand({})),
      new S3Client({}).send(new ListObjectsV2Command({ Bucket: rig.bucket })),
    ]);
    return [
      ...(served.Endpoints ?? []).map((one) => [one.EndpointName, one.EndpointStatus]),
      ...(configs.EndpointConfigs ?? []).map((one) => one.EndpointConfigName),
      ...(models.Models ?? []).map((one) => one.ModelName),
      ...(objects.Contents ?? []).map((one) => one.Key).filter((key) => key?.includes('/models/')),
    ];
  };
  const serving = async (): Promise<unknown> => {
    const { model, predictions } = await endpoints.invoke(NAME, [{ a: 1 }]);
    return [model?.version, predictions[0]?.prediction];
  };

  beforeAll(async () => {
    aws = await awsRig();
    rig = await makeSagemakerRig();
    const settings = path.join(rig.paths.root, 'ml.yaml');
    const given = (await fs.readFile(settings, 'utf8')).replace(/^project: .*\n/m, '');
    await fs.writeFile(settings, `project: "Bob's birds & co"\n${given}`);
    const make = (version: number, text: string): Promise<Model> =>
      standInModel(path.join(rig.paths.root, `package ${version}`), version, text);
    [one, two, broken] = [await make(1, 'old'), await make(2, 'new'), await make(3, 'broken')];
    const pythonFolder = await standInServing(rig.paths.root);
    provider = await create(rig.paths, { ...rig.host, pythonFolder });
    if (!provider.endpoints) throw new Error('SageMaker has endpoints.');
    ({ endpoints } = provider);
    await endpoints.deploy(NAME, one);
  });
  afterAll(async () => {
    await aws.clearFaults();
    await endpoints.remove(NAME);
    await rig.dispose();
  });

  test('names of any letters: the endpoint is found again, and listed for the project', async () => {
    expect((await endpoints.list()).map((one) => one.name)).toEqual([NAME]);
    const listed = (await provider.account?.resources()) ?? [];
    expect(listed.map((one) => [one.kind, one.title])).toEqual([
      ['endpoint', NAME],
      ['endpoint-config', NAME],
      ['model', NAME],
      ['files', '1 file of models that were deployed'],
    ]);
  });

  test('because its model does not load', async () => {
    const before = await account();
    expect(before).toHaveLength(4);
    const said = await failure(endpoints.update(NAME, broken));
    expect(said.kind).toBe('unavailable');
    expect(said.message).toContain('The model could not be served.');
    // Of its own container, not of the one that serves.
    expect(said.message).toContain('the model is broken on purpose');
    expect(await serving()).toEqual([1, 'old']);
    expect(await account()).toEqual(before);
  });

  test.each([
    ['the model', 'CreateModel'],
    ['its configuration', 'CreateEndpointConfig'],
    ['the endpoint', 'UpdateEndpoint'],
  ])('because %s may not be made or changed', async (_, operation) => {
    const before = await account();
    await aws.fault({ kind: 'accessDenied', operation });
    expect(await failure(endpoints.update(NAME, two))).toMatchObject({ kind: 'permission' });
    expect(await serving()).toEqual([1, 'old']);
    expect(await account()).toEqual(before);
  });

  test('two windows deploy under one name at the same time: whichever comes second takes nothing from the first', async () => {
    const other = await create(rig.paths, {
      ...rig.host,
      pythonFolder: await standInServing(rig.paths.root),
    });
    const before = await account();
    const second = other.endpoints;
    if (!second) throw new Error('SageMaker has endpoints.');
    const done = await Promise.allSettled([endpoints.deploy('double', one), second.deploy('double', two)]);
    expect(done.map(({ status }) => status)).toContain('fulfilled');
    for (const each of done) {
      if (each.status === 'rejected') expect(toErrorData(each.reason).kind).toMatch(/^(conflict|invalid)$/);
    }
    const { model } = await endpoints.invoke('double', [{ a: 1 }]);
    expect([1, 2]).toContain(model?.version);
    const isPackage = (name: unknown): boolean => typeof name === 'string' && name.includes('/models/');
    const count = (all: readonly unknown[]): number => all.filter((name) => !isPackage(name)).length;
    expect(count(await account())).toBe(count(before) + 3);
    await endpoints.remove('double');
    expect(count(await account())).toBe(count(before));
  });

  test('who asked for no scaling need not be allowed to end it', async () => {
    await endpoints.deploy('plain', one);
    await aws.fault({
      kind: 'accessDenied',
      service: 'application-autoscaling',
      operation: 'DeregisterScalableTarget',
      times: 0,
    });
    await endpoints.update('plain', two);
    expect((await endpoints.invoke('plain', [{ a: 1 }])).model?.version).toBe(2);
    await endpoints.remove('plain');
    await aws.clearFaults();
    expect(await failure(endpoints.get('plain'))).toMatchObject({ kind: 'notFound' });
  });

  test('what may not be deleted keeps nothing else, and it is said why it stays', async () => {
    await endpoints.deploy('more', one);
    const all = ((await provider.account?.resources()) ?? []).filter((resource) => resource.title === 'more');
    expect(all.map((resource) => resource.kind)).toEqual(['endpoint', 'endpoint-config', 'model']);
    await aws.fault({ kind: 'accessDenied', operation: 'DeleteEndpointConfig', times: 0 });
    const said = await failure(provider.account?.remove(all) ?? Promise.resolve());
    await aws.clearFaults();
    expect(said.kind).toBe('permission');
    expect(said.message).toMatch(
      /^Not everything could be removed: endpoint-config mll-more-\S+\. Could not /,
    );
    const left = ((await provider.account?.resources()) ?? []).filter((one) => one.title === 'more');
    expect(left.map((resource) => resource.kind)).toEqual(['endpoint-config']);
    await provider.account?.remove(left);
  });

  test('because it was cancelled while the new machines start', async () => {
    const before = await account();
    const abort = new AbortController();
    await aws.settings({ pace: 2 });
    const updating = failure(endpoints.update(NAME, two, undefined, abort.signal));
    await expect
      .poll(async () => {
        const EndpointName = String((before[0] as readonly string[])[0]);
        return (await client.send(new DescribeEndpointCommand({ EndpointName }))).EndpointStatus;
      })
      .toBe('Updating');
    abort.abort();
    await aws.settings({ pace: 0.05 });
    expect((await updating).kind).toBe('cancelled');
    // AWS goes on with what it has begun, so it is the new one that serves; what served before is gone.
    expect(await serving()).toEqual([2, 'new']);
    const after = await account();
    const kept = new Set(before);
    expect(after.filter((one) => typeof one === 'string' && !one.includes('/models/'))).toHaveLength(2);
    expect(after.some((one) => typeof one === 'string' && !one.includes('/models/') && kept.has(one))).toBe(
      false,
    );
  });
});
