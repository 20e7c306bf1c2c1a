import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import { fileError, remove } from '../../core/files';
import type { Capacity, Endpoint, Model } from '../../core/model';
import type { Endpoints } from '../../core/provider';
import { goneEndpoint } from '../cloud/asked';
import { createIdle, createRunning, DEFAULT_IDLE_HOURS } from '../cloud/idle';
import { madeWith, planPackage, requirePackage, sendPackage } from '../cloud/package';
import { servingPackages } from '../cloud/pinned';
import { bringCaptures, ensureLogPlace, removeCaptures } from './capture';
import type { Clients } from './clients';
import { type Config, parentOf, readConfig } from './config';
import {
  createDeployments,
  deployedOn,
  type Deployments,
  projectFilter,
  type Seen,
  shareOf,
} from './deployments';
import {
  capturePercent,
  type DeployedModel,
  deployedModel,
  type Endpoint as GoogleEndpoint,
  endpointId,
  endpointLabels,
  endpointPlace,
  idOf,
  MOST_BYTES,
  predictUrl,
  replicasFor,
  servedOf,
  servedText,
} from './endpoint-requests';
import { endpointEstimate } from './endpoint-estimate';
import {
  halfWay,
  isSame,
  mainOf,
  mainOfText,
  sharesText,
  sharesWith,
  splitOf,
  splitWith,
  statusOf,
} from './endpoint-state';
import { invoke, isUnserved } from './invoke';
import { isoTime } from './job-state';
import { lastLines, readLog } from './logs';
import { priceOf } from './prices';
import { servingImage } from './serving-image';
import { lastRequest, measured } from './statistics';

const SHOWN_LINES = 12;

export interface EndpointsContext {
  readonly paths: ProjectPaths;
  readonly host: Host;
  clients(): Promise<Clients>;
}

