import { S3Client } from '@aws-sdk/client-s3';
import type { StoreSettings } from '../core/store';
import { awsConfig } from './aws-credentials';
import { awsFailure } from './aws-errors';

/** Where requests go when nobody says a region; a bucket elsewhere is followed. */
const HOME_REGION = 'us-east-1';

export interface S3Clients {
  /** For what belongs to no bucket. */
  readonly home: S3Client;
  /** For one bucket, wherever it is: the first answer that names another region is followed, and remembered. */
  forBucket(bucket: string): S3Client;
}

export async function createClients(settings: StoreSettings): Promise<S3Clients> {
  const { hasOwnEndpoint, ...config } = await awsConfig(settings);
  const forcePathStyle = settings.pathStyle ?? hasOwnEndpoint;
  const byRegion = new Map<string, S3Client>();
  const inRegion = (region: string): S3Client => {
    const known = byRegion.get(region);
    if (known) return known;
    const made = new S3Client({ ...config, region, forcePathStyle });
    byRegion.set(region, made);
    return made;
  };
  const home = config.region ?? HOME_REGION;
  const regions = new Map<string, string>();

  return {
    home: inRegion(home),
    forBucket(bucket) {
      const send: S3Client['send'] = async (command: never, options: never) => {
        const region = regions.get(bucket) ?? home;
        try {
          return await inRegion(region).send(command, options);
        } catch (error) {
          const actual = awsFailure(error)?.header('x-amz-bucket-region');
          if (actual === undefined || actual === region) throw error;
          regions.set(bucket, actual);
          return await inRegion(actual).send(command, options);
        }
      };
      return withSend(inRegion(home), send);
    },
  };
}

/** The same client with another way to send; what only takes a client (lib-storage) works with it. */
export function withSend(client: S3Client, send: S3Client['send']): S3Client {
  return Object.create(client, { send: { value: send } }) as S3Client;
}

/** Options of a request that the signal ends. */
export function within(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
