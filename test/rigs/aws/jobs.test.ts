// Processing, transform and training jobs that end in every way a job can end.
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  CreateModelCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  CreateTransformJobCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
  SageMakerClient,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  type CreateProcessingJobCommandInput,
  type CreateTrainingJobCommandInput,
  type DescribeProcessingJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  archive,
  BUCKET,
  endOfTraining,
  IMAGE,
  modelRequest,
  prepareAccount,
  put,
  ROLE,
  startForTest,
  TABLE,
  trainingRequest,
} from './kit';
import { CHECKPOINTS, FAIL, HOSTS, INFERENCE, PREPARE, WAIT } from './programs';
import type { AwsRig } from './rig';

let rig: AwsRig;
let sagemaker: SageMakerClient;
let sources: string;

beforeAll(async () => {
  rig = await startForTest();
  await prepareAccount();
  sagemaker = new SageMakerClient({});
  await put('data/a.csv', TABLE);
  await put('data/b.csv', TABLE);
  await put('scripts/prepare.py', PREPARE);
  sources = await put(
    'sources.tar.gz',
    archive(rig.workFolder, {
      'fail.py': FAIL,
      'wait.py': WAIT,
      'checkpoints.py': CHECKPOINTS,
      'hosts.py': HOSTS,
    }),
  );
});

beforeEach(async () => {
  await rig.clearFaults();
});

afterAll(async () => {
  await rig.stop();
});

async function text(key: string): Promise<string> {
  const found = await new S3Client({}).send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return (await found.Body?.transformToString()) ?? '';
}

/** The lines of a training job's log. */
async function log(logStreamNamePrefix: string): Promise<string> {
  const { events } = await new CloudWatchLogsClient({}).send(
    new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix }),
  );
  return (events ?? []).map((one) => one.message).join('\n');
}

async function keys(prefix: string): Promise<(string | undefined)[]> {
  const found = await new S3Client({}).send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
  return (found.Contents ?? []).map((one) => one.Key);
}

function train(
  name: string,
  script: string,
  more: Partial<CreateTrainingJobCommandInput> = {},
): Promise<unknown> {
  return sagemaker.send(
    new CreateTrainingJobCommand({ ...trainingRequest(name, { script, sources }), ...more }),
  );
}

const folder = (name: string): string => `/opt/ml/processing/${name}`;

function processing(name: string, args: string[]): CreateProcessingJobCommandInput {
  return {
    ProcessingJobName: name,
    RoleArn: ROLE,
    AppSpecification: {
      ImageUri: IMAGE,
      ContainerEntrypoint: ['python3', `${folder('code')}/prepare.py`],
      ContainerArguments: args,
    },
    ProcessingResources: {
      ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 5 },
    },
    Environment: { OUT: folder('out') },
    ProcessingInputs: [
      ['code', `s3://${BUCKET}/scripts/`],
      ['table', `s3://${BUCKET}/data/a.csv`],
    ].map(([InputName = '', S3Uri]) => ({
      InputName,
      S3Input: { S3Uri, LocalPath: folder(InputName), S3DataType: 'S3Prefix', S3InputMode: 'File' },
    })),
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'out',
          S3Output: { S3Uri: `s3://${BUCKET}/${name}`, LocalPath: folder('out'), S3UploadMode: 'EndOfJob' },
        },
      ],
    },
  };
}

async function endOfProcessing(ProcessingJobName: string): Promise<DescribeProcessingJobCommandOutput> {
  for (;;) {
    const job = await sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName }));
    if (job.ProcessingJobStatus !== 'InProgress' && job.ProcessingJobStatus !== 'Stopping') return job;
    await sleep(50);
  }
}

test('a processing job runs its entry point with arguments, environment, inputs and outputs', async () => {
  await sagemaker.send(new CreateProcessingJobCommand(processing('prepare', [folder('table')])));
  const job = await endOfProcessing('prepare');
  expect([job.ProcessingJobStatus, job.FailureReason]).toEqual(['Completed', undefined]);
  expect(await text('prepare/rows.txt')).toBe('a.csv 7');
});

