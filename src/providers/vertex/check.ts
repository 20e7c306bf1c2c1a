import { randomBytes } from 'node:crypto';
import type { ProjectPaths } from '../../core/api';
import { type Check, checkEach, type CheckFacts, failedCheck } from '../../core/checked';
import { UserError } from '../../core/errors';
import { fits } from './account';
import type { Clients } from './clients';
import { type Config, parentOf, readConfig } from './config';
import { imageNamed } from './images';
import { actAs, apis, billing, quota } from './project-checks';

/** Looks at everything that jobs and endpoints on Vertex AI need. The only trace is a test object that is removed again. */
export async function checkVertex(
  paths: ProjectPaths,
  clients: () => Promise<Clients>,
  signal?: AbortSignal,
): Promise<readonly Check[]> {
  let config: Config;
  try {
    config = await readConfig(paths);
  } catch (error) {
    return [{ name: 'Vertex AI: settings', ...failedCheck(error) }];
  }
  const all = await clients();
  const who = async (): Promise<CheckFacts> => {
    const name = (await (await all.bucketsOf()).who?.(signal)) ?? '';
    return { ok: true, reason: `${name} in the project ${config.account}, region ${config.region}.` };
  };
  const login = await who().catch(failedCheck);
  // Whatever comes after would only say the same once more.
  if (!login.ok) return [{ name: 'Vertex AI: login', ...login }];
  const done = await checkEach('Vertex AI', [
    ['APIs', () => apis(all, config, signal)],
    ['billing', () => billing(all, config, signal)],
    ['bucket', () => bucket(all, config, signal).catch(orCreate)],
    ['service account', () => actAs(all, config, signal)],
    ['quota', () => quota(all, config, signal)],
    ['jobs', () => jobs(all, config)],
    ['image', () => Promise.resolve(image(config))],
  ]);
  return [{ name: 'Vertex AI: login', ...login }, ...done];
}

/** A bucket that is not there can be made. */
function orCreate(error: unknown): CheckFacts {
  const facts = failedCheck(error);
  if (!(error instanceof UserError) || error.kind !== 'notFound') return facts;
  const action = { title: 'Create What Is Missing', command: 'mll.connect.create', args: ['vertex'] };
  return { ...facts, action };
}

/** Written to and removed again; and where it lies, which should be where the jobs run. */
async function bucket(clients: Clients, config: Config, signal?: AbortSignal): Promise<CheckFacts> {
  const account = await clients.bucketsOf();
  const store = account.open(config.bucket);
  const key = `${config.prefix}.mll-check-${randomBytes(4).toString('hex')}`;
  await store.write(key, 'A test of ML Lifecycle; it may be deleted.\n', {}, signal);
  await store.remove([key], signal);
  const written = `${store.uri(key)} was written and removed again.`;
  const { region } = (await account.roots(signal)).find((one) => one.name === config.bucket) ?? {};
  if (region === undefined || fits(region, config.region)) return { ok: true, reason: written };
  return {
    ok: false,
    reason: `The bucket lies in ${region}, jobs run in ${config.region}: each reads its data from afar, which is slow and costs.`,
    fix: `Take a bucket in ${config.region}, or run jobs in ${region} ("region" of "providers: vertex:").`,
  };
}

/** Whether the API answers, and the login may see jobs. */
async function jobs(clients: Clients, config: Config): Promise<CheckFacts> {
  const client = await clients.jobs(config.region);
  const parent = parentOf(config.account, config.region);
  await clients.calling('list the jobs', () =>
    client.listCustomJobs({ parent, pageSize: 1 }, { autoPaginate: false }),
  );
  return { ok: true, reason: `Vertex AI answers in ${config.region}.` };
}

function image({ settings, region }: Config): CheckFacts {
  const { uri, python } = imageNamed(settings.image ?? 'sklearn', region, settings.accelerator !== undefined);
  return { ok: true, reason: `${uri}${python === undefined ? '' : ` (Python ${python})`}.` };
}
