import { UserError } from '../../core/errors';
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
  await clients.calling('set up the scaling of the endpoint', async () => {
    await client.send(
      new sdk.RegisterScalableTargetCommand({ ...target, MinCapacity: wanted.min, MaxCapacity: wanted.max }),
      abort(signal),
    );
    await client.send(
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
    );
  });
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