test('a processing job that fails says its exit code, and what its program wrote as its message', async () => {
  await sagemaker.send(new CreateProcessingJobCommand(processing('broken', ['fail'])));
  const job = await endOfProcessing('broken');
  expect([job.ProcessingJobStatus, job.FailureReason, job.ExitMessage]).toEqual([
    'Failed',
    'AlgorithmError: See job logs for more information, exit code: 3',
    undefined,
  ]);
});

test('a processing job is stopped', async () => {
  await sagemaker.send(new CreateProcessingJobCommand(processing('stopped', ['wait'])));
  await sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: 'stopped' }));
  expect((await endOfProcessing('stopped')).ProcessingJobStatus).toBe('Stopped');
});

test('a script that raises: the reason is the toolkit’s own, the traceback is in the log', async () => {
  await train('raises', 'fail.py');
  const job = await endOfTraining('raises');
  expect([job.TrainingJobStatus, job.SecondaryStatus]).toEqual(['Failed', 'Failed']);
  expect(job.FailureReason).toMatch(
    /^AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand ".*python fail\.py", exit code: 1$/,
  );
  expect(job.ModelArtifacts).toBeUndefined();
  expect(await log('raises/')).toMatch(/ValueError: no such column: flipper/);
  expect(await keys('out/raises/')).toEqual(['out/raises/output/output.tar.gz']);
});

test('data that is not there', async () => {
  await train('no-data', 'fail.py', {
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${BUCKET}/nothing/` } },
      },
    ],
  });
  expect((await endOfTraining('no-data')).FailureReason).toMatch(
    /^ClientError: Data download failed:No S3 objects found under S3 URL "s3:\/\/rig-bucket\/nothing\/" given in input data source\./,
  );
});

test('faults before the script: no machine, no access to the data, no image', async () => {
  const seen: (string | undefined)[] = [];
  for (const kind of ['capacity', 'dataAccess', 'imagePull'] as const) {
    await rig.fault({ kind });
    await train(`fault-${kind}`, 'fail.py');
    seen.push((await endOfTraining(`fault-${kind}`)).FailureReason);
  }
  expect(seen).toEqual([
    'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
    'ClientError: Data download failed:AccessDenied (403): Access Denied',
    `ClientError: Cannot pull algorithm container. Ensure that the image ${IMAGE} exists.`,
  ]);
});

test('a job that takes too much memory is killed', async () => {
  await rig.fault({ kind: 'outOfMemory' });
  await train('memory', 'wait.py');
  expect((await endOfTraining('memory')).FailureReason).toBe(
    'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance., exit code: 137',
  );
});

test('a job is stopped by a person, and keeps what its model folder held', async () => {
  await train('by-hand', 'wait.py');
  for (;;) {
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'by-hand' }));
    if (job.TrainingStartTime) break;
    await sleep(50);
  }
  await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'by-hand' }));
  const stopping = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'by-hand' }));
  expect(stopping.TrainingJobStatus).toBe('Stopping');
  const job = await endOfTraining('by-hand');
  expect([job.TrainingJobStatus, job.SecondaryStatus]).toEqual(['Stopped', 'Stopped']);
  expect(job.ModelArtifacts?.S3ModelArtifacts).toBe(`s3://${BUCKET}/out/by-hand/output/model.tar.gz`);
  expect(await keys('out/by-hand/')).toEqual([
    'out/by-hand/output/model.tar.gz',
    'out/by-hand/output/output.tar.gz',
  ]);
});

test('a job meets its time limit', async () => {
  await train('too-long', 'wait.py', { StoppingCondition: { MaxRuntimeInSeconds: 1 } });
  const job = await endOfTraining('too-long');
  expect([job.TrainingJobStatus, job.SecondaryStatus]).toEqual(['Stopped', 'MaxRuntimeExceeded']);
});

test('in a private network requirements cannot be installed', async () => {
  const needy = archive(rig.workFolder, { 'fail.py': FAIL, 'requirements.txt': 'tinydb==4.8.2\n' });
  await sagemaker.send(
    new CreateTrainingJobCommand({
      ...trainingRequest('private', { script: 'fail.py', sources: await put('needy.tar.gz', needy) }),
      VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] },
    }),
  );
  expect((await endOfTraining('private')).FailureReason).toMatch(
    /^AlgorithmError: InstallRequirementsError:\nExitCode 1\nErrorMessage ""\nCommand ".*python -m pip install -r requirements\.txt", exit code: 1$/,
  );
  expect(await log('private/')).toMatch(/No matching distribution found for tinydb==4\.8\.2/);
});

