import * as fs from 'node:fs/promises';
import path from 'node:path';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoints, Provider } from '../../../src/core/provider';
import { create } from '../../../src/providers/sagemaker';
import { stepSeconds, windowOf } from '../../../src/providers/sagemaker/statistics';
import { idleText } from '../../../src/words';
import { realPackages } from '../real-packages';
import { settled, spec } from '../jobs.contract';
import { awsRig, makeSagemakerRig, type SagemakerRig, standInRuntime } from './rig';

const RUNTIME = path.resolve(import.meta.dirname, '../../../python');
const HOUR = 3_600_000;

describe('what jobs and endpoints on SageMaker cost', { timeout: 200_000 }, () => {
  let rig: SagemakerRig;
  let provider: Provider;
  let packages: Awaited<ReturnType<typeof realPackages>>;
  let ahead = 0;
  const endpoints = (): Endpoints => {
    if (!provider.endpoints) throw new Error('SageMaker has endpoints.');
    return provider.endpoints;
  };

  beforeAll(async () => {
    rig = await makeSagemakerRig(
      { pythonFolder: RUNTIME, now: () => new Date(Date.now() + ahead) },
      '    endpoint: { idleHours: 12, scale: { min: 1, max: 3, invocations: 600 } }\n',
    );
    packages = await realPackages(rig.paths.root);
    provider = await create(rig.paths, rig.host);
  });
  afterAll(async () => {
    ahead = 0;
    for (const one of await endpoints().list()) await endpoints().remove(one.name);
    await rig.dispose();
  });

  test('a job that runs is listed with its machine and what it has cost, and ended', async () => {
    const runtime = await standInRuntime(rig.paths.root);
    const own = await create(rig.paths, { ...rig.host, pythonFolder: runtime });
    const data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a,b\n1,2\n');
    const id = '20261123-1312-train-long-1';
    const wait = { do: 'wait', until: path.join(rig.paths.root, 'never') };
    await own.jobs.submit({ ...spec(id, data, wait), resources: { instances: 2 } }, id);
    await expect
      .poll(async () => (await own.jobs.get(id)).status, { timeout: 60_000, interval: 200 })
      .toBe('running');
    ahead = 3 * HOUR;
    const [job] = (await own.account?.resources())?.filter((one) => one.kind === 'job') ?? [];
    expect(job).toMatchObject({ run: id, machine: '2 × ml.m5.large', status: 'InProgress' });
    expect(job?.cost).toBeCloseTo(3 * 2 * 0.1, 1);
    ahead = 0;
    await own.account?.remove(job ? [job] : []);
    expect(await settled(own.jobs, id)).toMatchObject({ status: 'cancelled' });
    expect((await own.account?.resources())?.filter((one) => one.kind === 'job')).toEqual([]);
  });

  test('its number of machines follows the requests, through an update, until it is removed', async () => {
    const scaling = new ApplicationAutoScalingClient({});
    const seen = async () => {
      const of = { ServiceNamespace: 'sagemaker' } as const;
      const { ScalableTargets = [] } = await scaling.send(new DescribeScalableTargetsCommand(of));
      const { ScalingPolicies = [] } = await scaling.send(new DescribeScalingPoliciesCommand(of));
      return [
        ...ScalableTargets.map((one) => [one.ScalableDimension, one.MinCapacity, one.MaxCapacity]),
        ...ScalingPolicies.map(({ TargetTrackingScalingPolicyConfiguration: to }) => [
          to?.PredefinedMetricSpecification?.PredefinedMetricType,
          to?.TargetValue,
        ]),
      ];
    };
    const followed = [
      ['sagemaker:variant:DesiredInstanceCount', 1, 3],
      ['SageMakerVariantInvocationsPerInstance', 600],
    ];
    await endpoints().deploy('scaled', packages.one);
    expect(await seen()).toEqual(followed);
    await endpoints().update('scaled', packages.two);
    expect(await seen()).toEqual(followed);
    await endpoints().remove('scaled');
    // AWS deletes the policies with it; moto keeps them.
    expect((await seen()).filter(([name]) => name === followed[0]?.[0])).toEqual([]);
  });

  test('machines side by side: cores, memory, graphics processors, price and quota, the cheapest first', async () => {
    await (await awsRig()).quota('ml.g5.xlarge for training job usage', 0);
    await (await awsRig()).quota('ml.g5.xlarge for spot training job usage', 2);
    const machines = (await provider.account?.machines('train')) ?? [];
    const of = (type: string) => machines.find((one) => one.type === type);
    // The numbers are the stand-in's own.
    expect(of('ml.m5.xlarge')).toMatchObject({ cores: 4, memory: '16 GiB', price: 0.2, quota: 8 });
    expect(of('ml.m5.xlarge')).not.toHaveProperty('gpus');
    expect(of('ml.g5.xlarge')).toMatchObject({ cores: 4, gpus: 1, price: 1.2, quota: 0, spotQuota: 2 });
    const prices = machines.map((one) => one.price ?? Infinity);
    expect(prices).toEqual(prices.toSorted((a, b) => a - b));
  });

  test('on machines, and not asked for so long: idle, with what that costs', async () => {
    await endpoints().deploy('quiet', packages.one);
    await endpoints().deploy('spare', packages.one, { serverless: true });
    const before = Date.now();
    await endpoints().invoke('quiet', [packages.row]);
    const after = Date.now();
    expect((await endpoints().get('quiet')).idle).toBeUndefined();

    ahead = 11 * HOUR;
    expect((await endpoints().get('quiet')).idle).toBeUndefined();
    ahead = 30 * HOUR;
    const idle = (await endpoints().get('quiet')).idle;
    // To the hour, as CloudWatch has it, or exactly where only this process knows of it yet.
    expect(Math.abs((idle?.hours ?? 0) - 29.5)).toBeLessThan(0.6);
    expect(idle?.perDay).toBeCloseTo(24 * 0.1, 6);
    // A colleague has it from CloudWatch: later, and to the hour.
    const elsewhere = async (): Promise<number> => {
      const other = await create(rig.paths, rig.host);
      return (await other.endpoints?.get('quiet'))?.idle?.hours ?? 0;
    };
    const off = async (): Promise<number> => {
      const hours = await elsewhere();
      // At the turn of an hour it may have been counted in either.
      return Math.min(
        ...[before, after].map((time) =>
          Math.abs(hours - (Date.now() + ahead - Math.ceil(time / HOUR) * HOUR) / HOUR),
        ),
      );
    };
    await expect.poll(off, { timeout: 60_000, interval: 1000 }).toBeLessThan(0.01);
    expect((await endpoints().get('spare')).idle).toBeUndefined();
  });
});

