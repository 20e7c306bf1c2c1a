// Endpoints that fail, roll back, are throttled, slow or too talkative.
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  SageMakerClient,
  UpdateEndpointCommand,
  type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  archive,
  BUCKET,
  modelRequest,
  prepareAccount,
  put,
  refusal,
  settledEndpoint,
  startForTest,
} from './kit';
import { INFERENCE } from './programs';
import type { AwsRig } from './rig';

let rig: AwsRig;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
const ARN = 'arn:aws:sagemaker:us-east-1:123456789012';
const NO_PING =
  'The primary container for production variant AllTraffic did not pass the ping health check. ' +
  'Please check CloudWatch logs for this endpoint.';

async function model(name: string, files: Record<string, string>): Promise<void> {
  const data = await put(`${name}.tar.gz`, archive(rig.workFolder, files));
  await sagemaker.send(new CreateModelCommand(modelRequest(name, data)));
  const machines = { InitialInstanceCount: 1, InstanceType: 'ml.m5.large' as const };
  await config(name, { VariantName: 'AllTraffic', ModelName: name, ...machines });
}

async function config(name: string, variant: ProductionVariant): Promise<void> {
  await sagemaker.send(
    new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }),
  );
}

function ask(EndpointName: string, body: unknown): Promise<{ predictions: number[]; big?: string }> {
  const Body = typeof body === 'string' ? body : JSON.stringify(body);
  return runtime
    .send(new InvokeEndpointCommand({ EndpointName, ContentType: 'application/json', Body }))
    .then((answer) => JSON.parse(answer.Body.transformToString()) as { predictions: number[] });
}

beforeAll(async () => {
  rig = await startForTest();
  await prepareAccount();
  sagemaker = new SageMakerClient({});
  runtime = new SageMakerRuntimeClient({ maxAttempts: 1 });
  await model('good', { 'model.json': '{"threshold": 2}', 'code/inference.py': INFERENCE });
  await model('broken', { 'model.json': 'no json', 'code/inference.py': INFERENCE });
  await config('serverless', {
    VariantName: 'AllTraffic',
    ModelName: 'good',
    ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 },
  });
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'good' }));
  expect((await settledEndpoint('live')).EndpointStatus).toBe('InService');
});

beforeEach(async () => {
  await rig.clearFaults();
});

afterAll(async () => {
  await rig.stop();
});

test('an endpoint whose model does not load fails, with the cause in its log', async () => {
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'dead', EndpointConfigName: 'broken' }));
  const endpoint = await settledEndpoint('dead');
  expect([endpoint.EndpointStatus, endpoint.FailureReason]).toEqual(['Failed', NO_PING]);
  const { events } = await new CloudWatchLogsClient({}).send(
    new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/Endpoints/dead' }),
  );
  expect(events?.map((one) => one.message).join('\n')).toMatch(/JSONDecodeError: Expecting value/);
  expect((await refusal(ask('dead', { x: [1] })))?.code).toBe('ValidationError');
  const update = new UpdateEndpointCommand({ EndpointName: 'dead', EndpointConfigName: 'good' });
  expect((await refusal(sagemaker.send(update)))?.message).toBe(
    `Cannot update endpoint "${ARN}:endpoint/dead" in status Failed.`,
  );
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'dead' }));
});

test('faults on command: no machine, no answer to the ping', async () => {
  const seen: (string | undefined)[] = [];
  for (const kind of ['capacity', 'healthCheck'] as const) {
    await rig.fault({ kind, resource: kind });
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: kind, EndpointConfigName: 'good' }));
    seen.push((await settledEndpoint(kind)).FailureReason);
  }
  expect(seen).toEqual([
    'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
    NO_PING,
  ]);
});

test('an endpoint’s name is taken, and what is in progress cannot be changed', async () => {
  const create = new CreateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'good' });
  expect(await refusal(sagemaker.send(create))).toEqual({
    code: 'ValidationException',
    status: 400,
    message: `Cannot create already existing endpoint "${ARN}:endpoint/live".`,
  });
  await rig.quota('ml.m5.large for endpoint usage', 1);
  await rig.fault({ kind: 'healthCheck', resource: 'live' });
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'good' }));
  for (const send of [
    () => sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'good' })),
    () => sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'live' })),
  ]) {
    expect((await refusal(send()))?.message).toBe(
      `Cannot update in-progress endpoint "${ARN}:endpoint/live".`,
    );
  }
  const more = new CreateEndpointCommand({ EndpointName: 'more', EndpointConfigName: 'good' });
  expect(await refusal(sagemaker.send(more))).toMatchObject({
    code: 'ResourceLimitExceeded',
    message: expect.stringMatching(
      /^The account-level service limit 'ml.m5.large for endpoint usage' is 1 Instances, with current utilization of 1 /,
    ) as string,
  });
  await settledEndpoint('live');
});

