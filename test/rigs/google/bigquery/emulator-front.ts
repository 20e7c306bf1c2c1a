import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Extract, extractParquet } from './emulator-extract';

/**
 * bigquery-emulator fails where APPROX_TOP_COUNT is asked for more values than there are; BigQuery gives those that there are. So the
 * values are collected, and counted around the statement: exactly, without NULL, which is one of the possible answers.
 */
export function withTopCounts(sql: string): string {
  let inner = sql;
  const counted: string[] = [];
  for (;;) {
    const at = inner.indexOf('APPROX_TOP_COUNT(');
    if (at < 0) break;
    const begin = at + 'APPROX_TOP_COUNT('.length;
    let depth = 1;
    let end = begin;
    for (; depth > 0 && end < inner.length; end += 1) depth += { '(': 1, ')': -1 }[inner.charAt(end)] ?? 0;
    const [, value = '', many = ''] = /^(.*), (\d+)$/s.exec(inner.slice(begin, end - 1)) ?? [];
    const [, as] = /^ AS (\w+)/.exec(inner.slice(end)) ?? [];
    if (as === undefined || many === '') throw new Error(`APPROX_TOP_COUNT is written otherwise in: ${sql}`);
    inner = `${inner.slice(0, at)}ARRAY_AGG(${value} IGNORE NULLS)${inner.slice(end)}`;
    counted.push(
      `ARRAY(SELECT AS STRUCT v AS value, COUNT(*) AS count FROM UNNEST(${as}) AS v GROUP BY v ORDER BY count DESC, v LIMIT ${many}) AS ${as}`,
    );
  }
  return counted.length === 0 ? sql : `SELECT * REPLACE (${counted.join(', ')}) FROM (${inner})`;
}

interface Body {
  query?: unknown;
  jobReference?: object;
  configuration?: { query?: { query?: string }; extract?: Extract };
}

function rewritten(body: Buffer): Buffer {
  if (!body.includes('APPROX_TOP_COUNT(')) return body;
  const job = JSON.parse(body.toString()) as Body;
  const query = job.configuration?.query;
  if (query?.query !== undefined) query.query = withTopCounts(query.query);
  if (typeof job.query === 'string') job.query = withTopCounts(job.query);
  return Buffer.from(JSON.stringify(job));
}

const parquetOf = (body: Buffer): Body | undefined =>
  body.includes('"PARQUET"') ? (JSON.parse(body.toString()) as Body) : undefined;

/** Hands requests on to the emulator at `target`, with SQL that it can run; exports of Parquet files go to `storage`. */
export async function startEmulatorFront(
  target: string,
  storage?: string,
): Promise<{ url: string; seen: readonly string[]; stop: () => Promise<void> }> {
  const seen: string[] = [];
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers, url = '/' } = request;
      const given = Buffer.concat(chunks);
      if (method === 'POST') seen.push(given.toString());
      const job = parquetOf(given);
      if (job?.configuration?.extract && storage !== undefined) {
        const { jobReference, configuration } = job;
        const send = (status: number, document: object): void => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
        };
        extractParquet(target, storage, job.configuration.extract).then(
          (files) => {
            const statistics = { extract: { destinationUriFileCounts: [String(files)] } };
            send(200, { jobReference, configuration, status: { state: 'DONE' }, statistics });
          },
          (error: unknown) => send(400, { error: { code: 400, message: String(error), status: 'invalid' } }),
        );
        return;
      }
      const body = rewritten(given);
      const sent = { ...headers, 'content-length': body.length };
      // Its length is known now.
      delete sent['transfer-encoding'];
      const behind = http.request(`${target}${url}`, { method, headers: sent, agent }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      behind.on('error', () => response.destroy());
      behind.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}
