import { UserError } from '../../core/errors';
import type { Clients } from './clients';
import type { Deployments } from './deployments';
import { endpointLogGroup, lastLines } from './logs';

const SHOWN_LINES = 12;

/** Resolves once the endpoint serves that configuration, or says with its last log lines why it does not. */
export async function served(
  { clients, region, deployments }: { clients: Clients; region: string; deployments: Deployments },
  endpoint: string,
  deployment: string,
  signal?: AbortSignal,
): Promise<void> {
  const now = await deployments.settled(endpoint, signal);
  if (now?.EndpointStatus === 'InService' && now.EndpointConfigName === deployment) return;
  const place = { region, group: endpointLogGroup(endpoint), prefix: '' };
  const lines = (await lastLines(clients, place, 100, signal)).filter((line) => line.trim() !== '');
  const said =
    lines.length === 0 ? 'Its log is empty.' : `Its log ends with:\n${lines.slice(-SHOWN_LINES).join('\n')}`;
  const reason =
    now?.FailureReason ??
    (now ? `Its status is ${now.EndpointStatus ?? 'unknown'}.` : 'It was deleted meanwhile.');
  throw new UserError('unavailable', `The model could not be served. ${reason} ${said}`, {
    fix: 'Read the last lines above; a container that cannot reach the package index needs "wheels: vendored" in ml.yaml.',
  });
}
