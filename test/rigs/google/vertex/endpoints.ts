import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { grpc } from 'google-gax';
import { type Calls, checkLabels, implement, listed, newId, now, type Operations, Refusal } from './calls';
import type { Logging } from './logs';
import type { Model, Models } from './models';
import type { Message } from './protos';
import { Serving } from './serving';
import type { Tables } from './tables';

/** What goes wrong in a deployment, after its operation was accepted. */
export type DeployFault = 'quota' | 'stockout' | 'internal' | 'actAs' | 'unhealthy';

/** How the stand-in behaves. */
export interface EndpointSettings {
  /** How long a deployment waits for its machine, in ms. */
  wait: number;
  /** How long a container may take until it is healthy, in ms. */
  health: number;
  fault: ((deployed: Message) => DeployFault | undefined) | undefined;
}

export interface Deployed extends Record<string, unknown> {
  readonly id: string;
  readonly model: string;
  readonly modelVersionId: string;
  readonly displayName: string;
  readonly dedicatedResources: {
    readonly machineSpec: { readonly machineType: string };
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
  } | null;
}

export interface Endpoint extends Record<string, unknown> {
  readonly name: string;
  displayName: string;
  labels: Record<string, string>;
  deployedModels: Deployed[];
  trafficSplit: Record<string, number>;
  etag: string;
  readonly dedicatedEndpointEnabled: boolean;
  predictRequestResponseLoggingConfig: {
    readonly enabled: boolean;
    readonly samplingRate: number;
    readonly bigqueryDestination: { readonly outputUri: string } | null;
  } | null;
}

const ID = /^([a-z]([a-z0-9-]{0,61}[a-z0-9])?|[0-9]{1,9})$/;
const MACHINE = /^(n1|n2|e2|c2|c2d|c3|n2d|a2|g2)-(standard|highmem|highcpu|highgpu)-\d+g?$/;
const METRICS = [
  'aiplatform.googleapis.com/prediction/online/cpu/utilization',
  'aiplatform.googleapis.com/prediction/online/accelerator/duty_cycle',
];

const FAULTS: Readonly<
  Record<Exclude<DeployFault, 'unhealthy'>, readonly [keyof typeof grpc.status, string]>
> = {
  quota: [
    'RESOURCE_EXHAUSTED',
    'The following quotas are exceeded: CustomModelServingCPUsPerProjectPerRegion. Please request a quota increase.',
  ],
  stockout: [
    'RESOURCE_EXHAUSTED',
    'Machine type temporarily unavailable, please deploy with a different machine type or retry.',
  ],
  internal: ['INTERNAL', 'Internal error encountered.'],
  actAs: [
    'PERMISSION_DENIED',
    "You do not have permission to act as service account: jobs@test.iam.gserviceaccount.com. (Permission 'iam.serviceAccounts.actAs' denied.)",
  ],
};

/** EndpointService: deployed models are processes of this machine. */
export class Endpoints {
  readonly all = new Map<string, Endpoint>();
  readonly settings: EndpointSettings = { wait: 50, health: 120_000, fault: undefined };
  /** Processes by the endpoint's name and the deployed model's id. */
  private readonly servings = new Map<string, Serving>();
  private readonly starting = new Set<Promise<unknown>>();
  private readonly stopped = new AbortController();
  /** `localhost:PORT` of the dedicated endpoints. */
  dedicated = '';

  constructor(
    private readonly from: {
      readonly folder: string;
      readonly storage: string;
      readonly logging: Logging;
      readonly operations: Operations;
      readonly models: Models;
      readonly tables: Tables;
    },
  ) {
    from.models.deployedAt = (model, version) =>
      [...this.all.values()].flatMap((endpoint) =>
        endpoint.deployedModels
          .filter((one) => one.model === model && one.modelVersionId === version)
          .map((one) => ({ endpoint: endpoint.name, deployedModelId: one.id })),
      );
  }

  service(calls: Calls): grpc.UntypedServiceImplementation {
    return implement(calls, {
      CreateEndpoint: ['CreateEndpointRequest', (request) => this.create(request)],
      GetEndpoint: ['GetEndpointRequest', (request) => ({ ...this.find(request.name) })],
      ListEndpoints: [
        'ListEndpointsRequest',
        (request) => {
          const mine = [...this.all.values()].filter((one) =>
            one.name.startsWith(`${String(request.parent)}/`),
          );
          const { page, nextPageToken } = listed(mine.reverse(), request);
          return { endpoints: page.map((one) => ({ ...one })), nextPageToken };
        },
      ],
      UpdateEndpoint: ['UpdateEndpointRequest', (request) => this.update(request)],
      DeleteEndpoint: ['DeleteEndpointRequest', (request) => this.delete(request)],
      DeployModel: ['DeployModelRequest', (request) => this.deploy(request)],
      UndeployModel: ['UndeployModelRequest', (request) => this.undeploy(request)],
    });
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.allSettled(this.starting);
    await Promise.all([...this.servings.values()].map((one) => one.stop(0)));
  }

