import type { Area } from './signal';

/** Model servers, containers and clusters, the Hugging Face hub. */
export const SERVING: Area = {
  places: ['local-serve'],
  signals: [
    {
      class: 'script-error',
      when: /Error loading ASGI app\. (?<what>[^\n]{0,120})|Failed to find (?:attribute|Flask application|application object) ?(?<name>'[^']+' in '[^']+')?|Could not (?:import|locate a Flask application)|(?:ASGI|WSGI) app.{0,60}(?:not found|could not)|No module named '?__main__|Failed to parse '\S+' as an attribute name/i,
      cause:
        'The server finds no application under the name that it was given: {what|{name|see the message}}.',
      fix: 'Name module and object rightly, seen from the folder of the start: uvicorn app:app serves the object app of app.py.',
    },
    {
      class: 'timeout',
      when: /WORKER TIMEOUT|Worker (?:\S+ )?timed out|Backend worker did not respond in given time|upstream timed out|504 Gateway Time-?out|Gateway Timeout/i,
      cause: 'The server took longer for the request than it may.',
      fix: 'Raise the timeout (gunicorn --timeout, or that of the gateway), send fewer rows at once, or load the model once at the start.',
    },
    {
      class: 'health-check',
      when: /Worker failed to boot|Backend worker (?:process )?died|Load model failed|Failed to load model|worker(?: process)?(?: \S+)? (?:died|exited)|HaltServer|(?:Liveness|Readiness|Startup) probe failed|CrashLoopBackOff|container .{0,60}is unhealthy|failed .{0,20}health ?check|health ?check .{0,40}failed|Back-off restarting failed|(?:server|endpoint|model|service) (?:did not|failed to|never) (?:become|became|get|start)\w* ?(?:ready|healthy|up)?/i,
      rank: 2,
      cause:
        'The server started but did not become ready: its process ended, or loading the model failed or took too long.',
      fix: "Read the first error in the server's log; load the model by hand in the same environment; for a big model raise the start-up limit.",
    },
    {
      class: 'data-format',
      when: /"loc": ?\["body"[^\]]*?,? ?"?(?<field>[\w-]*)"?\], ?"msg": ?"(?<msg>[^"]+)"|value_error\.(?:missing|jsondecode)|"type": ?"(?:missing|json_invalid|model_attributes_type|float_parsing|int_parsing|list_type|string_type)"|RequestValidationError|422 Unprocessable|Unprocessable (?:Entity|Content)|(?:payload|request body|input) (?:is|must be|should be) (?:not )?(?:a )?(?:valid )?(?:JSON|list|array|dict\w*|object)/i,
      cause:
        'The request does not have the form that the endpoint reads ({field|see the message}: {msg|not as expected}).',
      fix: 'Send the fields of the schema with their types (the page /docs of the server lists them).',
    },
    {
      class: 'payload-too-large',
      when: /\b413\b.{0,40}(?:Request Entity|Payload|Content) Too Large|Request Entity Too Large|Payload Too Large|client intended to send too large body|(?:message|frame|request)(?: size)? .{0,40}larger than (?:the )?(?:max|limit)|Received message larger than max|Exceeded maximum allowed (?:body|content|message)|File must be [\d.]+ ?MB or smaller|max_upload|body (?:size )?(?:exceeded|exceeds|is too large)|request too large/i,
      cause: 'The request is larger than the server, or a gateway before it, takes.',
      fix: 'Send fewer rows at once, raise the limit (nginx: client_max_body_size), or put the file in a bucket and send its address.',
    },
    {
      class: 'image',
      when: /ErrImagePull|ImagePullBackOff|pull access denied for (?<image>\S+?),|manifest (?:for (?<other>\S+) )?(?:not found|unknown)|(?:MANIFEST_UNKNOWN|NAME_UNKNOWN)|repository does not exist or may require|Unable to find image|failed to resolve reference|exec format error|exec user process caused|no matching manifest for|The command '\/bin\/sh -c .{0,200}' returned a non-zero code|invalid reference format|Dockerfile.{0,40}(?:not found|no such file|cannot)|does not match the (?:detected|specified) (?:host )?platform/i,
      cause:
        'The container image {image|{other|}} cannot be pulled, built or run here (wrong name or tag, no right, or another processor).',
      fix: 'Correct name and tag, sign in to the registry (docker login), and build it for the machine (--platform linux/amd64).',
    },
    {
      class: 'rate-limit',
      when: /toomanyrequests|pull rate limit/i,
      cause: 'The registry lets this address pull only so many images in an hour.',
      fix: 'Sign in to the registry (docker login), wait, or pull from a mirror.',
    },
    {
      class: 'auth-missing',
      when: /no basic auth credentials|unauthorized: (?:authentication required|incorrect username)|denied: (?:Your authorization token|requested access)|authorization token has expired/i,
      cause: 'The registry does not accept the sign-in, or there was none.',
      fix: 'Sign in (docker login; for ECR: aws ecr get-login-password | docker login …), then try again.',
    },
    {
      class: 'stuck',
      when: /Cannot connect to the Docker daemon|Is the docker daemon running|docker daemon is not running|error during connect.{0,80}docker/i,
      cause: 'Docker is installed but does not run.',
      fix: 'Start Docker Desktop (or systemctl start docker), then try again. This project itself needs no Docker.',
    },
    {
      class: 'permission',
      when: /permission denied while trying to connect to the Docker daemon|dial unix \/var\/run\/docker\.sock: connect: permission denied/,
      cause: 'This user may not use Docker.',
      fix: 'Add the user to the group docker (sudo usermod -aG docker $USER) and sign in anew.',
    },
    {
      class: 'permission',
      when: /GatedRepoError|gated repo|Access to model (?<model>\S+) is restricted|must (?:have access|be authenticated) to (?:it|access)|(?:model|repo\w*) \S+ is (?:a )?gated|You are not in the authorized list|forbidden: User "(?<user>[^"]+)" cannot (?<verb>\w+) resource "(?<resource>[^"]+)"/i,
      cause:
        'You may not read {model|{resource|this model}}: access is given on request, or your role lacks the right.',
      fix: 'Ask for access on its page and sign in (huggingface-cli login, HF_TOKEN), or ask the administrator for the right.',
    },
    {
      class: 'auth-missing',
      when: /Invalid (?:user(?:name)? or password|user token)|401 Client Error.{0,120}huggingface|Invalid credentials in Authorization header|(?:wandb|api[_ ]?key|API key)\b.{0,60}(?:not configured|is not set|not found|missing|must be set|invalid|incorrect|is required)|Incorrect API key provided|No API key (?:found|provided)|(?:HF_TOKEN|WANDB_API_KEY|OPENAI_API_KEY|\w+_API_KEY)\b.{0,40}(?:not set|missing|required|must be)/i,
      cause: 'No valid API key or token is set for this service.',
      fix: 'Sign in (huggingface-cli login, wandb login) or set the token in the environment where this runs.',
    },
    {
      class: 'not-found',
      when: /is not a local folder and is not a valid model identifier|RepositoryNotFoundError|Repository Not Found for url|EntryNotFoundError|RevisionNotFoundError|Model '?(?<model>[\w.:/-]+)'? (?:is )?not found (?:in|on)|No versions of servable (?<servable>\S+) found|does not appear to have a file named (?<file>\S+)|Can't load (?:the )?(?:model|tokenizer|config\w*)[^.]{0,60}|404 Client Error: Not Found for url|ModelNotFound\w*|model (?<other>[\w.:/-]+) not found|no such model|Serving runtime .{0,40}not found/i,
      rank: 2,
      cause:
        'There is no model {model|{servable|{other|}}} under this name (or {file|a file of it} is missing).',
      fix: 'Check the name and the list of models there; for a private one sign in first.',
    },
    {
      class: 'network',
      when: /(?:couldn't|can't|Cannot) (?:connect to|reach) (?:'?https:\/\/huggingface\.co|the Hub)|LocalEntryNotFoundError|outgoing traffic has been disabled|offline mode is enabled/i,
      cause: 'The Hugging Face hub cannot be reached from here, and the files are not in the local cache.',
      fix: 'Check the connection, proxy or HF_HUB_OFFLINE; or download the model elsewhere and give the folder.',
    },
    {
      class: 'role-or-service-account',
      when: /serviceaccounts? "(?<account>[\w-]+)" (?:not found|is forbidden)|error looking up service account (?<other>\S+?):/,
      cause: 'The service account {account|{other|}} that the pod names does not exist.',
      fix: 'Create it in the namespace, or correct serviceAccountName.',
    },
    {
      class: 'quota',
      when: /exceeded quota: (?<quota>[\w-]+)|QOSMax\w+|AssocMax\w+|AssocGrp\w+|MaxGRESPerAccount|violates accounting\/QOS policy/,
      cause: 'The quota {quota|of your account on this cluster} does not allow more.',
      fix: 'End other jobs, ask for less, or ask the administrator for more.',
    },
  ],
};
