import { UserError } from '../../core/errors';
import type { Chunk } from '../../core/provider';
import { abort, type Clients } from './clients';
import { codeOf } from './errors';

export const LOG_GROUPS = {
  train: '/aws/sagemaker/TrainingJobs',
  prepare: '/aws/sagemaker/ProcessingJobs',
} as const;
export const endpointLogGroup = (endpoint: string): string => `/aws/sagemaker/Endpoints/${endpoint}`;

/** The log of one job or endpoint: all streams of a group whose names begin with `prefix`. */
export interface LogPlace {
  readonly region: string;
  readonly group: string;
  readonly prefix: string;
}

/** Lines since the cursor, stream by stream; no group or stream yet means no line yet. The cursor holds CloudWatch's token of each stream. */
export async function readLog(
  clients: Clients,
  place: LogPlace,
  cursor?: string,
  signal?: AbortSignal,
): Promise<Chunk<string>> {
  const tokens = parseCursor(cursor);
  const { sdk, client } = await clients.logs(place.region);
  const items: string[] = [];
  for (const { name: stream } of await streamsOf(clients, place, signal)) {
    // A page may be empty though more follows; the end is where the token stays the same.
    for (let found = 0; found === 0;) {
      const nextToken = tokens[stream];
      const page = await quietly(clients, () =>
        client.send(
          new sdk.GetLogEventsCommand({
            logGroupName: place.group,
            logStreamName: stream,
            startFromHead: true,
            ...(nextToken === undefined ? {} : { nextToken }),
          }),
          abort(signal),
        ),
      );
      const { events = [], nextForwardToken } = page ?? {};
      items.push(...events.map((one) => one.message ?? ''));
      found = events.length;
      if (nextForwardToken === undefined || nextForwardToken === nextToken) break;
      tokens[stream] = nextForwardToken;
    }
  }
  return { items, cursor: Object.keys(tokens).length === 0 ? '0' : JSON.stringify(tokens) };
}

/** The last lines of the stream that was begun last (each container has one of its own), oldest first. */
export async function lastLines(
  clients: Clients,
  place: LogPlace,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { sdk, client } = await clients.logs(place.region);
  const newest = (await streamsOf(clients, place, signal)).toSorted((a, b) => a.created - b.created).at(-1);
  if (!newest) return [];
  const page = await quietly(clients, () =>
    client.send(
      new sdk.GetLogEventsCommand({
        logGroupName: place.group,
        logStreamName: newest.name,
        startFromHead: false,
        limit,
      }),
      abort(signal),
    ),
  );
  return (page?.events ?? []).map((one) => one.message ?? '');
}

interface Stream {
  readonly name: string;
  readonly created: number;
}

/** By name. */
async function streamsOf(clients: Clients, place: LogPlace, signal?: AbortSignal): Promise<Stream[]> {
  const { sdk, client } = await clients.logs(place.region);
  const found: Stream[] = [];
  for (let nextToken: string | undefined; ;) {
    const page = await quietly(clients, () =>
      client.send(
        new sdk.DescribeLogStreamsCommand({
          logGroupName: place.group,
          ...(place.prefix === '' ? {} : { logStreamNamePrefix: place.prefix }),
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        abort(signal),
      ),
    );
    for (const { logStreamName: name, creationTime: created = 0 } of page?.logStreams ?? []) {
      if (name !== undefined) found.push({ name, created });
    }
    nextToken = page?.nextToken;
    if (nextToken === undefined) return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** Undefined where there is nothing yet: a group is made with its first line. */
async function quietly<T>(clients: Clients, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await clients.calling('read the log', call);
  } catch (error) {
    if (error instanceof UserError && error.kind === 'notFound') return undefined;
    throw error;
  }
}

function parseCursor(cursor: string | undefined): Record<string, string> {
  try {
    const value: unknown = JSON.parse(cursor ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((one): one is [string, string] => typeof one[1] === 'string'),
    );
  } catch {
    return {};
  }
}

/** Deletes an endpoint's log. Who may not do that may well remove endpoints: then it stays, and `say` is told. */
export async function removeEndpointLog(
  clients: Clients,
  region: string,
  endpoint: string,
  say: (line: string) => void,
): Promise<void> {
  const { sdk, client } = await clients.logs(region);
  try {
    await client.send(new sdk.DeleteLogGroupCommand({ logGroupName: endpointLogGroup(endpoint) }));
  } catch (error) {
    say(`The log of ${endpoint} stays: ${codeOf(error)}`);
  }
}
