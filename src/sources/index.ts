import type { Host } from '../core/api';

/** The only list of sources; each is loaded on first use. */
export const sources: NonNullable<Host['sources']> = {
  bigquery: async (settings) => (await import('./bigquery')).createSource(settings),
};
