import { without } from '../../core/objects';
import { createOnce } from '../../core/once';
import type { Store, StoreAccount } from '../../core/store';
import type { AwsChoice } from '../../stores/aws-credentials';
import { translate } from './errors';

const ATTEMPTS = 5;

/**
 * Clients by region, made on first use and kept; each brings its own chunk of the SDK. The login is the one of the profile, or of the
 * environment without one.
 */
export function createClients(profile: string | undefined) {
  const once = createOnce();
  async function config(region: string) {
    const { awsConfig } = await import('../../stores/aws-credentials');
    const given = without(await awsConfig({ profile, region }), 'hasOwnEndpoint');
    return { ...given, region, maxAttempts: ATTEMPTS };
  }
  const buckets = (region: string): Promise<StoreAccount> =>
    once(`buckets ${region}`, async () =>
      (await import('../../stores/s3')).createAccount({ profile, region }),
    );

  return {
    /** Runs calls to AWS; a failure comes back worded. `doing` is for example "start the job". */
    async calling<T>(doing: string, call: () => Promise<T>): Promise<T> {
      try {
        return await call();
      } catch (error) {
        throw await translate(error, { profile } satisfies AwsChoice, doing);
      }
    },
    sagemaker: (region: string) =>
      once(`sagemaker ${region}`, async () => {
        const sdk = await import('./sdk/sagemaker');
        return { sdk, client: new sdk.SageMakerClient(await config(region)) };
      }),
    logs: (region: string) =>
      once(`logs ${region}`, async () => {
        const sdk = await import('./sdk/logs');
        return { sdk, client: new sdk.CloudWatchLogsClient(await config(region)) };
      }),
    runtime: (region: string) =>
      once(`runtime ${region}`, async () => {
        const sdk = await import('./sdk/runtime');
        return { sdk, client: new sdk.SageMakerRuntimeClient(await config(region)) };
      }),
    scaling: (region: string) =>
      once(`scaling ${region}`, async () => {
        const sdk = await import('./sdk/scaling');
        return { sdk, client: new sdk.ApplicationAutoScalingClient(await config(region)) };
      }),
    metrics: (region: string) =>
      once(`metrics ${region}`, async () => {
        const sdk = await import('./sdk/metrics');
        return { sdk, client: new sdk.CloudWatchClient(await config(region)) };
      }),
    prices: (region: string) =>
      once(`prices ${region}`, async () => {
        const sdk = await import('./sdk/prices');
        return { sdk, client: new sdk.PricingClient(await config(region)) };
      }),
    account: (region: string) =>
      once(`account ${region}`, async () => {
        const sdk = await import('./sdk/account');
        const made = await config(region);
        return {
          sdk,
          iam: new sdk.IAMClient(made),
          s3: new sdk.S3Client(made),
          sts: new sdk.STSClient(made),
          quotas: new sdk.ServiceQuotasClient(made),
        };
      }),
    buckets,
    /** The whole bucket. */
    store: async (region: string, bucket: string): Promise<Store> => (await buckets(region)).open(bucket),
  };
}
export type Clients = ReturnType<typeof createClients>;

/** The signal as the SDK takes it. */
export const abort = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
  signal ? { abortSignal: signal } : {};
