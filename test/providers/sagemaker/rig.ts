import * as fs from 'node:fs/promises';
import path from 'node:path';
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type { Host, Lifecycle } from '../../../src/core/api';
import { toErrorData } from '../../../src/core/errors';
import type { Estimate } from '../../../src/core/estimate';
import { createLifecycle } from '../../../src/core/lifecycle';
import type { Model } from '../../../src/core/model';
import type { Run } from '../../../src/core/run';
import { providers } from '../../../src/providers';
import { laySample } from '../../../scripts/lib/sample.mjs';
import { startEngine } from '../../engine/build';
import { testPython } from '../../python';
import { startForTest } from '../../rigs/aws/kit';
import { type AwsRig, REGION } from '../../rigs/aws/rig';
import { modelAt } from '../local-endpoints.rig';
import { makeRig, type Rig } from '../local.rig';

const root = path.resolve(import.meta.dirname, '../../..');

export const ROLE = 'arn:aws:iam::123456789012:role/SageMakerRole';

export interface SagemakerRig extends Rig {
  readonly bucket: string;
  /** What was shown before anything was sent. */
  readonly shown: Estimate[];
}

let buckets = 0;
let aws: Promise<AwsRig> | undefined;

/** The stand-in for AWS, one for all tests of a file; it ends with the process. */
export function awsRig(): Promise<AwsRig> {
  aws ??= startForTest();
  return aws;
}

/** The role of the settings, made where it is not there yet. */
async function ensureRole(): Promise<void> {
  const iam = new IAMClient({});
  const RoleName = ROLE.split('/').at(-1) ?? '';
  try {
    await iam.send(new GetRoleCommand({ RoleName }));
    return;
  } catch {
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'sagemaker.amazonaws.com' },
      Action: 'sts:AssumeRole',
    };
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  }
}

/** A project whose `ml.yaml` names the rig's account, with a bucket of its own; the host agrees to all that it is shown. */
export async function makeSagemakerRig(lent: Partial<Host> = {}, more = ''): Promise<SagemakerRig> {
  await awsRig();
  await ensureRole();
  const shown: Estimate[] = [];
  const rig = await makeRig({
    providers: {
      sagemaker: async (paths, own) => (await import('../../../src/providers/sagemaker')).create(paths, own),
    },
    agree: (estimate) => {
      shown.push(estimate);
      return Promise.resolve(true);
    },
    ...lent,
  });
  const bucket = `mll-${process.pid}-${Date.now()}-${++buckets}`;
  await new S3Client({ region: REGION }).send(new CreateBucketCommand({ Bucket: bucket }));
  const settings = path.join(rig.paths.root, 'ml.yaml');
  const before = await fs.readFile(settings, 'utf8');
  await fs.writeFile(
    settings,
    `${before}provider: sagemaker\nproviders:\n  sagemaker:\n    region: ${REGION}\n    role: ${ROLE}\n    store: s3://${bucket}/some/prefix\n${more}`,
  );
  return { ...rig, bucket, shown };
}

export interface LifecycleRig extends SagemakerRig {
  readonly lifecycle: Lifecycle;
  file(name: string): string;
  /** The run once it has completed. */
  ended(run: Run): Promise<Run>;
}

/** The whole of it in such a project, which has the sample data: the real engine, the real runtime, both providers. */
export async function lifecycleRig(more = ''): Promise<LifecycleRig> {
  const engine = await startEngine();
  const rig = await makeSagemakerRig(
    { engine: engine.engine, pythonFolder: path.join(root, 'python'), providers },
    more,
  );
  const file = (name: string): string => path.join(rig.paths.root, name);
  const settings = await fs.readFile(file('ml.yaml'), 'utf8');
  await fs.writeFile(file('ml.yaml'), settings.replace(/^python: .*$/m, `python: ${testPython()}`));
  laySample(rig.paths.root);
  const lifecycle = createLifecycle(rig.paths.root, rig.host);
  return {
    ...rig,
    lifecycle,
    file,
    async ended(run) {
      const done = await lifecycle.runs.wait(run.id);
      if (done.status !== 'completed') throw new Error(`${done.status}: ${done.error?.message ?? ''}`);
      return done;
    },
    async dispose() {
      for (const one of await lifecycle.endpoints.list()) await lifecycle.endpoints.remove(one.name);
      lifecycle.dispose();
      engine.remove();
      await rig.dispose();
    },
  };
}

/** The stand-in runtime of the contract, with what starts a job in SageMaker's containers beside it. */
export async function standInRuntime(folder: string): Promise<string> {
  const python = path.join(folder, 'runtime');
  await fs.cp(path.join(root, 'test/providers/stand-in'), python, { recursive: true });
  await fs.cp(
    path.join(root, 'python/ml_lifecycle/sagemaker'),
    path.join(python, 'ml_lifecycle', 'sagemaker'),
    { recursive: true },
  );
  // It imports nothing, so its jobs have nothing to install.
  for (const name of ['requirements.txt', 'serve.txt']) {
    await fs.writeFile(path.join(python, 'ml_lifecycle', 'sagemaker', name), '');
  }
  return python;
}

/** The same with what serves: a model is a text, which is its answer to every row. Nothing is installed, so an endpoint starts at once. */
export async function standInServing(folder: string): Promise<string> {
  const python = await standInRuntime(folder);
  await fs.copyFile(
    path.join(root, 'test/providers/stand-in-sagemaker/inference.py'),
    path.join(python, 'ml_lifecycle', 'sagemaker', 'inference.py'),
  );
  return python;
}

/** A package for it. */
export async function standInModel(folder: string, version: number, text: string): Promise<Model> {
  await fs.mkdir(path.join(folder, 'code'), { recursive: true });
  await fs.writeFile(path.join(folder, 'model.joblib'), text);
  return modelAt(folder, version);
}

/** What a promise is rejected with, as the front ends show it. */
export const failure = async (sent: Promise<unknown>): Promise<ReturnType<typeof toErrorData>> =>
  sent.then(
    () => {
      throw new Error('It was to fail.');
    },
    (error: unknown) => toErrorData(error),
  );

/** What the account would go on costing or holding. */
export async function left(): Promise<Record<string, number>> {
  const client = new SageMakerClient({});
  const [endpoints, configs, models] = await Promise.all([
    client.send(new ListEndpointsCommand({})),
    client.send(new ListEndpointConfigsCommand({})),
    client.send(new ListModelsCommand({})),
  ]);
  return {
    endpoints: endpoints.Endpoints?.length ?? 0,
    configs: configs.EndpointConfigs?.length ?? 0,
    models: models.Models?.length ?? 0,
  };
}

/** How many uploads in parts the bucket holds that were not finished. */
export async function unfinishedUploads(bucket: string): Promise<number> {
  const client = new S3Client({ region: REGION });
  return (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;
}
