import type { protos } from '@google-cloud/aiplatform';
import { createHash, randomInt } from 'node:crypto';
import { UserError } from '../../core/errors';
import type { Capacity, Model } from '../../core/model';
import type { Place } from '../../core/run';
import { endpointName, OURS, plainName } from '../cloud/names';
import { type Config, consoleUrl, parentOf } from './config';
import { acceleratorOf } from './requests';
import type { Chosen } from './serving-image';

type V1 = typeof protos.google.cloud.aiplatform.v1;
export type Endpoint = protos.google.cloud.aiplatform.v1.IEndpoint;
export type DeployedModel = protos.google.cloud.aiplatform.v1.IDeployedModel;
type UploadedModel = protos.google.cloud.aiplatform.v1.IModel;
type MachineSpec = InstanceType<V1['MachineSpec']>;

export const DEFAULT_SERVING_MACHINE = 'n1-standard-2';
const DEFAULT_CPU = 60;
const CPU = 'aiplatform.googleapis.com/prediction/online/cpu/utilization';
/** Bytes that Vertex AI takes in one request at its shared address, and at an endpoint's own. */
export const MOST_BYTES = 1_500_000;
export const MOST_BYTES_DEDICATED = 10_000_000;
const PORT = 8080;

/** Vertex AI's id of a project's endpoint: the same for everyone who has the project's `ml.yaml`. */
export const endpointId = (config: Config, name: string): string => endpointName(config, name).toLowerCase();

export const endpointPath = (config: Config, id: string): string =>
  `${parentOf(config.account, config.region)}/endpoints/${id}`;

/** The last part of a resource's name: Vertex AI gives names with the project's number, whatever was asked with. */
export const idOf = (name: string | null | undefined): string => (name ?? '').split('/').at(-1) ?? '';

/** Vertex AI's id of a model of the project: its versions are ours, by the alias `v3`. */
export function modelId({ project, bucket, prefix }: Config, model: Pick<Model, 'name'>): string {
  const hash = createHash('sha256').update([bucket, prefix, project, model.name].join('\n')).digest('hex');
  return `${OURS}${plainName(model.name).slice(0, 40)}-${hash.slice(0, 8)}`;
}

export const modelPath = (config: Config, model: Pick<Model, 'name'>): string =>
  `${parentOf(config.account, config.region)}/models/${modelId(config, model)}`;

export const aliasOf = ({ version }: Pick<Model, 'version'>): string => `v${version}`;

/** What a deployed model or an endpoint says that it serves: `penguins@3`. */
export const servedText = ({ name, version }: Pick<Model, 'name' | 'version'>): string =>
  `${name}@${version}`;
export function servedOf(text: string | null | undefined): { model: string; version: number } | undefined {
  const [, model, version] = /^(.+)@(\d+)$/.exec(text ?? '') ?? [];
  return model === undefined ? undefined : { model, version: Number(version) };
}

/** Ids of deployed models are numbers of up to ten digits: ours begin with the version, so that a logged request tells it. */
const STEP = 100_000;
export const deployedId = ({ version }: Pick<Model, 'version'>): string =>
  String((version % STEP) * STEP + randomInt(STEP));
export const versionOf = (id: string): number => Math.floor(Number(id) / STEP);

/** What the settings and the request together ask for. */
export interface Replicas {
  readonly machine: string;
  readonly min: number;
  readonly max: number;
  readonly cpu: number;
}

export function replicasFor({ settings }: Pick<Config, 'settings'>, asked: Capacity | undefined): Replicas {
  if (asked?.serverless === true) {
    throw new UserError('unsupported', 'Vertex AI has no serverless endpoints: one machine always runs.', {
      fix: 'Leave out --serverless, and stop the endpoint while it is not needed ("mll endpoints stop").',
    });
  }
  const own = settings.endpoint;
  const min = asked?.instances ?? own?.min ?? 1;
  return {
    machine: asked?.machine ?? own?.machine ?? settings.machine ?? DEFAULT_SERVING_MACHINE,
    min,
    max: Math.max(min, own?.max ?? min),
    cpu: own?.cpu ?? DEFAULT_CPU,
  };
}

export const isDedicated = ({ settings }: Pick<Config, 'settings'>): boolean =>
  settings.endpoint?.dedicated ?? false;
