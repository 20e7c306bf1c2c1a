import type { Host } from '../../core/api';
import type { Machines } from '../../core/model';
import type { Clients } from './clients';
import type { Config } from './config';
import { priceOf } from './prices';

/** The tree asks every few seconds; a price stands for days. */
const KEPT_MS = 10 * 60_000;

/** What an endpoint's machines are and cost; where no price can be had, that is asked for again after a while only. */
export function createRunning(host: Pick<Host, 'now' | 'log' | 'stateFolder'>) {
  const kept = new Map<string, { readonly at: number; readonly price: number | undefined }>();
  return async (
    { config, clients }: { readonly config: Config; readonly clients: Clients },
    { type, count }: { readonly type: string; readonly count: number },
    signal?: AbortSignal,
  ): Promise<Machines> => {
    const now = host.now().getTime();
    const key = `${config.region} ${type}`;
    let known = kept.get(key);
    if (!known || now - known.at >= KEPT_MS) {
      const price = await priceOf({ host, clients, config }, type, 'endpoint', signal);
      known = { at: now, price: price?.price };
      kept.set(key, known);
    }
    return { type, count, ...(known.price === undefined ? {} : { perDay: known.price * 24 * count }) };
  };
}
