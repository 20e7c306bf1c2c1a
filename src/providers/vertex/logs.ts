import { UserError } from '../../core/errors';
import type { Chunk } from '../../core/provider';
import { googleFailure } from '../../stores/google-errors';
import type { Clients, LogPage } from './clients';

/** The log of one job or endpoint. */
export interface LogPlace {
  /** Google Cloud's project, by its id. */
  readonly account: string;
  /** Vertex AI's number of the job. */
  readonly job?: string;
  /** Vertex AI's id of the endpoint. */
  readonly endpoint?: string;
}

const PAGE_SIZE = 1000;
/** Entries come out of order: so far back is looked again. */
const OVERLAP_MS = 5000;
/** Ids that a cursor remembers at most. */
const MOST_IDS = 2000;

interface Cursor {
  /** When the newest entry so far was received. */
  readonly since: string;
  /** Ids of the entries that were read and would be read again. */
  readonly seen: readonly string[];
}

type Entry = LogPage['entries'][number];

const textOf = (entry: Entry): string =>
  (entry.textPayload ?? entry.jsonPayload?.message ?? '').replace(/\r?\n$/, '');

const filterOf = ({ job, endpoint }: LogPlace): string =>
  endpoint === undefined
    ? `resource.type="ml_job" AND resource.labels.job_id="${job ?? ''}"`
    : `resource.type="aiplatform.googleapis.com/Endpoint" AND resource.labels.endpoint_id="${endpoint}"`;

/**
 * Lines since the cursor. Cloud Logging lets a project read sixty times a minute: when that is used up, there is nothing new for
 * the moment.
 */
export async function readLog(
  clients: Clients,
  place: LogPlace,
  cursor?: string,
  signal?: AbortSignal,
): Promise<Chunk<string>> {
  const before = parseCursor(cursor);
  const from = before && new Date(Date.parse(before.since) - OVERLAP_MS).toISOString();
  const seen = new Set(before?.seen);
  const all: Entry[] = [];
  for (let pageToken: string | undefined; ;) {
    const page = await patiently(
      clients,
      {
        resourceNames: [`projects/${place.account}`],
        filter: `${filterOf(place)}${from === undefined ? '' : ` AND receiveTimestamp>="${from}"`}`,
        orderBy: 'timestamp asc',
        pageSize: PAGE_SIZE,
        ...(pageToken === undefined ? {} : { pageToken }),
      },
      signal,
    );
    if (!page) return { items: [], cursor: cursor ?? '0' };
    all.push(...page.entries);
    pageToken = page.nextPageToken;
    if (pageToken === undefined || pageToken === '') break;
  }
  const fresh = all.filter((one) => !seen.has(one.insertId));
  if (fresh.length === 0) return { items: [], cursor: cursor ?? '0' };
  return { items: fresh.flatMap((one) => textOf(one).split('\n')), cursor: cursorAfter(all) };
}

/** The last lines, oldest first. */
export async function lastLines(
  clients: Clients,
  place: LogPlace,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const page = await patiently(
    clients,
    {
      resourceNames: [`projects/${place.account}`],
      filter: filterOf(place),
      orderBy: 'timestamp desc',
      pageSize: limit,
    },
    signal,
  );
  return (page?.entries ?? []).reverse().flatMap((one) => textOf(one).split('\n'));
}

/** Undefined when the project may not read again so soon. */
async function patiently(clients: Clients, body: object, signal?: AbortSignal): Promise<LogPage | undefined> {
  try {
    return await clients.entries(body, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (googleFailure(error)?.status === 429) return undefined;
    return clients.calling('read the log', () => Promise.reject(error as Error));
  }
}

function cursorAfter(all: readonly Entry[]): string {
  const since = all.reduce(
    (latest, one) => (one.receiveTimestamp > latest ? one.receiveTimestamp : latest),
    '',
  );
  const edge = new Date(Date.parse(since) - OVERLAP_MS).toISOString();
  const near = all.filter((one) => one.receiveTimestamp >= edge).map((one) => one.insertId);
  return JSON.stringify({ since, seen: near.slice(-MOST_IDS) } satisfies Cursor);
}

function parseCursor(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined || cursor === '0') return undefined;
  try {
    return JSON.parse(cursor) as Cursor;
  } catch (error) {
    throw new UserError('invalid', 'The place in the log cannot be read.', {
      fix: 'Read the log from its beginning.',
      cause: error,
    });
  }
}
