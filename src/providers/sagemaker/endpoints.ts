import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import { remove } from '../../core/files';
import type { Capacity, Endpoint, Model } from '../../core/model';
import type { Endpoints } from '../../core/provider';
import { bringCaptures } from './capture';
import { abort, type Clients } from './clients';
import { type Config, readConfig } from './config';
import { createDeployments, type Deployments, STATUSES } from './deployments';
import { endpointEstimate } from './endpoint-estimate';
import {
  capacityFor,
  capturePrefix,
  configRequest,
  deploymentName,
  endpointPlace,
  endpointTags,
  invocationsUrl,
  modelRequest,
} from './endpoint-requests';
import { servingImage } from './images';
import { invoke, MOST_BYTES_SERVERLESS } from './invoke';
import { createIdle, createRunning, DEFAULT_IDLE_HOURS } from '../cloud/idle';
import { removeAll } from '../cloud/left';
import { endpointLogGroup, lineText, readLog, removeEndpointLog } from './logs';
import { planPackage, sendPackage } from './package';
import { requirePackage } from '../cloud/package';
import { endpointName, OURS } from '../cloud/names';
import { projectStore } from './regions';
import { priceOf } from './prices';
import { scale, scaleServing, unscale, unscaleRemoved } from './scaling';
import { served } from './served';
import { lastRequest, measured } from './statistics';
import { fromTag, tagText } from './tags';

export interface EndpointsContext {
  readonly paths: ProjectPaths;
  readonly host: Host;
  clients(): Promise<Clients>;
}

