import type { Host } from '../core/api';

/** The only list of stores; each is loaded on first use. */
export const stores: NonNullable<Host['stores']> = {
  file: async () => (await import('./folder')).createAccount(),
  s3: async (settings) => (await import('./s3')).createAccount(settings),
  gs: async (settings) => (await import('./gcs')).createAccount(settings),
};
