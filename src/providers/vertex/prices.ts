import { z } from 'zod';
import type { Machine, MachineUse } from '../../core/provider';
import { keptMachines, listedPrice, ownPrice, type Price, type PriceHost } from '../cloud/prices';
import type { Clients } from './clients';
import type { Config } from './config';
import table from './machines.json';

export const PRICE_PAGES: Readonly<Record<MachineUse, string>> = {
  train: 'https://cloud.google.com/vertex-ai/pricing#custom-trained_models',
  prepare: 'https://cloud.google.com/vertex-ai/pricing#custom-trained_models',
  endpoint: 'https://cloud.google.com/vertex-ai/pricing#prediction-prices',
};
/** What Google calls the service in its catalogue, and in the descriptions of what it sells. */
const SERVICE = 'Vertex AI';
const USES: Readonly<Record<MachineUse, RegExp>> = {
  train: /\btraining\b/i,
  prepare: /\btraining\b/i,
  endpoint: /\bprediction\b/i,
};
const PARTS = { core: /\b(core|vcpu)s?\b/i, memory: /\b(ram|memory)\b/i } as const;
const OTHER_TERMS = /\b(spot|preemptible|commitment|committed|dws|custom)\b/i;

const SERVICES = z.looseObject({
  services: z.array(z.looseObject({ name: z.string(), displayName: z.string() })).default([]),
  nextPageToken: z.string().optional(),
});
const SKU = z.looseObject({
  description: z.string(),
  category: z.looseObject({ usageType: z.string().default('') }),
  serviceRegions: z.array(z.string()).default([]),
  pricingInfo: z
    .array(
      z.looseObject({
        pricingExpression: z.looseObject({
          usageUnit: z.string(),
          tieredRates: z.array(
            z.looseObject({
              unitPrice: z.looseObject({ units: z.string().default('0'), nanos: z.number().default(0) }),
            }),
          ),
        }),
      }),
    )
    .default([]),
});
type Sku = z.infer<typeof SKU>;
const SKUS = z.looseObject({ skus: z.array(SKU).default([]), nextPageToken: z.string().optional() });

interface Asked {
  readonly host: PriceHost;
  readonly clients: Clients;
  readonly config: Config;
}

/** Machines for one use in the region, with the prices of Google's own catalogue (Cloud Billing), kept for some days. */
export const machinesOf = (
  { host, clients, config }: Asked,
  use: MachineUse,
  signal?: AbortSignal,
): Promise<readonly Machine[]> =>
  keptMachines(host, `vertex-${config.region}-${use}`, async (today) => {
    const skus = await catalogue(clients, signal);
    return table.machines.map((one): Machine => {
      const price = priceFrom(skus, one, use, config.region);
      return { ...one, ...(price === undefined ? {} : { price, date: today }) };
    });
  });

/** What a machine costs; undefined where that cannot be known, which is no failure. */
export async function priceOf(
  from: Asked,
  machine: string,
  use: MachineUse,
  signal?: AbortSignal,
): Promise<Price | undefined> {
  const own = ownPrice(from.config.settings, machine, use, from.host.now());
  return (
    own ?? listedPrice(from.host, machine, 'Cloud Billing catalogue', () => machinesOf(from, use, signal))
  );
}

/** All that Google sells of Vertex AI. */
async function catalogue(clients: Clients, signal?: AbortSignal): Promise<readonly Sku[]> {
  const asked = (route: string, pageToken: string | undefined): Promise<unknown> =>
    clients.calling('ask for the prices', () =>
      clients.ask(
        'CLOUDBILLING',
        route,
        { query: { pageSize: '5000', ...(pageToken === undefined ? {} : { pageToken }) } },
        signal,
      ),
    );
  const token = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
  let service: string | undefined;
  for (let next: string | undefined; service === undefined;) {
    const page = SERVICES.parse(await asked('v1/services', next));
    service = page.services.find((one) => one.displayName === SERVICE)?.name;
    next = token(page.nextPageToken);
    if (next === undefined) break;
  }
  if (service === undefined) return [];
  const found: Sku[] = [];
  for (let next: string | undefined; ;) {
    const page = SKUS.parse(await asked(`v1/${service}/skus`, next));
    found.push(...page.skus);
    next = token(page.nextPageToken);
    if (next === undefined) return found;
  }
}

/** Google sells cores and memory by themselves. Where the catalogue has no or no single price for either, none is said. */
export function priceFrom(
  skus: readonly Sku[],
  machine: Machine,
  use: MachineUse,
  region: string,
): number | undefined {
  const [family = ''] = machine.type.split('-');
  const gigabytes = Number.parseFloat(machine.memory ?? '');
  // What its GPUs cost stands elsewhere in the catalogue, by their kind.
  if (machine.gpus !== undefined || machine.cores === undefined || !Number.isFinite(gigabytes))
    return undefined;
  const fitting = skus.filter(
    ({ description, category, serviceRegions }) =>
      category.usageType === 'OnDemand' &&
      serviceRegions.includes(region) &&
      USES[use].test(description) &&
      new RegExp(`\\b${family}\\b`, 'i').test(description) &&
      !OTHER_TERMS.test(description),
  );
  const single = (part: RegExp): number | undefined => {
    const prices = new Set(fitting.filter((one) => part.test(one.description)).flatMap(hourly));
    const [price] = prices;
    return prices.size === 1 ? price : undefined;
  };
  const [core, memory] = [single(PARTS.core), single(PARTS.memory)];
  return core === undefined || memory === undefined
    ? undefined
    : Math.round((core * machine.cores + memory * gigabytes) * 1e6) / 1e6;
}

/** USD per hour of one core or GB. */
function hourly({ pricingInfo }: Sku): number[] {
  const { usageUnit = '', tieredRates = [] } = pricingInfo.at(-1)?.pricingExpression ?? {};
  const rate = tieredRates.at(-1)?.unitPrice;
  if (!rate || !/(^|\.)h$/.test(usageUnit)) return [];
  return [Number(rate.units) + rate.nanos / 1e9];
}
