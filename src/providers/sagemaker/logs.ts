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

export interface LogLine {
  /** `algo-1`, `algo-2` … of a job; '' for an endpoint. */
  readonly machine: string;
  readonly time: number;
  readonly text: string;
}

/** How SageMaker calls a job's first machine. All do the same, so this one alone tells stages and metrics. */
export const FIRST = 'algo-1';
export const firstMachine = (place: LogPlace): LogPlace => ({ ...place, prefix: `${place.prefix}${FIRST}-` });

const machineOf = (stream: string): string => /\/(algo-\d+)-[^/]*$/.exec(stream)?.[1] ?? '';

/** CloudWatch may answer with pages that hold nothing though more follows, and without an end where lines have expired. */
const MOST_EMPTY_PAGES = 100;

/** How far a stream was read: CloudWatch's token, the time of the last line, and how many lines of that very time were read. */
type Read = readonly [token: string, time: number, count: number];

/** Lines since the cursor, by time; no group or stream yet means no line yet. */
export async function readLog(
  clients: Clients,
  place: LogPlace,
  cursor?: string,
  signal?: AbortSignal,
): Promise<Chunk<LogLine>> {
  const read = parseCursor(cursor);
  const items: LogLine[] = [];
  const streams = await streamsOf(clients, place, signal);
  for (const { name } of streams) {
    const { lines, now } = await readStream(clients, place, name, read[name], signal);
    if (now) read[name] = now;
    const machine = machineOf(name);
    for (const { time, text } of lines) items.push({ machine, time, text });
  }
  if (streams.length > 1) items.sort((a, b) => a.time - b.time);
  return { items, cursor: Object.keys(read).length === 0 ? '0' : JSON.stringify(read) };
}

/** The same as text; what a machine other than the first says is marked with its name. */
export const lineText = ({ machine, text }: LogLine): string =>
  machine === '' || machine === FIRST ? text : `[${machine}] ${text}`;

interface Event {
  readonly time: number;
  readonly text: string;
}

interface Page {
  readonly lines: readonly Event[];
  readonly next: string | undefined;
}

/** The next lines of a stream, as many as one page has; none at its end. */
async function readStream(
  clients: Clients,
  place: LogPlace,
  stream: string,
  before: Read | undefined,
  signal?: AbortSignal,
): Promise<{ lines: readonly Event[]; now: Read | undefined }> {
  let nextToken = before?.[0];
  let startTime: number | undefined;
  let skip = 0;
  for (let pages = 0; pages < MOST_EMPTY_PAGES; pages++) {
    const from = nextToken === undefined ? { startTime } : { nextToken };
    let page: Page;
    try {
      page = await eventsOf(clients, place, stream, { startFromHead: true, ...from }, signal);
    } catch (error) {
      if (nextToken === undefined || !isRefusedToken(error)) throw error;
      // A token lasts for 24 hours: anew from the last time that was seen, whose lines come once more.
      nextToken = undefined;
      [, startTime, skip] = before ?? ['', undefined, 0];
      continue;
    }
    const { lines: all, next } = page;
    const lines = all.slice(skip);
    skip -= all.length - lines.length;
    if (lines.length > 0)
      return { lines, now: next === undefined ? before : [next, ...lastOf(lines, before)] };
    // The end is where the token stays the same.
    if (next === undefined || next === nextToken) {
      return { lines, now: before && [next ?? before[0], before[1], before[2]] };
    }
    nextToken = next;
  }
  return { lines: [], now: before };
}

const isRefusedToken = (error: unknown): boolean =>
  error instanceof UserError && codeOf(error.cause).startsWith('InvalidParameter');

/** The time of the last line, and how many lines of that time were read by now. */
function lastOf(lines: readonly Event[], before: Read | undefined): [time: number, count: number] {
  const time = lines.at(-1)?.time ?? 0;
  const count = lines.length - 1 - lines.findLastIndex((one) => one.time !== time);
  const earlier = before?.[1] === time && count === lines.length ? before[2] : 0;
  return [time, count + earlier];
}

async function eventsOf(
  clients: Clients,
  place: LogPlace,
  stream: string,
  from: { startFromHead: boolean; startTime?: number | undefined; nextToken?: string; limit?: number },
  signal?: AbortSignal,
): Promise<Page> {
  const { sdk, client } = await clients.logs(place.region);
  const page = await quietly(clients, () =>
    client.send(
      new sdk.GetLogEventsCommand({ logGroupName: place.group, logStreamName: stream, ...from }),
      abort(signal),
    ),
  );
  const lines = (page?.events ?? []).map(({ timestamp = 0, message = '' }) => ({
    time: timestamp,
    text: message,
  }));
  return { lines, next: page?.nextForwardToken };
}

/** The last lines of the stream that was begun last (each container has one of its own), oldest first. */
export async function lastLines(
  clients: Clients,
  place: LogPlace,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const newest = (await streamsOf(clients, place, signal)).toSorted((a, b) => a.created - b.created).at(-1);
  return newest ? (await endOf(clients, place, newest.name, limit, signal)).map((one) => one.text) : [];
}

/** The last lines of each machine, those of the first machine first. */
export async function lastOfEach(
  clients: Clients,
  place: LogPlace,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly (readonly LogLine[])[]> {
  const newest = new Map<string, Stream>();
  for (const stream of await streamsOf(clients, place, signal)) {
    const machine = machineOf(stream.name);
    if (stream.created >= (newest.get(machine)?.created ?? 0)) newest.set(machine, stream);
  }
  const ordered = [...newest].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  return Promise.all(
    ordered.map(async ([machine, { name }]) =>
      (await endOf(clients, place, name, limit, signal)).map((one) => ({ machine, ...one })),
    ),
  );
}

const endOf = async (
  clients: Clients,
  place: LogPlace,
  stream: string,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly Event[]> =>
  (await eventsOf(clients, place, stream, { startFromHead: false, limit }, signal)).lines;

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

function parseCursor(cursor: string | undefined): Record<string, Read> {
  try {
    const value: unknown = JSON.parse(cursor ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter((one): one is [string, Read] => isRead(one[1])));
  } catch {
    return {};
  }
}

const isRead = (value: unknown): boolean =>
  Array.isArray(value) &&
  typeof value[0] === 'string' &&
  typeof value[1] === 'number' &&
  typeof value[2] === 'number';

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
