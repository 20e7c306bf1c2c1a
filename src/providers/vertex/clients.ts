import { z } from 'zod';
import type { HostProxy } from '../../core/api';
import { createOnce } from '../../core/once';
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

/** Services that are asked by plain HTTP, and their usual addresses. */
const ADDRESSES = {
  LOGGING: 'https://logging.googleapis.com/',
  MONITORING: 'https://monitoring.googleapis.com/',
  BIGQUERY: 'https://bigquery.googleapis.com/bigquery/v2/',
  CLOUDBILLING: 'https://cloudbilling.googleapis.com/',
  SERVICEUSAGE: 'https://serviceusage.googleapis.com/',
  IAM: 'https://iam.googleapis.com/',
} as const;
export type Service = keyof typeof ADDRESSES;

/** Where a service is asked: gcloud's own variable, else the service's usual address. */
function addressOf(service: Service | 'AIPLATFORM', usual: string): URL {
  return new URL(process.env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${service}`] ?? usual);
}

/**
 * gRPC knows the variables of a proxy in small letters only, where Google's other clients, and most that tell people what to set, have
 * capitals; VS Code's own settings reach those others alone. Variables that nothing but gRPC reads are set.
 */
function nameProxyToGrpc(settings: HostProxy | undefined): void {
  const { env } = process;
  const small = env.grpc_proxy ?? env.https_proxy ?? env.http_proxy;
  const proxy = env.HTTPS_PROXY ?? env.HTTP_PROXY ?? settings?.url;
  if (!small && proxy) env.grpc_proxy = proxy;
  const except = env.NO_PROXY ?? settings?.except.join(',');
  if (!env.no_grpc_proxy && !env.no_proxy && except) env.no_grpc_proxy = except;
}

interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Clients by region, made on first use and kept. The login is the one that "Connect Google…" chose. */
export function createClients(choice: GoogleChoice, proxy: () => HostProxy | undefined) {
  const once = createOnce();
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

  /** Address and login of one of Vertex AI's services. */
  async function reach({ hostname, port }: URL) {
    nameProxyToGrpc(proxy());
    return { auth: await auth(), apiEndpoint: hostname, ...(port === '' ? {} : { port: Number(port) }) };
  }
  const usual = (region: string): URL =>
    addressOf('AIPLATFORM', `https://${region}-aiplatform.googleapis.com`);

  /** Asks a service by plain HTTP; `route` is relative to its address. */
  async function ask(
    service: Service,
    route: string,
    { method = 'GET', query = {}, body }: Question = {},
    signal?: AbortSignal,
  ): Promise<unknown> {
    const url = new URL(route, addressOf(service, ADDRESSES[service]));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { data } = await (
      await auth()
    ).request<unknown>({
      url: url.href,
      method,
      ...(body === undefined ? {} : { data: body }),
      ...(signal ? { signal } : {}),
    });
    return data;
  }

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
        return new JobServiceClient(await reach(usual(region)));
      }),
    models: (region: string) =>
      once(`models ${region}`, async () => {
        const { ModelServiceClient } = await import('./sdk/endpoints');
        return new ModelServiceClient(await reach(usual(region)));
      }),
    endpoints: (region: string) =>
      once(`endpoints ${region}`, async () => {
        const { EndpointServiceClient } = await import('./sdk/endpoints');
        return new EndpointServiceClient(await reach(usual(region)));
      }),
    /** `dns`: of an endpoint with an address of its own; '' for all others. */
    predictions: (region: string, dns: string) =>
      once(`predictions ${region} ${dns}`, async () => {
        const { PredictionServiceClient } = await import('./sdk/endpoints');
        const own = dns === '' ? usual(region) : new URL(`https://${dns.replace(/^https:\/\//, '')}`);
        return new PredictionServiceClient(await reach(own));
      }),
    ask,
    /** `entries:list` of Cloud Logging. */
    entries: async (body: object, signal?: AbortSignal): Promise<LogPage> =>
      PAGE.parse(await ask('LOGGING', 'v2/entries:list', { method: 'POST', body }, signal)),
    bucketsOf,
    /** The whole bucket. */
    store: async (bucket: string): Promise<Store> => (await bucketsOf()).open(bucket),
  };
}
export type Clients = ReturnType<typeof createClients>;
