import { z } from 'zod';
import type { CheckFacts } from '../../core/checked';
import { UserError } from '../../core/errors';
import type { Clients } from './clients';
import { type Config } from './config';
import { capturePercent, replicasFor } from './endpoint-requests';
import table from './machines.json';
import { resourcesFor } from './requests';

const SERVICES = z.looseObject({
  services: z.array(z.looseObject({ name: z.string() })).default([]),
  nextPageToken: z.string().optional(),
});
const BILLING = z.looseObject({ billingEnabled: z.boolean().default(false) });
const PERMISSIONS = z.looseObject({ permissions: z.array(z.string()).default([]) });
const QUOTA = z.looseObject({
  consumerQuotaLimits: z
    .array(
      z.looseObject({
        quotaBuckets: z
          .array(
            z.looseObject({
              effectiveLimit: z.string().optional(),
              dimensions: z.record(z.string(), z.string()).optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

/** What a login may not look at is not known to be wrong. */
async function unlessHidden(what: string, look: () => Promise<CheckFacts>): Promise<CheckFacts> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof UserError) || error.kind === 'auth') throw error;
    return { ok: true, reason: `${what} could not be seen: ${error.message}` };
  }
}

/** Which APIs are switched on, with the one command for those that are not. */
export const apis = (clients: Clients, config: Config, signal?: AbortSignal): Promise<CheckFacts> =>
  unlessHidden('Which APIs are switched on', async () => {
    const needed = [
      'aiplatform',
      'storage',
      'logging',
      'monitoring',
      ...(capturePercent(config) > 0 ? ['bigquery'] : []),
    ].map((one) => `${one}.googleapis.com`);
    const on = new Set<string>();
    for (let next: string | undefined; ;) {
      const query = {
        filter: 'state:ENABLED',
        pageSize: '200',
        ...(next === undefined ? {} : { pageToken: next }),
      };
      const page = SERVICES.parse(
        await clients.calling('list the APIs that are switched on', () =>
          clients.ask('SERVICEUSAGE', `v1/projects/${config.account}/services`, { query }, signal),
        ),
      );
      for (const one of page.services) on.add(one.name.split('/').at(-1) ?? '');
      next = page.nextPageToken === '' ? undefined : page.nextPageToken;
      if (next === undefined) break;
    }
    const off = needed.filter((one) => !on.has(one));
    if (off.length === 0) return { ok: true, reason: `Switched on: ${needed.join(', ')}.` };
    return {
      ok: false,
      reason: `Switched off in the project ${config.account}: ${off.join(', ')}.`,
      fix: `Run "gcloud services enable ${off.join(' ')} --project ${config.account}", and wait some minutes.`,
      action: {
        title: 'Open Console',
        command: 'vscode.open',
        args: [
          `https://console.cloud.google.com/flows/enableapi?apiid=${off.join(',')}&project=${config.account}`,
        ],
      },
    };
  });

export const billing = (clients: Clients, { account }: Config, signal?: AbortSignal): Promise<CheckFacts> =>
  unlessHidden('Whether billing is on', async () => {
    const { billingEnabled } = BILLING.parse(
      await clients.calling('look at the billing of the project', () =>
        clients.ask('CLOUDBILLING', `v1/projects/${account}/billingInfo`, {}, signal),
      ),
    );
    if (billingEnabled) return { ok: true, reason: `Billing is on for the project ${account}.` };
    const page = `https://console.cloud.google.com/billing/linkedaccount?project=${account}`;
    return {
      ok: false,
      reason: `Billing is off for the project ${account}, so Vertex AI runs nothing.`,
      fix: `Let whoever pays for it link a billing account: ${page}`,
      action: { title: 'Open Console', command: 'vscode.open', args: [page] },
    };
  });

/** Whether jobs and endpoints may be run as the service account of the settings. */
export async function actAs(
  clients: Clients,
  { settings, account }: Config,
  signal?: AbortSignal,
): Promise<CheckFacts> {
  const email = settings.serviceAccount;
  if (email === undefined) {
    return {
      ok: true,
      reason: `Jobs run as Vertex AI's own account of the project ${account}: no service account is set.`,
    };
  }
  const permission = 'iam.serviceAccounts.actAs';
  return unlessHidden(`Whether you may run jobs as ${email}`, async () => {
    const route = `v1/projects/-/serviceAccounts/${email}:testIamPermissions`;
    const body = { permissions: [permission] };
    const { permissions } = PERMISSIONS.parse(
      await clients.calling(`look at the service account ${email}`, () =>
        clients.ask('IAM', route, { method: 'POST', body }, signal),
      ),
    );
    if (permissions.includes(permission)) return { ok: true, reason: `You may run jobs as ${email}.` };
    return {
      ok: false,
      reason: `You may not run jobs as ${email} (${permission}).`,
      fix: `Ask for the role Service Account User (roles/iam.serviceAccountUser) on ${email}, or choose another one.`,
    };
  });
}

/** So many processors of these machines Vertex AI lets the project use in the region at a time. */
export const quota = (clients: Clients, config: Config, signal?: AbortSignal): Promise<CheckFacts> =>
  unlessHidden('The quota', async () => {
    const uses = [
      ['training', resourcesFor(config, undefined).machine],
      ['serving', replicasFor(config, undefined).machine],
    ] as const;
    const found = await Promise.all(
      uses.map(async ([use, machine]) => {
        const limit = await limitOf(clients, config, `custom_model_${use}_cpus`, signal);
        const cores = table.machines.find((one) => one.type === machine)?.cores ?? 1;
        return {
          text: `${use}: ${limit ?? 'no limit is listed'}`,
          short: limit !== undefined && limit < cores,
          machine,
          use,
        };
      }),
    );
    const list = `Processors at a time in ${config.region}, ${found.map((one) => one.text).join(', ')}.`;
    const short = found.filter((one) => one.short);
    if (short.length === 0) return { ok: true, reason: list };
    return {
      ok: false,
      reason: `Too few for ${short.map((one) => `${one.use} on ${one.machine}`).join(' and ')}. ${list}`,
      fix: 'Ask for more under IAM & Admin → Quotas (Vertex AI API), or choose a smaller machine or another region.',
    };
  });

async function limitOf(
  clients: Clients,
  { account, region }: Config,
  metric: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const service = 'aiplatform.googleapis.com';
  const route = `v1beta1/projects/${account}/services/${service}/consumerQuotaMetrics/${encodeURIComponent(`${service}/${metric}`)}`;
  const { consumerQuotaLimits } = QUOTA.parse(
    await clients.calling('look at the quota', () => clients.ask('SERVICEUSAGE', route, {}, signal)),
  );
  const buckets = consumerQuotaLimits.flatMap((one) => one.quotaBuckets);
  const own =
    buckets.find((one) => one.dimensions?.region === region) ??
    buckets.find((one) => one.dimensions?.region === undefined);
  // -1: no limit.
  const limit = Number(own?.effectiveLimit ?? Number.NaN);
  return Number.isFinite(limit) && limit >= 0 ? limit : undefined;
}
