import { z } from 'zod';
import type { Host } from '../../core/api';
import { UserError } from '../../core/errors';
import { day, keptPrices } from '../../core/kept-prices';
import type { Machine, MachineUse } from '../../core/provider';
import type { SagemakerSettings } from '../../core/provider-settings';

/** USD for one machine and hour, with where it is from and when that was. */
export interface Price {
  readonly price: number;
  readonly date: string;
  readonly source: string;
}

export type PriceHost = Pick<Host, 'stateFolder' | 'now' | 'log'>;

const MACHINE = z.object({
  type: z.string(),
  cores: z.exactOptional(z.number()),
  memory: z.exactOptional(z.string()),
  gpus: z.exactOptional(z.number()),
  price: z.exactOptional(z.number()),
  date: z.exactOptional(z.string()),
});
const KEPT = z.object({ date: z.string(), machines: z.array(MACHINE) });

/** The price that the person wrote into `ml.yaml`. */
export function ownPrice(
  { prices }: Pick<SagemakerSettings, 'prices'>,
  machine: string,
  use: MachineUse,
  today: Date,
): Price | undefined {
  const given = prices?.[machine];
  const price = typeof given === 'number' ? given : given?.[use];
  return price === undefined ? undefined : { price, date: day(today), source: 'from ml.yaml' };
}

/** Machines with their prices, found by `find` and kept for some days below that name; the cheapest first. */
export async function keptMachines(
  host: PriceHost,
  name: string,
  find: (today: string) => Promise<readonly Machine[]>,
): Promise<readonly Machine[]> {
  const kept = await keptPrices(host, name, KEPT, async (date) => {
    const machines = (await find(date)).toSorted(
      (a, b) => (a.price ?? Infinity) - (b.price ?? Infinity) || a.type.localeCompare(b.type),
    );
    return machines.length === 0 ? undefined : { date, machines };
  });
  return kept?.machines ?? [];
}

/** What a machine costs by a cloud's list; undefined where that cannot be known, which is no failure. */
export async function listedPrice(
  host: PriceHost,
  machine: string,
  source: string,
  list: () => Promise<readonly Machine[]>,
): Promise<Price | undefined> {
  try {
    const { price, date } = (await list()).find((one) => one.type === machine) ?? {};
    return price === undefined || date === undefined ? undefined : { price, date, source };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log(`Prices are not known: ${error.message}`);
    return undefined;
  }
}
