import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Accounts } from '../accounts';

export interface LogEntry {
  readonly insertId: string;
  readonly timestamp: string;
  readonly receiveTimestamp: string;
  readonly severity: 'INFO' | 'ERROR';
  readonly logName: string;
  readonly resource: { readonly type: string; readonly labels: Readonly<Record<string, string>> };
  readonly jsonPayload: { readonly message: string };
}

/** Cloud Logging, as far as a job's log is read from it: `entries:list` with comparisons joined by AND. */
export interface Logging {
  readonly url: string;
  readonly entries: LogEntry[];
  /** Refuses the next requests with this status (429: the quota of reads). */
  refuse: number | undefined;
  write(
    place: { readonly project: string; readonly log: string; readonly resource: LogEntry['resource'] },
    severity: LogEntry['severity'],
    message: string,
  ): void;
  stop(): Promise<void>;
}

const MOST = 1000;

interface Asked {
  readonly resourceNames?: readonly string[];
  readonly filter?: string;
  readonly orderBy?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startLogging(accounts: Accounts | undefined): Promise<Logging> {
  const entries: LogEntry[] = [];
  let last = 0;
  const server = http.createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const refused = (code: number, status: string, message: string): void =>
      answer(code, { error: { code, status, message } });
    void text(request).then((body) => {
      const login = accounts?.guard({ method: 'POST', path: '/', headers: request.headers, sent: 0 });
      if (login) refused(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
      else if (logging.refuse !== undefined) {
        refused(logging.refuse, 'RESOURCE_EXHAUSTED', "Quota exceeded for quota metric 'Read requests'.");
      } else if (request.url !== '/v2/entries:list') refused(404, 'NOT_FOUND', 'Method not found.');
      else {
        const asked = JSON.parse(body) as Asked;
        const found = chosen(entries, asked);
        if (typeof found === 'string') {
          refused(400, 'INVALID_ARGUMENT', found);
          return;
        }
        const start = Number(asked.pageToken ?? '0');
        const end = start + Math.min(asked.pageSize ?? 50, MOST);
        answer(200, {
          ...(found.length === 0 ? {} : { entries: found.slice(start, end) }),
          ...(end < found.length ? { nextPageToken: String(end) } : {}),
        });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const logging: Logging = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    entries,
    refuse: undefined,
    write({ project, log, resource }, severity, message) {
      // Times of one job never stand still: the order of its lines is that of their times.
      last = Math.max(Date.now(), last + 0.001);
      const time = `${new Date(last).toISOString().slice(0, -1)}${String(Math.floor((last % 1) * 1000)).padStart(3, '0')}Z`;
      entries.push({
        insertId: randomUUID(),
        timestamp: time,
        receiveTimestamp: time,
        severity,
        logName: `projects/${project}/logs/${encodeURIComponent(log)}`,
        resource,
        jsonPayload: { message: `${message}\n` },
      });
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return logging;
}

/** The entries that were asked for, in their order; a text says what is wrong with the question. */
function chosen(entries: readonly LogEntry[], asked: Asked): LogEntry[] | string {
  const [project] = asked.resourceNames ?? [];
  if (project === undefined || !/^projects\/[^/]+$/.test(project))
    return 'resourceNames: one project is needed.';
  const tests: ((entry: LogEntry) => boolean)[] = [];
  for (const part of (asked.filter ?? '').split(/\s+AND\s+/)) {
    const [, field, operator, value] = /^([\w.]+)\s*(=|>=|>|<=|<)\s*"([^"]*)"$/.exec(part.trim()) ?? [];
    if (field === undefined || operator === undefined || value === undefined)
      return `Unparseable filter: ${part}`;
    tests.push((entry) => compares(String(valueAt(entry, field)), operator, value));
  }
  if (!/^timestamp (asc|desc)$/.test(asked.orderBy ?? 'timestamp asc'))
    return 'order_by: timestamp asc or desc.';
  const found = entries.filter(
    (one) => one.logName.startsWith(`${project}/`) && tests.every((fits) => fits(one)),
  );
  return asked.orderBy === 'timestamp desc' ? found.reverse() : found;
}

function valueAt(entry: LogEntry, field: string): unknown {
  let value: unknown = entry;
  for (const part of field.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

/** Times of one form compare as texts. */
function compares(found: string, operator: string, value: string): boolean {
  if (operator === '=') return found === value;
  if (operator === '>=') return found >= value;
  if (operator === '>') return found > value;
  return operator === '<=' ? found <= value : found < value;
}
