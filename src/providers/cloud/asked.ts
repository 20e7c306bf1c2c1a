import { parseAnswer, parseRefusal, requestBody } from '../../core/endpoint-answer';
import { UserError } from '../../core/errors';
import type { InvokeResult, Row } from '../../core/model';

/** Rows as an endpoint of ours takes them; what is too large for it is refused before it is sent. `taker` is "an endpoint on SageMaker". */
export function sizedBody(rows: readonly Row[], most: number, taker: string): Buffer {
  const body = Buffer.from(requestBody(rows));
  if (body.length <= most) return body;
  const words = (bytes: number): string => bytes.toLocaleString('en-US');
  throw new UserError(
    'invalid',
    `The request has ${words(body.length)} bytes; ${taker} takes ${words(most)} bytes at most. It was not sent.`,
    { fix: 'Send fewer rows at a time, or predict the whole table as a job ("mll predict").' },
  );
}

/** What our runtime answered. `started` is of `performance.now()`. */
export function answerOf(text: string, started: number): InvokeResult {
  const result = parseAnswer(parseJson(text), performance.now() - started);
  if (result) return result;
  throw new UserError('unavailable', 'The endpoint answered in a form that is not understood.', {
    fix: 'It may serve a model of another kind: deploy a model of this project to it.',
  });
}

/** What the runtime in the container refused, out of a cloud's envelope; undefined where it was not our runtime. */
export function refusalOf(text: string, cause: unknown): UserError | undefined {
  const said = parseRefusal(parseJson(text));
  if (!said) return undefined;
  const kind = said.kind === 'internal' ? 'unavailable' : said.kind;
  return new UserError(kind, said.message, {
    ...(said.fix === undefined || said.fix === null ? {} : { fix: said.fix }),
    cause,
  });
}

/** There is no such endpoint any more. `title` is the cloud's name. */
export const goneEndpoint = (name: string, title: string, cause?: unknown): UserError =>
  new UserError(
    'notFound',
    `The endpoint "${name}" is not on ${title}: it was stopped, or deleted elsewhere.`,
    {
      fix: 'Start it again, or deploy the model anew.',
      actions: [{ title: 'Start Endpoint', command: 'mll.endpoint.start', args: [name] }],
      cause,
    },
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
