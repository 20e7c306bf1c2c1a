import { UserError } from '../../core/errors';
import type { Model } from '../../core/model';
import { abort, type Clients } from './clients';
import type { Config } from './config';
import { VARIANT } from './endpoint-requests';
import { isNotFound } from './errors';

const DIMENSION = 'sagemaker:variant:DesiredInstanceCount';
const resource = (endpoint: string): string => `endpoint/${endpoint}/variant/${VARIANT}`;

/** Lets the number of machines follow the requests, where the settings say so; a serverless endpoint has no machines. */
export async function scale(
  clients: Clients,
  config: Config,
  endpoint: string,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = config.settings.endpoint?.scale;
  if (!wanted) return;
  const { sdk, client } = await clients.scaling(config.region);
  const target = {
    ServiceNamespace: 'sagemaker',
    ResourceId: resource(endpoint),
    ScalableDimension: DIMENSION,
  } as const;
  const doing = 'set up the scaling of the endpoint';
  await clients.calling(doing, () =>
    client.send(
      new sdk.RegisterScalableTargetCommand({ ...target, MinCapacity: wanted.min, MaxCapacity: wanted.max }),
      abort(signal),
    ),
  );
  try {
    await clients.calling(doing, () =>
      client.send(
        new sdk.PutScalingPolicyCommand({
          ...target,
          PolicyName: `${endpoint}-invocations`,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: wanted.invocations,
            PredefinedMetricSpecification: {
              PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance',
            },
          },
        }),
        abort(signal),
      ),
    );
  } catch (error) {
    // Limits that nothing follows would be half of what was asked for.
    await unscale(clients, config, endpoint).catch(() => undefined);
    throw error;
  }
}

/** The same for an endpoint that serves a new model already: gives what went wrong, in words that say so; undefined when nothing did. */
export async function scaleServing(
  clients: Clients,
  config: Config,
  { endpoint, name, model }: { endpoint: string; name: string; model: Model },
  signal?: AbortSignal,
): Promise<Error | undefined> {
  try {
    await scale(clients, config, endpoint, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof UserError)) return error;
    const reference = `${model.name}@${model.version}`;
    return new UserError(
      error.kind,
      `"${name}" serves ${reference} now, but its number of machines does not follow the requests: ${error.message}`,
      {
        fix: `${error.fix === undefined ? '' : `${error.fix} `}Then "mll update ${name} ${reference}" sets it up; without "scale" in ml.yaml it is not asked for.`,
        cause: error,
      },
    );
  }
}

/** An endpoint that is deleted or whose configuration changes must not be scaled any more. */
export async function unscale(
  clients: Clients,
  { region, settings }: Pick<Config, 'region' | 'settings'>,
  endpoint: string,
  signal?: AbortSignal,
): Promise<void> {
  const { sdk, client } = await clients.scaling(region);
  try {
    await clients.calling('end the scaling of the endpoint', () =>
      client.send(
        new sdk.DeregisterScalableTargetCommand({
          ServiceNamespace: 'sagemaker',
          ResourceId: resource(endpoint),
          ScalableDimension: DIMENSION,
        }),
        abort(signal),
      ),
    );
  } catch (error) {
    if (isNotFound(error)) return;
    // Who never asked for scaling need not be allowed to end it.
    const isRefused = error instanceof UserError && error.kind === 'permission';
    if (!isRefused || settings.endpoint?.scale) throw error;
  }
}

/** Before an endpoint is deleted: who may not end its scaling can still delete what costs money. */
export async function unscaleRemoved(
  clients: Clients,
  config: Config,
  endpoint: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await unscale(clients, config, endpoint, signal);
  } catch (error) {
    if (!(error instanceof UserError) || error.kind !== 'permission') throw error;
    say(`The scaling of ${endpoint} stays registered, which costs nothing: ${error.message}`);
  }
}
