import type {
  CreateProcessingJobRequest,
  CreateTrainingJobRequest,
  ProcessingInstanceType,
  TrainingInstanceType,
} from '@aws-sdk/client-sagemaker';
import type { JobKind, JobSpec, Place, Resources } from '../../core/run';
import {
  type Config,
  consoleUrl,
  DEFAULT_MACHINE,
  DEFAULT_MAX_MINUTES,
  DEFAULT_VOLUME_GB,
  roleOf,
} from './config';
import type { Image } from './images';
import { tagText } from './tags';
import { OURS } from '../cloud/names';
import type { Channel } from '../cloud/inputs';

/** SageMaker's name of a run's job: the same for everyone who has the run. At most 63 characters, which our run ids allow. */
export const jobName = (runId: string): string =>
  `${OURS}${runId}`
    .replace(/[^A-Za-z0-9-]/g, '-')
    .slice(0, 63)
    .replace(/-+$/, '');

/** The 12 digits of an ARN. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

export const isTraining = (kind: JobKind): boolean => kind === 'train';

/** Keys in the bucket that belong to one run. */
export const runKeys = (config: Pick<Config, 'prefix'>, runId: string) => {
  const run = `${config.prefix}runs/${runId}/`;
  return {
    run,
    source: `${run}source/sourcedir.tar.gz`,
    start: `${run}source/start.py`,
    job: `${run}job/job.json`,
    output: `${run}output/`,
    checkpoints: `${run}checkpoints/`,
  };
};

/** What the settings and the request together ask of the machines. */
export function resourcesFor(
  config: Config,
  asked: Resources | undefined,
): Required<Omit<Resources, 'image'>> & { volume: number; maxWaitMinutes: number } {
  const { settings } = config;
  const maxMinutes = asked?.maxMinutes ?? settings.maxMinutes ?? DEFAULT_MAX_MINUTES;
  return {
    machine: asked?.machine ?? settings.machine ?? DEFAULT_MACHINE,
    instances: asked?.instances ?? settings.instances ?? 1,
    spot: asked?.spot ?? settings.spot ?? false,
    maxMinutes,
    // Waiting for a machine counts too, and may not be less than running.
    maxWaitMinutes: Math.max(settings.maxWaitMinutes ?? 2 * maxMinutes, maxMinutes),
    volume: settings.volume ?? DEFAULT_VOLUME_GB,
  };
}

export function placeOf(config: Config, kind: JobKind, runId: string, machine: string): Place {
  const name = jobName(runId);
  const page = isTraining(kind) ? `jobs/${name}` : `processing-jobs/${name}`;
  return {
    name,
    region: config.region,
    ...(config.settings.role === undefined ? {} : { account: accountOf(config.settings.role) }),
    console: consoleUrl(config.region, page),
    output: `s3://${config.bucket}/${runKeys(config, runId).run}`,
    machine,
  };
}

/** Tags of everything that the project makes; `mll:name` is what the person calls it. */
export function tagsOf(
  config: Config,
  own: Readonly<Record<string, string>>,
): { Key: string; Value: string }[] {
  const ours = Object.entries({ 'mll:project': config.project, ...own }).map(
    ([key, text]) => [key, tagText(text)] as const,
  );
  // What is wrong with the person's own tags is said by AWS.
  const all = { ...Object.fromEntries(ours), ...config.settings.tags };
  return Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
}

function vpcOf({ settings }: Config): { VpcConfig?: { Subnets: string[]; SecurityGroupIds: string[] } } {
  if (!settings.subnets || !settings.securityGroups) return {};
  return { VpcConfig: { Subnets: settings.subnets, SecurityGroupIds: settings.securityGroups } };
}

interface JobParts {
  readonly config: Config;
  readonly image: Image;
  readonly spec: JobSpec;
  readonly runId: string;
  readonly channels: readonly Channel[];
}

