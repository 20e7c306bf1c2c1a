import { type ErrorKind, isAbort, UserError } from '../../core/errors';
import type { FailureClass } from '../../core/explain/classes';
import { explain } from '../../core/explain/explain';
import { explainGoogle, googleFailure } from '../../stores/google-errors';
import type { GoogleChoice } from '../../stores/google-login';

/** What gRPC says of a failure. */
interface GrpcFailure {
  readonly code: number;
  readonly details: string;
  readonly reason?: string;
}

/** Of gRPC's codes, those that decide what the caller does next. */
export const NOT_FOUND = 5;
export const ALREADY_EXISTS = 6;

/** gRPC's codes as HTTP says them (google.rpc.Code), which Google's common failures are known by. */
const STATUS: Readonly<Record<number, number>> = { 7: 403, 13: 500, 16: 401 };
const KINDS: Readonly<Record<number, ErrorKind>> = {
  1: 'cancelled',
  3: 'invalid',
  4: 'unavailable',
  5: 'notFound',
  6: 'conflict',
  7: 'permission',
  8: 'quota',
  9: 'conflict',
  10: 'conflict',
  11: 'invalid',
  12: 'unsupported',
};
/** Classes of a text that say more than its code. */
const CLASSES: Readonly<Partial<Record<FailureClass, ErrorKind>>> = {
  'region-mismatch': 'invalid',
  'role-or-service-account': 'permission',
  quota: 'quota',
};

export function grpcFailure(error: unknown): GrpcFailure | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('details' in error)) return undefined;
  const { code, details } = error;
  if (typeof code !== 'number' || typeof details !== 'string') return undefined;
  const reason = 'reason' in error && typeof error.reason === 'string' ? { reason: error.reason } : {};
  return { code, details, ...reason };
}

/** True when it is not known whether the call arrived (DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE). */
export const isConnectionLost = (error: unknown): boolean =>
  [4, 13, 14].includes(grpcFailure(error)?.code ?? 0);

/** Any failure of a call to Google as a UserError: the one place where that is worded. `doing` is for example "start the job". */
export function translate(error: unknown, choice: GoogleChoice, doing: string): unknown {
  if (error instanceof UserError || isAbort(error)) return error;
  const failure = grpcFailure(error);
  if (!failure) return translateHttp(error, choice, doing);
  const { code, details, reason } = failure;
  // The login itself may have failed: then gRPC only hands on what was said.
  const common = explainGoogle(
    Object.assign(new Error(details), {
      status: STATUS[code] ?? 0,
      ...(reason === undefined ? {} : { errors: [{ reason }] }),
      cause: error,
    }),
    choice,
    doing,
  );
  if (common instanceof UserError) return common;
  return worded(doing, details, KINDS[code], error);
}

/** HTTP's codes of services that are asked without gRPC. */
const HTTP_KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  403: 'permission',
  404: 'notFound',
  409: 'conflict',
};

function translateHttp(error: unknown, choice: GoogleChoice, doing: string): unknown {
  const common = explainGoogle(error, choice, doing);
  const failure = googleFailure(error);
  if (common instanceof UserError || !failure) return common;
  return worded(doing, failure.message, HTTP_KINDS[failure.status], error);
}

/** Google's own text, with what it means where that is known. */
function worded(doing: string, text: string, usual: ErrorKind | undefined, error: unknown): UserError {
  const said = explain(text, 'vertex');
  const kind = (said.class === 'unknown' ? undefined : CLASSES[said.class]) ?? usual ?? 'unavailable';
  const cause = said.cause === null ? '' : `${said.cause} `;
  return new UserError(kind, `Could not ${doing}: ${cause}${/[.!?]$/.test(text) ? text : `${text}.`}`, {
    fix: said.fix ?? 'The text is from Google. Try again, or look into the console.',
    cause: error,
  });
}