export const capturePercent = ({ settings }: Pick<Config, 'settings'>): number =>
  settings.endpoint?.capture ?? 100;

export const endpointLabels = (config: Config, id: string): Record<string, string> => ({
  mll_project: plainName(config.project),
  mll_endpoint: id,
  ...config.settings.labels,
});

export const endpointPlace = (config: Config, id: string, machine?: string): Place => ({
  name: id,
  region: config.region,
  account: config.account,
  console: consoleUrl(config.account, `locations/${config.region}/endpoints/${id}`),
  ...(machine === undefined ? {} : { machine }),
});

/** Where programs send requests, with a token of their own login. `dns`: of an endpoint with an address of its own; '' otherwise. */
export function predictUrl(config: Config, id: string, dns: string): string {
  const host = dns === '' ? `${config.region}-aiplatform.googleapis.com` : dns.replace(/^https:\/\//, '');
  return `https://${host}/v1/${endpointPath(config, id)}:rawPredict`;
}

/** A version as it is uploaded. `bootstrap` is the text of the Python that the container starts with. */
export function uploadedModel(
  config: Config,
  from: {
    readonly model: Model;
    readonly image: Chosen;
    readonly artifactUri: string;
    readonly bootstrap: string;
  },
): UploadedModel {
  const { model, image, artifactUri, bootstrap } = from;
  const env = {
    MLL_MODEL: model.name,
    MLL_VERSION: String(model.version),
    PYTHONUNBUFFERED: '1',
    PIP_NO_COMPILE: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
  };
  return {
    displayName: model.name.slice(0, 128),
    versionAliases: [aliasOf(model)],
    versionDescription: servedText(model),
    labels: { mll_project: plainName(config.project), ...config.settings.labels },
    artifactUri,
    containerSpec: {
      imageUri: image.uri,
      command: ['python3', '-c', bootstrap],
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
      ports: [{ containerPort: PORT }],
      predictRoute: '/invocations',
      healthRoute: '/ping',
    },
    ...(config.settings.kmsKey === undefined
      ? {}
      : { encryptionSpec: { kmsKeyName: config.settings.kmsKey } }),
  };
}

export function deployedModel(
  config: Config,
  from: { readonly model: Model; readonly path: string; readonly replicas: Replicas },
): DeployedModel {
  const { model, path, replicas } = from;
  const { machine, min, max, cpu } = replicas;
  // The GPUs of the settings are for jobs: a machine that has its own brings them.
  const gpus = acceleratorOf(machine, {});
  const { serviceAccount } = config.settings;
  return {
    id: deployedId(model),
    model: path,
    displayName: servedText(model),
    dedicatedResources: {
      machineSpec: {
        machineType: machine,
        ...(gpus === undefined
          ? {}
          : { acceleratorType: gpus.type as MachineSpec['acceleratorType'], acceleratorCount: gpus.count }),
      },
      minReplicaCount: min,
      maxReplicaCount: max,
      ...(max > min ? { autoscalingMetricSpecs: [{ metricName: CPU, target: cpu }] } : {}),
    },
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
  };
}

/** Where an endpoint's requests are logged: a table of the project's own dataset. */
export function logTable(config: Config, id: string): { dataset: string; table: string; uri: string } {
  const dataset = `mll_${plainName(config.project).replaceAll('-', '_')}`;
  const table = id.replaceAll('-', '_');
  return { dataset, table, uri: `bq://${config.account}.${dataset}.${table}` };
}

export function newEndpoint(config: Config, id: string, name: string): Endpoint {
  const percent = capturePercent(config);
  // The network of the settings is for jobs: an endpoint that is peered with it could not be asked from here.
  const { kmsKey } = config.settings;
  return {
    displayName: name.slice(0, 128),
    labels: endpointLabels(config, id),
    dedicatedEndpointEnabled: isDedicated(config),
    ...(percent > 0
      ? {
          predictRequestResponseLoggingConfig: {
            enabled: true,
            samplingRate: percent / 100,
            bigqueryDestination: { outputUri: logTable(config, id).uri },
          },
        }
      : {}),
    ...(kmsKey === undefined ? {} : { encryptionSpec: { kmsKeyName: kmsKey } }),
  };
}
