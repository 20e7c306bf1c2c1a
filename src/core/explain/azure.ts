import { type Area, code, type Signal } from './signal';

const IDENTITY: readonly Signal[] = [
  {
    class: 'auth-expired',
    when: /AADSTS(?:700082|700084|700081|70043|70008|50173|50078|50076|50079|50132|7000222|7000112|50089|50133)\b|ExpiredAuthenticationToken|InvalidAuthenticationToken.{0,120}expir|access token (?:has )?expired|token expiry UTC time|(?:refresh|access) token has expired|Signature not valid in the specified time frame|Signed expiry time \[|(?:client secret|credential|SAS(?: token)?) .{0,60}(?:is|has|are) expired|Lifetime validation failed, the token is expired|AuthenticationErrorDetail.{0,40}Signature not valid in|multi-?factor authentication/i,
    cause: 'The Azure sign-in, client secret or SAS token has expired, or a fresh sign-in is asked for.',
    fix: "Run 'az login' again (for a service principal make a new secret, for a SAS a new token) and repeat the step.",
  },
  {
    class: 'permission',
    when: /AADSTS(?:65001|50105|53003|53000|530003|90094|65004|50158)\b|Conditional Access policies/i,
    cause:
      'The directory does not let this account or app in: consent, an assignment or a Conditional Access rule stands in the way.',
    fix: 'Ask the administrator of the directory for consent or assignment, or sign in from a device that the rule allows.',
  },
  {
    class: 'auth-missing',
    when: /AADSTS(?<number>\d{5,7})\b/,
    cause:
      'Microsoft Entra refused the sign-in (AADSTS{number}): tenant, client id, secret, user or password is wrong.',
    fix: "Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (the secret's value, not its id), or run 'az login --tenant <tenant>'.",
  },
  {
    class: 'auth-missing',
    when: /Azure CLI not found on path|AzureCliCredential: Azure CLI not found/,
    unless: /EnvironmentCredential|SharedTokenCacheCredential|ManagedIdentityCredential/,
    cause: 'The sign-in goes through the Azure CLI, which is not installed or not on the PATH.',
    fix: "Install the Azure CLI, open a new terminal and run 'az login'.",
  },
  {
    class: 'auth-missing',
    when: /Default ?AzureCredential failed|(?:Environment|ManagedIdentity|WorkloadIdentity|SharedTokenCache|AzureCli|AzurePowerShell|ClientSecret|AzureDeveloperCli|VisualStudioCode|InteractiveBrowser|Broker)Credential(?::| authentication| failed)|CredentialUnavailableError|ChainedTokenCredential|Please run ['"]az login|No subscription found|ClientAuthenticationError|InvalidAuthenticationToken(?:Tenant)?\b|IMDS endpoint|No managed identity/i,
    cause: 'No way of signing in to Azure works where this ran.',
    fix: "Run 'az login' (in a job: give it a managed identity), or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.",
  },
  {
    class: 'auth-missing',
    when: [
      code(
        'AuthenticationFailed',
        'NoAuthenticationInformation',
        'InvalidAuthenticationInfo',
        'AuthenticationRequired',
        'InvalidAuthenticationToken',
      ),
      /azure|Server failed to authenticate|Microsoft|ErrorCode|RequestId|windows\.net/i,
    ],
    cause: 'Azure does not accept the key, SAS token or sign-in that was sent.',
    fix: "Copy the account key or SAS again as a whole, or sign in with 'az login'.",
  },
  {
    class: 'auth-missing',
    when: /Server failed to authenticate the request|AccountKey|(?:Connection|connection) string (?:is either blank|missing|is malformed)|account key is (?:not valid|invalid)|Incorrect padding.{0,80}(?:shared_?key|account)/,
    rank: 2,
    cause: 'Azure does not accept the key, SAS token or connection string that was given.',
    fix: 'Copy the key, SAS or connection string again as a whole from the storage account’s page.',
  },
  {
    class: 'role-or-service-account',
    when: /(?:managed identity|service principal|user[- ]assigned identity|identity) .{0,80}(?:does not exist|not found|was not found|is not assigned to|has not been assigned)|PrincipalNotFound|IdentityNotFound|FailedIdentityOperation|LinkedInvalidPropertyId/i,
    cause: 'The identity under which this should run does not exist or is not assigned here.',
    fix: 'Assign a managed identity to the compute or endpoint (Identity page) and give it its roles.',
  },
  {
    class: 'permission',
    when: /does not have authorization to perform action ['"](?<action>[^'"]+)['"](?:.{0,20}over scope ['"]?(?<scope>[^\s'"]+))?/,
    cause: 'The identity that runs this may not do {action}.',
    fix: 'Ask the owner for a role that holds it (for Azure ML: AzureML Data Scientist on the workspace), then wait some minutes.',
  },
  {
    class: 'permission',
    when: [
      code(
        'AuthorizationFailed',
        'LinkedAuthorizationFailed',
        'AuthorizationPermissionMismatch',
        'AuthorizationFailure',
        'AuthorizationResourceTypeMismatch',
        'AuthorizationServiceMismatch',
        'AuthorizationSourceIPMismatch',
        'InsufficientAccountPermissions',
        'KeyBasedAuthenticationNotPermitted',
        'PublicAccessNotPermitted',
        'RequestDisallowedByPolicy',
        'RequestDisallowedByAzure',
        'InvalidAuthorization\\w*',
        'ForbiddenByRbac',
        'ForbiddenByFirewall',
        'RoleAssignmentUpdateNotPermitted',
        'ScopeLocked',
        'AccountRequiresHttps',
      ),
    ],
    cause: 'The sign-in is valid, but its role, the SAS, a firewall or a policy does not allow this.',
    fix: 'Get the fitting role (for data: Storage Blob Data Reader or Contributor on account or container; Owner alone is not enough), or let your network through the account’s firewall.',
  },
  {
    class: 'permission',
    when: /This request is not authorized to perform this operation|(?:Public access|Key based authentication) is not permitted on this storage account|not have required permissions|Startup task failed due to authorization error/,
    cause: 'The sign-in is valid, but it may not do this on the data or resource.',
    fix: 'Get the role Storage Blob Data Reader or Contributor on the account or container, or let your network through its firewall.',
  },
];

const LIMITS: readonly Signal[] = [
  {
    class: 'quota',
    unless: /insufficient memory/i,
    when: /Not enough quota available for (?<size>\S+)(?:.{0,80}Current usage\/limit: (?<usage>[\d/]+))?(?:.{0,30}Additional needed: (?<needed>\d+))?|does not have enough quota for (?<other>[\w.-]+)|exceeding approved (?<cores>[\w ]+?) (?:Cores )?quota|ClusterCoreQuotaReached|ClusterMinNodesExceedCoreQuota|OutOfQuota|core quota|quota (?:has been )?(?:exceeded|reached) for (?<family>Standard\w+)|InsufficientQuota|QuotaExceeded\b|DeploymentLimitReached/i,
    cause:
      'The quota of {size|{other|{cores|{family|the VM family}}}} in this subscription and region does not suffice ({usage|see the message}).',
    fix: 'Ask for more cores of this family (Azure ML studio → Quota, or portal → Quotas), remove what is not needed, or choose a smaller size.',
  },
  {
    class: 'quota',
    when: [
      code(
        'OutOfCapacity',
        'SkuNotAvailable',
        '(?:Zonal)?AllocationFailed',
        'OverconstrainedAllocationRequest',
        'OverconstrainedZonalAllocationRequest',
        'NoCapacity',
        'CapacityNotAvailable',
      ),
    ],
    cause: 'Azure has no free machines of this size in this region now, or does not offer it here.',
    fix: 'Choose another VM size or region, or try again later.',
  },
  {
    class: 'spot-interrupted',
    when: /\b(?:low[- ]priority|spot)\b.{0,60}\b(?:evict\w*|preempt\w*|deallocat\w*)|node (?:was )?preempted|preempted by (?:azure|a higher)/i,
    cause: 'Azure took the low-priority machine back.',
    fix: 'Run it again from a checkpoint, or use a dedicated compute tier.',
  },
  {
    class: 'rate-limit',
    when: [
      code(
        'ServerBusy',
        'TooManyRequests',
        'OperationNotAllowedTooMany',
        'SubscriptionRequestsThrottled',
        'RateLimitReached',
      ),
      /azure|microsoft|ErrorCode|RequestId|operation|Retry/i,
    ],
    cause: 'More requests arrive in a short time than Azure takes.',
    fix: 'Wait as long as Retry-After says, then retry with growing pauses and fewer requests at once.',
  },
  {
    class: 'billing-or-api-disabled',
    when: /not registered to use namespace '(?<namespace>[^']+)'|MissingSubscriptionRegistration|(?:ReadOnly)?DisabledSubscription|SubscriptionDisabled|AccountIsDisabled|subscription .{0,60}(?:is disabled|has been disabled|read[- ]only|is suspended)|credit .{0,30}(?:used up|exhausted)|SubscriptionNotRegistered/i,
    cause: 'The subscription is not active, or is not registered for {namespace|this service}.',
    fix: "Run 'az provider register --namespace {namespace|Microsoft.MachineLearningServices}', or settle the subscription under Cost Management + Billing.",
  },
];

const SERVICE: readonly Signal[] = [
  {
    class: 'image',
    when: /ImageBuildFail\w*|Failed to (?:pull|build) (?:the )?(?:Docker )?image ?(?<image>\S+azurecr\.io\S*)?|(?:environment )?image build (?:has )?failed|AcrPull|Container registry authorization|ACR .{0,60}(?:unauthorized|not authorized|denied)|Environment (?:build|image) .{0,40}failed|Unable to get image details/i,
    cause: 'The environment’s image {image|of this job or deployment} could not be built or pulled.',
    fix: 'Read the image build log (Environments → version → Build log); for a pull give the compute’s managed identity the role AcrPull on the registry.',
  },
  {
    class: 'health-check',
    when: /ResourceNotReady|User container has crashed|(?:Liveness|Readiness|Startup) probe (?:failed|errored)|ContainerCrash\w*|container (?:has )?(?:crashed|terminated) (?:with|or|before)|Deployment failed due to .{0,40}(?:timeout|container)|KubernetesCrashLoopBackOff|CrashLoopBackOff|back-?off .{0,20}restarting failed container/i,
    cause:
      'The container of the deployment did not become ready: it ended, or init() failed or took too long.',
    fix: "Read its log ('az ml online-deployment get-logs', or kubectl logs --previous) for the first traceback; raise initial_delay of the probes for a big model.",
  },
  {
    class: 'data-missing',
    when: [
      code(
        'BlobNotFound',
        'PathNotFound',
        'ResourceNotFound: The specified blob',
        'BlobArchived',
        'InputDataNotFound',
      ),
    ],
    cause: 'There is no blob or folder under this path.',
    fix: 'List the container (az storage blob list) and correct the path; upper and lower case count.',
  },
  {
    class: 'data-missing',
    when: /The specified (?:blob|path) does not exist|StreamAccess(?:Exception)?.{0,200}NotFound|DataAccessError\(NotFound\)|(?:rslex|data[- ]?store).{0,120}(?:status code: 404|does not exist)|No (?:such )?files? (?:or path )?found (?:at|in|under|on) .{0,60}(?:datastore|azureml:)|Unable to find any files? or path/i,
    cause: 'There is no blob or folder under this path.',
    fix: 'Check datastore and path of the input (Azure ML studio → Data → Datastores → Browse).',
  },
  {
    class: 'permission',
    when: /(?:StreamAccess(?:Exception)?|DataAccessError|rslex|mount|datastore).{0,160}(?:Authenticat\w+|PermissionDenied|Forbidden|status code: 40[13]|not authorized)/i,
    cause: 'The identity of the job may not read the datastore.',
    fix: 'Give the compute’s identity Storage Blob Data Reader on the account, or renew the key or SAS of the datastore.',
  },
  {
    class: 'not-found',
    when: /could not find config\.json|config\.json .{0,40}(?:not found|does not exist)/i,
    cause: 'There is no config.json that names the Azure ML workspace in this folder or above.',
    fix: "Download config.json from the workspace's page, or give subscription, resource group and workspace directly.",
  },
  {
    class: 'not-found',
    when: /The Resource ['"](?<resource>[^'"]+)['"] under resource group ['"](?<group>[^'"]+)['"] was not found|Resource group ['"](?<only>[^'"]+)['"] could not be found|The subscription ['"](?<subscription>[^'"]+)['"] could not be found/,
    cause: 'Azure knows no {resource|resource group or subscription} {only|{subscription|of this name}}.',
    fix: "Check names and subscription ('az account show', 'az ml workspace list -o table').",
  },
  {
    class: 'not-found',
    when: [
      code(
        'ResourceNotFound(?:Error)?',
        'ResourceGroupNotFound',
        'SubscriptionNotFound',
        'InvalidSubscriptionId',
        'ParentResourceNotFound',
        'ContainerNotFound',
        'FilesystemNotFound',
        'ShareNotFound',
        'WorkspaceNotFound',
        'ComputeNotFound',
        'ModelNotFound',
        'DeploymentNotFound',
        'EndpointNotFound',
        'EntityNotFound',
        'NotFoundError',
        'UserErrorNotFound',
      ),
    ],
    rank: 2,
    cause: 'Azure knows no resource of this name in this subscription, group or workspace.',
    fix: "Check spelling and the workspace in use ('az account show', 'az configure --list-defaults').",
  },
  {
    class: 'conflict',
    when: [
      code(
        'ContainerAlreadyExists',
        'BlobAlreadyExists',
        'ContainerBeingDeleted',
        'LeaseIdMissing',
        'LeaseAlreadyPresent',
        'LeaseIdMismatchWith\\w+',
        'ConditionNotMet',
        'TargetConditionNotMet',
        'AnotherOperationInProgress',
        'OperationInProgress',
        'ResourceExistsError',
        'ResourceAlreadyExists',
        'StorageAccountAlreadyTaken',
        'NameUnavailable',
        'InUseSubnetCannotBe\\w+',
        'FlagMustBeSetForRestore',
      ),
    ],
    cause: 'Something of this name exists already, is locked by a lease, or is being changed.',
    fix: 'Choose another name or version, wait until the other operation is done, or break the lease.',
  },
  {
    class: 'conflict',
    when: /There is currently a lease on the (?:blob|container)|There is already an? \w+|(?:name|version|endpoint|workspace|asset)\b[^.]{0,80}(?:already (?:exists|in use|taken)|is not available because)/i,
    rank: 2,
    cause: 'Something of this name or version exists already, or is locked.',
    fix: 'Choose another name or the next version, or wait until the other operation is done.',
  },
  {
    class: 'payload-too-large',
    when: [code('RequestBodyTooLarge', 'RequestEntityTooLarge', 'PayloadTooLarge')],
    cause: 'The request is larger than the service takes.',
    fix: 'Send fewer rows per request or use a batch endpoint; upload big files in blocks.',
  },
  {
    class: 'timeout',
    when: /No progress update in [^.]{1,20} seconds|upstream request timeout|mini[- ]?batch.{0,60}tim(?:e|ed) ?out|JobTimedOut|Job .{0,60}exceeded (?:the )?(?:timeout|max\w* (?:run|time))|max_(?:run|experiment)_(?:time|duration)/i,
    cause: 'It took longer than its time limit.',
    fix: 'Raise the timeout (retry_settings or request_settings of the deployment, limits.timeout of the job), or send less at once.',
  },
  {
    class: 'script-error',
    when: /unexpected error occurred in scoring script|UserScript(?:Exception|Error)|Execution failed\. ?User process|User program failed|ExecutionFailed.{0,120}exit(?:ed)? (?:with )?(?:code|status)|AzureMLCompute job failed|process .{0,30}exited with code (?!137)[1-9]\d*/i,
    rank: 4,
    cause: 'The script in the container stopped with an error; this message does not say which.',
    fix: 'Open user_logs/std_log.txt of the job (for an endpoint: the deployment log): the last Python traceback says what to mend.',
  },
  {
    class: 'invalid-argument',
    when: [
      code(
        'BadArgument',
        'BadRequest',
        'InvalidParameter\\w*',
        'ValidationError',
        'ValidationException',
        'Invalid(?:ResourceName|TemplateDeployment|RequestContent|QueryParameterValue|HeaderValue|Input|Uri|BlobType|JobDefinition|Property\\w*)',
        'OutOfRangeInput',
      ),
      /azure|microsoft|AmlToken|ml\.azure|ErrorCode|windows\.net/i,
    ],
    rank: 4,
    cause: 'Azure refused the request because one of its values is not valid.',
    fix: 'Correct the field that the message names, and send it again.',
  },
  {
    class: 'invalid-argument',
    when: /Request is invalid and\/or missing fields/,
    rank: 2,
    cause: 'The request to Azure lacks a field, or one of its fields is not valid.',
    fix: 'Compare the YAML or body with the schema of this resource; the inner errors name the field.',
  },
];

export const AZURE: Area = {
  places: ['azureml', 'azureblob'],
  signals: [...IDENTITY, ...LIMITS, ...SERVICE],
};
