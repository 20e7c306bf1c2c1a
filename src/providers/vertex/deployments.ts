import { UserError } from '../../core/errors';
import type { Model } from '../../core/model';
import { until } from '../cloud/waiting';
import type { Clients } from './clients';
import { type Config, parentOf } from './config';
import {
  aliasOf,
  type DeployedModel,
  type Endpoint,
  endpointPath,
  modelId,
  modelPath,
  newEndpoint,
  uploadedModel,
} from './endpoint-requests';
import { carriedOut, isBusy, type Started } from './operations';
import type { Chosen } from './serving-image';

/** A resource with what runs on it, at one moment. */
export interface Seen {
  readonly endpoint: Endpoint;
  /** An operation on it has not ended. */
  readonly busy: boolean;
}

export const deployedOn = ({ deployedModels }: Endpoint): readonly DeployedModel[] => deployedModels ?? [];
export const shareOf = ({ trafficSplit }: Endpoint, id: string | null | undefined): number =>
  trafficSplit?.[id ?? ''] ?? 0;

/** Undefined where there is no such thing (any more). */
export async function optional<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof UserError && error.kind === 'notFound') return undefined;
    throw error;
  }
}

/** Models and endpoints of a project's region as Vertex AI has them. */
export function createDeployments(clients: Clients, config: Config) {
  const { region } = config;

  /** Undefined when there is none of that id. */
  async function look(id: string): Promise<Seen | undefined> {
    const client = await clients.endpoints(region);
    const name = endpointPath(config, id);
    const endpoint = await optional(async () => {
      const [found] = await clients.calling('look at the endpoint', () => client.getEndpoint({ name }));
      return found;
    });
    return endpoint && { endpoint, busy: await isBusy(clients, client, name) };
  }

  /** Resolves once no operation works on it; undefined when it is gone. */
  async function settled(id: string, signal?: AbortSignal): Promise<Endpoint | undefined> {
    const found = await until(async () => {
      const now = await look(id);
      return now?.busy ? undefined : { now };
    }, signal);
    return found.now?.endpoint;
  }

  async function undeploy(id: string, deployed: DeployedModel, signal?: AbortSignal): Promise<void> {
    const client = await clients.endpoints(region);
    const endpoint = endpointPath(config, id);
    await optional(() =>
      carriedOut(
        clients,
        client,
        'undeploy the model',
        () => client.undeployModel({ endpoint, deployedModelId: deployed.id ?? '' }),
        signal,
      ),
    );
  }

  /** Uploads the version where it is not there as it shall be, and gives its name. */
  async function upload(
    from: { model: Model; image: Chosen; artifactUri: string; bootstrap: string },
    signal?: AbortSignal,
  ): Promise<string> {
    const { model } = from;
    const client = await clients.models(region);
    const wanted = uploadedModel(config, from);
    const path = modelPath(config, model);
    const get = (name: string) =>
      optional(async () => {
        const [found] = await clients.calling('look at the model', () => client.getModel({ name }));
        return found;
      });
    const version = `${path}@${aliasOf(model)}`;
    const known = await get(version);
    const same =
      known?.artifactUri === wanted.artifactUri &&
      known?.containerSpec?.imageUri === wanted.containerSpec?.imageUri &&
      known?.containerSpec?.command?.at(-1) === wanted.containerSpec?.command?.at(-1);
    if (!same) {
      const parentModel =
        (known ?? (await get(path))) ? { parentModel: path } : { modelId: modelId(config, model) };
      const { serviceAccount } = config.settings;
      await carriedOut(
        clients,
        client,
        `upload ${model.name}@${model.version}`,
        () =>
          client.uploadModel({
            parent: parentOf(config.account, region),
            ...parentModel,
            model: wanted,
            ...(serviceAccount === undefined ? {} : { serviceAccount }),
          }),
        signal,
      );
    }
    const { versionId } = (await get(version)) ?? {};
    return `${path}@${versionId ?? aliasOf(model)}`;
  }

  /** Deletes versions of the project's models that are deployed nowhere, and models of which none is left. */
  async function removeUnused(signal?: AbortSignal): Promise<void> {
    const client = await clients.models(region);
    for (const name of await models()) {
      const [versions] = await clients.calling(
        'list the versions of the model',
        () => client.listModelVersions({ name }),
        signal,
      );
      const unused = versions.filter((one) => (one.deployedModels ?? []).length === 0);
      const gone = (work: () => Promise<Started>): Promise<unknown> =>
        optional(() => carriedOut(clients, client, 'delete the model', work, signal));
      if (unused.length === versions.length) {
        await gone(() => client.deleteModel({ name }));
        continue;
      }
      const used = versions.filter((one) => !unused.includes(one));
      for (const one of unused) {
        if (one.versionAliases?.includes('default')) {
          // A default cannot be deleted: another version becomes it.
          await clients.calling('name the default version', () =>
            client.mergeVersionAliases({
              name: `${name}@${used[0]?.versionId ?? ''}`,
              versionAliases: ['default'],
            }),
          );
        }
        await gone(() => client.deleteModelVersion({ name: `${name}@${one.versionId ?? ''}` }));
      }
    }
  }

  /** Names of the project's models. */
  async function models(): Promise<string[]> {
    const client = await clients.models(region);
    const [all] = await clients.calling('list the models', () =>
      client.listModels({ parent: parentOf(config.account, region), filter: projectFilter(config) }),
    );
    return [...new Set(all.map((one) => one.name ?? ''))].filter((name) => name !== '');
  }

  return {
    look,
    settled,
    upload,
    undeploy,
    removeUnused,
    models,
    async create(id: string, name: string, signal?: AbortSignal): Promise<void> {
      const client = await clients.endpoints(region);
      await carriedOut(
        clients,
        client,
        'make the endpoint',
        () =>
          client.createEndpoint({
            parent: parentOf(config.account, region),
            endpointId: id,
            endpoint: newEndpoint(config, id, name),
          }),
        signal,
      );
    },
    async deploy(
      id: string,
      deployed: DeployedModel,
      trafficSplit: Record<string, number>,
      signal?: AbortSignal,
    ): Promise<void> {
      const client = await clients.endpoints(region);
      const endpoint = endpointPath(config, id);
      await carriedOut(
        clients,
        client,
        `deploy ${deployed.displayName ?? ''}`,
        () => client.deployModel({ endpoint, deployedModel: deployed, trafficSplit }),
        signal,
      );
    },
    /** Gives deployed models the traffic in percent, and notes what they are: a stopped endpoint still tells. */
    async shift(
      id: string,
      shares: readonly (readonly [DeployedModel, number])[],
      description: string,
      signal?: AbortSignal,
    ): Promise<void> {
      const client = await clients.endpoints(region);
      const name = endpointPath(config, id);
      const { displayName = '' } = (await look(id))?.endpoint ?? {};
      await clients.calling(
        'shift the traffic',
        () =>
          client.updateEndpoint({
            endpoint: {
              name,
              displayName,
              trafficSplit: Object.fromEntries(shares.map(([one, percent]) => [one.id ?? '', percent])),
              description,
            },
            updateMask: { paths: ['traffic_split', 'description'] },
          }),
        signal,
      );
    },
    /** Deletes the endpoint with all that is deployed on it, and resolves when it is gone. Billing ends with it. */
    async removeEndpoint(id: string, signal?: AbortSignal): Promise<void> {
      const found = await settled(id, signal);
      if (!found) return;
      for (const one of byTraffic(found)) await undeploy(id, one, signal);
      const client = await clients.endpoints(region);
      const name = endpointPath(config, id);
      await optional(() =>
        carriedOut(clients, client, 'delete the endpoint', () => client.deleteEndpoint({ name }), signal),
      );
    },
  };
}
export type Deployments = ReturnType<typeof createDeployments>;

/** Those that get traffic come last: Vertex AI undeploys them only when nothing else is there. */
export const byTraffic = (endpoint: Endpoint): DeployedModel[] =>
  deployedOn(endpoint).toSorted((a, b) => shareOf(endpoint, a.id) - shareOf(endpoint, b.id));

/** What the lists of the project's own resources ask for. */
export const projectFilter = (config: Config): string =>
  `labels.mll_project="${newEndpoint(config, '', '').labels?.mll_project ?? ''}"`;
