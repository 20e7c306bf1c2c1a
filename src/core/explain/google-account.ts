import { type Area, code } from './signal';

/** Who calls Google Cloud, as what, and how much of it is allowed. */
export const GOOGLE_ACCOUNT: Area = {
  places: ['vertex', 'gcs', 'bigquery'],
  signals: [
    {
      class: 'auth-expired',
      when: /Reauthentication (?:is needed|failed|required)|invalid_rapt|\bACCESS_TOKEN_EXPIRED\b|Token has been expired or revoked|invalid_grant: (?:Bad Request|.{0,40}(?:expired|revoked))|must be a short-lived token|auth tokens? (?:is|are|has|have) (?:been )?(?:expired|revoked)|RefreshError: .{0,60}(?:expired|revoked)/i,
      cause: 'The Google sign-in has expired or was withdrawn.',
      fix: "Run 'gcloud auth application-default login' (for the gcloud command itself 'gcloud auth login') and repeat the step.",
    },
    {
      class: 'auth-missing',
      when: /DefaultCredentialsError: File (?<file>\S+) was not found|GOOGLE_APPLICATION_CREDENTIALS.{0,80}(?:does not exist|not found|ENOENT|no such file)|(?:does not exist|not found|ENOENT|no such file).{0,80}GOOGLE_APPLICATION_CREDENTIALS/i,
      cause: 'The key file {file|that GOOGLE_APPLICATION_CREDENTIALS names} is not there.',
      fix: 'Correct the path in GOOGLE_APPLICATION_CREDENTIALS, or download the key again.',
    },
    {
      class: 'auth-missing',
      when: /Service account info was not in the expected format|Failed to load service account credentials|Could not deserialize key data|(?:is not a valid|does not have a valid type|Invalid) (?:service account )?(?:JSON|credentials? file|key file)|incoming JSON object does not contain a client_email|MalformedError.{0,40}service account/i,
      cause: 'The file given as service account key is not a complete key.',
      fix: 'Download the key as JSON again and use that file unchanged.',
    },
    {
      class: 'auth-missing',
      when: /default credentials were not found|Could not (?:automatically determine|load the default) credentials|DefaultCredentialsError|Unable to detect a Project Id|You do not currently have an active account selected|application default credentials.{0,40}(?:not (?:available|found)|unavailable)|gcloud auth login.{0,60}to obtain new credentials/i,
      cause: 'No Google credentials are set up on this machine.',
      fix: "Run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS to a key file.",
    },
    {
      class: 'auth-missing',
      when: /Anonymous caller does not have|Invalid JWT|invalid_grant: (?:Invalid grant: account not found|.{0,20}Signature)|Request had invalid authentication credentials|Request is missing required authentication credential|\bCREDENTIALS_MISSING\b|API keys? (?:not valid|are not supported)|\bAPI_KEY_INVALID\b|API Key not found/i,
      cause: 'Google does not accept the sign-in that was sent, or none was sent.',
      fix: "Run 'gcloud auth application-default login', or use a key of a service account that exists and is enabled.",
    },
    {
      class: 'permission',
      when: /insufficient authentication scopes|ACCESS_TOKEN_SCOPE_INSUFFICIENT/i,
      cause: 'The sign-in is valid, but it was made without the scope for this service.',
      fix: "Sign in with the scope cloud-platform: 'gcloud auth application-default login --scopes=https://www.googleapis.com/auth/cloud-platform'; for a VM set its access scopes.",
    },
    {
      class: 'role-or-service-account',
      when: /iam\.serviceAccounts?\.(?:actAs|getAccessToken|signBlob)\b(?:.{0,80}?(?<account>[\w-]+@[\w.-]+\.iam\.gserviceaccount\.com))?|permission to act as (?:service account )?['"]?(?<other>[\w-]+@[\w.-]+\.iam\.gserviceaccount\.com)?/i,
      cause: 'You may not let the job run as the service account {account|{other|that it names}}.',
      fix: 'Ask for the role Service Account User (roles/iam.serviceAccountUser) on this service account, or choose another one.',
    },
    {
      class: 'role-or-service-account',
      when: /service ?account ['"`]?(?<account>[\w-]+@[\w.-]+\.gserviceaccount\.com)?['"`]? ?.{0,20}(?:does not exist|not found|is disabled|was deleted|is not valid)|Unknown service account|invalid service account|(?:Not found|NOT_FOUND).{0,20}; ?(?:Gaia id|service account)|Gaia id not found/i,
      cause: 'The service account {account|of the job} does not exist or is disabled.',
      fix: 'Correct the name under serviceAccount (IAM & Admin → Service Accounts lists them), or create or enable it.',
    },
    {
      class: 'billing-or-api-disabled',
      when: /(?:^|[^\w])(?<api>[A-Z][\w ./-]{2,60}? API) has not been used in project (?<project>[\w-]+) before or it is disabled(?:.{0,120}?apis\/api\/(?<service>[\w.-]+\.googleapis\.com))?|accessNotConfigured|\bSERVICE_DISABLED\b|API (?:\[?[\w.-]+\]? )?(?:is )?not enabled|it is disabled in (?:the )?project/i,
      cause: 'The {api|needed} API is switched off in the project {project|in use}.',
      fix: "Run 'gcloud services enable {service|<service>.googleapis.com} --project {project|<project>}', wait some minutes and try again.",
    },
    {
      class: 'billing-or-api-disabled',
      when: /Billing (?:has not been|is not|must be|is disabled|not) ?(?:enabled|for)|billingNotEnabled|BILLING_DISABLED|billing account .{0,60}(?:disabled|closed|absent|not (?:open|active|found)|is in good standing)|(?:requires?|enable) billing(?: (?:to be )?enabled| on| at)|not allowed in the free tier|UserProjectMissing|requester pays bucket but no user project|UserProjectAccountProblem|project to be billed/i,
      cause: 'The Google Cloud project has no active billing account.',
      fix: 'Link a billing account to the project (console → Billing), wait some minutes and try again.',
    },
    {
      class: 'rate-limit',
      when: /Quota exceeded for (?:quota metric|quota group|[\w./-]+).{0,160}?(?:per[ _]minute|per[ _]day[ _]per[ _]user|per[ _]second|per 100 seconds|requests per)|rateLimitExceeded|userRateLimitExceeded|jobRateLimitExceeded|Exceeded rate limits|RATE_LIMIT_EXCEEDED|exceeded the rate limit|rate of (?:requests|changes|creating)|Resource (?:has been )?exhausted,? (?:please|\(e\.g\. check quota\)|try)|per_minute_per\w*/i,
      cause: 'More requests arrive in a short time than the project may send.',
      fix: 'Wait, retry with growing pauses and fewer requests at once, or ask for a higher limit under IAM & Admin → Quotas.',
    },
    {
      class: 'quota',
      when: /(?:quota metrics? exceed(?:s)? quota limits?:?|Quota exceeded for (?:quota metric )?) ?['"]?(?<quota>[\w./-]+(?: [\w./-]+){0,6}?)['"]?(?: and limit|[.,;:]|$|\s(?:in|for|of)\b)|Quota ['"](?<other>[\w-]+)['"] exceeded\.?(?: +Limit: (?<limit>[\d.]+))?(?: in region (?<region>[\w-]+))?|quotaExceeded|QUOTA_EXCEEDED|exceeded (?:the |your |project )?quota|Quota limit .{0,60} (?:has been )?exceeded|Quota exceeded: |[Ii]nsufficient ['"]*(?<metric>\w+)?['"]* ?quota|exceeds? (?:the )?(?:available )?quota\b/i,
      cause: 'The quota {quota|{other|named in the message}} does not suffice ({limit|see the message}).',
      fix: 'Ask for more of {quota|{other|it}} in the console (IAM & Admin → Quotas & System Limits, region {region|of the job}), or choose a smaller or other machine.',
    },
    {
      class: 'quota',
      when: /Resources are insufficient in region:? ?(?<region>[\w-]+)?|ZONE_RESOURCE_POOL_EXHAUSTED\w*|does not have enough resources available to fulfill|stockout|machine type .{0,60}(?:temporarily unavailable|currently unavailable)|Custom training .{0,40}insufficient (?:resources|capacity)/i,
      cause:
        'Google has no free machines of this kind in {region|this region} now. It is not a limit of your project.',
      fix: 'Try another region or machine (or accelerator), or the same again later; strategy FLEX_START waits for a free machine.',
    },
    {
      class: 'permission',
      when: /Permission ['"`]?(?<permission>[a-z]\w*\.\w+(?:\.\w+)+)['"`]? (?:denied|is required|missing)(?: (?:on|for) (?:the )?resource:? ?['"`]?(?<resource>[^\s'"`]+))?|does not have (?<other>[a-z]\w*\.\w+\.\w+) access(?: to (?:the )?(?<what>[^.]{0,80}))?|(?:lacks?|missing|need|require)s? (?:the )?(?:IAM )?permissions? ['"`]?(?<third>[a-z]\w*\.\w+\.\w+)/,
      cause:
        'The account that calls lacks the permission {permission|{other|{third|named}}} on {resource|{what|this resource}}.',
      fix: 'Ask for a role that holds {permission|{other|{third|it}}} (IAM & Admin → IAM; for example Vertex AI User, Storage Object Viewer, BigQuery Data Viewer).',
    },
    {
      class: 'permission',
      when: /prohibited by organization's policy|vpcServiceControls\w*|VPC Service Controls|Organization Policy constraint|constraints\/[\w.]+ (?:violated|enforced)|violates constraint|SECURITY_POLICY_VIOLATED/i,
      cause: 'A rule of the organization (a perimeter or an organization policy) blocks this call.',
      fix: 'Give the administrator the identifier or constraint in the message, or run it from an allowed network or project.',
    },
    {
      class: 'permission',
      when: /Access Denied: (?<what>(?:Project|Dataset|Table|BigQuery|Job|Connection) [^:]{0,120})|does not have permission to (?:query|access|get|create|write)|User does not have (?<perm>[\w.]+) permission|IAM_PERMISSION_DENIED|The caller does not have permission/i,
      cause: 'The account that calls may not do this: {what|{perm|see the message}}.',
      fix: 'Ask for the fitting role in IAM & Admin → IAM (for BigQuery: Data Viewer on the dataset and Job User on the project).',
    },
    {
      class: 'invalid-argument',
      when: /Unable to find your project|(?:Project|project id) (?:was not passed|could not be determined)|The project property must be set|Please provide a project ID/i,
      cause: 'No Google Cloud project is chosen, neither in code nor in the environment.',
      fix: "Set it: GOOGLE_CLOUD_PROJECT, 'gcloud config set project <project>', or providers → vertex → project in ml.yaml.",
    },
    {
      class: 'not-found',
      when: /Project ['"]?(?<project>[\w-]+)['"]? (?:not found|does not exist|was not found|has been deleted)|CONSUMER_INVALID|The project to be billed|Unknown project id|USER_PROJECT_DENIED/i,
      cause: 'There is no project {project|of this id}, or you may not see it.',
      fix: "Use the project's id, not its name or number ('gcloud projects list' shows both).",
    },
    {
      class: 'permission',
      when: [
        code('PERMISSION_DENIED', 'PermissionDenied', 'AccessDenied: 403', 'Forbidden: 403'),
        /google|gcloud|gs:\/\/|aiplatform|bigquery|googleapi/i,
      ],
      rank: 2,
      cause: 'The account that calls may not do this.',
      fix: 'Ask for the permission that the message names (console → IAM & Admin → IAM), then wait some minutes.',
    },
  ],
};
