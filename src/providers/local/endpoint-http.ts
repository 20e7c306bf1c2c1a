import { z } from 'zod';
import { type ErrorKind, UserError } from '../../core/errors';
import type { InvokeResult, Row } from '../../core/model';
import { parseAnswer, parseRefusal, requestBody } from '../../core/endpoint-answer';

const PING = z.object({ status: z.string(), model: z.string(), version: z.number() });
/** Where a server listens on this machine. */
export interface Address {
  readonly url: string;
  readonly token: string;
}

/** Thrown when nobody answered at all: the caller looks whether the process is still there. */
export class NoAnswer extends Error {}

/** Sends one request with all rows. Latencies are what the caller waited, in ms. */
export async function invocations(
  { url, token }: Address,
  rows: readonly Row[],
  signal?: AbortSignal,
): Promise<InvokeResult> {
  const started = performance.now();
  const response = await request(`${url}/invocations`, token, requestBody(rows), signal);
  const answer = parseAnswer(await response.json().catch(() => undefined), performance.now() - started);
  if (answer) return answer;
  throw new UserError('unavailable', 'The endpoint answered in a form that is not understood.', {
    fix: 'Another program may listen on its port: stop the endpoint and start it again.',
  });
}

/** Asks the server to load another model and to switch to it; resolves when the new one answers. */
export async function switchModel(
  { url, token }: Address,
  model: { readonly path: string; readonly name: string; readonly version: number },
  signal?: AbortSignal,
): Promise<void> {
  await (await request(`${url}/admin/model`, token, JSON.stringify(model), signal)).body?.cancel();
}

/** The model that answers now; undefined when nobody answers within `limitMs`. */
export async function ping(
  url: string,
  limitMs: number,
): Promise<{ model: string; version: number } | undefined> {
  try {
    const response = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(limitMs) });
    if (!response.ok) {
      await response.body?.cancel();
      return undefined;
    }
    return PING.safeParse(await response.json()).data;
  } catch {
    return undefined;
  }
}

async function request(
  url: string,
  token: string,
  body: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw new DOMException('Cancelled.', 'AbortError');
    throw new NoAnswer('The endpoint does not answer.', { cause: error });
  }
  if (response.ok) return response;
  const refusal = parseRefusal(await response.json().catch(() => undefined));
  if (response.status === 401) {
    throw new UserError('auth', 'The endpoint did not accept the token.', {
      fix: 'Its token file was changed while it ran: stop the endpoint and start it again.',
    });
  }
  const kind: ErrorKind =
    refusal === undefined || refusal.kind === 'internal'
      ? response.status >= 500
        ? 'unavailable'
        : 'invalid'
      : refusal.kind;
  throw new UserError(kind, refusal?.message ?? `The endpoint answered with HTTP ${response.status}.`, {
    fix: refusal?.fix ?? 'Open its log: the reason stands in the last lines.',
  });
}
