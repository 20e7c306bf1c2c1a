import { UserError } from '../../core/errors';
import type { Account, MachineUse, Resource } from '../../core/provider';
import type { Host, ProjectPaths } from '../../core/api';
import { abort, type Clients } from './clients';
import { type Config, consoleUrl, readConfig } from './config';
import { createDeployments } from './deployments';
import { removeAll } from '../cloud/left';
import { isNotFound } from './errors';
import { foundations, PROJECT_TAG, removeFoundation } from './foundations';
import { isTrainingJob, soFar } from './job-cost';
import { removeEndpointLog } from './logs';
import { machinesOf, priceOf } from './prices';
import { findQuotas, quotaName } from './quotas';
import { OURS } from '../cloud/names';
import { filesBelow, folderOf, removeInOrder } from '../cloud/resources';
import { unscale } from './scaling';
import { fromTag, tagText } from './tags';

/** Folders below the prefix that the project's files lie in. */
const FOLDERS: Readonly<Record<string, string>> = {
  'runs/': 'runs',
  'data/': 'data',
  'models/': 'models that were deployed',
  'captures/': 'captured requests',
};

type Parts = Pick<Account, 'resources' | 'remove' | 'machines'>;
interface Listed {
  readonly name: string | undefined;
  readonly arn: string | undefined;
  readonly created: Date | undefined;
  readonly status?: string | undefined;
}

