import type { Host } from '../../core/api';
import { UserError } from '../../core/errors';
import type { Idle } from '../../core/model';
import { type Clients } from './clients';
import type { Config } from './config';
import { priceOf } from './prices';
import { lastRequest } from './statistics';

const HOUR = 60 * 60_000;
export const DEFAULT_IDLE_HOURS = 24;
/** CloudWatch's answers cost a little and come late anyway. */
const KEPT_MS = 10 * 60_000;

interface Asked {
  readonly config: Config;
  readonly clients: Clients;
  readonly endpoint: string;
  /** When it came to serve what it serves now. */
  readonly since: Date;
  readonly machine: string;
  readonly count: number;
}

/** Which endpoints that cost by the hour were not asked for longer than `idleHours`. */
export function createIdle(host: Pick<Host, 'now' | 'log' | 'stateFolder'>) {
  const kept = new Map<string, { at: number; last: Date | undefined }>();
  /** When this process asked itself, in ms: CloudWatch does not know of it yet. */
  const own = new Map<string, number>();

  async function lastOf(
    { config, clients, endpoint, since }: Asked,
    signal?: AbortSignal,
  ): Promise<Date | undefined> {
    const now = host.now();
    const known = kept.get(endpoint);
    if (known && now.getTime() - known.at < KEPT_MS) return known.last;
    const last = await lastRequest(clients, { region: config.region, endpoint, since, now }, signal);
    kept.set(endpoint, { at: now.getTime(), last });
    return last;
  }

  return {
    asked: (endpoint: string): void => void own.set(endpoint, host.now().getTime()),
    /** Undefined while it is in use, is younger, or cannot be seen. */
    async of(asked: Asked, signal?: AbortSignal): Promise<Idle | undefined> {
      const { config, clients, since, machine, count } = asked;
      const limit = config.settings.endpoint?.idleHours ?? DEFAULT_IDLE_HOURS;
      const now = host.now().getTime();
      if (now - since.getTime() < limit * HOUR) return undefined;
      try {
        const last = await lastOf(asked, signal);
        const newest = Math.max((last ?? since).getTime(), own.get(asked.endpoint) ?? 0);
        const hours = (now - newest) / HOUR;
        if (hours < limit) return undefined;
        const price = await priceOf({ host, clients, config }, machine, 'endpoint', signal);
        return { hours, ...(price === undefined ? {} : { perDay: price.price * 24 * count }) };
      } catch (error) {
        // Who may not read metrics may well have endpoints.
        if (!(error instanceof UserError)) throw error;
        host.log(`When ${asked.endpoint} was asked last is not known: ${error.message}`);
        return undefined;
      }
    },
  };
}
