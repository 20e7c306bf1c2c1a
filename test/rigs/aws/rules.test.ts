// Every refusal of the stand-in with its exact code and words. No job of this file is accepted, so none runs.
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  SageMakerClient,
  type CreateEndpointConfigCommandInput,
  type CreateProcessingJobCommandInput,
  type CreateTrainingJobCommandInput,
  type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  archive,
  BUCKET,
  IMAGE,
  modelRequest,
  prepareAccount,
  put,
  refusal,
  ROLE,
  startForTest,
  trainingRequest,
} from './kit';
import type { AwsRig } from './rig';

let rig: AwsRig;
let sagemaker: SageMakerClient;
const ARN = 'arn:aws:sagemaker:us-east-1:123456789012';
const INVALID = 'ValidationException';

beforeAll(async () => {
  rig = await startForTest();
  await prepareAccount();
  sagemaker = new SageMakerClient({});
  await put('model.tar.gz', archive(rig.workFolder, { 'model.json': '{}' }));
  await sagemaker.send(new CreateModelCommand(modelRequest('known', `s3://${BUCKET}/model.tar.gz`)));
});

afterAll(async () => {
  await rig.stop();
});

const constraint = (value: string, where: string, must: string): string =>
  `1 validation error detected: Value ${value} at '${where}' failed to satisfy constraint: Member must ${must}`;

const job = trainingRequest('job', { script: 'train.py', sources: `s3://${BUCKET}/sources.tar.gz` });

type Spoiled<T> = Readonly<Record<string, [change: Partial<T>, message: string | RegExp, code?: string]>>;

function table<T extends object>(good: T, send: (input: T) => Promise<unknown>, spoiled: Spoiled<T>): void {
  for (const [name, [change, message, code = INVALID]] of Object.entries(spoiled)) {
    test(name, async () => {
      const refused = await refusal(send({ ...good, ...change }));
      expect(refused).toEqual({
        code,
        status: 400,
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
      });
    });
  }
}

const channel = (ChannelName: string, S3Uri = `s3://${BUCKET}/data/`) => ({
  ChannelName,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri } },
});

