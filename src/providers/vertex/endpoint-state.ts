import type { ErrorData } from '../../core/errors';
import type { EndpointStatus, Share } from '../../core/model';
import { deployedOn, type Seen, shareOf } from './deployments';
import { type DeployedModel, type Endpoint, idOf, servedOf } from './endpoint-requests';
import { isoTime } from './job-state';

/** An update that is being made has two models for a moment; one that is older than this was left half-way. */
const HALF_WAY_MS = 2 * 60_000;

/** Deployed models, the one with the most traffic first: it answers. */
const byShare = (endpoint: Endpoint): DeployedModel[] =>
  deployedOn(endpoint).toSorted((a, b) => shareOf(endpoint, b.id) - shareOf(endpoint, a.id));

export const mainOf = (endpoint: Endpoint): DeployedModel | undefined => byShare(endpoint)[0];

/** What an endpoint says of itself: `penguins@3`, or of a split that a person chose `penguins@2 90 %, penguins@3 10 %`. */
export function sharesText(shares: Shares): string {
  const [[only] = [], ...more] = shares;
  if (more.length === 0) return only?.displayName ?? '';
  return shares
    .map(([one, percent]) => ({ name: one.displayName ?? '', percent }))
    .toSorted((a, b) => b.percent - a.percent || (a.name < b.name ? -1 : 1))
    .map(({ name, percent }) => `${name} ${percent} %`)
    .join(', ');
}
export type Shares = readonly (readonly [DeployedModel, number])[];

/** So many percent for one; the rest for the other that has most of the traffic. */
export function sharesWith(serving: DeployedModel, before: Endpoint | undefined, percent: number): Shares {
  const other = before && byShare(before).find((one) => one.id !== serving.id);
  if (percent === 100 || !other) return [[serving, 100]];
  return [
    [serving, percent],
    [other, 100 - percent],
  ];
}

/** The first version in {@link sharesText}, or the only one. */
export const mainOfText = (text: string | null | undefined): ReturnType<typeof servedOf> =>
  servedOf(text?.replace(/ \d+ %.*$/, ''));

/** Shares that a person chose; undefined where one version answers, or an update was left half-way. */
export function splitOf(endpoint: Endpoint): readonly Share[] | undefined {
  const all = byShare(endpoint);
  const shares = all.map((one) => [one, shareOf(endpoint, one.id)] as const);
  if (all.length < 2 || endpoint.description !== sharesText(shares)) return undefined;
  return all.flatMap((one) => {
    const served = servedOf(one.displayName);
    return served ? [{ ...served, percent: shareOf(endpoint, one.id) }] : [];
  });
}

/** Vertex AI gives an endpoint no state: it is what is deployed, and whether something is on its way. */
export function statusOf({ endpoint, busy }: Seen): EndpointStatus {
  const count = deployedOn(endpoint).length;
  if (busy) return count === 0 ? 'creating' : 'updating';
  return count === 0 ? 'stopped' : 'ready';
}

/** An update that was cut off: two models are deployed, both cost, and the traffic may be split between them. */
export function halfWay(name: string, endpoint: Endpoint, now: Date): ErrorData | undefined {
  const all = byShare(endpoint);
  if (all.length < 2 || splitOf(endpoint)) return undefined;
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
