import type { DescribeEndpointCommandOutput, EndpointStatus as AwsStatus } from '@aws-sdk/client-sagemaker';
import { UserError } from '../../core/errors';
import type { EndpointStatus } from '../../core/model';
import { abort, type Clients } from './clients';
import { isNotFound } from './errors';
import { OURS } from '../cloud/names';
import { until } from '../cloud/waiting';

export const STATUSES: Readonly<Partial<Record<AwsStatus, EndpointStatus>>> = {
  Creating: 'creating',
  InService: 'ready',
  Updating: 'updating',
  SystemUpdating: 'updating',
  RollingBack: 'updating',
  OutOfService: 'stopped',
  Deleting: 'removed',
};

/** What a configuration serves; read once, because it never changes. */
export interface Deployed {
  readonly model: string;
  readonly version: number;
  readonly serverless: boolean;
  readonly machine?: string;
}

const BUSY = new Set(['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting']);

/** Endpoints, configurations and models of one region as SageMaker has them. */
export function createDeployments(clients: Clients, region: string) {
  const served = new Map<string, Deployed>();

  /** Undefined when there is none of that name. */
  async function describe(
    endpoint: string,
    signal?: AbortSignal,
  ): Promise<DescribeEndpointCommandOutput | undefined> {
    const { sdk, client } = await clients.sagemaker(region);
    return optional('look at the endpoint', () =>
      client.send(new sdk.DescribeEndpointCommand({ EndpointName: endpoint }), abort(signal)),
    );
  }

  /** Undefined where there is no such thing (any more). */
  async function optional<T>(doing: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await clients.calling(doing, call);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function deployed(config: string, signal?: AbortSignal): Promise<Deployed | undefined> {
    if (config === '') return undefined;
    const known = served.get(config);
    if (known) return known;
    const { sdk, client } = await clients.sagemaker(region);
    const found = await optional('look at the endpoint', () =>
      client.send(new sdk.DescribeEndpointConfigCommand({ EndpointConfigName: config }), abort(signal)),
    );
    const variant = found?.ProductionVariants?.[0];
    if (variant?.ModelName === undefined) return undefined;
    const model = await optional('look at the model', () =>
      client.send(new sdk.DescribeModelCommand({ ModelName: variant.ModelName }), abort(signal)),
    );
    const environment = model?.PrimaryContainer?.Environment ?? {};
    const made: Deployed = {
      model: environment.MLL_MODEL ?? variant.ModelName,
      version: Number(environment.MLL_VERSION ?? 0),
      serverless: variant.ServerlessConfig !== undefined,
      ...(variant.InstanceType === undefined ? {} : { machine: variant.InstanceType }),
    };
    served.set(config, made);
    return made;
  }

  /** Resolves once the endpoint has come to rest; undefined when it is gone. */
  async function settled(
    endpoint: string,
    signal?: AbortSignal,
  ): Promise<DescribeEndpointCommandOutput | undefined> {
    const found = await until(async () => {
      const now = await describe(endpoint, signal);
      return now && BUSY.has(now.EndpointStatus ?? '') ? undefined : { now };
    }, signal);
    return found.now;
  }

  /** Configurations of an endpoint, newest first. */
  async function configsOf(endpoint: string, signal?: AbortSignal): Promise<string[]> {
    const { sdk, client } = await clients.sagemaker(region);
    const names: string[] = [];
    for (let next: string | undefined; ;) {
      const page = await clients.calling('list the endpoint configurations', () =>
        client.send(
          new sdk.ListEndpointConfigsCommand({
            NameContains: `${endpoint}-`,
            SortBy: 'CreationTime',
            SortOrder: 'Descending',
            MaxResults: 100,
            ...(next === undefined ? {} : { NextToken: next }),
          }),
          abort(signal),
        ),
      );
      names.push(...(page.EndpointConfigs ?? []).flatMap((one) => one.EndpointConfigName ?? []));
      next = page.NextToken;
      if (next === undefined) return names;
    }
  }

  const modelsOf = (endpoint: string, signal?: AbortSignal): Promise<string[]> =>
    modelNames(`${endpoint}-`, signal);

  async function modelNames(NameContains: string, signal?: AbortSignal): Promise<string[]> {
    const { sdk, client } = await clients.sagemaker(region);
    const names: string[] = [];
    for (let next: string | undefined; ;) {
      const page = await clients.calling('list the models', () =>
        client.send(
          new sdk.ListModelsCommand({
            NameContains,
            MaxResults: 100,
            ...(next === undefined ? {} : { NextToken: next }),
          }),
          abort(signal),
        ),
      );
      names.push(...(page.Models ?? []).flatMap((one) => one.ModelName ?? []));
      next = page.NextToken;
      if (next === undefined) return names;
    }
  }

  /** Whether any model that we made in this account serves that package. */
  async function serves(packageUri: string, signal?: AbortSignal): Promise<boolean> {
    const { sdk, client } = await clients.sagemaker(region);
    for (const name of await modelNames(OURS, signal)) {
      const model = await optional('look at the model', () =>
        client.send(new sdk.DescribeModelCommand({ ModelName: name }), abort(signal)),
      );
      if (model?.PrimaryContainer?.ModelDataUrl === packageUri) return true;
    }
    return false;
  }

  async function removeConfig(name: string, signal?: AbortSignal): Promise<void> {
    const { sdk, client } = await clients.sagemaker(region);
    await optional('delete the endpoint configuration', () =>
      client.send(new sdk.DeleteEndpointConfigCommand({ EndpointConfigName: name }), abort(signal)),
    );
  }
  async function removeModel(name: string, signal?: AbortSignal): Promise<void> {
    const { sdk, client } = await clients.sagemaker(region);
    await optional('delete the model', () =>
      client.send(new sdk.DeleteModelCommand({ ModelName: name }), abort(signal)),
    );
  }

  return {
    describe,
    deployed,
    settled,
    configsOf,
    modelsOf,
    serves,
    removeConfig,
    removeModel,
    /** Deletes the endpoint itself, after what it does now, and resolves when it is gone. Billing ends with it. */
    async removeEndpoint(endpoint: string, signal?: AbortSignal): Promise<void> {
      const { sdk, client } = await clients.sagemaker(region);
      if (!(await settled(endpoint, signal))) return;
      await optional('delete the endpoint', () =>
        client.send(new sdk.DeleteEndpointCommand({ EndpointName: endpoint }), abort(signal)),
      );
      const left = await settled(endpoint, signal);
      if (left) {
        throw new UserError(
          'unavailable',
          `The endpoint ${endpoint} could not be deleted: ${left.EndpointStatus ?? ''}.`,
          {
            fix: 'Try again, or delete it in the console: it costs until then.',
          },
        );
      }
    },
    /** Deletes configurations and models of earlier deployments of an endpoint. */
    async removeOld(endpoint: string, keep: readonly string[], signal?: AbortSignal): Promise<void> {
      for (const name of await configsOf(endpoint, signal)) {
        if (!keep.includes(name)) await removeConfig(name, signal);
      }
      for (const name of await modelsOf(endpoint, signal)) {
        if (!keep.includes(name)) await removeModel(name, signal);
      }
    },
  };
}
export type Deployments = ReturnType<typeof createDeployments>;