describe('CreateTrainingJob refuses', () => {
  const algorithm = { TrainingImage: IMAGE, TrainingInputMode: 'File' as const };
  const machines = { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 5 };
  table<CreateTrainingJobCommandInput>(job, (input) => sagemaker.send(new CreateTrainingJobCommand(input)), {
    'no name': [
      { TrainingJobName: undefined },
      "1 validation error detected: Value null at 'trainingJobName' failed to satisfy constraint: Member must not be null",
    ],
    'a name with an underscore': [
      { TrainingJobName: 'a_b' },
      constraint(
        "'a_b'",
        'trainingJobName',
        'satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}',
      ),
    ],
    'a name of 64 letters, in length and pattern': [
      { TrainingJobName: 'a'.repeat(64) },
      /^2 validation errors detected: .*pattern.*; .*Member must have length less than or equal to 63$/,
    ],
    'a role that is no ARN': [
      { RoleArn: 'arn:aws:iam::1:role/x' },
      /^1 validation error detected: Value 'arn:aws:iam::1:role\/x' at 'roleArn' failed to satisfy constraint: Member must satisfy regular/,
    ],
    'no image and no algorithm': [
      { AlgorithmSpecification: { TrainingInputMode: 'File' } },
      'Exactly one of TrainingImage and AlgorithmName must be given in AlgorithmSpecification.',
    ],
    'no machines and no time limit, which the model leaves open': [
      { ResourceConfig: undefined, StoppingCondition: undefined },
      "2 validation errors detected: Value null at 'resourceConfig' failed to satisfy constraint: Member must not be null; " +
        "Value null at 'stoppingCondition' failed to satisfy constraint: Member must not be null",
    ],
    'an unknown machine': [
      { ResourceConfig: { ...machines, InstanceType: 'ml.nonsense' as 'ml.m5.large' } },
      /^1 validation error detected: Value 'ml.nonsense' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set: \[ml\./,
    ],
    'no disk size': [
      { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 } },
      'ResourceConfig lacks VolumeSizeInGB.',
    ],
    'no machine at all': [
      { ResourceConfig: { ...machines, InstanceCount: 0 } },
      'ResourceConfig.InstanceCount must be at least 1.',
    ],
    'a negative time limit': [
      { StoppingCondition: { MaxRuntimeInSeconds: -1 } },
      constraint("'-1'", 'stoppingCondition.maxRuntimeInSeconds', 'have value greater than or equal to 1'),
    ],
    'a machine that the account may not use': [
      { ResourceConfig: { ...machines, InstanceType: 'ml.p3.2xlarge' } },
      "The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances " +
        'and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota. ' +
        'If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.',
      'ResourceLimitExceeded',
    ],
    'more Spot machines than the account may use': [
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
        ResourceConfig: { ...machines, InstanceCount: 9 },
      },
      /^The account-level service limit 'ml.m5.large for spot training job usage' is 8 Instances, with current utilization of 0 Instances and a request delta of 9 Instances\./,
      'ResourceLimitExceeded',
    ],
    'what is no image': [
      { AlgorithmSpecification: { ...algorithm, TrainingImage: 'sklearn' } },
      'Invalid image URI sklearn. Please provide a valid Amazon Elastic Container Registry path of the Docker image to run.',
    ],
    'an image in another region': [
      { AlgorithmSpecification: { ...algorithm, TrainingImage: IMAGE.replace('us-east-1', 'eu-west-1') } },
      /lies in eu-west-1: an image must lie in the region of the request, us-east-1\.$/,
    ],
    'a repository that AWS does not have': [
      { AlgorithmSpecification: { ...algorithm, TrainingImage: IMAGE.replace('scikit-learn', 'sklearn') } },
      'Cannot find repository sagemaker-sklearn in registry ID 683313688378. Please check if your ECR repository exists.',
    ],
    'a tag that AWS does not have': [
      { AlgorithmSpecification: { ...algorithm, TrainingImage: IMAGE.replace('1.9-0', '1.8-7') } },
      /^Requested image .*:1.8-7-cpu-py3 not found\. Please check if your ECR image exists and your tag is valid\.$/,
    ],
    'a role that does not exist': [
      { RoleArn: `${ROLE}2` },
      `Could not assume role ${ROLE}2. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
    ],
    'two channels of one name': [
      { InputDataConfig: [channel('train'), channel('train')] },
      'Channel names must be unique: train occurs more than once.',
    ],
    'a channel without data': [
      { InputDataConfig: [{ ChannelName: 'train', DataSource: {} }] },
      'Channel train must have exactly one data source: S3DataSource.',
    ],
    'a channel that is no S3 address': [
      { InputDataConfig: [channel('train', 'https://bucket/data')] },
      'Invalid S3 URI: https://bucket/data. Please provide a valid S3 URI.',
    ],
    'a channel name with a space': [
      { InputDataConfig: [channel('my data')] },
      constraint(
        "'my data'",
        'inputDataConfig.1.member.channelName',
        'satisfy regular expression pattern: [A-Za-z0-9\\.\\-_]+',
      ),
    ],
    'a waiting time without Spot': [
      { StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 } },
      'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true',
    ],
    'Spot that waits for less than it runs': [
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 61, MaxWaitTimeInSeconds: 60 },
      },
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds',
    ],
    'a hyperparameter of 2,501 letters': [
      { HyperParameters: { long: 'a'.repeat(2_501) } },
      /^1 validation error detected: Value at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 2500\]$/,
    ],
    'an environment variable of 513 letters': [
      { Environment: { LONG: 'a'.repeat(513) } },
      /^1 validation error detected: Value at 'environment' .*Map value must satisfy constraint: \[Member must have length less than or equal to 512\]$/,
    ],
    'tags of AWS’s own': [
      { Tags: [{ Key: 'aws:mine', Value: '1' }] },
      'aws: prefixed tag key names are not allowed for external use.',
    ],
    'one tag twice': [
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
      'Tag keys must be unique: a occurs more than once.',
    ],
    'fifty-one tags': [
      { Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' })) },
      /at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50$/,
    ],
  });

  test('a member that AWS’s model does not know, and a wrong type', async () => {
    const send = async (body: object) => {
      const answer = await fetch(rig.url, {
        method: 'POST',
        headers: {
          'X-Amz-Target': 'SageMaker.CreateTrainingJob',
          Authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sagemaker/aws4_request',
        },
        body: JSON.stringify(body),
      });
      return [answer.status, await answer.json()];
    };
    expect(await send({ ...job, Retries: 3 })).toEqual([
      400,
      {
        __type: INVALID,
        message: expect.stringMatching(
          /^1 validation error detected: Unknown parameter in input: "Retries"/,
        ) as string,
      },
    ]);
    expect(await send({ ...job, StoppingCondition: { MaxRuntimeInSeconds: '60' } })).toEqual([
      400,
      {
        __type: 'SerializationException',
        message: expect.stringMatching(
          /^Invalid type for parameter StoppingCondition.MaxRuntimeInSeconds/,
        ) as string,
      },
    ]);
  });

  test('a role that another service may assume', async () => {
    const trust = {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    await new IAMClient({}).send(
      new CreateRoleCommand({ RoleName: 'Machines', AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    const RoleArn = 'arn:aws:iam::123456789012:role/Machines';
    expect(await refusal(sagemaker.send(new CreateTrainingJobCommand({ ...job, RoleArn })))).toMatchObject({
      code: INVALID,
      message: expect.stringMatching(/^Could not assume role .*\/Machines\. /) as string,
    });
  });
});

describe('CreateProcessingJob refuses', () => {
  const source = (InputName: string, LocalPath: string) => ({
    InputName,
    S3Input: {
      S3Uri: `s3://${BUCKET}/data/`,
      LocalPath,
      S3DataType: 'S3Prefix' as const,
      S3InputMode: 'File' as const,
    },
  });
  const good: CreateProcessingJobCommandInput = {
    ProcessingJobName: 'prepare',
    RoleArn: ROLE,
    AppSpecification: { ImageUri: IMAGE, ContainerEntrypoint: ['python3'] },
    ProcessingResources: {
      ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 5 },
    },
  };
  table<CreateProcessingJobCommandInput>(
    good,
    (input) => sagemaker.send(new CreateProcessingJobCommand(input)),
    {
      'a folder outside the machine’s own': [
        { ProcessingInputs: [source('a', '/data')] },
        "LocalPath of a must begin with /opt/ml/processing/, not '/data'.",
      ],
      'two inputs in one folder': [
        { ProcessingInputs: [source('a', '/opt/ml/processing/in'), source('b', '/opt/ml/processing/in')] },
        'The LocalPath of processing inputs and outputs must be unique: /opt/ml/processing/in occurs more than once.',
      ],
      'two inputs of one name': [
        { ProcessingInputs: [source('a', '/opt/ml/processing/x'), source('a', '/opt/ml/processing/y')] },
        'Processing input names must be unique: a occurs more than once.',
      ],
      'a role that does not exist': [{ RoleArn: `${ROLE}2` }, /^Could not assume role /],
      'a machine that the account may not use': [
        {
          ProcessingResources: {
            ClusterConfig: { InstanceCount: 2, InstanceType: 'ml.g4dn.xlarge', VolumeSizeInGB: 5 },
          },
        },
        /^The account-level service limit 'ml.g4dn.xlarge for processing job usage' is 0 Instances, .*request delta of 2 /,
        'ResourceLimitExceeded',
      ],
    },
  );
});

