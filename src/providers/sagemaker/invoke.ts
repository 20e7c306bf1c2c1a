import { UserError } from '../../core/errors';
import type { InvokeResult, Row } from '../../core/model';
import { answerOf, goneEndpoint, refusalOf, sizedBody } from '../cloud/asked';
import { abort, type Clients } from './clients';
import { codeOf, isNotFound } from './errors';

/** Bytes that SageMaker takes in one request. */
const MOST_BYTES = 6 * 1024 * 1024;
export const MOST_BYTES_SERVERLESS = 4 * 1024 * 1024;

/** Asks an endpoint; what is too large for it is refused before it is sent. */
export async function invoke(
  clients: Clients,
  to: { region: string; endpoint: string; name: string; serverless: boolean },
  rows: readonly Row[],
  signal?: AbortSignal,
): Promise<InvokeResult> {
  const body = to.serverless
    ? sizedBody(rows, MOST_BYTES_SERVERLESS, 'a serverless endpoint on SageMaker')
    : sizedBody(rows, MOST_BYTES, 'an endpoint on SageMaker');
  const { sdk, client } = await clients.runtime(to.region);
  const started = performance.now();
  let text: string;
  try {
    const answer = await clients.calling('ask the endpoint', () =>
      client.send(
        new sdk.InvokeEndpointCommand({
          EndpointName: to.endpoint,
          ContentType: 'application/json',
          Accept: 'application/json',
          Body: body,
        }),
        abort(signal),
      ),
    );
    text = Buffer.from(answer.Body).toString('utf8');
  } catch (error) {
    throw wordRefusal(error, to.name);
  }
  return answerOf(text, started);
}

/** What the runtime in the container said, out of SageMaker's envelope. */
function wordRefusal(error: unknown, name: string): unknown {
  const cause = error instanceof UserError ? error.cause : undefined;
  if (codeOf(cause) === 'ModelError' && cause instanceof Error) {
    const said = refusalOf('OriginalMessage' in cause ? String(cause.OriginalMessage) : '', cause);
    if (said) return said;
  }
  return isNotFound(error) ? goneEndpoint(name, 'SageMaker', cause) : error;
}
