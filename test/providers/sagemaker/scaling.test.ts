import * as fs from 'node:fs/promises';
import path from 'node:path';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeEndpointCommand,
  SageMakerClient,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../src/core/api';
import { createLifecycle } from '../../../src/core/lifecycle';
import { without } from '../../../src/core/objects';
import { endpointName } from '../../../src/providers/cloud/names';
import { readConfig } from '../../../src/providers/sagemaker/config';
import { settledEndpoint } from '../../rigs/aws/kit';
import type { AwsRig, Fault } from '../../rigs/aws/rig';
import {
  awsRig,
  failure,
  left,
  makeSagemakerRig,
  type SagemakerRig,
  standInModel,
  standInServing,
} from './rig';

const SCALED = '    endpoint: { scale: { min: 1, max: 3, invocations: 600 } }\n';

/** An endpoint whose number of machines follows its requests, and what is left of it where that is refused. */
describe('endpoints on SageMaker: scaling', { timeout: 200_000 }, () => {
  let aws: AwsRig;
  let rig: SagemakerRig;
  let lifecycle: Lifecycle;
  let settings: string;
  const client = new SageMakerClient({});

  /** A version as the project has it: its manifest, beside the package. */
  async function add(version: number): Promise<void> {
    const folder = path.join(rig.paths.ml, 'models', 'penguins', String(version));
    const manifest = without(await standInModel(folder, version, `answer ${version}`), 'path');
    await fs.writeFile(`${folder}.json`, JSON.stringify(manifest));
    const signature = {
      task: 'classification',
      inputs: [],
      output: { name: 'kind', type: 'text' },
      examples: [],
    };
    await fs.writeFile(path.join(folder, 'signature.json'), JSON.stringify(signature));
  }
  const answers = async (): Promise<unknown> =>
    (await lifecycle.endpoints.invoke('birds', [{ a: 1 }])).predictions[0]?.prediction;
  const followed = async (): Promise<number> =>
    (
      await new ApplicationAutoScalingClient({}).send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }),
      )
    ).ScalableTargets?.length ?? 0;
  const refuse = (operation: string, more: Partial<Fault> = {}): Promise<number> =>
    aws.fault({ kind: 'accessDenied', service: 'application-autoscaling', operation, ...more });
  const update = (version: number): Promise<unknown> =>
    lifecycle.endpoints.update('birds', `penguins@${version}`);

  beforeAll(async () => {
    aws = await awsRig();
    rig = await makeSagemakerRig({}, SCALED);
    settings = await fs.readFile(path.join(rig.paths.root, 'ml.yaml'), 'utf8');
    for (const version of [1, 2, 3]) await add(version);
    lifecycle = createLifecycle(rig.paths.root, {
      ...rig.host,
      pythonFolder: await standInServing(rig.paths.root),
    });
  });
  beforeEach(() => aws.clearFaults());
  afterAll(async () => {
    await aws.clearFaults();
    for (const one of await lifecycle.endpoints.list()) await lifecycle.endpoints.remove(one.name);
    lifecycle.dispose();
    await rig.dispose();
  });

  test.each(['RegisterScalableTarget', 'PutScalingPolicy'])(
    'a new endpoint that may not be scaled is not left behind (%s)',
    async (operation) => {
      await refuse(operation);
      const said = await failure(lifecycle.endpoints.deploy({ model: 'penguins@1', name: 'birds' }));
      expect(said).toMatchObject({
        kind: 'permission',
        message: expect.stringContaining(`application-autoscaling:${operation}`) as string,
      });
      expect(await left()).toEqual({ endpoints: 0, configs: 0, models: 0 });
      expect(await lifecycle.endpoints.list()).toEqual([]);
      expect(await followed()).toBe(0);
    },
  );

  test('before it costs anything it is said how many machines that may become', () => {
    expect(rig.shown.at(-1)?.notes).toContain(
      'Autoscaling runs 1 to 3 machines, as many as the requests need, at most USD 7.20 per day.',
    );
    expect(rig.shown.at(-1)?.machine).toEqual({ type: 'ml.m5.large', count: 1 });
  });

  test.each([
    ['RegisterScalableTarget', 2, 1],
    ['PutScalingPolicy', 3, 2],
  ])(
    'refused after the new model serves (%s): it is the one that is written down, and can be rolled back',
    async (operation, version, before) => {
      if (version === 2) await lifecycle.endpoints.deploy({ model: 'penguins@1', name: 'birds' });
      await refuse(operation);
      const said = await failure(update(version));
      expect(said.kind).toBe('permission');
      expect(said.message).toMatch(
        new RegExp(
          `^"birds" serves penguins@${version} now, but its number of machines does not follow the requests: Could not set up the scaling of the endpoint: .*application-autoscaling:${operation}`,
        ),
      );
      expect(said.fix).toContain(`Then "mll update birds penguins@${version}" sets it up`);
      const other = createLifecycle(rig.paths.root, rig.host);
      expect(await other.endpoints.get('birds')).toMatchObject({
        status: 'ready',
        version,
        previous: { model: 'penguins', version: before },
      });
      other.dispose();
      expect(await answers()).toBe(`answer ${version}`);
      // Half of it would be limits that nothing follows.
      expect(await followed()).toBe(0);
      expect(await left()).toEqual({ endpoints: 1, configs: 1, models: 1 });
    },
  );

  test('what the message says to do sets it up; rolled back to what served before', async () => {
    await update(3);
    expect(await followed()).toBe(1);
    await lifecycle.endpoints.rollback('birds');
    expect(await answers()).toBe('answer 2');
    expect(await followed()).toBe(1);
  });

  test('the connection is lost at that very moment: the same', async () => {
    await aws.fault({
      kind: 'cut',
      service: 'application-autoscaling',
      operation: 'RegisterScalableTarget',
      times: 5,
    });
    expect((await failure(update(1))).kind).toBe('unavailable');
    expect(await lifecycle.endpoints.get('birds')).toMatchObject({
      version: 1,
      previous: { model: 'penguins', version: 2 },
    });
  });

  test('an update keeps as many machines as scaling has come to', async () => {
    await update(1);
    const EndpointName = endpointName(await readConfig(rig.paths), 'birds');
    const machines = async (): Promise<number | undefined> =>
      (await client.send(new DescribeEndpointCommand({ EndpointName }))).ProductionVariants?.[0]
        ?.CurrentInstanceCount;
    await client.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName,
        DesiredWeightsAndCapacities: [{ VariantName: 'AllTraffic', DesiredInstanceCount: 3 }],
      }),
    );
    await settledEndpoint(EndpointName);
    expect(await machines()).toBe(3);
    await update(2);
    expect(await machines()).toBe(3);
    // Without scaling it has the machines that were asked for.
    await fs.writeFile(path.join(rig.paths.root, 'ml.yaml'), settings.replace(SCALED, ''));
    await update(3);
    expect(await machines()).toBe(1);
    await fs.writeFile(path.join(rig.paths.root, 'ml.yaml'), settings);
  });

  test('who may not end the scaling can still remove what costs money', async () => {
    await update(2);
    await refuse('DeregisterScalableTarget', { times: 0 });
    // Its number of machines must not change while its configuration does.
    expect((await failure(update(1))).kind).toBe('permission');
    expect(await lifecycle.endpoints.get('birds')).toMatchObject({ version: 2 });
    expect(await left()).toEqual({ endpoints: 1, configs: 1, models: 1 });
    await lifecycle.endpoints.remove('birds');
    expect(await left()).toEqual({ endpoints: 0, configs: 0, models: 0 });
    expect(rig.messages.at(-1)).toMatch(
      /^The scaling of mll-birds-\S+ stays registered, which costs nothing: /,
    );
  });
});