describe('models and endpoint configurations refuse', () => {
  test('a model of a taken name, without data, with a wrong role', async () => {
    const send = (input: Parameters<typeof modelRequest>, role = ROLE) =>
      refusal(sagemaker.send(new CreateModelCommand({ ...modelRequest(...input), ExecutionRoleArn: role })));
    const data = `s3://${BUCKET}/model.tar.gz`;
    expect((await send(['known', data]))?.message).toBe(
      `Cannot create already existing model "${ARN}:model/known".`,
    );
    expect((await send(['new', `s3://${BUCKET}/none.tar.gz`]))?.message).toBe(
      `Could not find model data at s3://${BUCKET}/none.tar.gz.`,
    );
    expect((await send(['new', data], `${ROLE}2`))?.message).toBe(
      `The execution role ARN "${ROLE}2" is invalid. Please ensure that the role exists and that its trust relationship ` +
        'policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".',
    );
  });

  // The stand-in looks the regions up anew after a new bucket, also while it looks for the model's data.
  test('a model without data beside a bucket that is new', { timeout: 30_000 }, async () => {
    await new S3Client({}).send(new CreateBucketCommand({ Bucket: 'another-bucket' }));
    const request = modelRequest('new', `s3://${BUCKET}/none.tar.gz`);
    expect((await refusal(sagemaker.send(new CreateModelCommand(request))))?.message).toMatch(
      /^Could not find model data/,
    );
  });

  const variant: ProductionVariant = {
    VariantName: 'a',
    ModelName: 'known',
    InitialInstanceCount: 1,
    InstanceType: 'ml.m5.large',
  };
  const serverless = (MemorySizeInMB: number, more = {}): ProductionVariant => ({
    VariantName: 'a',
    ModelName: 'known',
    ServerlessConfig: { MemorySizeInMB, MaxConcurrency: 2, ...more },
  });
  const capture = {
    EnableCapture: true,
    InitialSamplingPercentage: 100,
    DestinationS3Uri: `s3://${BUCKET}/captured`,
    CaptureOptions: [{ CaptureMode: 'Input' as const }],
  };
  table<CreateEndpointConfigCommandInput>(
    { EndpointConfigName: 'config', ProductionVariants: [variant] },
    (input) => sagemaker.send(new CreateEndpointConfigCommand(input)),
    {
      'an absent model': [
        { ProductionVariants: [{ ...variant, ModelName: 'none' }] },
        `Could not find model "${ARN}:model/none".`,
      ],
      'two variants of one name': [
        { ProductionVariants: [variant, variant] },
        'Variant names must be unique: a occurs more than once.',
      ],
      'machines and serverless at once': [
        { ProductionVariants: [{ ...variant, ...serverless(2_048) }] },
        'Variant a must have exactly one of InstanceType and ServerlessConfig.',
      ],
      'a serverless memory between the steps': [
        { ProductionVariants: [serverless(1_500)] },
        'Variant a: MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120, 6144; it is 1500.',
      ],
      'a serverless memory beyond the limit': [
        { ProductionVariants: [serverless(7_168)] },
        constraint(
          "'7168'",
          'productionVariants.1.member.serverlessConfig.memorySizeInMB',
          'have value less than or equal to 6144',
        ),
      ],
      'more provisioned than all concurrency': [
        { ProductionVariants: [serverless(1_024, { ProvisionedConcurrency: 3 })] },
        'Variant a: ProvisionedConcurrency must not exceed MaxConcurrency.',
      ],
      'capture on a serverless endpoint': [
        { ProductionVariants: [serverless(1_024)], DataCaptureConfig: capture },
        'DataCaptureConfig is not supported for serverless endpoints.',
      ],
      'two serverless variants': [
        { ProductionVariants: [serverless(1_024), { ...serverless(1_024), VariantName: 'b' }] },
        'A serverless endpoint can have one production variant only.',
      ],
    },
  );
});