test('idleness in words', () => {
  expect(idleText({ hours: 29.9, perDay: 2.4 })).toBe('not asked for 29 hours, USD 2.40 per day');
  expect(idleText({ hours: 75 })).toBe('not asked for 3 days');
});

describe('the time that CloudWatch is asked about', () => {
  const DAY = 24 * HOUR;
  test.each([
    [15 * DAY, 60],
    [15 * DAY + 1, 300],
    [63 * DAY, 300],
    [63 * DAY + 1, 3600],
  ])('values that begin %d ms ago are kept in steps of %d s', (age, seconds) => {
    expect(stepSeconds(age)).toBe(seconds);
  });

  const now = new Date('2026-11-27T10:00:20Z');
  const end = Date.parse('2026-11-27T10:01:00Z');
  test.each([
    // A week where no beginning is told.
    [undefined, '2026-11-20T10:01:00Z', 7 * 24 * 3600],
    ['2026-11-27T10:00:10Z', '2026-11-27T10:00:00Z', 60],
    ['2026-11-20T09:59:30Z', '2026-11-20T09:59:00Z', 7 * 24 * 3600 + 120],
    // 20 days and a minute in steps of 300 s, 70 days and a minute in steps of 3600 s: rounded up.
    ['2026-11-07T10:00:00Z', '2026-11-07T10:00:00Z', 20 * 24 * 3600 + 300],
    ['2026-09-18T10:00:00Z', '2026-09-18T10:00:00Z', 70 * 24 * 3600 + 3600],
  ])('one number for all since %s', (since, begin, period) => {
    expect(windowOf(since === undefined ? undefined : new Date(since), now)).toEqual({
      begin: Date.parse(begin),
      end,
      period,
    });
  });
});
