import { z } from 'zod';
import type { Machine, MachineUse } from '../../core/provider';
import { keptMachines, listedPrice, ownPrice, type Price, type PriceHost } from '../cloud/prices';
import { abort, type Clients } from './clients';
import type { Config } from './config';

const COMPONENTS: Readonly<Record<MachineUse, string>> = {
  train: 'Training',
  prepare: 'Processing',
  endpoint: 'Hosting',
};

/** What of a product of AWS's price list is read. */
const PRODUCT = z.looseObject({
  product: z.looseObject({
    attributes: z.looseObject({
      instanceName: z.string(),
      vCpu: z.exactOptional(z.string()),
      memory: z.exactOptional(z.string()),
      gpu: z.exactOptional(z.string()),
    }),
  }),
  terms: z.looseObject({
    OnDemand: z.record(
      z.string(),
      z.looseObject({
        priceDimensions: z.record(
          z.string(),
          z.looseObject({
            unit: z.string(),
            pricePerUnit: z.looseObject({ USD: z.exactOptional(z.string()) }),
          }),
        ),
      }),
    ),
  }),
});

/** The Price List API stands in three regions; China has its own. */
function priceRegion(region: string): string {
  if (region.startsWith('cn-')) return 'cn-northwest-1';
  if (region.startsWith('eu-')) return 'eu-central-1';
  return region.startsWith('ap-') ? 'ap-south-1' : 'us-east-1';
}

interface Asked {
  readonly host: PriceHost;
  readonly clients: Clients;
  readonly config: Config;
}

/** All machines for one use in the region with their prices: from AWS's Price List with the person's own login, kept for some days. */
export const machinesOf = (
  { host, clients, config }: Asked,
  use: MachineUse,
  signal?: AbortSignal,
): Promise<readonly Machine[]> =>
  keptMachines(host, `sagemaker-${config.region}-${use}`, async (today) => {
    const { sdk, client } = await clients.prices(priceRegion(config.region));
    const found = new Map<string, Machine>();
    for (let next: string | undefined; ;) {
      const page = await clients.calling('ask for the prices', () =>
        client.send(
          new sdk.GetProductsCommand({
            ServiceCode: 'AmazonSageMaker',
            Filters: [
              { Type: 'TERM_MATCH', Field: 'regionCode', Value: config.region },
              { Type: 'TERM_MATCH', Field: 'component', Value: COMPONENTS[use] },
            ],
            MaxResults: 100,
            ...(next === undefined ? {} : { NextToken: next }),
          }),
          abort(signal),
        ),
      );
      for (const text of page.PriceList ?? []) {
        const machine = toMachine(String(text), today);
        if (machine) found.set(machine.type, machine);
      }
      next = page.NextToken === '' ? undefined : page.NextToken;
      if (next === undefined) return [...found.values()];
    }
  });

/** What a machine costs; undefined where that cannot be known, which is no failure. */
export async function priceOf(
  from: Asked,
  machine: string,
  use: MachineUse,
  signal?: AbortSignal,
): Promise<Price | undefined> {
  const own = ownPrice(from.config.settings, machine, use, from.host.now());
  return own ?? listedPrice(from.host, machine, 'AWS Price List', () => machinesOf(from, use, signal));
}

function toMachine(text: string, date: string): Machine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = PRODUCT.safeParse(value);
  if (!read.success) return undefined;
  const { instanceName, vCpu, memory, gpu } = read.data.product.attributes;
  const hourly = Object.values(read.data.terms.OnDemand)
    .flatMap((term) => Object.values(term.priceDimensions))
    .find((one) => /^h/i.test(one.unit));
  const price = Number(hourly?.pricePerUnit.USD);
  const cores = Number(vCpu);
  const gpus = Number(gpu);
  return {
    type: instanceName,
    ...(Number.isFinite(cores) ? { cores } : {}),
    ...(memory === undefined ? {} : { memory }),
    ...(Number.isFinite(gpus) ? { gpus } : {}),
    ...(Number.isFinite(price) ? { price, date } : {}),
  };
}
