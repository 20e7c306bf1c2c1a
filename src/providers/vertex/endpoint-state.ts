import type { ErrorData } from '../../core/errors';
import type { EndpointStatus } from '../../core/model';
import { deployedOn, type Seen, shareOf } from './deployments';
import { type DeployedModel, type Endpoint, idOf, servedOf } from './endpoint-requests';
import { isoTime } from './job-state';

/** An update that is being made has two models for a moment; one that is older than this was left half-way. */
const HALF_WAY_MS = 2 * 60_000;

/** Deployed models, the one with the most traffic first: it answers. */
const byShare = (endpoint: Endpoint): DeployedModel[] =>
  deployedOn(endpoint).toSorted((a, b) => shareOf(endpoint, b.id) - shareOf(endpoint, a.id));

export const mainOf = (endpoint: Endpoint): DeployedModel | undefined => byShare(endpoint)[0];

/** Vertex AI gives an endpoint no state: it is what is deployed, and whether something is on its way. */
export function statusOf({ endpoint, busy }: Seen): EndpointStatus {
  const count = deployedOn(endpoint).length;
  if (busy) return count === 0 ? 'creating' : 'updating';
  return count === 0 ? 'stopped' : 'ready';
}

/** An update that was cut off: two models are deployed, both cost, and the traffic may be split between them. */
export function halfWay(name: string, endpoint: Endpoint, now: Date): ErrorData | undefined {
  const all = byShare(endpoint);
  if (all.length < 2) return undefined;
  const changed = Date.parse(isoTime(endpoint.updateTime) ?? '');
  if (now.getTime() - changed < HALF_WAY_MS) return undefined;
  const shares = all.map((one) => `${one.displayName ?? ''} answers ${shareOf(endpoint, one.id)} %`);
  const choices = all.flatMap(({ displayName }) => (servedOf(displayName) ? [displayName ?? ''] : []));
  const commands = choices.map((one) => `"mll update ${name} ${one}"`);
  return {
    kind: 'conflict',
    message: `An update was left half-way: ${shares.join(', ')} of the requests, and the machines of each cost.`,
    fix: `Choose the one that shall answer all: ${commands.join(' or ')}.`,
    actions: choices.map((one) => ({
      title: `All to ${one}`,
      command: 'mll.endpoint.update',
      args: [name, one],
    })),
  };
}

/** True for the very version on the very machines: an update that was left half-way goes on with it. */
export function isSame(one: DeployedModel, wanted: DeployedModel): boolean {
  const [path, version] = (wanted.model ?? '').split('@');
  const [mine, theirs] = [one.dedicatedResources, wanted.dedicatedResources];
  return (
    idOf(one.model?.split('@')[0]) === idOf(path) &&
    one.modelVersionId === version &&
    mine?.machineSpec?.machineType === theirs?.machineSpec?.machineType &&
    mine?.minReplicaCount === theirs?.minReplicaCount
  );
}

/** What serves goes on serving all; alone, the new one gets all. `0` stands for the one that is being deployed. */
export function splitWith(before: Endpoint | undefined): Record<string, number> {
  const shares = Object.entries(before?.trafficSplit ?? {}).filter(([, share]) => share > 0);
  if (shares.length === 0) return { '0': 100 };
  return { ...Object.fromEntries(shares), '0': 0 };
}
