import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  SageMakerClient,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  archive,
  BUCKET,
  endOfTraining,
  modelRequest,
  prepareAccount,
  put,
  refusal,
  settledEndpoint,
  startForTest,
  TABLE,
  trainingRequest,
} from './kit';
import { INFERENCE, TRAIN } from './programs';
import type { AwsRig } from './rig';

let rig: AwsRig;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
let s3: S3Client;

beforeAll(async () => {
  rig = await startForTest();
  await prepareAccount();
  sagemaker = new SageMakerClient({});
  runtime = new SageMakerRuntimeClient({});
  s3 = new S3Client({});
});

afterAll(async () => {
  await rig.stop();
});

async function object(key: string): Promise<Buffer> {
  const found = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return Buffer.from((await found.Body?.transformToByteArray()) ?? []);
}

function names(tarball: Buffer): string[] {
  return execFileSync('tar', ['-tzf', '-'], { input: tarball, encoding: 'utf8' }).trim().split('\n').sort();
}

async function ask(endpoint: string, body: unknown, more = {}): Promise<unknown> {
  const answer = await runtime.send(
    new InvokeEndpointCommand({
      EndpointName: endpoint,
      ContentType: 'application/json',
      Body: JSON.stringify(body),
      ...more,
    }),
  );
  return JSON.parse(answer.Body.transformToString());
}

test('a script is trained by AWS’s toolkit, and leaves model, output, log, metrics and the states of a job', async () => {
  await put('data/table.csv', TABLE);
  const sources = archive(rig.workFolder, { 'train.py': TRAIN, 'inference.py': INFERENCE });
  const request = trainingRequest('first-job', {
    script: 'train.py',
    sources: await put('code/first.tar.gz', sources),
  });
  await sagemaker.send(
    new CreateTrainingJobCommand({
      ...request,
      AlgorithmSpecification: {
        ...request.AlgorithmSpecification,
        TrainingInputMode: 'File',
        MetricDefinitions: [{ Name: 'threshold', Regex: 'threshold=([0-9.]+);' }],
      },
    }),
  );
  const job = await endOfTraining('first-job');
  expect(job.FailureReason).toBeUndefined();
  expect(job.TrainingJobStatus).toBe('Completed');
  expect(job.SecondaryStatusTransitions?.map((one) => one.Status)).toEqual([
    'Starting',
    'Pending',
    'Pending',
    'Downloading',
    'Training',
    'Training',
    'Uploading',
    'Completed',
  ]);
  expect(job.SecondaryStatusTransitions?.every((one) => one.EndTime instanceof Date)).toBe(true);
  expect(job.FinalMetricDataList?.map((one) => [one.MetricName, one.Value])).toEqual([['threshold', 2.75]]);
  expect(job.ModelArtifacts?.S3ModelArtifacts).toBe(`s3://${BUCKET}/out/first-job/output/model.tar.gz`);
  expect(names(await object('out/first-job/output/model.tar.gz'))).toEqual([
    'code/inference.py',
    'model.json',
  ]);
  expect(names(await object('out/first-job/output/output.tar.gz'))).toEqual(['data/report.json', 'success']);

  const logs = new CloudWatchLogsClient({});
  const group = '/aws/sagemaker/TrainingJobs';
  const { logStreams } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: group, logStreamNamePrefix: 'first-job/' }),
  );
  expect(logStreams?.map((one) => one.logStreamName)).toEqual([
    expect.stringMatching(/^first-job\/algo-1-\d+$/),
  ]);
  const { events } = await logs.send(
    new GetLogEventsCommand({
      logGroupName: group,
      logStreamName: logStreams?.[0]?.logStreamName,
      startFromHead: true,
    }),
  );
  expect(events?.map((one) => one.message)).toContain('threshold=2.75;');
});

