import type { Machine, MachineUse } from '../../core/provider';
import { keptMachines, listedPrice, ownPrice, type Price, type PriceHost } from '../cloud/prices';
import { googleCatalogue, lastRate, type Sku } from '../../stores/google-catalogue';
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
/** Of one core or GB. */
const HOURLY = /(^|\.)h$/;
const OTHER_TERMS = /\b(spot|preemptible|commitment|committed|dws|custom)\b/i;

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
const catalogue = (clients: Clients, signal?: AbortSignal): Promise<readonly Sku[]> =>
  googleCatalogue(
    (route, query) =>
      clients.calling('ask for the prices', () => clients.ask('CLOUDBILLING', route, { query }, signal)),
    SERVICE,
  );

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
    const prices = new Set(
      fitting.filter((one) => part.test(one.description)).flatMap((one) => lastRate(one, HOURLY) ?? []),
    );
    const [price] = prices;
    return prices.size === 1 ? price : undefined;
  };
  const [core, memory] = [single(PARTS.core), single(PARTS.memory)];
  return core === undefined || memory === undefined
    ? undefined
    : Math.round((core * machine.cores + memory * gigabytes) * 1e6) / 1e6;
}
