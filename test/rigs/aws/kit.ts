// What the tests of the stand-in share: clients as a program makes them, and requests that are right until a test spoils them.
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  type CreateModelCommandInput,
  type CreateTrainingJobCommandInput,
  type DescribeEndpointCommandOutput,
  type DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAwsRig, type AwsRig } from './rig';

export const BUCKET = 'rig-bucket';
export const IMAGE = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3';
export const ROLE = 'arn:aws:iam::123456789012:role/SageMakerRole';
export const TABLE = 'x,label\n0.5,0\n1,0\n1.5,0\n4,1\n4.5,1\n5,1\n';

/** Starts the stand-in and makes this process's SDK clients find it, by environment variables alone. */
export async function startForTest(): Promise<AwsRig> {
  const rig = await startAwsRig();
  Object.assign(process.env, rig.env);
  delete process.env.AWS_PROFILE;
  return rig;
}

/** A .tar.gz of these texts. */
export function archive(folder: string, files: Readonly<Record<string, string>>): Buffer {
  const root = fs.mkdtempSync(path.join(folder, 'archive-'));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  const made = execFileSync('tar', ['-czf', '-', '-C', root, ...Object.keys(files)]);
  fs.rmSync(root, { recursive: true });
  return made;
}

export async function put(key: string, body: string | Buffer): Promise<string> {
  await new S3Client({}).send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  return `s3://${BUCKET}/${key}`;
}

/** A bucket, and a role that SageMaker may assume. */
export async function prepareAccount(): Promise<void> {
  await new S3Client({}).send(new CreateBucketCommand({ Bucket: BUCKET }));
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  await new IAMClient({}).send(
    new CreateRoleCommand({ RoleName: 'SageMakerRole', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
}

/** A training job that is right in every field. */
export function trainingRequest(
  name: string,
  program: { readonly script: string; readonly sources: string },
): CreateTrainingJobCommandInput {
  return {
    TrainingJobName: name,
    RoleArn: ROLE,
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
    HyperParameters: {
      sagemaker_program: program.script,
      sagemaker_submit_directory: program.sources,
      sagemaker_region: 'us-east-1',
    },
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${BUCKET}/data/` } },
      },
    ],
    OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/out` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
    StoppingCondition: { MaxRuntimeInSeconds: 120 },
  };
}

/** A model that is right in every field. */
export function modelRequest(name: string, data: string): CreateModelCommandInput {
  return {
    ModelName: name,
    ExecutionRoleArn: ROLE,
    PrimaryContainer: {
      Image: IMAGE,
      ModelDataUrl: data,
      Environment: {
        SAGEMAKER_PROGRAM: 'inference.py',
        SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
        SAGEMAKER_REGION: 'us-east-1',
      },
    },
  };
}

/** Waits until the job has ended. */
export async function endOfTraining(name: string): Promise<DescribeTrainingJobCommandOutput> {
  const client = new SageMakerClient({});
  for (;;) {
    const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    if (job.TrainingJobStatus !== 'InProgress' && job.TrainingJobStatus !== 'Stopping') return job;
    await sleep(100);
  }
}

/** Waits until the endpoint has come to rest. */
export async function settledEndpoint(name: string): Promise<DescribeEndpointCommandOutput> {
  const client = new SageMakerClient({});
  for (;;) {
    const endpoint = await client.send(new DescribeEndpointCommand({ EndpointName: name }));
    if (endpoint.EndpointStatus === 'InService' || endpoint.EndpointStatus === 'Failed') return endpoint;
    await sleep(100);
  }
}

/** The code and status by which an SDK knows an error; `undefined` when the promise was kept. */
export async function refusal(
  sent: Promise<unknown>,
): Promise<{ code: string; status: number | undefined; message: string } | undefined> {
  try {
    await sent;
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    return { code: error.name, status, message: error.message };
  }
}
