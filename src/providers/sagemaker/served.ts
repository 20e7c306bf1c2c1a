import { UserError } from '../../core/errors';
import { explain } from '../../core/explain/explain';
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
  const reason =
    now?.FailureReason ??
    (now ? `Its status is ${now.EndpointStatus ?? 'unknown'}.` : 'It was deleted meanwhile.');
  const explained = explain(lines.join('\n'), 'sagemaker');
  const said =
    lines.length === 0 ? 'Its log is empty.' : `Its log ends with:\n${lines.slice(-SHOWN_LINES).join('\n')}`;
  const cause = explained.cause === null ? '' : ` ${explained.cause}`;
  throw new UserError('unavailable', `The model could not be served. ${reason}${cause} ${said}`, {
    fix:
      explained.class === 'network'
        ? 'Write "wheels: vendored" in ml.yaml, so that the packages travel along, or give the subnets a way out to the internet.'
        : (explained.fix ?? 'Read the last lines above for the cause.'),
  });
}
