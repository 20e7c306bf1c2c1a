import { type Area, code } from './signal';

/** Jobs and endpoints of SageMaker, and what is common to all AWS calls. */
export const AWS_JOBS: Area = {
  places: ['sagemaker', 's3'],
  signals: [
    {
      class: 'health-check',
      when: /(?:container|model)(?:s)?(?: for production variant (?:[\w-]+))? did not pass the ping health check/i,
      rank: 2,
      cause:
        'The container started but never answered GET /ping with success: mostly loading the model failed or took too long.',
      fix: "Read the first error in the endpoint's CloudWatch log (/aws/sagemaker/Endpoints/<endpoint>); raise the container's start-up health check timeout for a big model.",
    },
    {
      class: 'out-of-memory',
      when: [
        /Please use an instance type with more memory/i,
        /instance type with (?:more|larger) memory/i,
        /unable to mmap \d+ bytes/i,
        /job .{0,40}ran out of memory/i,
      ],
      cause: 'The memory of the instance did not suffice.',
      fix: 'Choose an instance type with more memory, or let the script read its data in smaller pieces (for an endpoint: fewer model workers).',
    },
    {
      class: 'timeout',
      when: [
        /MaxRuntimeExceeded/i,
        /MaxWaitTimeExceeded/i,
        /exceed(?:ed|ing)? (?:the )?(?:max(?:imum)? (?:run ?time|wait time)|MaxRuntimeInSeconds|MaxWaitTimeInSeconds)/i,
        /stopping condition .{0,40}(?:reached|exceeded)/i,
      ],
      cause: 'The job was stopped because it reached its time limit.',
      fix: 'Raise the time limit (MaxRuntimeInSeconds, with Spot also MaxWaitTimeInSeconds), train on less, or use a faster instance type.',
    },
    {
      class: 'timeout',
      when: [
        /invocation timed out while waiting for a response from container/i,
        /ModelInvocationTimeExceeded/i,
        /model (?:server|container) (?:has )?timed out/i,
      ],
      cause: 'The model took longer for one request than the endpoint waits (60 s on a real-time endpoint).',
      fix: 'Send fewer rows at once, use a faster instance type, or an asynchronous endpoint or batch prediction.',
    },
    {
      class: 'timeout',
      when: [
        /(?:ReadTimeoutError|Read timeout on endpoint URL): ?"?(?:\S+?)"?(?:\s|$)/,
        /Read timeout on endpoint URL/,
      ],
      cause: 'The service was reached but did not answer in time.',
      fix: "Raise the client's read timeout, send less at once, and look at the endpoint's log for what takes long.",
    },
    {
      class: 'data-format',
      when: [
        /Unable to (?:read|parse) data channel '?(?<channel>[\w-]+)/i,
        /Non-numeric value .{0,80}CSV format/i,
        /(?:CSV|data) .{0,60}require no header/i,
        /(?:has|have) (?:more|fewer) fields than expected/i,
        /Hidden file found in the data path/i,
        /Failed to (?:parse|load) (?:the )?(?:csv|libsvm|json|parquet|recordio|image)\b/i,
        /Unable to determine the content type/i,
        /Blankspace and colon not found/i,
        /Content-?type .{0,80}not (?:supported|accepted) (?:for|by) (?:the )?(?:algorithm|channel)/i,
      ],
      cause:
        'The training data is not in the form that the algorithm reads (channel {channel|of the message}).',
      fix: "Bring the files into the algorithm's format (built-in ones: CSV without header, target in the first column, numbers only; ContentType 'text/csv').",
    },
    {
      class: 'data-format',
      when: /Received (?:client|server) error \(\d+\) from \S+ with message "?[^"]{0,80}(?:Incorrect padding|could not convert string|Unable to (?:parse|evaluate|decode)|Expecting value|JSONDecodeError|invalid (?:json|payload|input)|(?:unsupported|not supported) content.?type|feature(?:s)? (?:size|mismatch)|Number of features|number of columns)/i,
      cause:
        'The model got a request that it cannot read: its encoding, content type or columns are not what it expects.',
      fix: "Send the content type that the container takes, with all columns in the training order; base64 text must be unchanged with its trailing '='.",
    },
    {
      class: 'spot-interrupted',
      when: [
        /SecondaryStatus\w*["']?[:=] ?["']?Interrupted/i,
        /Managed Spot Training.{0,40}interrupt/i,
        /training job (?:was )?interrupted/i,
      ],
      cause: 'AWS took the spot machine back.',
      fix: 'Let it run again with a CheckpointConfig so that it resumes from /opt/ml/checkpoints, or use on-demand capacity.',
    },
    {
      class: 'conflict',
      when: [
        /Cannot create already existing (?:[\w ]+?) "?(?:arn:\S+|\S+)/i,
        /(?:training|processing|transform|tuning) job names must be unique/i,
        /Cannot update in-progress (?:endpoint|notebook)/i,
        /(?:model|endpoint|job|resource|experiment|trial|pipeline|domain|bucket)\b[^.]{0,120} (?:already exists|is already (?:in use|being)|name already in use)/i,
      ],
      rank: 2,
      cause: 'Something of this name exists already, or is being changed by another call.',
      fix: 'Choose another name, wait until the change that is under way is done, or delete the old one first.',
    },
    {
      class: 'conflict',
      when: code(
        'ResourceInUse(?:Exception)?',
        'ResourceAlreadyExists(?:Exception)?',
        'AlreadyExists(?:Exception)?',
        'BucketAlready(?:Exists|OwnedByYou)',
        'BucketNotEmpty',
        'EntityAlreadyExists(?:Exception)?',
        'ConflictException',
        'OperationAborted',
        'PreconditionFailed',
        'ConditionalRequestConflict',
        'ResourceConflict(?:Exception)?',
        'ConcurrentModificationException',
      ),
      cause:
        'Something of this name exists already, is in use, or was changed by another call at the same time.',
      fix: 'Choose another name (bucket names are shared by all AWS users), or wait for the other change and try again.',
    },
    {
      class: 'not-found',
      when: /(?:Could not find (?<kind>endpoint|model|endpoint config\w*|job|training job|processing job|pipeline|image|resource)(?: configuration)?:? "?(?:[^\s"]+)|Requested resource not found|Endpoint (?<ep>\S+) of account \d+ not found|(?:Model|Endpoint|Domain|Pipeline|Cluster|Job|Log group|log stream)\b[^.]{0,60} does not exist)/i,
      rank: 2,
      cause: 'AWS knows no {kind|{ep|resource}} of this name in this account and region.',
      fix: 'Check spelling, region and account: list them in the SageMaker console (or aws sagemaker list-endpoints and the like).',
    },
    {
      class: 'permission',
      when: /(?:User|Role|Principal)?:? ?(?<who>arn:aws[^\s]*)? ?is not authorized to perform:? (?<action>[\w-]+:[\w*]+)(?: on resource:? (?<resource>[^\s"']+))?/,
      cause: 'The identity {who|in use} may not do {action} on {resource|this resource}.',
      fix: 'Ask the account administrator for {action} on {resource|this resource}; an explicit deny has to be lifted, more rights do not help against it.',
    },
    {
      class: 'permission',
      when: code(
        'AccessDenied(?:Exception)?',
        'UnauthorizedOperation',
        'UnauthorizedAccess(?:Exception)?',
        'KMS\\.?(?:AccessDenied|DisabledException)\\w*',
        'NotAuthorized(?:Exception)?',
        'AuthorizationError(?:Exception)?',
      ),
      cause: 'The identity that ran this may not do it.',
      fix: 'Ask the account administrator for the action that the message names (IAM console → the role → permissions; also the bucket or key policy).',
    },
    {
      class: 'not-found',
      when: code(
        'ResourceNotFound(?:Exception)?',
        'NoSuchEntity(?:Exception)?',
        'NoSuchUpload',
        'NoSuchResource\\w*',
      ),
      rank: 2,
      cause: 'AWS knows no resource of this name in this account and region.',
      fix: 'Check spelling, region and account of the resource in the console.',
    },
    {
      class: 'invalid-argument',
      when: /ParamValidationError|Parameter validation failed:? ?(?<what>[^.]{0,160})?/,
      cause:
        'The request was not sent because a parameter has the wrong type, or is missing or unknown[: {what}].',
      fix: 'Correct the parameter that the message names.',
    },
    {
      class: 'invalid-argument',
      when: /Value '?(?<value>[^']{0,120})'? at '(?<field>[\w.]+)' failed to satisfy constraint: (?<rule>Member must [^;:[]{0,80})/,
      cause: "The value '{value}' is not allowed for {field}: {rule}.",
      fix: 'Correct {field}: job and endpoint names hold at most 63 letters, digits and hyphens; an instance type begins with ml.',
    },
    {
      class: 'invalid-argument',
      when: code(
        'ValidationException',
        'ValidationError(?:Exception)?',
        'Invalid[A-Z]\\w+',
        'Missing(?:Parameter|RequiredParameter|Action)\\w*',
        'MalformedPolicy\\w*',
        'MalformedXML',
      ),
      and: /calling the \w+ operation|\bAmazon|\baws\b|sagemaker|<Error>|RequestId|HostId/i,
      rank: 4,
      cause: 'AWS refused the request because one of its values is not valid.',
      fix: 'Correct what the message names after the code, and send it again.',
    },
    {
      class: 'script-error',
      when: [
        /ExecuteUserScriptError/i,
        /No training job succeeded after \d+ attempts/i,
        /AlgorithmError: .{0,40}(?:exit code|See job logs)/i,
        /AlgorithmError: (?:Exit Code: \d+|framework error)/i,
      ],
      rank: 4,
      cause: 'The script in the container stopped with an error of its own.',
      fix: "Open the job's CloudWatch log (/aws/sagemaker/TrainingJobs): the last Python traceback says what to mend.",
    },
  ],
};