test('Spot machines are taken away; the job starts again and finds its checkpoint', async () => {
  await rig.fault({ kind: 'spotInterruption', resource: 'spot', line: 'waiting to be interrupted' });
  await train('spot', 'checkpoints.py', {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 120 },
    CheckpointConfig: { S3Uri: `s3://${BUCKET}/checkpoints`, LocalPath: '/opt/ml/checkpoints' },
    Environment: { CHECKPOINTS: '/opt/ml/checkpoints' },
    AlgorithmSpecification: {
      TrainingImage: IMAGE,
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'starts', Regex: 'starts=([0-9]+);' }],
    },
  });
  const job = await endOfTraining('spot');
  expect(job.FailureReason).toBeUndefined();
  const states = job.SecondaryStatusTransitions?.map((one) => one.Status) ?? [];
  expect(states.slice(states.indexOf('Interrupted') - 1)).toEqual([
    'Training',
    'Interrupted',
    'Restarting',
    'Pending',
    'Pending',
    'Downloading',
    'Training',
    'Training',
    'Uploading',
    'Completed',
  ]);
  expect(job.FinalMetricDataList?.map((one) => one.Value)).toEqual([2]);
  expect(job.BillableTimeInSeconds).toBeLessThanOrEqual(job.TrainingTimeInSeconds ?? 0);
});

test('two machines find each other by name, and share the data', async () => {
  await train('pair', 'hosts.py', {
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 5 },
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: `s3://${BUCKET}/data/`,
            S3DataDistributionType: 'ShardedByS3Key',
          },
        },
      },
    ],
    AlgorithmSpecification: {
      TrainingImage: IMAGE,
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'heard', Regex: 'heard=([0-9]+);' }],
    },
  });
  const job = await endOfTraining('pair');
  expect(job.FailureReason).toBeUndefined();
  // algo-1 says how many bytes algo-2 sent it: the length of "b.csv".
  expect(job.FinalMetricDataList?.map((one) => one.Value)).toEqual([5]);
});

test('a transform job sends every object through the model', async () => {
  const model = archive(rig.workFolder, { 'model.json': '{"threshold": 2}', 'code/inference.py': INFERENCE });
  await sagemaker.send(new CreateModelCommand(modelRequest('batch', await put('batch.tar.gz', model))));
  await put('requests/one.jsonl', '{"x": [1, 3]}\n{"x": [4]}\n');
  await sagemaker.send(
    new CreateTransformJobCommand({
      TransformJobName: 'batch',
      ModelName: 'batch',
      BatchStrategy: 'SingleRecord',
      TransformInput: {
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${BUCKET}/requests/` } },
        ContentType: 'application/json',
        SplitType: 'Line',
      },
      TransformOutput: { S3OutputPath: `s3://${BUCKET}/answers`, AssembleWith: 'Line' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    }),
  );
  for (;;) {
    const job = await sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: 'batch' }));
    if (job.TransformJobStatus !== 'InProgress') {
      expect([job.TransformJobStatus, job.FailureReason]).toEqual(['Completed', undefined]);
      break;
    }
    await sleep(50);
  }
  const answers = (await text('answers/one.jsonl.out')).trim().split('\n');
  expect(answers.map((one) => (JSON.parse(one) as { predictions: number[] }).predictions)).toEqual([
    [0, 1],
    [1],
  ]);
});
