import type { Host } from '../core/api';

/** The only list of providers; each is loaded on first use. */
export const providers: Host['providers'] = {
  local: async (project, host) => (await import('./local')).create(project, host),
  sagemaker: async (project, host) => (await import('./sagemaker')).create(project, host),
  vertex: async (project, host) => (await import('./vertex')).create(project, host),
};
