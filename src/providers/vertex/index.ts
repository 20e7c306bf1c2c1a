import type { Host, ProjectPaths } from '../../core/api';
import type { Provider } from '../../core/provider';
import { createAccount } from './account';
import { checkVertex } from './check';
import { type Clients, createClients } from './clients';
import { readLogin } from './config';
import { createEndpoints } from './endpoints';
import { createJobs } from './jobs';

/** Jobs and endpoints on Vertex AI, with the person's own login and in their own project. */
export function create(paths: ProjectPaths, host: Host): Promise<Provider> {
  const made = new Map<string, Clients>();
  /** Of the login that is set now: it may be changed while the window is open. */
  async function clients(): Promise<Clients> {
    const { login } = await readLogin(paths);
    const key = JSON.stringify(login);
    const known = made.get(key);
    if (known) return known;
    const fresh = createClients(login, () => host.proxy?.());
    made.set(key, fresh);
    return fresh;
  }
  return Promise.resolve({
    id: 'vertex',
    remote: true,
    jobs: createJobs({ paths, host, clients }),
    endpoints: createEndpoints({ paths, host, clients }),
    account: createAccount(paths, host, clients),
    check: (signal) => checkVertex(paths, clients, signal),
  });
}
