import { type Area, code, type Signal } from './signal';

const IDENTITY: readonly Signal[] = [
  {
    class: 'auth-expired',
    when: code('ExpiredToken(?:Exception)?', 'RequestExpired', 'ExpiredTokenError', 'TokenRefreshRequired'),
    cause: 'The AWS session has expired.',
    fix: "Sign in again: 'aws sso login' for an SSO profile, else take new temporary keys, then repeat the step.",
  },
  {
    class: 'auth-expired',
    when: [
      /(?:Error when retrieving token from sso|The SSO session (?:associated with this profile|token)\b.{0,60}|Token (?:for \S+ )?(?:has )?expired and refresh failed|UnauthorizedSSOTokenError|SSO (?:session|token) (?:has )?(?:expired|is expired|is invalid)).{0,60}/i,
      /The security token included in the request is expired/i,
    ],
    cause: 'The SSO sign-in of this AWS profile has expired.',
    fix: "Run 'aws sso login' (with --profile for the profile in use) and repeat the step.",
  },
  {
    class: 'auth-expired',
    when: [
      /\bRequestTimeTooSkewed\b/i,
      /difference between the request time and the (?:current|server'?s) time is too large/i,
      /Signature (?:expired|not yet current): (?:\S+)/i,
    ],
    cause: "This machine's clock is wrong, so AWS takes the signed request for an old one.",
    fix: 'Set the clock by network time (for example timedatectl set-ntp true) and repeat the step.',
  },
  {
    class: 'auth-missing',
    when: [
      /The config profile \((?<profile>[^)]+)\) could not be found/i,
      /ProfileNotFound\b/i,
      /(?:Could not|Unable to) (?:find|resolve) .{0,40}profile \[?"?(?<profile>[\w.-]+)/i,
    ],
    cause: 'There is no AWS profile called {profile|by that name} on this machine.',
    fix: "List the profiles with 'aws configure list-profiles', and use one of them or create it with 'aws configure sso'.",
  },
  {
    class: 'auth-missing',
    when: [
      /Unable to locate credentials/i,
      /NoCredentialsError/i,
      /NoCredentialProviders/i,
      /PartialCredentialsError/i,
      /Could not load credentials from any providers/i,
      /Partial credentials found/i,
      /CredentialsProviderError/i,
      /failed to (?:retrieve|refresh cached) credentials/i,
      /Missing credentials in config/i,
      /(?:You can configure credentials by running|Need to) ['"]?aws (?:configure|login)/i,
      /Error loading SSO Token/i,
    ],
    cause: 'No usable AWS credentials are set up where this ran.',
    fix: "Run 'aws configure sso' and 'aws sso login' (or 'aws configure' for keys), or set AWS_PROFILE to a profile that works.",
  },
  {
    class: 'auth-missing',
    when: code(
      'UnrecognizedClient(?:Exception)?',
      'InvalidClientTokenId',
      'InvalidAccessKeyId',
      'SignatureDoesNotMatch',
      'IncompleteSignature(?:Exception)?',
      'InvalidSignatureException',
      'MissingAuthenticationToken(?:Exception)?',
      'AuthFailure',
      'InvalidToken',
    ),
    cause:
      'AWS does not accept the access key, secret or session token that was sent: it is mistyped, deleted or incomplete.',
    fix: "Enter the keys again (temporary ones with their session token) and check them with 'aws sts get-caller-identity'.",
  },
  {
    class: 'auth-missing',
    when: [
      /security token.{0,8}included in the request is invalid/i,
      /AWS Access Key Id you provided does not exist/i,
      /request signature we calculated does not match/i,
    ],
    cause:
      'AWS does not accept the access key, secret or session token that was sent: it is mistyped, deleted or incomplete.',
    fix: "Enter the keys again (temporary ones with their session token) and check them with 'aws sts get-caller-identity'.",
  },
];

const ROLE: readonly Signal[] = [
  {
    class: 'role-or-service-account',
    when: /not authorized to perform:? (?:iam:PassRole)(?: on resource: (?<role>\S+))?/,
    cause: 'You may not hand the role {role|that the job names} to the service: iam:PassRole is missing.',
    fix: 'Ask the account administrator for iam:PassRole on {role|this role} (condition iam:PassedToService), or choose a role that you may pass.',
  },
  {
    class: 'role-or-service-account',
    when: /not authorized to perform:? sts:(?:AssumeRole\w*|TagSession)(?: on resource: (?<role>[^\s"']+))?/,
    cause:
      'The role[ {role}] may not be assumed by the identity that runs this: its trust policy does not name it.',
    fix: "Add the caller (for a job: the service principal sagemaker.amazonaws.com) to the role's trust policy in the IAM console, or choose another role.",
  },
  {
    class: 'role-or-service-account',
    when: /(?:could not|unable to|cannot|failed to|can't) assume (?:the )?(?:provided )?(?:execution )?role:? ?['"]?(?<role>arn:[^\s"',]+)?/i,
    cause:
      'The service cannot assume the role {role|of the job}: it does not exist, or its trust policy does not name the service.',
    fix: 'Choose a SageMaker execution role, or add sagemaker.amazonaws.com to the trust policy of this role in the IAM console.',
  },
  {
    class: 'role-or-service-account',
    when: [
      /execution role(?: ARN)? "?(?<role>arn:[^\s"]+)"? is invalid/i,
      /(?:The )?role (?:arn )?['"]?(?<role>arn:[^\s"']*:role[^\s"']*)['"]? (?:is invalid|does not exist|cannot be (?:assumed|found)|is not valid)/i,
      /current AWS identity is not a role/i,
      /IAM [Rr]ole \S+ is not configured/i,
      /Couldn't call 'get_role'/i,
      /role (?:(?:with|of) name )?(?<role>[\w+=,.@-]+) (?:cannot be found|does not exist|not found|was not found)/i,
      /at 'roleArn' failed to satisfy constraint/i,
      /Role arn .{0,80}(?:invalid|not valid)/i,
      /(?:role|principal) .{0,80}trust (?:relationship|policy).{0,60}(?:does not|invalid|doesn't)/i,
    ],
    cause:
      'The role {role|of the job} cannot be used: it does not exist, is no role, or does not let the service assume it.',
    fix: 'Use the ARN of a role made for SageMaker (IAM console → Roles; trust policy with sagemaker.amazonaws.com), for example under providers → sagemaker → role in ml.yaml.',
  },
];

const LIMITS: readonly Signal[] = [
  {
    class: 'quota',
    when: /(?:account|service)-level service limit '(?<quota>[^']+)' is (?<limit>\d+)[^,]*(?:, with current utilization of (?<used>\d+))?/i,
    cause:
      "The quota '{quota}' of this account and region is {limit}[, of which {used} are used]: the request needs more.",
    fix: "Ask for more of '{quota}' in the Service Quotas console (AWS services → Amazon SageMaker), or choose an instance type that the account already has.",
  },
  {
    class: 'quota',
    when: code(
      'ResourceLimitExceeded(?:Exception)?',
      'ServiceQuotaExceeded(?:Exception)?',
      'LimitExceeded(?:Exception)?',
      'VcpuLimitExceeded',
      'InstanceLimitExceeded',
      'TooManyBuckets',
      'MaxSpotInstanceCountExceeded',
      'QuotaExceededException',
    ),
    cause: 'A limit of this AWS account is reached.',
    fix: 'Read the name of the limit in the message and ask for more in the Service Quotas console, remove what is not needed, or choose another instance type.',
  },
  {
    class: 'spot-interrupted',
    when: [
      /\bspot\b.{0,80}\b(?:interrupt\w*|terminat\w*|reclaim\w*|capacity|not available|shutting down)/i,
      /SpotInstanceTermination/i,
      /Server\.SpotInstance\w*/i,
      /SPOT_INSTANCE_TERMINATION/i,
      /InsufficientSpotInstance\w*/i,
    ],
    unless: /account-level service limit/,
    cause: 'AWS has no spot capacity of this instance type now, or took the machine back.',
    fix: 'Run it again with checkpoints so that it resumes, choose another instance type or zone, or use on-demand capacity.',
  },
  {
    class: 'quota',
    when: [
      /CapacityError: /i,
      /Insufficient(?:Instance)?Capacity\w*/i,
      /(?:Unable to provision|insufficient) (?:the )?requested (?:ML )?(?:compute )?capacity/i,
      /do(?:es)? not (?:currently )?have sufficient \S* ?capacity/i,
      /no capacity available/i,
      /capacity (?:is )?(?:currently )?(?:not|un)available/i,
    ],
    cause:
      'AWS has no free machines of this instance type in this zone now. It is not a limit of your account.',
    fix: 'Choose another instance type or region, or try again later.',
  },
  {
    class: 'rate-limit',
    when: code(
      'Throttl(?:ing|ed)(?:Exception|Error)?',
      'TooManyRequests(?:Exception)?',
      'RequestLimitExceeded',
      'SlowDown',
      'ProvisionedThroughputExceeded(?:Exception)?',
      'RequestThrottled(?:Exception)?',
      'BandwidthLimitExceeded',
      'EC2ThrottledException',
      'WlmCapacityException',
    ),
    cause: 'More requests arrive in a short time than the service takes.',
    fix: 'Wait, then retry with growing pauses and fewer requests at once; for steady load on an endpoint add instances or automatic scaling.',
  },
  {
    class: 'rate-limit',
    when: /Please reduce your request rate|\bRate exceeded\b|Worker queue capacity exceeded/,
    cause: 'More requests arrive in a short time than the service takes.',
    fix: 'Wait, then retry with growing pauses and fewer requests at once; for steady load on an endpoint add instances or automatic scaling.',
  },
  {
    class: 'billing-or-api-disabled',
    when: [
      /not subscribed to the marketplace/i,
      /\bOptInRequired\b/i,
      /SubscriptionRequiredException/i,
      /NotSignedUp\b/i,
      /account is not signed up/i,
      /(?:account|payment).{0,40}\b(?:suspended|PENDING_VERIFICATION|currently blocked|closed)\b/i,
      /(?:needs?|requires?) a (?:service )?subscription/i,
      /AccountProblem\b/i,
      /marketplace (?:agreement|subscription)/i,
    ],
    cause: 'This account has not subscribed to the service or offering, or its billing is not in order.',
    fix: 'Open the offering in AWS Marketplace (or the Billing console), subscribe or settle it, wait some minutes and try again.',
  },
  {
    class: 'payload-too-large',
    when: [
      /at 'body' failed to satisfy constraint: Member must have length less than or equal to (?<limit>\d+)/i,
      /\bEntityTooLarge\b/i,
      /RequestEntityTooLarge\w*/i,
      /Received client error \(413\)/i,
      /payload (?:size )?(?:exceeds|is larger than|is too large)/i,
      /(?:request|input|body|message) .{0,40}exceed(?:s|ed)? (?:the )?max(?:imum)? (?:allowed )?(?:request )?(?:payload|size|length)/i,
    ],
    cause: 'The request is larger than the service takes[ ({limit})].',
    fix: 'Send fewer rows per request (SageMaker: 6 MB), or use batch prediction or an asynchronous endpoint that reads from S3.',
  },
];

/** Who calls AWS, as what, and how much of it is allowed. */
export const AWS_ACCOUNT: Area = { places: ['sagemaker', 's3'], signals: [...IDENTITY, ...ROLE, ...LIMITS] };