  find(given: unknown): Endpoint {
    const found = this.all.get(String(given));
    if (!found) throw new Refusal('NOT_FOUND', `The Endpoint "${String(given)}" does not exist.`);
    return found;
  }

  servingOf(endpoint: Endpoint, id: string): Serving {
    const found = this.servings.get(`${endpoint.name} ${id}`);
    if (!found) throw new Refusal('UNAVAILABLE', `The deployed model ${id} does not answer.`);
    return found;
  }

  private create(request: Message): Message {
    const {
      endpoint: asked,
      endpointId,
      parent,
    } = request as {
      endpoint: Endpoint;
      endpointId: string;
      parent: string;
    };
    if (endpointId !== '' && !ID.test(endpointId))
      throw new Refusal('INVALID_ARGUMENT', `Invalid endpoint_id "${endpointId}".`);
    checkLabels(asked.labels);
    const name = `${parent}/endpoints/${endpointId === '' ? newId() : endpointId}`;
    if (this.all.has(name)) throw new Refusal('ALREADY_EXISTS', `The Endpoint "${name}" exists already.`);
    const log = asked.predictRequestResponseLoggingConfig;
    if (log?.enabled)
      this.from.tables.checkTarget(log.bigqueryDestination?.outputUri ?? '', log.samplingRate);
    const id = name.split('/').at(-1) ?? '';
    const made: Endpoint = {
      ...asked,
      name,
      deployedModels: [],
      trafficSplit: {},
      etag: newId(),
      createTime: now(),
      updateTime: now(),
      dedicatedEndpointDns: asked.dedicatedEndpointEnabled ? this.dedicated : '',
    };
    return this.from.operations.start(name, 'CreateEndpointOperationMetadata', 'Endpoint', () => {
      this.all.set(name, made);
      return Promise.resolve({ name, displayName: made.displayName, description: id });
    });
  }

  private update(request: Message): Message {
    const { endpoint: asked, updateMask } = request as {
      endpoint: Endpoint;
      updateMask: { paths: string[] };
    };
    const endpoint = this.find(asked.name);
    if (asked.etag !== '' && asked.etag !== endpoint.etag)
      throw new Refusal('ABORTED', 'The etag of the Endpoint is not the newest: it was changed meanwhile.');
    for (const part of updateMask.paths) {
      if (part === 'description') endpoint.description = asked.description;
      else if (part === 'traffic_split') endpoint.trafficSplit = checkedSplit(endpoint, asked.trafficSplit);
      else if (part === 'labels') {
        checkLabels(asked.labels);
        endpoint.labels = asked.labels;
      } else if (part === 'display_name') endpoint.displayName = asked.displayName;
      else throw new Refusal('INVALID_ARGUMENT', `The field ${part} of an Endpoint cannot be updated.`);
    }
    touch(endpoint);
    return { ...endpoint };
  }

  private delete(request: Message): Message {
    const endpoint = this.find(request.name);
    if (endpoint.deployedModels.length > 0)
      throw new Refusal(
        'FAILED_PRECONDITION',
        `The Endpoint "${endpoint.name}" has deployed models, and cannot be deleted.`,
      );
    return this.from.operations.start(
      endpoint.name,
      'DeleteOperationMetadata',
      'google.protobuf.Empty',
      () => {
        this.all.delete(endpoint.name);
        return Promise.resolve({});
      },
    );
  }

  private deploy(request: Message): Message {
    const { deployedModel: asked, trafficSplit } = request as {
      deployedModel: Deployed;
      trafficSplit: Record<string, number>;
    };
    const endpoint = this.find(request.endpoint);
    const model = this.from.models.find(asked.model);
    checkResources(asked);
    const deployed: Deployed = {
      ...asked,
      id: asked.id || newId(),
      model: model.name,
      modelVersionId: model.versionId,
      displayName: asked.displayName || model.displayName,
      createTime: now(),
    };
    if (endpoint.deployedModels.some((one) => one.id === deployed.id))
      throw new Refusal('ALREADY_EXISTS', `A deployed model ${deployed.id} is there already.`);
    checkSum(trafficSplit);
    const work = async (): Promise<Message> => {
      await sleep(this.settings.wait);
      const fault = this.settings.fault?.(deployed);
      if (fault !== undefined && fault !== 'unhealthy') throw new Refusal(...FAULTS[fault]);
      const serving = await this.serve(endpoint, deployed, model, fault === 'unhealthy' ? 0 : undefined);
      this.servings.set(`${endpoint.name} ${deployed.id}`, serving);
      endpoint.deployedModels.push(deployed);
      if (Object.keys(trafficSplit).length > 0) {
        endpoint.trafficSplit = checkedSplit(
          endpoint,
          Object.fromEntries(
            Object.entries(trafficSplit).map(([id, share]) => [id === '0' ? deployed.id : id, share]),
          ),
        );
      }
      touch(endpoint);
      return { deployedModel: { id: deployed.id, model: deployed.model, displayName: deployed.displayName } };
    };
    const done = work();
    this.starting.add(done);
    void done.finally(() => this.starting.delete(done)).catch(() => undefined);
    return this.from.operations.start(
      endpoint.name,
      'DeployModelOperationMetadata',
      'DeployModelResponse',
      () => done,
    );
  }

