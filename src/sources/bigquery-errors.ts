import { type ErrorKind, isAbort, type TextPlace, UserError, type UserErrorInit } from '../core/errors';
import type { FailureClass } from '../core/explain/classes';
import { explain } from '../core/explain/explain';
import { explainGoogle, firstSentence, googleFailure } from '../stores/google-errors';
import type { GoogleChoice } from '../stores/google-login';
import { bytes } from '../words';

/** What was tried, for the message of its failure. */
export interface Attempt {
  /** The limit that was sent along (`maximumBytesBilled`). */
  readonly limit?: number;
}

const KINDS: Readonly<Record<string, ErrorKind>> = {
  notFound: 'notFound',
  accessDenied: 'permission',
  invalidQuery: 'invalid',
  invalid: 'invalid',
  duplicate: 'conflict',
  quotaExceeded: 'quota',
  bytesBilledLimitExceeded: 'quota',
  resourcesExceeded: 'quota',
  responseTooLarge: 'quota',
  stopped: 'cancelled',
  notImplemented: 'unsupported',
};
/** Classes of a text that say more than its reason. */
const CLASSES: Readonly<Partial<Record<FailureClass, ErrorKind>>> = {
  'region-mismatch': 'invalid',
  'not-found': 'notFound',
  permission: 'permission',
  quota: 'quota',
  conflict: 'conflict',
  'out-of-memory': 'quota',
};

/** Where in the SQL it is wrong: BigQuery writes `at [3:12]`. */
export function placeIn(message: string): TextPlace | undefined {
  const [, line, column] = /\bat \[(\d+):(\d+)\]/.exec(message) ?? [];
  return line === undefined ? undefined : { line: Number(line), column: Number(column) };
}

/** A failure of BigQuery as a UserError; what is none (a defect, an abort) is given back as it is. */
export function explainBigQuery(
  error: unknown,
  choice: GoogleChoice,
  doing: string,
  attempt: Attempt = {},
): unknown {
  if (error instanceof UserError || isAbort(error)) return error;
  const failure = googleFailure(error);
  const isOwn = failure !== undefined && (failure.reason in KINDS || failure.status === 400);
  const shared = isOwn && !/billing/i.test(failure.reason) ? error : explainGoogle(error, choice, doing);
  if (shared instanceof UserError) return shared;
  return failure
    ? jobFailure({ reason: failure.reason, message: failure.message, status: failure.status }, doing, {
        ...attempt,
        cause: error,
      })
    : error;
}

interface Said {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly status?: number;
}

/** What a job says of its end (`errorResult`), or an answer that is no success. */
export function jobFailure(
  { reason = '', message = '', status = 0 }: Said,
  doing: string,
  { limit, cause }: Attempt & Pick<UserErrorInit, 'cause'> = {},
): UserError {
  if (reason === 'stopped') return new UserError('cancelled', `Could not ${doing}: it was cancelled.`);
  if (reason === 'bytesBilledLimitExceeded' || /limit for bytes billed/i.test(message)) {
    return new UserError('quota', `Could not ${doing}: ${overLimit(message, limit)}`, {
      fix: 'Read fewer columns or partitions, take a sample, or raise the limit (sources.bigquery.maximumBytesBilled in ml.yaml). Nothing was charged.',
      cause,
    });
  }
  const said = explain(message, 'bigquery');
  const known = said.class === 'unknown' ? undefined : CLASSES[said.class];
  const kind = KINDS[reason] ?? known ?? KIND_OF_STATUS[status] ?? 'invalid';
  const place = placeIn(message);
  return new UserError(kind, `Could not ${doing}: ${sentence(firstSentence(message) || reason)}`, {
    fix: said.fix ?? 'The text is from BigQuery. Check what it names.',
    ...(place ? { place } : {}),
    cause,
  });
}

/** Both numbers, where BigQuery says them: "Query exceeded limit for bytes billed: 11000000. 31457280 or higher required." */
function overLimit(message: string, limit: number | undefined): string {
  const [, allowed, needed] = /bytes billed: (\d+)\. (\d+) or higher/.exec(message) ?? [];
  const most = allowed === undefined ? limit : Number(allowed);
  const isLimit = most === undefined ? '' : `, and the limit is ${bytes(most)}`;
  return needed === undefined
    ? `it would read more than its limit allows${isLimit}. ${message.trim()}`
    : `it would be billed for ${bytes(Number(needed))}${isLimit}.`;
}

const KIND_OF_STATUS: Readonly<Record<number, ErrorKind>> = {
  403: 'permission',
  404: 'notFound',
  409: 'conflict',
  500: 'unavailable',
  503: 'unavailable',
};

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
