import { isAbort, UserError } from '../core/errors';
import { type AwsChoice, effectiveProfile, loginCommand } from './aws-credentials';
import { explainNetwork } from './network-errors';

/** What the AWS SDK attaches to the errors of a service. */
export interface AwsFailure {
  /** The service's own code: `AccessDenied`, `SlowDown` … */
  readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly message: string;
  readonly header: (name: string) => string | undefined;
  /** A further field of the error document. */
  readonly field: (name: string) => string | undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The parts of an SDK error; undefined for anything else. */
export function awsFailure(error: unknown): AwsFailure | undefined {
  if (!(error instanceof Error) || property(error, '$metadata') === undefined) return undefined;
  const status = property(property(error, '$metadata'), 'httpStatusCode');
  const headers = property(property(error, '$response'), 'headers');
  return {
    code: asText(property(error, 'Code')) ?? error.name,
    status: typeof status === 'number' ? status : 0,
    message: error.message,
    header: (name) => asText(property(headers, name)),
    field: (name) => asText(property(error, name)),
  };
}

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired']);
const REFUSED_KEYS = new Set([
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'InvalidToken',
  'AuthFailure',
]);
const SKEWED = new Set(['RequestTimeTooSkewed', 'RequestInTheFuture']);
/** Services other than S3 say by the code of a wrong key that the clock is wrong. */
const SKEWED_TEXT = /signature (expired|not yet current)/i;
const SLOW = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
]);

/**
 * The failures that every AWS service has (login, clock, network, throttling) as UserErrors; what is the service's own, or
 * no failure of AWS at all, is given back as it is. `doing` is for example "list the buckets".
 */
export async function explainAws(error: unknown, choice: AwsChoice, doing: string): Promise<unknown> {
  if (error instanceof UserError || isAbort(error)) return error;
  return (await explainLogin(error, choice, doing)) ?? explainService(error, doing) ?? error;
}

async function explainLogin(
  error: unknown,
  choice: AwsChoice,
  doing: string,
): Promise<UserError | undefined> {
  if (!(error instanceof Error)) return undefined;
  const failure = awsFailure(error);
  const code = failure?.code ?? error.name;
  if (EXPIRED.has(code)) return expired(choice, doing, error);
  if (failure && (SKEWED.has(code) || SKEWED_TEXT.test(failure.message))) {
    const theirs = failure.field('ServerTime') ?? failure.header('date');
    return new UserError(
      'auth',
      `Could not ${doing}: the clock of this machine is wrong, so AWS refuses its signature. Here it is ${new Date().toISOString()}${theirs === undefined ? '' : `, at AWS ${theirs}`}.`,
      { fix: 'Set the clock (switch on its automatic setting), then try again.', cause: error },
    );
  }
  if (REFUSED_KEYS.has(code)) {
    return new UserError(
      'auth',
      `Could not ${doing}: AWS does not accept the keys of ${whose(choice)} (${code}).`,
      {
        fix: 'Check the access key and its secret (and session token), or choose another profile.',
        cause: error,
      },
    );
  }
  if (/CredentialsProviderError|TokenProviderError|CredentialsError/.test(error.name)) {
    if (
      /sso login|SSO session|aws login|session has expired|has expired|Token is expired/i.test(error.message)
    ) {
      return expired(choice, doing, error);
    }
    if (/multi-factor|MFA/i.test(error.message)) {
      return new UserError(
        'auth',
        `Could not ${doing}: ${whose(choice)} wants a code of multi-factor authentication, which cannot be asked for here.`,
        {
          fix: 'Use a profile of IAM Identity Center (aws configure sso), or fetch temporary keys with "aws sts get-session-token" first.',
          cause: error,
        },
      );
    }
    return noCredentials(error, choice, doing);
  }
  return undefined;
}

function noCredentials(error: Error, choice: AwsChoice, doing: string): UserError {
  const profile = effectiveProfile(choice);
  const nothing = /Could not load credentials|Could not resolve credentials|could not be found/i.test(
    error.message,
  );
  const why = nothing ? 'there is no login for AWS on this machine' : error.message.replace(/\.$/, '');
  return new UserError(
    'auth',
    `Could not ${doing}: ${why}${profile === undefined ? '' : ` (profile ${profile})`}.`,
    {
      fix: 'Run "aws configure sso" (or "aws configure" with an access key), then choose the profile; AWS_PROFILE or AWS_ACCESS_KEY_ID in the environment do too.',
      cause: error,
    },
  );
}

async function expired(choice: AwsChoice, doing: string, cause: Error): Promise<UserError> {
  const command = await loginCommand(choice);
  const message = `Could not ${doing}: the login of ${whose(choice)} has expired.`;
  if (command === undefined) {
    return new UserError('auth', message, {
      fix: 'Get new temporary keys and put them where the old ones are, then try again.',
      cause,
    });
  }
  return new UserError('auth', message, {
    fix: `Run "${command}"${command.includes('sso') ? ` (without the AWS CLI: "${command.replace('aws sso login', 'mll store login')}")` : ''}, then try again.`,
    actions: [{ title: 'Log In', command: 'mll.aws.login', args: [command] }],
    cause,
  });
}

function whose(choice: AwsChoice): string {
  const profile = effectiveProfile(choice);
  return profile === undefined ? 'AWS_ACCESS_KEY_ID' : `the profile "${profile}"`;
}

const WORDS = {
  certificates: 'AWS_CA_BUNDLE',
  address: 'the region, and HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL',
};

function explainService(error: unknown, doing: string): UserError | undefined {
  const failure = awsFailure(error);
  if (failure && SLOW.has(failure.code)) {
    return new UserError(
      'quota',
      `Could not ${doing}: AWS asks for fewer requests at a time (${failure.code}).`,
      {
        fix: 'Wait a minute, then try again.',
        cause: error,
      },
    );
  }
  const network = explainNetwork(error, doing, WORDS);
  if (network) return network;
  if (failure && failure.status >= 500) {
    return new UserError(
      'unavailable',
      `Could not ${doing}: the service failed (${failure.code}, HTTP ${failure.status}).`,
      {
        fix: 'Try again in a moment.',
        cause: error,
      },
    );
  }
  return undefined;
}
