import type { Config } from './config';

export type MachineUse = 'train' | 'prepare' | 'endpoint';

/** USD for one machine and hour, with where it is from and when that was. */
export interface Price {
  readonly price: number;
  readonly date: string;
  readonly source: string;
}

/** The price that the person wrote into `ml.yaml`. */
export function ownPrice(
  { settings }: Config,
  machine: string,
  use: MachineUse,
  today: Date,
): Price | undefined {
  const given = settings.prices?.[machine];
  const price = typeof given === 'number' ? given : given?.[use];
  return price === undefined
    ? undefined
    : { price, date: today.toISOString().slice(0, 10), source: 'from ml.yaml' };
}
