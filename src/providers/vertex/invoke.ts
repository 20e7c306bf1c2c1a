import { UserError } from '../../core/errors';
import type { InvokeResult, Row } from '../../core/model';
import { answerOf, refusalOf, sizedBody } from '../cloud/asked';
import type { Clients } from './clients';
import { type Config } from './config';
import { endpointPath, MOST_BYTES, MOST_BYTES_DEDICATED } from './endpoint-requests';
import { grpcFailure } from './errors';

/** Asks an endpoint; what is too large for it is refused before it is sent. `dns`: of one with an address of its own, else ''. */
export async function invoke(
  clients: Clients,
  to: { readonly config: Config; readonly id: string; readonly dns: string },
  rows: readonly Row[],
  signal?: AbortSignal,
): Promise<InvokeResult> {
  const { config, id, dns } = to;
  const data =
    dns === ''
      ? sizedBody(rows, MOST_BYTES, 'an endpoint at the shared address of Vertex AI')
      : sizedBody(rows, MOST_BYTES_DEDICATED, 'a dedicated endpoint on Vertex AI');
  const client = await clients.predictions(config.region, dns);
  const started = performance.now();
  const request = { endpoint: endpointPath(config, id), httpBody: { contentType: 'application/json', data } };
  // Google finds an endpoint with an address of its own by this header.
  const options = dns === '' ? {} : { otherArgs: { headers: { 'x-vertex-ai-endpoint-id': id } } };
  try {
    const [answer] = await clients.calling(
      'ask the endpoint',
      () => client.rawPredict(request, options),
      signal,
    );
    return answerOf(Buffer.from(answer.data as Uint8Array).toString('utf8'), started);
  } catch (error) {
    const cause = error instanceof UserError ? error.cause : undefined;
    throw refusalOf(grpcFailure(cause)?.details ?? '', cause) ?? error;
  }
}

/** Nothing is deployed that could answer. */
export const isUnserved = (error: unknown): boolean =>
  error instanceof UserError &&
  grpcFailure(error.cause)?.code === 9 &&
  /models? serving traffic|no deployed model/i.test(error.message);