/** Endpoints on SageMaker: real-time machines, or serverless. All their state is in the account. */
export function createEndpoints(context: EndpointsContext): Endpoints {
  const { paths, host } = context;
  const made = new Map<Clients, Map<string, Deployments>>();
  /** Endpoints by whether they are serverless. */
  const kinds = new Map<string, boolean>();
  const idleness = createIdle(host);
  const running = createRunning(host);

  async function open(name: string): Promise<{
    config: Config;
    clients: Clients;
    endpoint: string;
    deployments: Deployments;
  }> {
    const config = await readConfig(paths);
    const clients = await context.clients();
    const byRegion = made.get(clients) ?? new Map<string, Deployments>();
    made.set(clients, byRegion);
    const deployments = byRegion.get(config.region) ?? createDeployments(clients, config.region);
    byRegion.set(config.region, deployments);
    return { config, clients, endpoint: endpointName(config, name), deployments };
  }

  const captureFolder = (name: string): string => path.join(paths.ml, 'captures', name);

  async function plan(name: string, model: Model, capacity: Capacity | undefined, signal?: AbortSignal) {
    const opened = await open(name);
    const { config, clients } = opened;
    await requirePackage(model);
    const image = servingImage(config);
    const store = await projectStore(clients, config, signal);
    const packed = await planPackage({ paths, host, config, image, store, model }, signal);
    return { ...opened, image, store, packed, chosen: capacityFor(config, capacity) };
  }

  async function get(name: string, signal?: AbortSignal): Promise<Endpoint> {
    const { config, clients, endpoint, deployments } = await open(name);
    const found = await deployments.describe(endpoint, signal);
    if (!found) return stopped(name, signal);
    const serving = await deployments.deployed(found.EndpointConfigName ?? '', signal);
    const status = STATUSES[found.EndpointStatus ?? 'Failed'] ?? 'failed';
    const reason = found.FailureReason;
    const count = found.ProductionVariants?.[0]?.CurrentInstanceCount ?? 1;
    const type = status === 'ready' || status === 'updating' ? serving?.machine : undefined;
    const price = async (): Promise<number | undefined> =>
      (await priceOf({ host, clients, config }, type ?? '', 'endpoint', signal))?.price;
    const { region } = config;
    const machines = type === undefined ? undefined : await running({ type, count, region }, price);
    const since = found.LastModifiedTime ?? host.now();
    const idle =
      status === 'ready' && type !== undefined
        ? await idleness.of({
            endpoint,
            limitHours: config.settings.endpoint?.idleHours ?? DEFAULT_IDLE_HOURS,
            since,
            count,
            price,
            lastRequest: () => lastRequest(clients, { region, endpoint, since, now: host.now() }, signal),
          })
        : undefined;
    return {
      name,
      status,
      url: invocationsUrl(config.region, endpoint),
      model: serving?.model ?? '',
      version: serving?.version ?? 0,
      provider: 'sagemaker',
      created: (found.CreationTime ?? host.now()).toISOString(),
      updated: (found.LastModifiedTime ?? host.now()).toISOString(),
      place: {
        ...endpointPlace(config, endpoint),
        ...(serving?.machine === undefined ? {} : { machine: serving.machine }),
      },
      ...(machines ? { machines } : {}),
      ...(idle ? { idle } : {}),
      ...(status === 'failed'
        ? { error: { kind: 'unavailable', message: reason ?? 'SageMaker gives no reason.' } }
        : {}),
    };
  }

  /** Its configuration is kept, so that it can be started again; without one it was never here, or was deleted. */
  async function stopped(name: string, signal?: AbortSignal): Promise<Endpoint> {
    const { config, endpoint, deployments } = await open(name);
    const [newest] = await deployments.configsOf(endpoint, signal);
    const serving = newest === undefined ? undefined : await deployments.deployed(newest, signal);
    if (!serving) {
      throw new UserError('notFound', `The endpoint "${name}" is not on SageMaker (${config.region}).`, {
        fix: 'Deploy the model.',
      });
    }
    const time = host.now().toISOString();
    return {
      name,
      status: 'stopped',
      model: serving.model,
      version: serving.version,
      provider: 'sagemaker',
      created: time,
      updated: time,
      place: endpointPlace(config, endpoint),
    };
  }

  /** Makes model and configuration, then lets `start` make or change the endpoint; what did not come to serve is deleted again. */
  async function roll(
    name: string,
    model: Model,
    capacity: Capacity | undefined,
    kind: 'create' | 'update',
    signal?: AbortSignal,
  ): Promise<Endpoint> {
    const planned = await plan(name, model, capacity, signal);
    const { config, clients, endpoint, deployments, image, store, packed, chosen } = planned;
    await sendPackage({ host, config, image, store, model }, packed, signal);
    const deployment = deploymentName(endpoint, host.now());
    const packageUri = store.uri(packed.key);
    const { requirements } = packed;
    const from = { config, image, model, name, endpoint, deployment, packageUri, chosen, requirements };
    const { sdk, client } = await clients.sagemaker(config.region);
    const names = { EndpointName: endpoint, EndpointConfigName: deployment };
    const doing = `deploy ${model.name}@${model.version}`;
    // As many machines as scaling has come to serve on, and not as few as it began with.
    const scaled = kind === 'update' && config.settings.endpoint?.scale && 'machine' in chosen;
    const kept =
      scaled && !(await isServerless(deployments, endpoint, signal))
        ? { RetainAllVariantProperties: true }
        : {};
    try {
      await clients.calling(doing, () =>
        client.send(new sdk.CreateModelCommand(modelRequest(from)), abort(signal)),
      );
      await clients.calling(doing, () =>
        client.send(new sdk.CreateEndpointConfigCommand(configRequest(from)), abort(signal)),
      );
      if (kind === 'update') await unscale(clients, config, endpoint, signal);
      await clients.calling(doing, () =>
        kind === 'create'
          ? client.send(
              new sdk.CreateEndpointCommand({ ...names, Tags: endpointTags(config, name) }),
              abort(signal),
            )
          : client.send(new sdk.UpdateEndpointCommand({ ...names, ...kept }), abort(signal)),
      );
      await served({ clients, region: config.region, deployments }, endpoint, deployment, signal);
      // An endpoint that is new is not there at all unless it is scaled; an update serves by now, whatever comes of that.
      if (kind === 'create' && 'machine' in chosen) await scale(clients, config, endpoint, signal);
    } catch (error) {
      await giveUp(planned, deployment, kind, error);
      // An answer that the cancel cut off looks like a broken connection.
      signal?.throwIfAborted();
      throw error;
    }
    kinds.delete(endpoint);
    const unscaled: Error | undefined =
      kind === 'update' && 'machine' in chosen
        ? await scaleServing(clients, config, { endpoint, name, model }, signal)
        : undefined;
    await deployments.removeOld(endpoint, [deployment]);
    if (unscaled) throw unscaled;
    return get(name, signal);
  }

  /** Nothing of a deployment that failed stays; an endpoint that served before goes on serving. */
  async function giveUp(
    { config, clients, endpoint, deployments, store, packed }: Awaited<ReturnType<typeof plan>>,
    deployment: string,
    kind: 'create' | 'update',
    error: unknown,
  ): Promise<void> {
    try {
      if (kind === 'create') {
        // Another window may have made one of this name meanwhile: that is not this deployment's.
        const found = await deployments.describe(endpoint);
        if (found?.EndpointConfigName === deployment) await deployments.removeEndpoint(endpoint);
      } else {
        const now = await deployments.settled(endpoint);
        const serving = await deployments.deployed(now?.EndpointConfigName ?? '');
        if (serving?.serverless === false) {
          await scale(clients, config, endpoint).catch((refused: unknown) => host.log(String(refused)));
        }
        // Cancelled here, but it serves by now: then it is the one that serves, and what served before is not needed any more.
        if (now?.EndpointConfigName === deployment) {
          await deployments.removeOld(endpoint, [deployment]);
          return;
        }
      }
      await deployments.removeConfig(deployment);
      await deployments.removeModel(deployment);
      // What was there before, or serves elsewhere by now, is not this deployment's.
      if (!packed.there && !(await deployments.serves(store.uri(packed.key))))
        await store.remove([packed.key]);
    } catch (second) {
      host.log(`After "${String(error)}" not everything could be deleted: ${String(second)}`);
    }
  }

  async function refuseForeign(name: string, signal?: AbortSignal): Promise<void> {
    const { config, clients, endpoint, deployments } = await open(name);
    const found = await deployments.describe(endpoint, signal);
    if (!found?.EndpointArn) return;
    const { sdk, client } = await clients.sagemaker(config.region);
    const { Tags = [] } = await clients.calling('look at the endpoint', () =>
      client.send(new sdk.ListTagsCommand({ ResourceArn: found.EndpointArn }), abort(signal)),
    );
    if (Tags.some((one) => one.Key === 'mll:endpoint' && one.Value === tagText(name))) return;
    throw new UserError(
      'conflict',
      `An endpoint ${endpoint} is in this account already, and it is not of this project.`,
      {
        fix: 'Deploy under another name.',
      },
    );
  }

  async function deploy(
    name: string,
    model: Model,
    capacity?: Capacity,
    signal?: AbortSignal,
  ): Promise<Endpoint> {
    const { endpoint, deployments } = await open(name);
    await refuseForeign(name, signal);
    const found = await deployments.settled(endpoint, signal);
    if (found?.EndpointStatus === 'InService') return roll(name, model, capacity, 'update', signal);
    // What failed cannot be updated.
    if (found) await deployments.removeEndpoint(endpoint, signal);
    return roll(name, model, capacity, 'create', signal);
  }

  return {
    mostBytes: MOST_BYTES_SERVERLESS,
    deploy,
    get,
    async estimate(name, model, capacity, signal) {
      const planned = await plan(name, model, capacity, signal);
      const { clients, config, chosen } = planned;
      const price =
        'machine' in chosen
          ? await priceOf({ host, clients, config }, chosen.machine, 'endpoint', signal)
          : undefined;
      return endpointEstimate(planned, { name, model, price }, signal);
    },
    async update(name, model, capacity, signal) {
      const { endpoint, deployments } = await open(name);
      const found = await deployments.settled(endpoint, signal);
      if (!found) {
        throw new UserError('notFound', `The endpoint "${name}" is not on SageMaker.`, {
          fix: 'Deploy the model.',
        });
      }
      return deploy(name, model, capacity, signal);
    },
    async list(signal) {
      const { config, clients } = await open('');
      const { sdk, client } = await clients.sagemaker(config.region);
      const all: Endpoint[] = [];
      for (let next: string | undefined; ;) {
        const page = await clients.calling('list the endpoints', () =>
          client.send(
            new sdk.ListEndpointsCommand({
              NameContains: OURS,
              ...(next === undefined ? {} : { NextToken: next }),
            }),
            abort(signal),
          ),
        );
        for (const one of page.Endpoints ?? []) {
          const { Tags = [] } = await clients.calling('look at the endpoints', () =>
            client.send(new sdk.ListTagsCommand({ ResourceArn: one.EndpointArn }), abort(signal)),
          );
          const tag = (key: string): string | undefined => Tags.find((tagged) => tagged.Key === key)?.Value;
          const name = fromTag(tag('mll:endpoint') ?? '');
          if (name !== '' && endpointName(config, name) === one.EndpointName)
            all.push(await get(name, signal));
        }
        next = page.NextToken;
        if (next === undefined) return all;
      }
    },
    async invoke(name, rows, signal) {
      const { config, clients, endpoint, deployments } = await open(name);
      const serverless = await isServerless(deployments, endpoint, signal);
      idleness.asked(endpoint);
      return invoke(clients, { region: config.region, endpoint, name, serverless }, rows, signal);
    },
    async stop(name, signal) {
      const { config, clients, endpoint, deployments } = await open(name);
      await unscaleRemoved(clients, config, endpoint, (line) => host.log(line), signal);
      await deployments.removeEndpoint(endpoint, signal);
    },
    async remove(name, signal) {
      const { config, clients, endpoint, deployments } = await open(name);
      await unscaleRemoved(clients, config, endpoint, (line) => host.log(line), signal);
      await deployments.removeEndpoint(endpoint, signal);
      await deployments.removeOld(endpoint, [], signal);
      const store = await clients.store(config.region, config.bucket);
      await removeAll(store, capturePrefix(config, endpoint), signal);
      await removeEndpointLog(clients, config.region, endpoint, (line) => host.log(line));
      await remove(captureFolder(name));
    },
    async logs(name, cursor, signal) {
      const { config, clients, endpoint } = await open(name);
      const place = { region: config.region, group: endpointLogGroup(endpoint), prefix: '' };
      const chunk = await readLog(clients, place, cursor, signal);
      return { ...chunk, items: chunk.items.map(lineText) };
    },
    async captureFiles(name, signal) {
      const { config, clients, endpoint } = await open(name);
      const store = await clients.store(config.region, config.bucket);
      return bringCaptures(store, capturePrefix(config, endpoint), captureFolder(name), signal);
    },
    async measured(name, since, signal) {
      const { config, clients, endpoint } = await open(name);
      return measured(clients, { region: config.region, endpoint, since, now: host.now() }, signal);
    },
    async access(name, signal) {
      const { config, endpoint } = await open(name);
      await get(name, signal);
      return {
        url: invocationsUrl(config.region, endpoint),
        signed: { by: 'aws', region: config.region, endpoint },
      };
    },
  };

  /** Which limit of size holds; a look for each endpoint once, as a configuration never changes. */
  async function isServerless(
    deployments: Deployments,
    endpoint: string,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const known = kinds.get(endpoint);
    if (known !== undefined) return known;
    const found = await deployments.describe(endpoint, signal);
    const serving = await deployments.deployed(found?.EndpointConfigName ?? '', signal);
    if (serving) kinds.set(endpoint, serving.serverless);
    return serving?.serverless ?? false;
  }
}
