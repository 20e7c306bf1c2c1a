import { type ErrorKind, isAbort, systemCode, UserError } from '../../core/errors';
import type { FailureClass } from '../../core/explain/classes';
import { explain } from '../../core/explain/explain';
import type { AwsChoice } from '../../stores/aws-credentials';
import { awsFailure, explainAws } from '../../stores/aws-errors';

/** Codes that decide what the caller does next, so they are not left to the wording. */
const CODES: readonly (readonly [RegExp, ErrorKind])[] = [
  [/^ResourceLimitExceeded/, 'quota'],
  [/^(ResourceInUse|Conflict|EntityAlreadyExists)/, 'conflict'],
  [/^(ResourceNotFound|NoSuchEntity|ObjectNotFound)/, 'notFound'],
  [/^(AccessDenied|UnauthorizedOperation|AuthorizationError)/, 'permission'],
];

/** SageMaker says "not found" with the code of a wrong request. */
const NOT_FOUND =
  /^(requested resource not found|could not find|no scalable target found|endpoint .* not found|.* does not exist)/i;

const KINDS: Readonly<Partial<Record<FailureClass, ErrorKind>>> = {
  'auth-expired': 'auth',
  'auth-missing': 'auth',
  conflict: 'conflict',
  'data-missing': 'notFound',
  'disk-full': 'quota',
  'invalid-argument': 'invalid',
  image: 'invalid',
  network: 'unavailable',
  'not-found': 'notFound',
  'payload-too-large': 'invalid',
  permission: 'permission',
  quota: 'quota',
  'rate-limit': 'unavailable',
  'role-or-service-account': 'permission',
};

const NETWORK = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)$/;

/** The service's code of a failure (`ResourceInUse` …); '' for what does not come from a service. */
export const codeOf = (error: unknown): string => awsFailure(error)?.code ?? '';

/** True for a failure that says that there is no such thing. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof UserError && error.kind === 'notFound';

/** True when it is not known whether the request arrived. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = awsFailure(error)?.status ?? 0;
  return (
    error.name === 'TimeoutError' ||
    /socket hang up|aborted/.test(error.message) ||
    NETWORK.test(systemCode(error) ?? '') ||
    status >= 500
  );
}

/** Any failure of an AWS call as a UserError: the one place where that is worded. `doing` is for example "start the job". */
export async function translate(error: unknown, choice: AwsChoice, doing: string): Promise<unknown> {
  const common = await explainAws(error, choice, doing);
  if (common instanceof UserError || isAbort(common)) return common;
  const failure = awsFailure(error);
  if (!failure) return error;
  const { code, message } = failure;
  const said = explain(`${code}: ${message}`, 'sagemaker');
  const kind =
    CODES.find(([pattern]) => pattern.test(code))?.[1] ??
    (NOT_FOUND.test(message) ? 'notFound' : undefined) ??
    (said.class === 'unknown' ? undefined : KINDS[said.class]) ??
    (code.startsWith('Validation') ? 'invalid' : 'unavailable');
  const cause = said.cause === null ? '' : `${said.cause} `;
  return new UserError(kind, `Could not ${doing}: ${cause}${sentence(message === '' ? code : message)}`, {
    fix: said.fix ?? 'The text is from AWS. Try again, or look into the console.',
    cause: error,
  });
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