test('the model is deployed with AWS’s serving code, answers, is measured and captured', async () => {
  await sagemaker.send(
    new CreateModelCommand(modelRequest('first', `s3://${BUCKET}/out/first-job/output/model.tar.gz`)),
  );
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'first',
      ProductionVariants: [
        {
          VariantName: 'AllTraffic',
          ModelName: 'first',
          InitialInstanceCount: 1,
          InstanceType: 'ml.m5.large',
        },
      ],
      DataCaptureConfig: {
        EnableCapture: true,
        InitialSamplingPercentage: 100,
        DestinationS3Uri: `s3://${BUCKET}/captured`,
        CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
        CaptureContentTypeHeader: { JsonContentTypes: ['application/json'] },
      },
    }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'first' }));
  const early = await refusal(ask('live', { x: [1] }));
  expect(early).toMatchObject({ code: 'ValidationError', status: 400 });
  const endpoint = await settledEndpoint('live');
  expect(endpoint.FailureReason).toBeUndefined();
  expect(endpoint.EndpointStatus).toBe('InService');
  expect(await ask('live', { x: [1, 4] }, { InferenceId: 'row-1' })).toEqual({
    predictions: [0, 1],
    model: { threshold: 2.75 },
  });

  const wrong = await runtime
    .send(new InvokeEndpointCommand({ EndpointName: 'live', ContentType: 'text/csv', Body: '1,2' }))
    .catch((error: unknown) => error);
  expect(wrong).toMatchObject({
    name: 'ModelError',
    OriginalStatusCode: 415,
    OriginalMessage: '{"error": "send application/json"}',
    LogStreamArn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/live',
  });

  let captured: string[] = [];
  while (captured.length === 0) {
    await sleep(100);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'captured/' }));
    captured = (Contents ?? []).map((one) => one.Key ?? '');
  }
  expect(captured).toEqual([
    expect.stringMatching(
      /^captured\/live\/AllTraffic\/\d{4}\/\d\d\/\d\d\/\d\d\/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl$/,
    ),
  ]);
  const lines = (await object(captured[0] ?? '')).toString().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      captureData: {
        endpointInput: {
          observedContentType: 'application/json',
          mode: 'INPUT',
          data: '{"x":[1,4]}',
          encoding: 'JSON',
        },
        endpointOutput: {
          observedContentType: 'application/json',
          mode: 'OUTPUT',
          data: '{"predictions": [0, 1], "model": {"threshold": 2.75}}',
          encoding: 'JSON',
        },
      },
      eventMetadata: {
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        inferenceId: 'row-1',
        inferenceTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      },
      eventVersion: '0',
    },
  ]);

  const sums = async (): Promise<Record<string, number | undefined>> => {
    const found: Record<string, number | undefined> = {};
    for (const MetricName of ['Invocations', 'Invocation4XXErrors', 'Invocation5XXErrors']) {
      const { Datapoints } = await new CloudWatchClient({}).send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/SageMaker',
          MetricName,
          Dimensions: [
            { Name: 'EndpointName', Value: 'live' },
            { Name: 'VariantName', Value: 'AllTraffic' },
          ],
          StartTime: new Date(Date.now() - 3_600_000),
          EndTime: new Date(Date.now() + 3_600_000),
          Period: 7_200,
          Statistics: ['Sum'],
        }),
      );
      found[MetricName] = Datapoints?.reduce((sum, one) => sum + (one.Sum ?? 0), 0);
    }
    return found;
  };
  // Figures come after the answers, as at AWS.
  await expect
    .poll(sums, { timeout: 30_000 })
    .toEqual({ Invocations: 2, Invocation4XXErrors: 1, Invocation5XXErrors: 0 });
});

test('an update changes the model without losing a call, and weights share the traffic', async () => {
  const better = archive(rig.workFolder, {
    'model.json': '{"threshold": 0.75}',
    'code/inference.py': INFERENCE,
  });
  await sagemaker.send(new CreateModelCommand(modelRequest('second', await put('second.tar.gz', better))));
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'second',
      ProductionVariants: ['first', 'second'].map((ModelName, index) => ({
        VariantName: ModelName,
        ModelName,
        InitialInstanceCount: 1,
        InstanceType: 'ml.m5.large',
        InitialVariantWeight: index,
      })),
    }),
  );
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'second' }));
  const meanwhile = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'live' }));
  expect(meanwhile).toMatchObject({ EndpointStatus: 'Updating', EndpointConfigName: 'first' });
  const answers: unknown[] = [];
  let status: string | undefined = 'Updating';
  while (status === 'Updating') {
    answers.push(await ask('live', { x: [1] }));
    status = (await sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'live' }))).EndpointStatus;
  }
  expect(new Set(answers.map((one) => JSON.stringify(one)))).toContain(
    '{"predictions":[0],"model":{"threshold":2.75}}',
  );
  expect(status).toBe('InService');
  expect(await ask('live', { x: [1] })).toEqual({ predictions: [1], model: { threshold: 0.75 } });
  expect(await ask('live', { x: [1] }, { TargetVariant: 'first' })).toEqual({
    predictions: [0],
    model: { threshold: 2.75 },
  });
  await sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: 'live',
      DesiredWeightsAndCapacities: [
        { VariantName: 'first', DesiredWeight: 1 },
        { VariantName: 'second', DesiredWeight: 0, DesiredInstanceCount: 3 },
      ],
    }),
  );
  const weighed = await settledEndpoint('live');
  expect(
    weighed.ProductionVariants?.map((one) => [one.VariantName, one.CurrentWeight, one.CurrentInstanceCount]),
  ).toEqual([
    ['first', 1, 1],
    ['second', 0, 3],
  ]);
  expect(await ask('live', { x: [1] })).toEqual({ predictions: [0], model: { threshold: 2.75 } });
});

test('a deleted endpoint is gone', async () => {
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'live' }));
  let last = await refusal(sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'live' })));
  while (!last) {
    await sleep(100);
    last = await refusal(sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'live' })));
  }
  expect(last).toEqual({
    code: 'ValidationException',
    status: 400,
    message: 'Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/live".',
  });
  expect(await refusal(ask('live', { x: [1] }))).toMatchObject({
    code: 'ValidationError',
    message: 'Endpoint live of account 123456789012 not found.',
  });
});
