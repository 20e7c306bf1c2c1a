import type { ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import type { Account, Machine, MachineUse, Missing, Resource } from '../../core/provider';
import type { Framework } from '../cloud/frameworks';
import { leftFiles, removeAll } from '../cloud/left';
import { plainName } from '../cloud/names';
import type { Clients } from './clients';
import { type Config, consoleUrl, parentOf, readConfig, readLogin } from './config';
import { priceOf } from './estimates';
import { defaultVersion, FRAMEWORKS } from './images';
import { describeJob, isoTime } from './job-state';
import table from './machines.json';
import { resourcesFor } from './requests';

/** Folders below the prefix that the project's files lie in. */
const FOLDERS = ['runs/', 'data/', 'models/'];
/** States of a job that costs, or will. */
const OPEN = ['QUEUED', 'PENDING', 'RUNNING', 'CANCELLING'].map((one) => `JOB_STATE_${one}`);

/** What the project has in Google Cloud, and what there is to choose from. */
export function createAccount(paths: ProjectPaths, clientsOf: () => Promise<Clients>): Account {
  async function jobs(config: Config): Promise<Resource[]> {
    const client = await (await clientsOf()).jobs(config.region);
    const filter = `labels.mll_project="${plainName(config.project)}"`;
    const parent = parentOf(config.account, config.region);
    const [all] = await (
      await clientsOf()
    ).calling('list the jobs', () => client.listCustomJobs({ parent, filter }));
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

  async function files(config: Config, signal?: AbortSignal): Promise<Resource[]> {
    const store = await (await clientsOf()).store(config.bucket);
    const found = await Promise.all(
      FOLDERS.map(async (folder): Promise<Resource[]> => {
        const left = await leftFiles(store, `${config.prefix}${folder}`, signal);
        return left ? [{ kind: 'files', name: left.uri, bytes: left.bytes }] : [];
      }),
    );
    return found.flat();
  }

  async function remove(resources: readonly Resource[], signal?: AbortSignal): Promise<void> {
    const config = await readConfig(paths);
    const clients = await clientsOf();
    const client = await clients.jobs(config.region);
    for (const { name } of resources.filter((one) => one.kind === 'job')) {
      await clients.calling(`stop ${name}`, () => client.cancelCustomJob({ name }), signal);
    }
    const store = await clients.store(config.bucket);
    for (const { name } of resources.filter((one) => one.kind === 'files')) {
      const prefix = name.slice(store.uri('').length);
      // What is deleted is the project's own.
      if (!prefix.startsWith(config.prefix)) {
        throw new UserError('invalid', `${name} is none of this project's.`, {
          fix: 'See "mll resources list".',
        });
      }
      await removeAll(store, prefix, signal);
    }
  }

  async function missing(signal?: AbortSignal): Promise<Missing[]> {
    const login = await readLogin(paths);
    const name = bucketOf(login.settings.store) ?? `mll-${plainName(login.project)}-${login.account}`;
    const roots = await (await (await clientsOf()).bucketsOf()).roots(signal);
    if (roots.some((one) => one.name === name)) return [];
    const store = login.settings.store ?? `gs://${name}`;
    const text = `Bucket ${name} in ${login.region ?? 'the region that is still to be set'}, project ${login.account}: uniform access by IAM, no public access.`;
    return [{ kind: 'store', name: store, text }];
  }

  return {
    // The login is the one of the object store: "Connect Google…".
    logins: () => Promise.resolve([]),
    async identity({ region: asked }, signal) {
      const { account, region = asked } = await readLogin(paths);
      if (region === undefined) {
        throw new UserError('invalid', 'The region of Google Cloud is not set.', {
          fix: 'Name it: --region europe-west1 (near the data, and where your quota is).',
        });
      }
      const buckets = await (await clientsOf()).bucketsOf();
      const near = (await buckets.roots(signal)).filter((one) => fits(one.region, asked ?? region));
      return {
        who: (await buckets.who?.(signal)) ?? '',
        account,
        region: asked ?? region,
        stores: near.map((one) => one.name),
        roles: [],
        notes: [],
      };
    },
    missing,
    async create({ kind, name: store }) {
      const { region, login } = await readLogin(paths);
      const name = bucketOf(store);
      if (kind !== 'store' || name === undefined || region === undefined) {
        throw new UserError('invalid', `"${store}" cannot be made here.`, { fix: 'Set the region first.' });
      }
      const { openClient } = await import('../../stores/gcs-client');
      const client = await openClient(login);
      await (
        await clientsOf()
      ).calling(`make the bucket ${name}`, async () =>
        (await client.get()).createBucket(name, {
          location: region,
          iamConfiguration: {
            uniformBucketLevelAccess: { enabled: true },
            publicAccessPrevention: 'enforced',
          },
        }),
      );
      return store;
    },
    async resources(signal) {
      const config = await readConfig(paths);
      return [...(await jobs(config)), ...(await files(config, signal))];
    },
    remove,
    async machines(use) {
      const config = await readConfig(paths);
      return table.machines.map((one): Machine => ({ ...one, ...shownPrice(config, one.type, use) }));
    },
    async defaults() {
      const { machine, spot, maxMinutes } = resourcesFor(await readConfig(paths), undefined);
      const images = (Object.entries(FRAMEWORKS) as [Framework, string][]).map(([id, title]) => ({
        id,
        title: `${title} ${defaultVersion(id)}`,
      }));
      return { machine, instances: 1, spot, maxMinutes, images };
    },
  };
}

function shownPrice(config: Config, machine: string, use: MachineUse): Pick<Machine, 'price' | 'date'> {
  const { perHour } = priceOf(config, machine, use);
  return perHour ? { price: perHour.price, date: perHour.date } : {};
}

const bucketOf = (store: string | undefined): string | undefined => /^gs:\/\/([^/]+)/.exec(store ?? '')?.[1];

/** A bucket's place is a region itself, or the part of the world that it is in. */
export const fits = (bucket: string | undefined, region: string): boolean =>
  bucket === region ||
  (bucket === 'us' && region.startsWith('us-')) ||
  (bucket === 'eu' && region.startsWith('europe-'));
