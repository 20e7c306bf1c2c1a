import { parseAnswer, parseRefusal, requestBody } from '../../core/endpoint-answer';
import { UserError } from '../../core/errors';
import type { InvokeResult, Row } from '../../core/model';
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
  const body = Buffer.from(requestBody(rows));
  const most = to.serverless ? MOST_BYTES_SERVERLESS : MOST_BYTES;
  if (body.length > most) {
    throw new UserError(
      'invalid',
      `The request has ${body.length.toLocaleString('en-US')} bytes; ${to.serverless ? 'a serverless' : 'an'} endpoint on SageMaker takes ${most.toLocaleString('en-US')} bytes at most. It was not sent.`,
      { fix: 'Send fewer rows at a time, or predict the whole table as a job ("mll predict").' },
    );
  }
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
  const result = parseAnswer(parse(text), performance.now() - started);
  if (result) return result;
  throw new UserError('unavailable', 'The endpoint answered in a form that is not understood.', {
    fix: 'It may serve a model of another kind: deploy a model of this project to it.',
  });
}

/** What the runtime in the container said, out of SageMaker's envelope. */
function wordRefusal(error: unknown, name: string): unknown {
  const cause = error instanceof UserError ? error.cause : undefined;
  if (codeOf(cause) === 'ModelError' && cause instanceof Error) {
    const original = 'OriginalMessage' in cause ? String(cause.OriginalMessage) : '';
    const said = parseRefusal(parse(original));
    if (said) {
      const kind = said.kind === 'internal' ? 'unavailable' : said.kind;
      return new UserError(kind, said.message, {
        ...(said.fix === undefined || said.fix === null ? {} : { fix: said.fix }),
        cause,
      });
    }
  }
  if (isNotFound(error)) {
    return new UserError(
      'notFound',
      `The endpoint "${name}" is not on SageMaker: it was stopped, or deleted elsewhere.`,
      {
        fix: 'Start it again, or deploy the model anew.',
        actions: [{ title: 'Start Endpoint', command: 'mll.endpoint.start', args: [name] }],
        cause,
      },
    );
  }
  return error;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