export function createResources(paths: ProjectPaths, host: Host, clientsOf: () => Promise<Clients>): Parts {
  async function resources(signal?: AbortSignal): Promise<Resource[]> {
    const config = await readConfig(paths);
    const clients = await clientsOf();
    const { sdk, client } = await clients.sagemaker(config.region);
    const send = abort(signal);
    const filter = { NameContains: OURS, MaxResults: 100 };
    const kinds: readonly (readonly [Resource['kind'], () => AsyncGenerator<Listed>])[] = [
      [
        'endpoint',
        async function* () {
          for (let NextToken: string | undefined; ;) {
            const page = await client.send(
              new sdk.ListEndpointsCommand({ ...filter, ...token(NextToken) }),
              send,
            );
            for (const one of page.Endpoints ?? []) {
              yield {
                name: one.EndpointName,
                arn: one.EndpointArn,
                created: one.CreationTime,
                status: one.EndpointStatus,
              };
            }
            NextToken = page.NextToken;
            if (NextToken === undefined) return;
          }
        },
      ],
      [
        'endpoint-config',
        async function* () {
          for (let NextToken: string | undefined; ;) {
            const page = await client.send(
              new sdk.ListEndpointConfigsCommand({ ...filter, ...token(NextToken) }),
              send,
            );
            for (const one of page.EndpointConfigs ?? []) {
              yield { name: one.EndpointConfigName, arn: one.EndpointConfigArn, created: one.CreationTime };
            }
            NextToken = page.NextToken;
            if (NextToken === undefined) return;
          }
        },
      ],
      [
        'model',
        async function* () {
          for (let NextToken: string | undefined; ;) {
            const page = await client.send(
              new sdk.ListModelsCommand({ ...filter, ...token(NextToken) }),
              send,
            );
            for (const one of page.Models ?? []) {
              yield { name: one.ModelName, arn: one.ModelArn, created: one.CreationTime };
            }
            NextToken = page.NextToken;
            if (NextToken === undefined) return;
          }
        },
      ],
      [
        'job',
        async function* () {
          // Jobs that have ended cost nothing and cannot be deleted: they are the account's history.
          for (let NextToken: string | undefined; ;) {
            const page = await client.send(
              new sdk.ListTrainingJobsCommand({ ...filter, StatusEquals: 'InProgress', ...token(NextToken) }),
              send,
            );
            for (const one of page.TrainingJobSummaries ?? []) {
              yield {
                name: one.TrainingJobName,
                arn: one.TrainingJobArn,
                created: one.CreationTime,
                status: one.TrainingJobStatus,
              };
            }
            NextToken = page.NextToken;
            if (NextToken === undefined) break;
          }
          for (let NextToken: string | undefined; ;) {
            const page = await client.send(
              new sdk.ListProcessingJobsCommand({
                ...filter,
                StatusEquals: 'InProgress',
                ...token(NextToken),
              }),
              send,
            );
            for (const one of page.ProcessingJobSummaries ?? []) {
              yield {
                name: one.ProcessingJobName,
                arn: one.ProcessingJobArn,
                created: one.CreationTime,
                status: one.ProcessingJobStatus,
              };
            }
            NextToken = page.NextToken;
            if (NextToken === undefined) return;
          }
        },
      ],
    ];
    const found: Resource[] = [];
    await clients.calling('list what the project made', async () => {
      for (const [kind, list] of kinds) {
        for await (const one of list()) {
          if (one.arn === undefined || one.name === undefined) continue;
          const { Tags = [] } = await client.send(new sdk.ListTagsCommand({ ResourceArn: one.arn }), send);
          const tags = new Map(Tags.map((tag) => [tag.Key, tag.Value]));
          if (tags.get(PROJECT_TAG) !== tagText(config.project)) continue;
          found.push(await describe(config, clients, kind, one, tags, signal));
        }
      }
    });
    const [own, stands] = await Promise.all([
      files(config, clients, signal),
      foundations(config, clients, signal),
    ]);
    return [...found, ...own, ...stands];
  }

  async function describe(
    config: Config,
    clients: Clients,
    kind: Resource['kind'],
    { name = '', created, status }: Listed,
    tags: ReadonlyMap<string | undefined, string | undefined>,
    signal?: AbortSignal,
  ): Promise<Resource> {
    const named = tags.get('mll:name');
    const title = named === undefined ? undefined : fromTag(named);
    const run = tags.get('mll:run');
    const base: Resource = {
      kind,
      name,
      ...(title === undefined ? {} : { title }),
      ...(run === undefined ? {} : { run }),
      ...(status === undefined ? {} : { status }),
      ...(created === undefined ? {} : { created: created.toISOString() }),
    };
    if (kind === 'job') return { ...base, ...(await soFar({ host, clients, config }, name, signal)) };
    if (kind !== 'endpoint') return base;
    const deployments = createDeployments(clients, config.region);
    const now = await deployments.describe(name, signal);
    const serving = await deployments.deployed(now?.EndpointConfigName ?? '', signal);
    const price =
      serving?.machine === undefined
        ? undefined
        : await priceOf({ host, clients, config }, serving.machine, 'endpoint', signal);
    const count = now?.ProductionVariants?.[0]?.CurrentInstanceCount ?? 1;
    const hours = created === undefined ? 0 : (host.now().getTime() - created.getTime()) / 3_600_000;
    return {
      ...base,
      ...(serving?.machine === undefined ? {} : { machine: serving.machine }),
      ...(price === undefined ? {} : { cost: price.price * count * Math.max(0, hours) }),
      console: consoleUrl(config.region, `endpoints/${name}`),
    };
  }

  /** None where the bucket itself was deleted. */
  async function files(config: Config, clients: Clients, signal?: AbortSignal): Promise<Resource[]> {
    const store = await clients.store(config.region, config.bucket);
    try {
      return await filesBelow(store, config.prefix, FOLDERS, signal);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  async function removeOne(
    config: Config,
    clients: Clients,
    one: Resource,
    signal?: AbortSignal,
  ): Promise<void> {
    const deployments = createDeployments(clients, config.region);
    const { sdk, client } = await clients.sagemaker(config.region);
    switch (one.kind) {
      case 'endpoint':
        await unscale(clients, config, one.name, signal);
        await deployments.removeEndpoint(one.name, signal);
        await deployments.removeOld(one.name, [], signal);
        await removeEndpointLog(clients, config.region, one.name, (line) => host.log(line));
        return;
      case 'endpoint-config':
        return deployments.removeConfig(one.name, signal);
      case 'model':
        return deployments.removeModel(one.name, signal);
      case 'job':
        await clients.calling('stop the job', () =>
          isTrainingJob(one.name)
            ? client.send(new sdk.StopTrainingJobCommand({ TrainingJobName: one.name }), abort(signal))
            : client.send(new sdk.StopProcessingJobCommand({ ProcessingJobName: one.name }), abort(signal)),
        );
        return;
      case 'files':
        return removeFiles(config, clients, one.name, signal);
      case 'role':
      case 'bucket':
        return removeFoundation(config, clients, { ...one, kind: one.kind }, signal);
    }
  }

  async function removeFiles(
    config: Config,
    clients: Clients,
    uri: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const store = await clients.store(config.region, config.bucket);
    await removeAll(store, folderOf(store, config.prefix, FOLDERS, uri), signal);
  }

  /** Who may not look at quotas sees the machines without them. */
  async function quotasFor(
    { clients, config }: { clients: Clients; config: Config },
    use: MachineUse,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    const endings = [quotaName('', use), ...(use === 'train' ? [quotaName('', use, true)] : [])];
    const wanted = (name: string): boolean => endings.some((ending) => name.endsWith(ending));
    try {
      return await findQuotas(clients, config.region, wanted, Infinity, signal);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      host.log(`Quotas are not known: ${error.message}`);
      return new Map();
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
        isEnding: (one) => one.status === 'Stopping',
      });
    },
    async machines(use, signal) {
      const from = { host, clients: await clientsOf(), config: await readConfig(paths) };
      const [machines, quotas] = await Promise.all([
        machinesOf(from, use, signal),
        quotasFor(from, use, signal),
      ]);
      return machines.map((one) => {
        const quota = quotas.get(quotaName(one.type, use));
        const spotQuota = use === 'train' ? quotas.get(quotaName(one.type, use, true)) : undefined;
        return {
          ...one,
          ...(quota === undefined ? {} : { quota }),
          ...(spotQuota === undefined ? {} : { spotQuota }),
        };
      });
    },
  };
}

const token = (NextToken: string | undefined): { NextToken?: string } =>
  NextToken === undefined ? {} : { NextToken };
