import type { Area } from './signal';

/** An exception or code of one of these names, with or without its module. */
function raised(...names: readonly string[]): RegExp {
  return new RegExp(
    String.raw`(?:^|["'(> ])(?:[\w$]+\.)*(?:${names.join('|')})(?:Error|Exception|Fault)?(?:$|: |[("')])`,
    'm',
  );
}

const NAME_IT = 'Correct what the message names, and try again.';

/** Names of exceptions that many client libraries share: what is left to say when the message itself is not known. */
export const EXCEPTIONS: Area = {
  places: [],
  signals: [
    {
      class: 'not-found',
      when: raised('\\w*NotFound', '\\w*DoesNotExist', 'NoSuch\\w+'),
      rank: 4,
      cause: 'What the call names does not exist, or not where it is looked for.',
      fix: 'Check the name, and the account, project, region or workspace in which it is looked for.',
    },
    {
      class: 'conflict',
      when: raised('\\w*(?:Exists|Conflict|InUse)', 'Integrity'),
      rank: 4,
      cause: 'Something of this name or key exists already, or was changed by another call at the same time.',
      fix: 'Choose another name, remove the old one, or repeat the step on the new state.',
    },
    {
      class: 'rate-limit',
      when: raised('TooManyRequests', 'RateLimit\\w*', 'RequestLimitExceeded', 'Throttl\\w+'),
      rank: 4,
      cause: 'More requests arrive in a short time than the service takes.',
      fix: 'Wait, then retry with growing pauses and fewer requests at once.',
    },
    {
      class: 'quota',
      when: raised('ResourceExhausted', '\\w*(?:Quota|Limit)Exceeded'),
      rank: 4,
      cause: 'A quota or limit of the account is used up.',
      fix: 'Look at the quota page of the service, ask for more, or use less at once.',
    },
    {
      class: 'auth-missing',
      when: raised('Unauthenticated', 'Unauthorized', '\\w*Authentication(?:Failed)?', 'NotAuthenticated'),
      rank: 4,
      cause: 'The service does not know who calls: no sign-in, or one that it does not accept.',
      fix: 'Sign in again, or set the right key, token or user and password.',
    },
    {
      class: 'permission',
      when: raised(
        '\\w*(?:PermissionDenied|AccessDenied|NotAuthorized)',
        'Forbidden',
        'InsufficientPrivilege',
      ),
      rank: 4,
      cause: 'The user or identity that calls may not do this.',
      fix: 'Ask the owner for the right that the message names, or call as a user who has it.',
    },
    {
      class: 'timeout',
      when: raised('DeadlineExceeded', '\\w*Timeout', 'QueryCanceled'),
      rank: 4,
      cause: 'It took longer than its time limit.',
      fix: 'Raise the limit, do less at once, and look at what takes long.',
    },
    {
      class: 'network',
      when: raised('ServiceUnavailable', 'TemporarilyUnavailable', 'BadGateway'),
      rank: 4,
      cause: 'The service does not answer at the moment.',
      fix: "Try again in some minutes, and look at the service's status page where it lasts.",
    },
    {
      class: 'data-format',
      when: raised('ArrowInvalid', 'ArrowTypeError', 'DataError', 'ParserError', 'SchemaResolution'),
      rank: 4,
      cause: 'What was read does not have the form or type that is expected.',
      fix: 'Compare the value or column that the message names with what is expected, and correct it.',
    },
    {
      class: 'invalid-argument',
      when: raised(
        'Invalid\\w+',
        'BadRequest',
        'Unsupported\\w+',
        'Unknown(?:Operation|Parameter)\\w*',
        'invalid_\\w+',
        'Missing\\w+',
      ),
      rank: 4,
      cause: 'A value in the request is not valid.',
      fix: NAME_IT,
    },
  ],
};
