import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { laySample } from '../../scripts/lib/sample.mjs';
import { testPython } from '../python';
import { startAwsRig, type AwsRig } from '../rigs/aws/rig';
import { askingIn, type Asking } from './asking';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench';

export const BUCKET = 'birds-of-ada';
const ROLE = 'SageMakerRole';

/** A project that is connected to the stand-in for AWS, open in VS Code, and AWS's own clients beside it. */
export interface AwsBench extends Asking {
  readonly rig: AwsRig;
  readonly bench: Workbench;
  readonly s3: S3Client;
  readonly sagemaker: SageMakerClient;
  readonly put: (key: string, body: string | Buffer) => Promise<unknown>;
  readonly inProject: (name: string) => string;
  /** Pictures of what is open; in every theme where pictures are asked for (MLL_SHOTS). */
  readonly looks: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface AwsBenchOptions {
  /** Files of the project beside the sample. */
  readonly files?: Readonly<Record<string, string>>;
  readonly region?: string;
  /** `stores` of ml.yaml. */
  readonly stores?: string;
  readonly env?: (rig: AwsRig) => Readonly<Record<string, string>>;
  /** Before VS Code is open: what lies in the account. */
  readonly prepare?: (s3: S3Client) => Promise<unknown>;
  readonly settings?: WorkbenchOptions['settings'];
}

export async function startAwsBench(options: AwsBenchOptions = {}): Promise<AwsBench> {
  const region = options.region ?? 'us-east-1';
  const rig = await startAwsRig({ region });
  const client = {
    endpoint: rig.url,
    region,
    credentials: { accessKeyId: 'AKIARIG0000000000000', secretAccessKey: 'rig' },
  };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  const { Role } = await new IAMClient(client).send(
    new CreateRoleCommand({ RoleName: ROLE, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  await options.prepare?.(s3);
  const workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll é2e ')));
  const inProject = (name: string): string => path.join(workspace, name);
  const files = {
    'ml.yaml': [
      'project: birds',
      `stores: ${options.stores ?? '{ s3: {} }'}`,
      'providers:',
      `  sagemaker: { region: ${region}, store: s3://${BUCKET}, role: ${Role?.Arn ?? ''} }`,
      '',
    ].join('\n'),
    '.ml/local.yaml': `python: ${JSON.stringify(testPython())}\n`,
    ...options.files,
  };
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(inProject(name)), { recursive: true });
    fs.writeFileSync(inProject(name), text);
  }
  const bench = await openWorkbench({
    workspace,
    env: { ...rig.env, ...options.env?.(rig) },
    ...(options.settings ? { settings: options.settings } : {}),
  });
  return {
    rig,
    bench,
    s3,
    sagemaker: new SageMakerClient(client),
    put: (Key, Body) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body })),
    inProject,
    ...askingIn(bench),
    async looks(name) {
      if (process.env.MLL_SHOTS === undefined) return bench.shot(name);
      for (const theme of ['light', 'contrast', 'dark'] as const) {
        await bench.theme(theme);
        await bench.shot(`${name}-${theme}`);
      }
    },
    async stop() {
      await bench.close();
      await rig.stop();
      fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
