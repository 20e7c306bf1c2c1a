import type {
  CreateEndpointConfigInput,
  CreateModelInput,
  ProductionVariantInstanceType,
} from '@aws-sdk/client-sagemaker';
import type { Capacity, Model } from '../../core/model';
import type { Place } from '../../core/run';
import { bringsFramework } from '../cloud/frameworks';
import { accountOf, tagsOf } from './requests';
import { type Config, consoleUrl, DEFAULT_MACHINE, partitionOf, roleOf } from './config';
import type { Image } from './images';

export const VARIANT = 'AllTraffic';
const DEFAULT_MEMORY_MB = 2048;
const DEFAULT_CONCURRENCY = 5;

/** Name of a model and of the configuration that serves it: new for each deployment. */
export const deploymentName = (endpoint: string, now: Date): string =>
  `${endpoint}-${now.toISOString().replace(/\D/g, '').slice(2, 17)}`;

/** What the settings and the request together ask for. */
export type Chosen =
  | { readonly machine: string; readonly instances: number }
  | { readonly memory: number; readonly concurrency: number };

export function capacityFor({ settings }: Config, asked: Capacity | undefined): Chosen {
  const own = settings.endpoint;
  // A machine that is asked for is no serverless endpoint, whatever the settings say.
  const serverless = asked?.serverless ?? (asked?.machine === undefined && own?.serverless !== undefined);
  if (serverless) {
    return {
      memory: own?.serverless?.memory ?? DEFAULT_MEMORY_MB,
      concurrency: own?.serverless?.concurrency ?? DEFAULT_CONCURRENCY,
    };
  }
  return {
    machine: asked?.machine ?? own?.machine ?? settings.machine ?? DEFAULT_MACHINE,
    instances: Math.max(asked?.instances ?? own?.instances ?? 1, own?.scale?.min ?? 1),
  };
}

export function endpointPlace(config: Config, endpoint: string, chosen?: Chosen): Place {
  return {
    name: endpoint,
    region: config.region,
    ...(config.settings.role === undefined ? {} : { account: accountOf(config.settings.role) }),
    console: consoleUrl(config.region, `endpoints/${endpoint}`),
    output: captureUri(config, endpoint),
    ...(chosen && 'machine' in chosen ? { machine: chosen.machine } : {}),
  };
}

/** Where programs send requests, signed with their own login. */
export const invocationsUrl = (region: string, endpoint: string): string =>
  `https://runtime.sagemaker.${region}.${partitionOf(region).domain}/endpoints/${endpoint}/invocations`;

export const capturePrefix = (config: Pick<Config, 'prefix'>, endpoint: string): string =>
  `${config.prefix}captures/${endpoint}/`;
const captureUri = (config: Config, endpoint: string): string =>
  `s3://${config.bucket}/${capturePrefix(config, endpoint)}`;

export const capturePercent = ({ settings }: Config): number => settings.endpoint?.capture ?? 100;

/** How long a container may install a framework before it answers, in seconds; SageMaker takes 60 to 3600 (ProductionVariant). */
const INSTALL_S = 900;

interface Deployment {
  readonly config: Config;
  readonly image: Image;
  readonly model: Model;
  /** The person's name of the endpoint. */
  readonly name: string;
  readonly endpoint: string;
  readonly deployment: string;
  readonly packageUri: string;
  readonly chosen: Chosen;
  /** What the container installs when it starts. */
  readonly requirements: readonly string[];
}

export const endpointTags = (config: Config, name: string): { Key: string; Value: string }[] =>
  tagsOf(config, { 'mll:endpoint': name, 'mll:name': name });

export function modelRequest(from: Deployment): CreateModelInput {
  const { config, image, model, endpoint, chosen } = from;
  const own = !('machine' in chosen) && capturePercent(config) > 0;
  return {
    ModelName: from.deployment,
    ExecutionRoleArn: roleOf(config),
    PrimaryContainer: {
      Image: image.uri,
      ModelDataUrl: from.packageUri,
      Environment: {
        SAGEMAKER_PROGRAM: 'inference.py',
        SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
        SAGEMAKER_CONTAINER_LOG_LEVEL: '20',
        SAGEMAKER_REGION: config.region,
        // The image's serving code holds a module that protoc 3 made; a newer protobuf, which TensorFlow and others bring, reads it so only.
        PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION: 'python',
        MLL_MODEL: model.name,
        MLL_VERSION: String(model.version),
        // AWS captures the traffic of machines only.
        ...(own ? { MLL_CAPTURE: `${captureUri(config, endpoint)}${VARIANT}` } : {}),
      },
    },
    ...(config.settings.subnets && config.settings.securityGroups
      ? { VpcConfig: { Subnets: config.settings.subnets, SecurityGroupIds: config.settings.securityGroups } }
      : {}),
    Tags: endpointTags(config, from.name),
  };
}

export function configRequest(from: Deployment): CreateEndpointConfigInput {
  const { config, chosen } = from;
  const percent = capturePercent(config);
  return {
    EndpointConfigName: from.deployment,
    ProductionVariants: [
      'machine' in chosen
        ? {
            VariantName: VARIANT,
            ModelName: from.deployment,
            InstanceType: chosen.machine as ProductionVariantInstanceType,
            InitialInstanceCount: chosen.instances,
            InitialVariantWeight: 1,
            ...(bringsFramework(from.requirements)
              ? { ContainerStartupHealthCheckTimeoutInSeconds: INSTALL_S }
              : {}),
          }
        : {
            VariantName: VARIANT,
            ModelName: from.deployment,
            ServerlessConfig: { MemorySizeInMB: chosen.memory, MaxConcurrency: chosen.concurrency },
          },
    ],
    ...('machine' in chosen && percent > 0
      ? {
          DataCaptureConfig: {
            EnableCapture: true,
            InitialSamplingPercentage: Math.round(percent),
            DestinationS3Uri: captureUri(config, '').replace(/\/+$/, ''),
            CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
            CaptureContentTypeHeader: {
              JsonContentTypes: ['application/json'],
              CsvContentTypes: ['text/csv'],
            },
          },
        }
      : {}),
    ...(config.settings.kmsKey === undefined || !('machine' in chosen)
      ? {}
      : { KmsKeyId: config.settings.kmsKey }),
    Tags: endpointTags(config, from.name),
  };
}
