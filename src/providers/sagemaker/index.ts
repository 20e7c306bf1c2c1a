import type { Host, ProjectPaths } from '../../core/api';
import type { Provider } from '../../core/provider';
import { readSettings } from '../../core/settings';
import { abort, type Clients, createClients } from './clients';
import { checkSagemaker } from './check';
import { createEndpoints } from './endpoints';
import { createJobs } from './jobs';
import { createOffer } from './offer';
import { createResources } from './resources';
import { createSetup } from './setup';

/** Jobs and endpoints on Amazon SageMaker, with the person's own login and in their own account. */
export function create(paths: ProjectPaths, host: Host): Promise<Provider> {
  const made = new Map<string, Clients>();
  /** Of the profile that is set now: it may be changed while the window is open. */
  async function clients(): Promise<Clients> {
    const profile = (await readSettings(paths)).providers?.sagemaker?.profile;
    const known = made.get(profile ?? '');
    if (known) return known;
    const fresh = createClients(profile);
    made.set(profile ?? '', fresh);
    return fresh;
  }
  async function account(region: string, signal?: AbortSignal): Promise<string> {
    const all = await clients();
    const { sdk, sts } = await all.account(region);
    const said = await all.calling('ask who you are', () =>
      sts.send(new sdk.GetCallerIdentityCommand({}), abort(signal)),
    );
    return said.Account ?? '';
  }
  return Promise.resolve({
    id: 'sagemaker',
    remote: true,
    jobs: createJobs({ paths, host, clients, account }),
    endpoints: createEndpoints({ paths, host, clients }),
    account: {
      ...createSetup(paths, clients, account),
      ...createResources(paths, host, clients),
      ...createOffer(paths),
    },
    check: (signal) => checkSagemaker(paths, clients, signal),
  });
}
