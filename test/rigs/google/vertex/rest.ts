import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Accounts } from '../accounts';

export interface Answer {
  readonly status: number;
  readonly body?: object;
}
export interface RestRequest {
  readonly query: URLSearchParams;
  readonly body: unknown;
}
type Route = (names: Readonly<Record<string, string>>, request: RestRequest) => Answer;

/** Google's services that are asked by plain HTTP, on one port of 127.0.0.1. */
export interface Rest {
  readonly url: string;
  /** Refuses requests whose path matches, as Google words it. */
  refuse:
    | ((
        path: string,
      ) => { readonly status: number; readonly reason: string; readonly message: string } | undefined)
    | undefined;
  /** `:name` stands for a part of the path. */
  on(method: string, path: string, answer: Route): void;
  stop(): Promise<void>;
}

/** Starts it on a free port. */
export async function startRest(accounts: Accounts | undefined): Promise<Rest> {
  const routes: { method: string; pattern: RegExp; answer: Route }[] = [];
  const answerTo = (request: http.IncomingMessage, body: string): Answer => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (accounts?.guard({ method: 'GET', path: url.pathname, headers: request.headers, sent: 0 }))
      return failed(401, 'UNAUTHENTICATED', 'authError', 'Request had invalid authentication credentials.');
    const refusal = rest.refuse?.(url.pathname);
    if (refusal) return failed(refusal.status, 'PERMISSION_DENIED', refusal.reason, refusal.message);
    for (const { method, pattern, answer } of routes) {
      const found = request.method === method ? pattern.exec(url.pathname) : null;
      if (!found) continue;
      const names = Object.fromEntries(
        Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      return answer(names, {
        query: url.searchParams,
        body: body === '' ? {} : (JSON.parse(body) as unknown),
      });
    }
    return failed(
      404,
      'NOT_FOUND',
      'notFound',
      `There is no ${String(request.method)} ${url.pathname} here.`,
    );
  };
  const server = http.createServer((request, response) => {
    void text(request).then((body) => {
      const { status, body: said } = answerTo(request, body);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(said === undefined ? '' : JSON.stringify(said));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const rest: Rest = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: undefined,
    on(method, path, answer) {
      const pattern = path.replace(/(?<!\\):(\w+)/g, '(?<$1>[^/]+?)');
      routes.push({ method, pattern: new RegExp(`^${pattern}$`), answer });
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return rest;
}

const failed = (code: number, status: string, reason: string, message: string): Answer => ({
  status: code,
  body: {
    error: {
      code,
      status,
      message,
      errors: [{ reason, message }],
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }],
    },
  },
});
