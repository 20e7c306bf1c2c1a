import type { Store } from '../../core/store';
import type { Config } from './config';
import { thinStore } from './thin-store';

/** What every client is made with; the SDK finds the login itself, and its environment variables may name other hosts. */
export interface ClientConfig {
  readonly region: string;
  readonly profile?: string;
  readonly retryMode: string;
  readonly maxAttempts: number;
}

export const clientConfig = (config: Pick<Config, 'profile'>, region: string): ClientConfig => ({
  region,
  ...(config.profile === undefined ? {} : { profile: config.profile }),
  retryMode: 'adaptive',
  maxAttempts: 5,
});

/** Clients by region, made on first use and kept; each brings its own chunk of the SDK. */
export function createClients(profile: string | undefined) {
  const kept = new Map<string, Promise<unknown>>();
  function once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = kept.get(key) as Promise<T> | undefined;
    if (known) return known;
    const made = make();
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    return made;
  }
  const base = (region: string): ClientConfig => clientConfig({ profile }, region);
  return {
    sagemaker: (region: string) =>
      once(`sagemaker ${region}`, async () => {
        const sdk = await import('./sdk/sagemaker');
        return { sdk, client: new sdk.SageMakerClient(base(region)) };
      }),
    logs: (region: string) =>
      once(`logs ${region}`, async () => {
        const sdk = await import('./sdk/logs');
        return { sdk, client: new sdk.CloudWatchLogsClient(base(region)) };
      }),
    runtime: (region: string) =>
      once(`runtime ${region}`, async () => {
        const sdk = await import('./sdk/runtime');
        return { sdk, client: new sdk.SageMakerRuntimeClient(base(region)) };
      }),
    scaling: (region: string) =>
      once(`scaling ${region}`, async () => {
        const sdk = await import('./sdk/scaling');
        return { sdk, client: new sdk.ApplicationAutoScalingClient(base(region)) };
      }),
    metrics: (region: string) =>
      once(`metrics ${region}`, async () => {
        const sdk = await import('./sdk/metrics');
        return { sdk, client: new sdk.CloudWatchClient(base(region)) };
      }),
    account: (region: string) =>
      once(`account ${region}`, async () => {
        const sdk = await import('./sdk/account');
        return {
          sdk,
          iam: new sdk.IAMClient(base(region)),
          sts: new sdk.STSClient(base(region)),
          quotas: new sdk.ServiceQuotasClient(base(region)),
        };
      }),
    /** The whole bucket. */
    store: (region: string, bucket: string): Promise<Store> =>
      once(`store ${region} ${bucket}`, () => thinStore(base(region), bucket)),
  };
}
export type Clients = ReturnType<typeof createClients>;