  private serve(
    endpoint: Endpoint,
    deployed: Deployed,
    model: Model,
    limit = this.settings.health,
  ): Promise<Serving> {
    const id = endpoint.name.split('/').at(-1) ?? '';
    const project = endpoint.name.split('/')[1] ?? '';
    const labels = {
      endpoint_id: id,
      location: endpoint.name.split('/')[3] ?? '',
      resource_container: project,
    };
    return Serving.start(model, {
      folder: path.join(this.from.folder, `${id}-${deployed.id}`),
      storage: this.from.storage,
      limit,
      endpoint: id,
      deployed: deployed.id,
      signal: this.stopped.signal,
      say: (line, isError) =>
        this.from.logging.write(
          {
            project,
            log: 'aiplatform.googleapis.com/prediction_container',
            resource: { type: 'aiplatform.googleapis.com/Endpoint', labels },
          },
          isError ? 'ERROR' : 'INFO',
          line,
        ),
    });
  }

  private undeploy(request: Message): Message {
    const { deployedModelId: id, trafficSplit } = request as {
      deployedModelId: string;
      trafficSplit: Record<string, number>;
    };
    const endpoint = this.find(request.endpoint);
    const deployed = endpoint.deployedModels.find((one) => one.id === id);
    if (!deployed) throw new Refusal('NOT_FOUND', `There is no deployed model ${id}.`);
    const others = endpoint.deployedModels.filter((one) => one !== deployed);
    if (Object.keys(trafficSplit).length > 0)
      endpoint.trafficSplit = checkedSplit({ ...endpoint, deployedModels: others }, trafficSplit);
    if ((endpoint.trafficSplit[id] ?? 0) > 0 && others.length > 0)
      throw new Refusal(
        'FAILED_PRECONDITION',
        `The deployed model ${id} still gets traffic: unassign it before it is undeployed.`,
      );
    return this.from.operations.start(
      endpoint.name,
      'UndeployModelOperationMetadata',
      'UndeployModelResponse',
      async () => {
        const key = `${endpoint.name} ${id}`;
        const serving = this.servings.get(key);
        endpoint.deployedModels = endpoint.deployedModels.filter((one) => one.id !== id);
        endpoint.trafficSplit = Object.fromEntries(
          Object.entries(endpoint.trafficSplit).filter(([one]) => one !== id),
        );
        touch(endpoint);
        await serving?.stop();
        this.servings.delete(key);
        return {};
      },
    );
  }
}

function touch(endpoint: Endpoint): void {
  Object.assign(endpoint, { etag: newId(), updateTime: now() });
}

function checkSum(split: Readonly<Record<string, number>>): void {
  const shares = Object.values(split);
  const sum = shares.reduce((all, one) => all + one, 0);
  if (shares.length > 0 && (sum !== 100 || shares.some((one) => one < 0)))
    throw new Refusal('INVALID_ARGUMENT', `The traffic split must add up to 100, not to ${sum}.`);
}

/** Shares of the models that are deployed, in hundredths of all. */
function checkedSplit(
  { deployedModels }: Pick<Endpoint, 'deployedModels'>,
  split: Readonly<Record<string, number>>,
): Record<string, number> {
  checkSum(split);
  const unknown = Object.keys(split).find((id) => !deployedModels.some((one) => one.id === id));
  if (unknown !== undefined)
    throw new Refusal('INVALID_ARGUMENT', `The traffic split names ${unknown}, which is not deployed.`);
  return { ...split };
}

function checkResources({ dedicatedResources }: Deployed): void {
  if (!dedicatedResources)
    throw new Refusal('INVALID_ARGUMENT', "'dedicated_resources' is required for this Model.");
  const { machineSpec, minReplicaCount: min, maxReplicaCount: max } = dedicatedResources;
  if (!MACHINE.test(machineSpec.machineType))
    throw new Refusal('INVALID_ARGUMENT', `Machine type "${machineSpec.machineType}" is not supported.`);
  if (min < 1 || (max !== 0 && max < min))
    throw new Refusal(
      'INVALID_ARGUMENT',
      'min_replica_count must be at least 1 and at most max_replica_count.',
    );
  const specs = (dedicatedResources as { autoscalingMetricSpecs?: readonly { metricName: string }[] })
    .autoscalingMetricSpecs;
  for (const { metricName } of specs ?? []) {
    if (!METRICS.includes(metricName))
      throw new Refusal('INVALID_ARGUMENT', `Autoscaling by ${metricName} is not supported.`);
  }
}
