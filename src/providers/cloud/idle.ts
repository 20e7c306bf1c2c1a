import type { Host } from '../../core/api';
import { UserError } from '../../core/errors';
import type { Idle, Machines } from '../../core/model';

const HOUR = 60 * 60_000;
export const DEFAULT_IDLE_HOURS = 24;
/** A cloud's measurements cost a little and come late anyway; the tree asks every few seconds, and a price stands for days. */
const KEPT_MS = 10 * 60_000;

interface Asked {
  /** The cloud's name of the endpoint. */
  readonly endpoint: string;
  readonly limitHours: number;
  /** When it came to serve what it serves now. */
  readonly since: Date;
  readonly count: number;
  /** The end of the last hour in which it was asked; undefined where there was none. */
  lastRequest(): Promise<Date | undefined>;
  /** USD per hour of one machine. */
  price(): Promise<number | undefined>;
}

/** Which endpoints that cost by the hour were not asked for longer than `idleHours`. */
export function createIdle(host: Pick<Host, 'now' | 'log'>) {
  const kept = new Map<string, { at: number; last: Date | undefined }>();
  /** When this process asked itself, in ms: the measurements do not know of it yet. */
  const own = new Map<string, number>();

  async function lastOf(asked: Asked): Promise<Date | undefined> {
    const { endpoint } = asked;
    const now = host.now().getTime();
    const known = kept.get(endpoint);
    if (known && now - known.at < KEPT_MS) return known.last;
    const last = await asked.lastRequest();
    kept.set(endpoint, { at: now, last });
    return last;
  }

  return {
    asked: (endpoint: string): void => void own.set(endpoint, host.now().getTime()),
    /** Undefined while it is in use, is younger, or cannot be seen. */
    async of(asked: Asked): Promise<Idle | undefined> {
      const { endpoint, limitHours, since, count } = asked;
      const now = host.now().getTime();
      if (now - since.getTime() < limitHours * HOUR) return undefined;
      try {
        const last = await lastOf(asked);
        const newest = Math.max((last ?? since).getTime(), own.get(endpoint) ?? 0);
        const hours = (now - newest) / HOUR;
        if (hours < limitHours) return undefined;
        const price = await asked.price();
        return { hours, ...(price === undefined ? {} : { perDay: price * 24 * count }) };
      } catch (error) {
        // Who may not read metrics may well have endpoints.
        if (!(error instanceof UserError)) throw error;
        host.log(`When ${endpoint} was asked last is not known: ${error.message}`);
        return undefined;
      }
    },
  };
}

/** What an endpoint's machines are and cost; where no price can be had, that is asked for again after a while only. */
export function createRunning(host: Pick<Host, 'now'>) {
  const kept = new Map<string, { readonly at: number; readonly price: number | undefined }>();
  return async (
    { type, count, region }: { readonly type: string; readonly count: number; readonly region: string },
    ask: () => Promise<number | undefined>,
  ): Promise<Machines> => {
    const now = host.now().getTime();
    const key = `${region} ${type}`;
    let known = kept.get(key);
    if (!known || now - known.at >= KEPT_MS) {
      known = { at: now, price: await ask() };
      kept.set(key, known);
    }
    return { type, count, ...(known.price === undefined ? {} : { perDay: known.price * 24 * count }) };
  };
}