/** Endpoints on Vertex AI. All their state is in the project of Google Cloud. */
export function createEndpoints(context: EndpointsContext): Endpoints {
  const { paths, host } = context;
  /** Addresses of endpoints that have one of their own, '' for the others. */
  const addresses = new Map<string, string>();
  const idleness = createIdle(host);
  const running = createRunning(host);

  interface Opened {
    readonly config: Config;
    readonly clients: Clients;
    readonly id: string;
    readonly deployments: Deployments;
  }
  async function open(name: string): Promise<Opened> {
    const config = await readConfig(paths);
    const clients = await context.clients();
    return { config, clients, id: endpointId(config, name), deployments: createDeployments(clients, config) };
  }

  const captureFolder = (name: string): string => path.join(paths.ml, 'captures', name);

  async function plan(name: string, model: Model, capacity: Capacity | undefined, signal?: AbortSignal) {
    const opened = await open(name);
    const { config, clients } = opened;
    await requirePackage(model);
    const replicas = replicasFor(config, capacity);
    const image = servingImage(config, await madeWith(model));
    const store = await clients.store(config.bucket);
    const packed = await planPackage(
      model,
      {
        title: 'Vertex AI',
        provider: 'vertex',
        store,
        prefix: config.prefix,
        image,
        requirements: [...(await servingPackages(host, 'vertex')), ...image.lacks],
        alongside: ['numpy', 'joblib'],
        salt: 'vertex',
      },
      signal,
    );
    return { ...opened, image, store, packed, replicas };
  }

  async function describe(name: string, opened: Opened, seen: Seen, signal?: AbortSignal): Promise<Endpoint> {
    const { config, clients, id } = opened;
    const { endpoint } = seen;
    const main = mainOf(endpoint);
    const serving = servedOf(main?.displayName) ?? mainOfText(endpoint.description);
    const status = statusOf(seen);
    const resources = main?.dedicatedResources;
    const type = resources?.machineSpec?.machineType ?? undefined;
    const count = resources?.minReplicaCount ?? 1;
    const price = async (): Promise<number | undefined> =>
      (await priceOf({ host, clients, config }, type ?? '', 'endpoint', signal))?.price;
    const machines =
      type === undefined ? undefined : await running({ type, count, region: config.region }, price);
    const time = (at: GoogleEndpoint['createTime']): string => isoTime(at) ?? host.now().toISOString();
    const since = new Date(time(main?.createTime ?? endpoint.updateTime));
    const idle =
      status === 'ready'
        ? await idleness.of({
            endpoint: id,
            limitHours: config.settings.endpoint?.idleHours ?? DEFAULT_IDLE_HOURS,
            since,
            count,
            price,
            lastRequest: () =>
              lastRequest(clients, { account: config.account, id, since, now: host.now() }, signal),
          })
        : undefined;
    const split = splitOf(endpoint);
    const error = status === 'ready' ? halfWay(name, endpoint, host.now()) : undefined;
    return {
      name,
      status,
      url: predictUrl(config, id, endpoint.dedicatedEndpointDns ?? ''),
      model: serving?.model ?? '',
      version: serving?.version ?? 0,
      provider: 'vertex',
      created: time(endpoint.createTime),
      updated: time(endpoint.updateTime),
      place: endpointPlace(config, id, type),
      ...(machines ? { machines } : {}),
      ...(idle ? { idle } : {}),
      ...(split ? { split } : {}),
      ...(error ? { error } : {}),
    };
  }

  const missing = (name: string, { region }: Config): UserError =>
    new UserError('notFound', `The endpoint "${name}" is not on Vertex AI (${region}).`, {
      fix: 'Deploy the model. If it serves in another region, set that one again ("region" of "providers: vertex:"): endpoints and models stay in the region in which they were made.',
    });

  async function get(name: string, signal?: AbortSignal): Promise<Endpoint> {
    const opened = await open(name);
    const seen = await opened.deployments.look(opened.id);
    if (!seen) throw missing(name, opened.config);
    return describe(name, opened, seen, signal);
  }

  /** Refuses an endpoint that somebody else made under this id. */
  function refuseForeign({ config, id }: Opened, endpoint: GoogleEndpoint): void {
    const { mll_project: wanted } = endpointLabels(config, id);
    if (endpoint.labels?.mll_project === wanted && endpoint.labels?.mll_endpoint === id) return;
    throw new UserError(
      'conflict',
      `An endpoint ${id} is in this project of Google Cloud already, and it is not of this folder's project.`,
      { fix: 'Deploy under another name.' },
    );
  }

  /**
   * Makes the model serve: uploaded, deployed beside what serves now, given all the traffic (or so many percent of it) once it
   * answers; then the others go. What did not come to serve is undeployed again.
   */
  async function deploy(
    name: string,
    model: Model,
    capacity?: Capacity,
    signal?: AbortSignal,
    percent = 100,
  ): Promise<Endpoint> {
    const planned = await plan(name, model, capacity, signal);
    const { config, clients, id, deployments, image, store, packed, replicas } = planned;
    const before = await deployments.settled(id, signal);
    if (before) refuseForeign(planned, before);
    await sendPackage({ host, store, model }, packed, () => Promise.resolve([]), signal);
    if (!before) {
      if (capturePercent(config) > 0) await ensureLogPlace(clients, config, id, signal);
      await deployments.create(id, name, signal);
    }
    const artifactUri = store.uri(path.posix.dirname(packed.key));
    const bootstrap = await bootstrapText(host);
    const uploaded = await deployments.upload({ model, image, artifactUri, bootstrap }, signal);
    const others = before ? deployedOn(before) : [];
    const wanted = deployedModel(config, { model, path: uploaded, replicas });
    const same = others.find((one) => isSame(one, wanted));
    try {
      if (!same) await deployments.deploy(id, wanted, splitWith(before), signal);
      const serving = same ?? wanted;
      const shares = sharesWith(serving, before, percent);
      await deployments.shift(id, shares, sharesText(shares), signal);
      const kept = new Set(shares.map(([one]) => one.id));
      for (const one of others) if (!kept.has(one.id)) await deployments.undeploy(id, one, signal);
    } catch (error) {
      const said = await whyNot(planned, error, signal);
      await giveUp(planned, before, wanted, error);
      throw said;
    }
    addresses.delete(id);
    await deployments.removeUnused(signal);
    return get(name, signal);
  }

  /** A model that did not come to serve, with the last lines of its container. */
  async function whyNot(
    { config, clients, id }: Opened,
    error: unknown,
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (!(error instanceof UserError) || !/model server/i.test(error.message)) return error;
    const place = { account: config.account, endpoint: id };
    const lines = (await lastLines(clients, place, 100, signal)).filter((line) => line.trim() !== '');
    const log =
      lines.length === 0
        ? 'Its log is empty.'
        : `Its log ends with:\n${lines.slice(-SHOWN_LINES).join('\n')}`;
    return new UserError('unavailable', `The model could not be served. ${error.message} ${log}`, {
      fix: 'Read the last lines above, mend it, and deploy again.',
      cause: error.cause,
    });
  }

  /** Nothing of a deployment that failed stays; an endpoint that served before goes on serving. */
  async function giveUp(
    { id, deployments }: Opened,
    before: GoogleEndpoint | undefined,
    wanted: DeployedModel,
    error: unknown,
  ): Promise<void> {
    try {
      if (!before) await deployments.removeEndpoint(id);
      else {
        const now = await deployments.settled(id);
        const half = now && deployedOn(now).find((one) => one.id === wanted.id);
        // Cancelled here, but it serves by now: then it is the one that serves.
        if (now && half && shareOf(now, half.id) === 0) await deployments.undeploy(id, half);
      }
      await deployments.removeUnused();
    } catch (second) {
      host.log(`After "${String(error)}" not everything could be undone: ${String(second)}`);
    }
  }

  /** Why an endpoint does not answer, in words: on its way, stopped, or gone. */
  async function whySilent(name: string, { deployments, id }: Opened, error: unknown): Promise<unknown> {
    const isGone = error instanceof UserError && error.kind === 'notFound';
    if (!isGone && !isUnserved(error)) return error;
    addresses.delete(id);
    const seen = await deployments.look(id);
    if (seen?.busy) {
      return new UserError(
        'unavailable',
        `The endpoint "${name}" is still being deployed, so nothing answers yet.`,
        {
          fix: 'Wait: Vertex AI takes some minutes for a machine and its container. "mll endpoints show" says when it is ready.',
          cause: error,
        },
      );
    }
    return goneEndpoint(name, 'Vertex AI', error);
  }

  async function addressOf({ clients, config, deployments, id }: Opened, name: string): Promise<string> {
    const known = addresses.get(id);
    if (known !== undefined) return known;
    const seen = await clients.calling('look at the endpoint', () => deployments.look(id));
    if (!seen) throw goneEndpoint(name, `Vertex AI (${config.region})`);
    const dns = seen.endpoint.dedicatedEndpointDns ?? '';
    addresses.set(id, dns);
    return dns;
  }

  return {
    mostBytes: MOST_BYTES,
    deploy,
    get,
    async estimate(name, model, capacity, signal) {
      const planned = await plan(name, model, capacity, signal);
      const { clients, config, replicas } = planned;
      const price = await priceOf({ host, clients, config }, replicas.machine, 'endpoint', signal);
      return endpointEstimate(planned, { name, model, price }, signal);
    },
    async update(name, model, capacity, signal) {
      const { config, deployments, id } = await open(name);
      if (!(await deployments.settled(id, signal))) throw missing(name, config);
      return deploy(name, model, capacity, signal);
    },
    async split(name, model, percent, capacity, signal) {
      const { config, deployments, id } = await open(name);
      const found = await deployments.settled(id, signal);
      if (!found) throw missing(name, config);
      if (!deployedOn(found).some((one) => one.displayName !== servedText(model))) {
        throw new UserError(
          'invalid',
          `No other version serves at "${name}", so the requests cannot be shared.`,
          { fix: `Share them with another version than ${servedText(model)}.` },
        );
      }
      return deploy(name, model, capacity, signal, percent);
    },
    async list(signal) {
      const opened = await open('');
      const { config, clients } = opened;
      const client = await clients.endpoints(config.region);
      const parent = parentOf(config.account, config.region);
      const [all] = await clients.calling(
        'list the endpoints',
        () => client.listEndpoints({ parent, filter: projectFilter(config) }),
        signal,
      );
      const found: Endpoint[] = [];
      for (const { displayName, name } of all) {
        const own = displayName ?? '';
        if (endpointId(config, own) === idOf(name)) found.push(await get(own, signal));
      }
      return found;
    },
    async invoke(name, rows, signal) {
      const opened = await open(name);
      const { config, clients, id } = opened;
      const dns = await addressOf(opened, name);
      idleness.asked(id);
      try {
        return await invoke(clients, { config, id, dns }, rows, signal);
      } catch (error) {
        throw await whySilent(name, opened, error);
      }
    },
    async stop(name, signal) {
      const { config, id, deployments } = await open(name);
      const found = await deployments.settled(id, signal);
      if (!found) throw missing(name, config);
      for (const one of deployedOn(found).toReversed()) await deployments.undeploy(id, one, signal);
    },
    async remove(name, signal) {
      const { config, clients, id, deployments } = await open(name);
      await deployments.removeEndpoint(id, signal);
      await deployments.removeUnused(signal);
      await removeCaptures(clients, config, id, signal).catch((error: unknown) => {
        // Where nothing is captured, BigQuery may well be switched off.
        if (!(error instanceof UserError) || capturePercent(config) > 0) throw error;
      });
      await remove(captureFolder(name));
    },
    async logs(name, cursor, signal) {
      const { config, clients, id } = await open(name);
      return readLog(clients, { account: config.account, endpoint: id }, cursor, signal);
    },
    async captureFiles(name, signal) {
      const { config, clients, id } = await open(name);
      return bringCaptures(clients, { config, id, folder: captureFolder(name) }, signal);
    },
    async measured(name, since, signal) {
      const { config, clients, id } = await open(name);
      return measured(clients, { account: config.account, id, since, now: host.now() }, signal);
    },
    async access(name) {
      const opened = await open(name);
      const dns = await addressOf(opened, name);
      return { url: predictUrl(opened.config, opened.id, dns), signed: { by: 'google' } };
    },
  };
}

/** The Python that a container starts with travels in its command. */
async function bootstrapText(host: Pick<Host, 'pythonFolder'>): Promise<string> {
  const file = path.join(host.pythonFolder, 'ml_lifecycle', 'vertex', 'bootstrap.py');
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, `read ${file}`);
  }
}