test('an update whose model does not load rolls back; the old one answers all the time', async () => {
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'broken' }));
  const states = new Set<string | undefined>();
  for (;;) {
    expect((await ask('live', { x: [1, 3] })).predictions).toEqual([0, 1]);
    const { EndpointStatus } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'live' }));
    states.add(EndpointStatus);
    if (EndpointStatus === 'InService') break;
    await sleep(10);
  }
  const endpoint = await settledEndpoint('live');
  expect([...states]).toContain('Updating');
  expect([endpoint.EndpointConfigName, endpoint.FailureReason]).toEqual(['good', NO_PING]);
});

test('a canary is taken back when an alarm rings', async () => {
  const cloudwatch = new CloudWatchClient({});
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      MetricName: 'Invocation5XXErrors',
      Namespace: 'AWS/SageMaker',
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      Period: 60,
      Statistic: 'Sum',
      Threshold: 0,
    }),
  );
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'test' }),
  );
  await sagemaker.send(
    new UpdateEndpointCommand({
      EndpointName: 'live',
      EndpointConfigName: 'serverless',
      DeploymentConfig: {
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: {
            Type: 'CANARY',
            WaitIntervalInSeconds: 600,
            CanarySize: { Type: 'CAPACITY_PERCENT', Value: 10 },
          },
        },
        AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'errors' }] },
      },
    }),
  );
  const endpoint = await settledEndpoint('live');
  expect([endpoint.EndpointConfigName, endpoint.FailureReason]).toEqual([
    'good',
    'Update failed: the alarms errors are in ALARM state.',
  ]);
});

test('a model that raises, is too slow, or says too much', async () => {
  const failure = (body: unknown) => ask('live', body).catch((error: unknown) => error);
  expect(await failure({ raise: 'oh' })).toMatchObject({
    name: 'ModelError',
    OriginalStatusCode: 500,
    message: expect.stringMatching(/^Received server error \(500\) from primary with message "/) as string,
  });
  await rig.settings({ invocation_limit: 0.3 });
  expect(await failure({ wait: 5 })).toMatchObject({
    name: 'ModelError',
    OriginalStatusCode: 0,
    message: expect.stringMatching(
      /^Received server error \(0\) from primary with message "Your invocation timed out/,
    ) as string,
  });
  await rig.settings({ invocation_limit: 60 });
  expect((await ask('live', { big: 6_000_000 })).big).toHaveLength(6_000_000);
  expect(await failure({ big: 7_000_000 })).toMatchObject({ name: 'ModelError', OriginalStatusCode: 500 });
});

test('a request may have 6 MB, to a serverless endpoint 4 MB; beyond its concurrency that is throttled', async () => {
  const five = JSON.stringify({ x: [3], pad: 'p'.repeat(5 * 1024 * 1024) });
  const seven = JSON.stringify({ x: [3], pad: 'p'.repeat(7 * 1024 * 1024) });
  const tooBig = {
    code: 'ValidationError',
    status: 400,
    message: expect.stringMatching(/^Request [0-9a-f-]{36} has oversize body\.$/) as string,
  };
  expect((await ask('live', five)).predictions).toEqual([1]);
  expect(await refusal(ask('live', seven))).toEqual(tooBig);
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'serverless' }));
  expect((await settledEndpoint('live')).ProductionVariants?.[0]?.CurrentServerlessConfig).toEqual({
    MemorySizeInMB: 1024,
    MaxConcurrency: 1,
  });
  expect(await refusal(ask('live', five))).toEqual(tooBig);
  const both = await Promise.all([1, 2].map(() => refusal(ask('live', { x: [3], wait: 1 }))));
  expect(both.filter((one) => one === undefined)).toHaveLength(1);
  expect(both.find((one) => one !== undefined)).toMatchObject({ code: 'ThrottlingException', status: 400 });
});

test('what the runtime does not know', async () => {
  const send = (input: Partial<ConstructorParameters<typeof InvokeEndpointCommand>[0]>) =>
    refusal(runtime.send(new InvokeEndpointCommand({ EndpointName: 'live', Body: '{}', ...input })));
  expect((await send({ TargetVariant: 'none' }))?.message).toBe('Variant none not found for Request.');
  expect((await send({ EndpointName: 'none' }))?.message).toBe(
    'Endpoint none of account 123456789012 not found.',
  );
  expect(await put(`bucket-is-${BUCKET}`, 'x')).toBe(`s3://${BUCKET}/bucket-is-${BUCKET}`);
});
