import type { CoreContext } from './context';
import type { EndpointManifest } from './endpoints-manifest';
import { UserError } from './errors';
import type { Agree } from './estimate';
import type { Capacity, Endpoint, Model } from './model';
import type { Measured } from './monitor';
import type { Endpoints } from './provider';
import type { ProviderId } from './run';

/** What of a request is asked of the provider's machines, and kept for the next model. */
export function capacityOf({ machine, instances, serverless }: Capacity): Capacity {
  return {
    ...(machine === undefined ? {} : { machine }),
    ...(instances === undefined ? {} : { instances }),
    ...(serverless === undefined ? {} : { serverless }),
  };
}

/** What the provider measured; a report does not fail for want of it. */
export async function measuredOf(
  { host }: Pick<CoreContext, 'host'>,
  endpoints: Endpoints,
  name: string,
  since: string | undefined,
  signal?: AbortSignal,
): Promise<Measured | undefined> {
  try {
    return await endpoints.measured?.(name, since === undefined ? undefined : new Date(since), signal);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log(error.message);
    return undefined;
  }
}

export interface Sharing {
  readonly model: Model;
  /** Gives the version its part. */
  readonly share: (capacity?: Capacity, signal?: AbortSignal) => Promise<Endpoint>;
  /** Shows what it costs beside the other version; undefined where nobody can be asked. */
  readonly agree: Agree | undefined;
}

/** The version that shall get a part of the requests, and what gives it to it; a UserError where that cannot be. */
export async function sharing(
  { models, host }: Pick<CoreContext, 'models' | 'host'>,
  endpoints: Endpoints,
  asked: { id: ProviderId; endpoint: string; reference: string; percent: number },
): Promise<Sharing> {
  const { id, endpoint, reference, percent } = asked;
  const split = endpoints.split?.bind(endpoints);
  if (!split) {
    throw new UserError('unsupported', `An endpoint on ${id} has one model at a time.`, {
      fix: `Give all requests to it: mll update ${endpoint} ${reference}`,
    });
  }
  if (!Number.isInteger(percent) || percent < 1 || percent > 99) {
    throw new UserError('invalid', `${percent} is no share of the requests.`, {
      fix: 'Give whole percent from 1 to 99. For all of them leave the share out.',
    });
  }
  const model = await models.get(reference);
  await models.signature(`${model.name}@${model.version}`);
  const ask = host.agree?.bind(host);
  return {
    model,
    share: (capacity, signal) => split(endpoint, model, percent, capacity, signal),
    agree:
      ask &&
      ((estimate) =>
        ask({
          ...estimate,
          action: `Give ${model.name}@${model.version} ${percent} % of the requests of "${endpoint}"`,
          notes: [
            `What answers now keeps the other ${100 - percent} %, on machines of its own: both cost as long as they share.`,
            ...(estimate.notes ?? []),
          ],
        })),
  };
}

/** Whether the provider has an endpoint of that name already, of which this folder knows nothing. */
export async function isServed(endpoints: Endpoints, name: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await endpoints.get(name, signal)).status !== 'stopped';
  } catch (error) {
    if (error instanceof UserError && error.kind === 'notFound') return false;
    throw error;
  }
}

/** Whether it answers with that model now; false also where that cannot be found out. */
export async function serves(endpoints: Endpoints, name: string, model: Model): Promise<boolean> {
  try {
    const seen = await endpoints.get(name);
    return seen.status === 'ready' && seen.model === model.name && seen.version === model.version;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** The manifest of an endpoint that has come to serve that model. */
export function serving(before: EndpointManifest, model: Model, now: string): EndpointManifest {
  // Another process may have changed it meanwhile: what is written down now was served before.
  const same = before.model === model.name && before.version === model.version;
  return {
    ...before,
    model: model.name,
    version: model.version,
    ...(same ? {} : { previous: { model: before.model, version: before.version } }),
    status: 'deployed',
    updated: now,
  };
}
