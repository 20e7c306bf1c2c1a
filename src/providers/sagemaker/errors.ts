import { type ErrorKind, isAbort, systemCode, UserError, type UserErrorInit } from '../../core/errors';

/** What a failure of AWS is called by the SDK: the service's code, and what it says. */
interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

function awsError(error: unknown): AwsError | undefined {
  if (!(error instanceof Error)) return undefined;
  const meta: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof meta === 'object' && meta !== null && 'httpStatusCode' in meta ? meta.httpStatusCode : undefined;
  return {
    name: error.name,
    message: error.message,
    status: typeof status === 'number' ? status : undefined,
  };
}

const LOGIN = {
  fix: 'Log in again: "aws sso login", or new keys in ~/.aws/credentials. Then try again.',
  actions: [{ title: 'Connect AWS', command: 'mll.connect.aws' }],
} satisfies UserErrorInit;

/** One kind of failure: how it is recognised, and what a person makes of it. The first that fits is taken. */
interface Known {
  readonly name?: RegExp;
  readonly message?: RegExp;
  readonly kind: ErrorKind;
  say(error: AwsError): string;
  readonly init: UserErrorInit;
}

const KNOWN: readonly Known[] = [
  {
    name: /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired|UnauthorizedException)$/,
    kind: 'auth',
    say: () => 'The login to AWS has expired.',
    init: LOGIN,
  },
  {
    name: /^(CredentialsProviderError|TokenProviderError)$/,
    kind: 'auth',
    say: ({ message }) => `There is no valid login to AWS: ${message}`,
    init: LOGIN,
  },
  {
    name: /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|AuthFailure)$/,
    kind: 'auth',
    say: ({ message }) => `AWS does not accept the login: ${message}`,
    init: LOGIN,
  },
  {
    name: /^(RequestTimeTooSkewed|RequestInTheFuture)$/,
    kind: 'auth',
    say: () => 'AWS refuses the request because the clock of this machine is wrong.',
    init: { fix: 'Set the clock (let the system set it by itself), then try again.' },
  },
  {
    message: /iam:PassRole/,
    kind: 'permission',
    say: ({ message }) => `You may not hand the role to SageMaker: ${message}`,
    init: {
      fix: 'Ask for the permission iam:PassRole on that role ("mll doctor --provider sagemaker" shows which).',
    },
  },
  {
    message:
      /Could not assume role|role (does not|doesn't) exist|Role .* (does not exist|is invalid)|trust policy/i,
    kind: 'permission',
    say: ({ message }) => `SageMaker cannot use the role: ${message}`,
    init: { fix: 'Check "role:" in ml.yaml: the role must exist and trust sagemaker.amazonaws.com.' },
  },
  {
    name: /^ResourceLimitExceeded/,
    kind: 'quota',
    say: ({ message }) => message,
    init: { fix: 'Choose another machine, or ask for a higher quota in the console under Service Quotas.' },
  },
  {
    name: /^(ThrottlingException|Throttling|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/,
    kind: 'unavailable',
    say: () => 'AWS asks to send fewer requests.',
    init: { fix: 'Wait a minute, then try again.' },
  },
  {
    name: /^(ResourceInUse|ResourceInUseException|ConflictException)$/,
    kind: 'conflict',
    say: ({ message }) => message,
    init: { fix: 'Wait until it is done with what it does now, or choose another name.' },
  },
  {
    name: /^(ResourceNotFound|ResourceNotFoundException|NoSuchEntity(Exception)?|NoSuchBucket|NoSuchKey|NotFound)$/,
    kind: 'notFound',
    say: ({ message }) => message,
    init: { fix: 'It may have been deleted, or lie in another region or account.' },
  },
  {
    name: /^ValidationE/,
    message: /(requested resource )?not found|could not find|does not exist/i,
    kind: 'notFound',
    say: ({ message }) => message,
    init: { fix: 'It may have been deleted, or lie in another region or account.' },
  },
  {
    name: /^(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError|Forbidden)$/,
    kind: 'permission',
    say: ({ message }) => message,
    init: { fix: 'Ask for that permission, or use another profile ("mll connect sagemaker").' },
  },
  {
    name: /^Validation/,
    kind: 'invalid',
    say: ({ message }) => message,
    init: { fix: 'Check providers.sagemaker in ml.yaml against that.' },
  },
];

const NETWORK = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)$/;
const TLS = /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_)/;

/** True when it is not known whether the request arrived. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = awsError(error)?.status;
  return (
    error.name === 'TimeoutError' ||
    NETWORK.test(systemCode(error) ?? '') ||
    (status !== undefined && status >= 500)
  );
}

/** The service's code of a failure (`ResourceInUse` …); '' for what does not come from AWS. */
export const codeOf = (error: unknown): string => awsError(error)?.name ?? '';

/** Any failure of an AWS call as a UserError: the one place where that is worded. `doing` is for example "start the job". */
export function translate(error: unknown, doing: string): unknown {
  if (error instanceof UserError || isAbort(error)) return error;
  const said = awsError(error);
  if (!said) return error;
  const known = KNOWN.find(
    (one) => (one.name?.test(said.name) ?? true) && (one.message?.test(said.message) ?? true),
  );
  if (known) {
    return new UserError(known.kind, `Could not ${doing}. ${sentence(known.say(said))}`, {
      ...known.init,
      cause: error,
    });
  }
  const code = systemCode(error) ?? '';
  if (TLS.test(code)) {
    return new UserError(
      'unavailable',
      `Could not ${doing}: the certificate of the other side is not trusted (${code}).`,
      {
        fix: 'Behind a proxy that looks into connections: name its certificate in NODE_EXTRA_CA_CERTS.',
        cause: error,
      },
    );
  }
  if (isConnectionLost(error)) {
    return new UserError('unavailable', `Could not ${doing}: AWS does not answer (${code || said.name}).`, {
      fix: 'Check the network and the region, then try again.',
      cause: error,
    });
  }
  if (said.status === undefined && code === '' && !('$fault' in (error as Error))) return error;
  return new UserError('unavailable', `Could not ${doing}. ${sentence(`${said.name}: ${said.message}`)}`, {
    fix: 'The text is from AWS; try again, or open the console.',
    cause: error,
  });
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Runs a call to AWS; its failure comes back worded. */
export async function calling<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(error, doing);
  }
}
