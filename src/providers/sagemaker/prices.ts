import path from 'node:path';
import { z } from 'zod';
import type { Host } from '../../core/api';
import { UserError } from '../../core/errors';
import { readText, writeText } from '../../core/files';
import type { Machine, MachineUse } from '../../core/provider';
import { abort, type Clients } from './clients';
import type { Config } from './config';

/** USD for one machine and hour, with where it is from and when that was. */
export interface Price {
  readonly price: number;
  readonly date: string;
  readonly source: string;
}

/** Days that a price from AWS is believed. */
const KEPT_DAYS = 14;
const COMPONENTS: Readonly<Record<MachineUse, string>> = {
  train: 'Training',
  prepare: 'Processing',
  endpoint: 'Hosting',
};

const MACHINE = z.object({
  type: z.string(),
  cores: z.exactOptional(z.number()),
  memory: z.exactOptional(z.string()),
  gpus: z.exactOptional(z.number()),
  price: z.exactOptional(z.number()),
  date: z.exactOptional(z.string()),
});
const KEPT = z.object({ date: z.string(), machines: z.array(MACHINE) });

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

const day = (date: Date): string => date.toISOString().slice(0, 10);

/** The price that the person wrote into `ml.yaml`. */
function ownPrice({ settings }: Config, machine: string, use: MachineUse, today: Date): Price | undefined {
  const given = settings.prices?.[machine];
  const price = typeof given === 'number' ? given : given?.[use];
  return price === undefined ? undefined : { price, date: day(today), source: 'from ml.yaml' };
}

/** The Price List API stands in three regions; China has its own. */
function priceRegion(region: string): string {
  if (region.startsWith('cn-')) return 'cn-northwest-1';
  if (region.startsWith('eu-')) return 'eu-central-1';
  return region.startsWith('ap-') ? 'ap-south-1' : 'us-east-1';
}

interface Asked {
  readonly host: Pick<Host, 'stateFolder' | 'now' | 'log'>;
  readonly clients: Clients;
  readonly config: Config;
}

/** All machines for one use in the region with their prices: from AWS's Price List with the person's own login, kept for some days. */
export async function machinesOf(
  from: Asked,
  use: MachineUse,
  signal?: AbortSignal,
): Promise<readonly Machine[]> {
  const { host, clients, config } = from;
  const file = path.join(host.stateFolder, 'prices', `sagemaker-${config.region}-${use}.json`);
  const kept = await readKept(file);
  const today = day(host.now());
  if (kept && Date.parse(today) - Date.parse(kept.date) < KEPT_DAYS * 86_400_000) return kept.machines;
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
    if (next === undefined) break;
  }
  const machines = [...found.values()].sort(
    (a, b) => (a.price ?? Infinity) - (b.price ?? Infinity) || a.type.localeCompare(b.type),
  );
  if (machines.length > 0) await writeText(file, `${JSON.stringify({ date: today, machines })}\n`);
  return machines;
}

/** What a machine costs; undefined where that cannot be known, which is no failure. */
export async function priceOf(
  from: Asked,
  machine: string,
  use: MachineUse,
  signal?: AbortSignal,
): Promise<Price | undefined> {
  const own = ownPrice(from.config, machine, use, from.host.now());
  if (own) return own;
  try {
    const found = (await machinesOf(from, use, signal)).find((one) => one.type === machine);
    if (found?.price === undefined || found.date === undefined) return undefined;
    return { price: found.price, date: found.date, source: 'AWS Price List' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    from.host.log(`Prices are not known: ${error.message}`);
    return undefined;
  }
}

async function readKept(file: string): Promise<z.infer<typeof KEPT> | undefined> {
  try {
    return KEPT.parse(JSON.parse((await readText(file)) ?? ''));
  } catch {
    return undefined;
  }
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
