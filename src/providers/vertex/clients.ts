import { z } from 'zod';
import type { Store } from '../../core/store';
import type { GoogleChoice } from '../../stores/google-login';
import { translate } from './errors';

/** Google's entries of a log (Cloud Logging), as far as they are read. */
const PAGE = z.looseObject({
  entries: z
    .array(
      z.looseObject({
        insertId: z.string(),
        receiveTimestamp: z.string().default(''),
        textPayload: z.string().optional(),
        jsonPayload: z.looseObject({ message: z.string().optional() }).optional(),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
});
export type LogPage = z.infer<typeof PAGE>;

/** Where a service is asked: gcloud's own variable, else the service's usual address. */
function addressOf(service: 'AIPLATFORM' | 'LOGGING', usual: string): URL {
  return new URL(process.env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${service}`] ?? usual);
}

/** Clients by region, made on first use and kept. The login is the one that "Connect Google…" chose. */
export function createClients(choice: GoogleChoice) {
  const kept = new Map<string, Promise<unknown>>();
  function once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = kept.get(key) as Promise<T> | undefined;
    if (known) return known;
    const made = make();
    kept.set(key, made);
    // What did not work is tried again at the next call.
    made.catch(() => kept.delete(key));
    return made;
  }
  const auth = () => once('auth', async () => (await import('../../stores/google-login')).googleAuth(choice));
  const bucketsOf = () =>
    once('buckets', async () => {
      const { account, keyFile, project } = choice;
      return (await import('../../stores/gcs')).createAccount({
        ...(account === undefined ? {} : { account }),
        ...(keyFile === undefined ? {} : { keyFile }),
        ...(project === undefined ? {} : { project }),
      });
    });

  return {
    choice,
    /** Runs calls to Google; a failure comes back worded. `doing` is for example "start the job". */
    async calling<T>(doing: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
      signal?.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        throw translate(error, choice, doing);
      }
    },
    jobs: (region: string) =>
      once(`jobs ${region}`, async () => {
        const { JobServiceClient } = await import('./sdk/jobs');
        const { hostname, port } = addressOf('AIPLATFORM', `https://${region}-aiplatform.googleapis.com`);
        return new JobServiceClient({
          auth: await auth(),
          apiEndpoint: hostname,
          ...(port === '' ? {} : { port: Number(port) }),
        });
      }),
    /** `entries:list` of Cloud Logging. */
    async entries(body: object, signal?: AbortSignal): Promise<LogPage> {
      const { data } = await (
        await auth()
      ).request({
        url: new URL('/v2/entries:list', addressOf('LOGGING', 'https://logging.googleapis.com')).href,
        method: 'POST',
        data: body,
        ...(signal ? { signal } : {}),
      });
      return PAGE.parse(data);
    },
    bucketsOf,
    /** The whole bucket. */
    store: async (bucket: string): Promise<Store> => (await bucketsOf()).open(bucket),
  };
}
export type Clients = ReturnType<typeof createClients>;
