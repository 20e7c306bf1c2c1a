import { UserError } from '../../core/errors';
import type { Host, ProjectPaths } from '../../core/api';
import type { Account, Missing } from '../../core/provider';
import type { Framework } from '../cloud/frameworks';
import { plainName } from '../cloud/names';
import { ownPrice } from '../cloud/prices';
import type { Clients } from './clients';
import { readConfig, readLogin } from './config';
import { defaultVersion, FRAMEWORKS } from './images';
import { replicasFor } from './endpoint-requests';
import table from './machines.json';
import regions from './regions.json';
import { machinesOf } from './prices';
import { resourcesFor } from './requests';
import { createResources } from './resources';

/** What the project has in Google Cloud, and what there is to choose from. */
export function createAccount(paths: ProjectPaths, host: Host, clientsOf: () => Promise<Clients>): Account {
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
    regions: () => regions.regions,
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
    ...createResources(paths, host, clientsOf),
    async machines(use, signal) {
      const from = { host, clients: await clientsOf(), config: await readConfig(paths) };
      const listed = await machinesOf(from, use, signal).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        host.log(`Prices are not known: ${error.message}`);
        return table.machines;
      });
      const { settings } = from.config;
      return listed.map((one) => {
        const own = ownPrice(settings, one.type, use, host.now());
        return { ...one, ...(own ? { price: own.price, date: own.date } : {}) };
      });
    },
    async defaults(use) {
      const config = await readConfig(paths);
      const { machine: usual, spot, maxMinutes } = resourcesFor(config, undefined);
      const machine = use === 'endpoint' ? replicasFor(config, undefined).machine : usual;
      const images = (Object.entries(FRAMEWORKS) as [Framework, string][]).map(([id, title]) => ({
        id,
        title: `${title} ${defaultVersion(id)}`,
      }));
      return { machine, instances: 1, spot, maxMinutes, images };
    },
  };
}

const bucketOf = (store: string | undefined): string | undefined => /^gs:\/\/([^/]+)/.exec(store ?? '')?.[1];

/** A bucket's place is a region itself, or the part of the world that it is in. */
export const fits = (bucket: string | undefined, region: string): boolean =>
  bucket === region ||
  (bucket === 'us' && region.startsWith('us-')) ||
  (bucket === 'eu' && region.startsWith('europe-'));
