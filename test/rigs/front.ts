import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Bytes of the answer's body that went out. */
  sent: number;
}

/** What happens to a request in place of its answer. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The connection is cut after so many bytes of the real answer's body. */
  readonly cutAfter?: number;
  /** The first byte of the real answer's body is another. */
  readonly damaged?: true;
}

/** A server that hands requests on, counts them, and does to them what a network or a cloud may do. */
export interface Front {
  readonly url: string;
  readonly seen: Seen[];
  /** Asked before each request is handed on; undefined lets it pass. */
  fault: ((request: Seen) => Fault | undefined) | undefined;
  /** The same for as long as the front stands; asked after `fault`. */
  rule: ((request: Seen) => Fault | undefined) | undefined;
  /** Told of each answer of the server behind, whole. */
  answered: ((request: Seen, status: number) => void) | undefined;
  stop(): Promise<void>;
}

/** An error document as S3 writes it. */
export function s3Error(status: number, code: string, message = code, more = ''): Fault {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>1</RequestId></Error>`,
  };
}

/** Starts it on a free port of 127.0.0.1 before the server at `target`. */
export async function startFront(target: string): Promise<Front> {
  const agent = new http.Agent({ keepAlive: true });
  const front: { -readonly [K in keyof Front]: Front[K] } = {
    url: '',
    seen: [],
    fault: undefined,
    rule: undefined,
    answered: undefined,
    stop: () => Promise.resolve(),
  };
  const server = http.createServer((request, response) => {
    const seen: Seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      sent: 0,
    };
    front.seen.push(seen);
    const fault = front.fault?.(seen) ?? front.rule?.(seen);
    if (fault?.status !== undefined) {
      request.resume();
      request.once('end', () => {
        response.writeHead(fault.status ?? 500, fault.headers);
        response.end(request.method === 'HEAD' ? undefined : fault.body);
      });
      return;
    }
    const onward = http.request(`${target}${seen.path}`, {
      method: seen.method,
      headers: request.headers,
      agent,
    });
    request.pipe(onward);
    response.on('close', () => onward.destroy());
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      // What a server calls itself is before the front, too.
      const { location } = answer.headers;
      const headers =
        location === undefined
          ? answer.headers
          : { ...answer.headers, location: location.replace(target, front.url) };
      response.writeHead(answer.statusCode ?? 500, headers);
      answer.on('data', (chunk: Buffer) => {
        if (fault?.damaged && seen.sent === 0) chunk[0] = (chunk[0] ?? 0) ^ 1;
        const left = (fault?.cutAfter ?? Infinity) - seen.sent;
        const part = chunk.subarray(0, Math.min(chunk.length, left));
        seen.sent += part.length;
        if (part.length < chunk.length) response.write(part, () => response.destroy());
        else if (!response.write(part)) {
          answer.pause();
          response.once('drain', () => answer.resume());
        }
      });
      answer.on('end', () => {
        front.answered?.(seen, answer.statusCode ?? 500);
        response.end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  front.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  front.stop = async () => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return front;
}
