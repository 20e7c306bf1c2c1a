import type { Host, ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import type { Account, Resource } from '../../core/provider';
import { removeAll } from '../cloud/left';
import { filesBelow, folderOf, removeInOrder } from '../cloud/resources';
import { loggedTables, removeCaptures, removeLogged } from './capture';
import type { Clients } from './clients';
import { type Config, consoleUrl, parentOf, readConfig } from './config';
import { createDeployments, deployedOn, optional, projectFilter } from './deployments';
import { endpointId, endpointPlace, idOf, servedOf } from './endpoint-requests';
import { mainOf } from './endpoint-state';
import { describeJob, isoTime } from './job-state';
import { carriedOut } from './operations';
import { priceOf } from './prices';

/** Folders below the prefix that the project's files lie in. */
const FOLDERS = { 'runs/': 'runs', 'data/': 'data', 'models/': 'models that were deployed' };
/** States of a job that costs, or will. */
const OPEN = ['QUEUED', 'PENDING', 'RUNNING', 'CANCELLING'].map((one) => `JOB_STATE_${one}`);
const STOPPING = 'stopping';
const HOUR = 3_600_000;

/** All that the project made in Google Cloud, by its labels, and how it is deleted. */
export function createResources(
  paths: ProjectPaths,
  host: Host,
  clientsOf: () => Promise<Clients>,
): Pick<Account, 'resources' | 'remove'> {
  async function endpoints(config: Config, clients: Clients, signal?: AbortSignal): Promise<Resource[]> {
    const client = await clients.endpoints(config.region);
    const parent = parentOf(config.account, config.region);
    const [all] = await clients.calling(
      'list the endpoints',
      () => client.listEndpoints({ parent, filter: projectFilter(config) }),
      signal,
    );
    return Promise.all(
      all.map(async (endpoint): Promise<Resource> => {
        const main = mainOf(endpoint);
        const machine = main?.dedicatedResources?.machineSpec?.machineType ?? undefined;
        const created = isoTime(endpoint.createTime);
        const since = isoTime(main?.createTime);
        const price =
          machine === undefined
            ? undefined
            : await priceOf({ host, clients, config }, machine, 'endpoint', signal);
        const hours = since === undefined ? 0 : (host.now().getTime() - Date.parse(since)) / HOUR;
        const count = main?.dedicatedResources?.minReplicaCount ?? 1;
        const served = deployedOn(endpoint).flatMap(({ displayName }) => displayName ?? []);
        return {
          kind: 'endpoint',
          name: endpoint.name ?? '',
          title: endpoint.displayName ?? '',
          status: served.length === 0 ? 'nothing is deployed' : `serves ${served.join(' and ')}`,
          ...(created === undefined ? {} : { created }),
          ...(machine === undefined ? {} : { machine }),
          ...(price === undefined ? {} : { cost: price.price * count * Math.max(0, hours) }),
          console: endpointPlace(config, idOf(endpoint.name)).console,
        };
      }),
    );
  }

  async function models(config: Config, clients: Clients): Promise<Resource[]> {
    const client = await clients.models(config.region);
    const parent = parentOf(config.account, config.region);
    const [all] = await clients.calling('list the models', () =>
      client.listModels({ parent, filter: projectFilter(config) }),
    );
    return all.map((model) => {
      const created = isoTime(model.createTime);
      const served = servedOf(model.versionDescription);
      return {
        kind: 'model',
        name: model.name ?? '',
        title: served === undefined ? (model.displayName ?? '') : served.model,
        ...(created === undefined ? {} : { created }),
        console: consoleUrl(config.account, `models/locations/${config.region}/models/${idOf(model.name)}`),
      };
    });
  }

  async function jobs(config: Config, clients: Clients): Promise<Resource[]> {
    const client = await clients.jobs(config.region);
    const parent = parentOf(config.account, config.region);
    const [all] = await clients.calling('list the jobs', () =>
      client.listCustomJobs({ parent, filter: projectFilter(config) }),
    );
    // Jobs that have ended cost nothing: they are the project's history.
    return all
      .filter((job) => OPEN.includes(String(job.state)))
      .map((job) => {
        const created = isoTime(job.createTime);
        const machine = job.jobSpec?.workerPoolSpecs?.[0]?.machineSpec?.machineType;
        return {
          kind: 'job',
          name: job.name ?? '',
          title: job.displayName ?? '',
          status: describeJob(job).stage ?? 'running',
          ...(job.labels?.mll_run === undefined ? {} : { run: job.labels.mll_run }),
          ...(created === undefined ? {} : { created }),
          ...(machine ? { machine } : {}),
          console: consoleUrl(config.account, 'training/custom-jobs'),
        };
      });
  }

  /** None where BigQuery may not be looked at, or is switched off. */
  async function captured(config: Config, clients: Clients, signal?: AbortSignal): Promise<Resource[]> {
    try {
      const tables = await loggedTables(clients, config, signal);
      return tables.map(({ uri, bytes }) => ({
        kind: 'files',
        name: uri,
        title: 'captured requests',
        bytes,
      }));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      host.log(`Captured requests could not be listed: ${error.message}`);
      return [];
    }
  }

  async function resources(signal?: AbortSignal): Promise<Resource[]> {
    const config = await readConfig(paths);
    const clients = await clientsOf();
    const store = await clients.store(config.bucket);
    const all = await Promise.all([
      endpoints(config, clients, signal),
      models(config, clients),
      jobs(config, clients),
      optional(() => filesBelow(store, config.prefix, FOLDERS, signal)),
      captured(config, clients, signal),
    ]);
    return all.flatMap((one) => one ?? []);
  }

  async function removeOne(
    config: Config,
    clients: Clients,
    one: Resource,
    signal?: AbortSignal,
  ): Promise<void> {
    const deployments = createDeployments(clients, config);
    switch (one.kind) {
      case 'endpoint': {
        const id = idOf(one.name);
        await deployments.removeEndpoint(id, signal);
        // What another endpoint of the same name logged is listed by itself.
        if (id === endpointId(config, one.title ?? '')) await removeCaptures(clients, config, id, signal);
        return;
      }
      case 'model': {
        const client = await clients.models(config.region);
        await optional(() =>
          carriedOut(
            clients,
            client,
            'delete the model',
            () => client.deleteModel({ name: one.name }),
            signal,
          ),
        );
        return;
      }
      case 'job': {
        const client = await clients.jobs(config.region);
        await clients.calling('stop the job', () => client.cancelCustomJob({ name: one.name }), signal);
        return;
      }
      default: {
        if (one.name.startsWith('bq://')) return removeLogged(clients, config, one.name, signal);
        const store = await clients.store(config.bucket);
        return removeAll(store, folderOf(store, config.prefix, FOLDERS, one.name), signal);
      }
    }
  }

  return {
    resources,
    async remove(wanted, signal) {
      const config = await readConfig(paths);
      const clients = await clientsOf();
      return removeInOrder(wanted, {
        remove: (one) => removeOne(config, clients, one, signal),
        list: () => resources(signal),
        isEnding: (one) => one.kind === 'job' && one.status === STOPPING,
      });
    },
  };
}