/** pip compiles what a job imports once, if ever, and asks for its own newest version: together about a quarter of an install. */
const PIP = { PIP_NO_COMPILE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' };

const environment = (runId: string): Record<string, string> => ({
  MLL_RUN: runId,
  PYTHONUNBUFFERED: '1',
  ...PIP,
});

interface Located {
  readonly S3DataType: 'S3Prefix' | 'ManifestFile';
  readonly S3Uri: string;
}

const allBelow = (S3Uri: string): Located => ({ S3DataType: 'S3Prefix', S3Uri });

/** A channel's files. A manifest names one object alone; its key as a prefix would bring all keys that begin with it. */
function located(config: Config, run: string, { prefix, placed }: Channel): Located {
  const uri = (key: string): string => `s3://${config.bucket}/${key}`;
  return placed
    ? { S3DataType: 'ManifestFile', S3Uri: uri(`${run}${prefix}`) }
    : allBelow(uri(`${config.prefix}${prefix}`));
}

export function trainingJob({ config, image, spec, runId, channels }: JobParts): CreateTrainingJobRequest {
  const asked = resourcesFor(config, spec.resources);
  const keys = runKeys(config, runId);
  const uri = (key: string): string => `s3://${config.bucket}/${key}`;
  const channel = (name: string, data: Located) => ({
    ChannelName: name,
    InputMode: 'File' as const,
    DataSource: {
      S3DataSource: { ...data, S3DataDistributionType: 'FullyReplicated' as const },
    },
  });
  return {
    TrainingJobName: jobName(runId),
    RoleArn: roleOf(config),
    AlgorithmSpecification: { TrainingImage: image.uri, TrainingInputMode: 'File' },
    // Only what the image's toolkit itself needs: parameters of the job travel as a file.
    HyperParameters: {
      sagemaker_program: 'start.py',
      sagemaker_submit_directory: uri(keys.source),
      sagemaker_container_log_level: '20',
      sagemaker_job_name: jobName(runId),
      sagemaker_region: config.region,
    },
    InputDataConfig: [
      channel('job', allBelow(uri(`${keys.run}job/`))),
      ...channels.map((one) => channel(one.name, located(config, keys.run, one))),
    ],
    OutputDataConfig: {
      S3OutputPath: uri(keys.run.replace(/\/$/, '')),
      ...(config.settings.kmsKey === undefined ? {} : { KmsKeyId: config.settings.kmsKey }),
    },
    ResourceConfig: {
      InstanceType: asked.machine as TrainingInstanceType,
      InstanceCount: asked.instances,
      VolumeSizeInGB: asked.volume,
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: asked.maxMinutes * 60,
      ...(asked.spot ? { MaxWaitTimeInSeconds: asked.maxWaitMinutes * 60 } : {}),
    },
    ...(asked.spot
      ? {
          EnableManagedSpotTraining: true,
          CheckpointConfig: {
            S3Uri: uri(keys.checkpoints.replace(/\/$/, '')),
            LocalPath: '/opt/ml/checkpoints',
          },
        }
      : {}),
    ...vpcOf(config),
    Environment: environment(runId),
    Tags: tagsOf(config, { 'mll:run': runId, 'mll:name': spec.file.model ?? runId }),
  };
}

const PROCESSING = '/opt/ml/processing';

export function processingJob({
  config,
  image,
  spec,
  runId,
  channels,
}: JobParts): CreateProcessingJobRequest {
  const asked = resourcesFor(config, spec.resources);
  const keys = runKeys(config, runId);
  const uri = (key: string): string => `s3://${config.bucket}/${key}`;
  const input = (name: string, data: Located) => ({
    InputName: name,
    S3Input: { ...data, LocalPath: `${PROCESSING}/input/${name}`, S3InputMode: 'File' as const },
  });
  const network = vpcOf(config);
  return {
    ProcessingJobName: jobName(runId),
    RoleArn: roleOf(config),
    AppSpecification: {
      ImageUri: image.uri,
      ContainerEntrypoint: ['python3', `${PROCESSING}/input/code/start.py`],
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: 1,
        InstanceType: asked.machine as ProcessingInstanceType,
        VolumeSizeInGB: asked.volume,
        ...(config.settings.kmsKey === undefined ? {} : { VolumeKmsKeyId: config.settings.kmsKey }),
      },
    },
    ProcessingInputs: [
      input('code', allBelow(uri(`${keys.run}source/`))),
      input('job', allBelow(uri(`${keys.run}job/`))),
      ...channels.map((one) => input(one.name, located(config, keys.run, one))),
    ],
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'out',
          S3Output: {
            S3Uri: uri(keys.output.replace(/\/$/, '')),
            LocalPath: `${PROCESSING}/output`,
            S3UploadMode: 'EndOfJob',
          },
        },
      ],
      ...(config.settings.kmsKey === undefined ? {} : { KmsKeyId: config.settings.kmsKey }),
    },
    StoppingCondition: { MaxRuntimeInSeconds: asked.maxMinutes * 60 },
    ...(network.VpcConfig ? { NetworkConfig: network } : {}),
    Environment: environment(runId),
    Tags: tagsOf(config, { 'mll:run': runId, 'mll:name': spec.file.model ?? runId }),
  };
}
