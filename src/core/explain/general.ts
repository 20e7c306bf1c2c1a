import type { Area } from './signal';

/** A name, a path or a few words between a noun and what is said of it, but no end of a sentence. */
const NAME = String.raw`(?:(?!\. [A-Z]).){0,100}?`;
const IS_ABSENT = [
  String.raw`\b(?:was|were|is|are|be)? ?not (?:be )?(?:found|located|known|defined|registered)\b`,
  String.raw`\b(?:could|can) ?(?:not|n't) be (?:found|located|resolved)\b`,
  String.raw`\b(?:does|do|did)(?: not|n't) (?:exist|appear to)\b`,
  String.raw`\bdoesnt exist\b`,
  String.raw`\bno longer exists?\b`,
  String.raw`\bhas been deleted\b`,
  String.raw`\bnot available in location\b`,
].join('|');
const NO_SUCH = String.raw`\b(?:no such|unknown|non-?existent|(?:could not|cannot|can't|unable to|failed to|couldn't) (?:find|locate))(?: an?| the| any)?`;

/** "TABLE x was not found", "no such TABLE", "x: TABLE not found". */
function absent(nouns: string): RegExp {
  return new RegExp(
    String.raw`\b(?<kind>${nouns})s?\b${NAME}(?:${IS_ABSENT})|${NO_SUCH} (?<other>${nouns})s?\b|\bNo (?<third>${nouns})s? (?:(?:was|were) )?(?:found|named|called|with|matching)\b`,
    'i',
  );
}

const FILES = String.raw`path|object|blob|image file|data|csv|prefix`;
const THINGS = String.raw`file|folder|directory|archive|script|table|view|dataset|data ?base|schema|catalog|collection|bucket|container|volume|model|endpoint|deployment|job|run|trial|experiment|pipeline|step|stage|task|flow|workspace|project|subscription|tenant|resource(?: group)?|cluster|node ?pool|node|instance|machine|service|server|index|queue|topic|secret|network|subnet|source|repository|repo|branch|tag|commit|revision|remote|ref|config(?:uration)?|setting|artifact|version|alias|user|member|group|policy|space|asset|environment|extension|provider|connection|warehouse|dashboard`;

/** General words of any program, asked when no service knows the wording. */
export const GENERAL: Area = {
  places: [],
  signals: [
    {
      class: 'out-of-memory',
      when: /\b(?:out[- ]of[- ]memory|(?:not enough|insufficient|too little)(?: \w+)? memory|memory (?:limit|allocation) (?:was )?(?:exceeded|failed|reached)|requires? more (?:system )?memory|more memory than|exceed\w* (?:the |\d+% )?(?:available )?memory(?: budget)?|memory exhausted)\b/i,
      rank: 3,
      cause: 'The memory of the machine or container does not suffice.',
      fix: 'Use less data or a smaller model at once, or a machine with more memory; in a container raise its limit.',
    },
    {
      class: 'disk-full',
      when: /\b(?:not enough|insufficient|no|out of|too little)\b[^.]{0,20}\b(?:disk|storage)(?: space)?\b|\bdisk\b[^.]{0,30}\bfull\b/i,
      rank: 3,
      cause: 'The disk is full.',
      fix: 'Free some space, or take a bigger disk.',
    },
    {
      class: 'quota',
      when: /insufficient_quota|exceeded your current quota/i,
      cause: 'The quota or credit of this account is used up.',
      fix: 'Look at usage and billing on the page of the service, and raise the limit or add credit.',
    },
    {
      class: 'quota',
      when: /\b(?:insufficient|exceed\w*|not enough|reached|over|out of|hit|lack\w*)\b[^.]{0,80}\bquotas?\b|\bquotas?\b[^.]{0,80}\b(?:exceed\w*|insufficient|reached|exhausted|used up|is 0)\b|insufficient_quota|\b(?:limit|maximum (?:number|count))\b[^.]{0,60}\b(?:has been |was |is )?(?:reached|exceeded)\b|\b(?:exceeds?|reached|exceeded) (?:the |your |its )?(?:\w+ ){0,3}limit\b/i,
      unless:
        /rate[- ]?limit|time ?limit|requests? per|tokens? per|too many requests|size limit|memory limit|recursion|length|body|payload|field size/i,
      rank: 3,
      cause: 'A limit of this account, project or plan is reached.',
      fix: 'Ask for more of what the message names (quota page of the service), remove what is not needed, or choose a smaller size.',
    },
    {
      class: 'rate-limit',
      when: /\brate[- ]?limit\w*|too many requests|\bthrottl(?:ed|ing)\b|requests? per (?:second|minute|hour)|try again in \d+/i,
      rank: 3,
      cause: 'More requests arrive in a short time than the service takes.',
      fix: 'Wait, then retry with growing pauses and fewer requests at once.',
    },
    {
      class: 'billing-or-api-disabled',
      when: /\binsufficient (?:credits?|funds|balance)\b|\bpayment required\b|\b402 Client Error|\b(?:free )?trial\b[^.]{0,40}\b(?:expired|ended|over)\b|\b(?:api|service|feature|plan|account|subscription)\b[^.]{0,40}\b(?:is not enabled|has not been enabled|is disabled|has been disabled|is suspended|not activated|inactive)\b|\bbilling\b[^.]{0,60}\b(?:not|disabled|required|enable|invalid|overdue)\b/i,
      rank: 3,
      cause: 'The service is not switched on for this account, or its billing is not in order.',
      fix: 'Switch it on, or settle the billing, in the console of the service; then wait some minutes and try again.',
    },
    {
      class: 'auth-expired',
      when: /\b(?:token|session|credentials?|login|sign-?in|password|secret|ticket|SAS)s?\b[^.]{0,40}\b(?:(?:has|have|is|are|was) (?:already )?expired|expired|no longer valid|needs? to be (?:renewed|refreshed))\b|\b(?:expired|stale) (?:access |security |refresh |bearer |session )?(?:token|session|credentials?|login|signature)\b|re-?authenticat(?:e|ion) (?:is )?(?:required|needed)/i,
      rank: 3,
      cause: 'The sign-in or token has expired.',
      fix: 'Sign in again, or make a new token, and repeat the step.',
    },
    {
      class: 'auth-missing',
      when: /\b(?:password |token |user )?authentication (?:(?:to|with|for|against|via) [^.]{1,60}? )?(?:failed|failure|error|required|is required|unsuccessful)|\bfailed to (?:authenticate|log ?in|sign ?in|verify credentials)|\b(?:invalid|incorrect|wrong|bad|missing|no|unknown) (?:user(?:name)?(?: or |\/)password|user credentials|credentials?|api[- _]?key|access[- _]?key|(?:access |auth(?:entication|orization)? |bearer |security |api )token|password|login|client secret|authorization header)\b|\b(?:credentials?|api[- _]?key|access[- _]?key|token|password|authorization header)\b[^.]{0,40}\b(?:not (?:found|set|provided|configured|valid|given)|(?:is|are|was) (?:missing|required|invalid|incorrect|empty|wrong)|must be (?:set|provided|given)|could not be (?:found|verified|loaded))|\b(?:unable|could not|cannot|failed) to (?:locate|find|load|get|retrieve|obtain|refresh)[^.]{0,30}\bcredentials?\b|\bnot (?:logged|signed) in\b|\bunauthorized\b|\bunauthenticated\b|\blogin (?:failed|required)|\bplease (?:log|sign) ?in\b|\b(?:log|sign) in (?:first|again)\b|\bno matching federated identity|access token is (?:missing|invalid)/i,
      rank: 3,
      cause: 'The service does not know who calls: no sign-in, or one that it does not accept.',
      fix: 'Sign in again, or set the right key, token or user and password, and repeat the step.',
    },
    {
      class: 'role-or-service-account',
      when: /\b(?<kind>(?:IAM |execution )?role|service[ _]account|managed identity|service principal)\b[^.]{0,120}?\b(?:is not configured|not properly configured|is not valid|is invalid|does not exist|not found|was not found|could not be (?:found|assumed)|cannot be assumed|is disabled|is missing|should not be (?:null|empty)|must be (?:set|specified|provided))/i,
      rank: 3,
      cause: 'The {kind} under which this should run is missing, wrong or not usable.',
      fix: 'Check its name and trust (who may use it) in the IAM page, or choose another one.',
    },
    {
      class: 'permission',
      when: /\bpermission(?:s)? (?:was |is |are |error\b)?(?:denied|error|missing|required)|\baccess (?:is |was )?(?:denied|forbidden|not (?:allowed|permitted))|\bforbidden\b|\b(?:not|un) ?(?:authorized|authorised|permitted|allowed) to\b|\bnot authorized\b|\binsufficient(?:ly)? (?:permissions?|privileges?|rights|access|scopes?)|\b(?:does|do) ?(?:not|n't) have (?:the )?(?:required |necessary |sufficient |enough )?(?:\w+ )?(?:permissions?|access|privileges?|rights|authorization)|\black(?:s|ing)? (?:the )?(?:\S+ )?permissions?|\b(?:EACCES|EPERM)\b|\boperation not permitted|\bread-?only file ?system|\brequires? (?:the )?(?:\S+ )?(?:permission|privilege|role)\b|\bPermission(?:s)?(?:Denied)?Error\b|\bPermission error\b|\b(?:is|are) not (?:an? |the )?(?:owner|member|collaborator|assigned)\b|\bprivate (?:link|endpoint)\b[^.]{0,60}\b(?:only|required|designated)|exit(?:ed)? (?:with )?(?:error )?code:? 126\b|error code 126/i,
      rank: 3,
      cause: 'The user or identity that ran this may not do it.',
      fix: 'Ask the owner for the right, run it as a user who has it, or change owner or rights of the file.',
    },
    {
      class: 'image',
      when: /\b(?:container |docker )?image\b[^.]{0,120}\b(?:not found|does not exist|could not be (?:found|pulled)|cannot be pulled|not supported|is invalid|pull failed|no longer available)|\b(?:failed|unable|error) (?:to )?(?:pull|build|load|push)(?:ing)?\b[^.]{0,40}\bimage\b|\bmanifest\b[^.]{0,60}\b(?:not found|unknown|not supported|unsupported|invalid)|\bdocker build\b[^.]{0,60}\bfail|\bexec format error|\bfailed to (?:solve|compute cache key|read dockerfile)\b|error (?:checking context|getting credentials)/i,
      unless:
        /\.(?:png|jpe?g|gif|tiff?|bmp|so|dylib)\b|\bPIL\b|permission denied|No matching distribution|executable file not found/i,
      rank: 3,
      cause: 'The container image cannot be found, pulled, built or run.',
      fix: 'Correct its name and tag, sign in to the registry, and build it for the processor of the machine; the first error of the build log names the step.',
    },
    {
      class: 'python-environment',
      when: /\b(?<program>python[\d. ]*|conda|pip|pipenv|poetry|pyenv|jupyter[\w-]*|virtualenv|venv|interpreter|kernel)\b[`'"]?(?: command)?(?: [`'"]?[\w-]+[`'"]?)?(?:\S* )?(?:was |is |could )?not (?:be )?(?:found|recogni[sz]ed|installed)|Jupyter command .{0,40} not found|Python worker failed to connect back|pip\._vendor|(?:virtual ?env\w*|environment|kernel|interpreter)\b[^.]{0,60}\b(?:failed to (?:start|activate)|is (?:broken|corrupt|not activated)|not activated|has no pip)|No Python at|Failed to create (?:a )?virtual/i,
      rank: 3,
      cause:
        'The Python program or environment {program|that is asked for} is not there, not active or broken.',
      fix: 'Activate the right environment (or make it anew: python3 -m venv .venv) and install the requirements in it.',
    },
    {
      class: 'package-missing',
      when: /\bno module named ['"`]*(?<module>[\w.]+)|\b(?:module|package|library|plugin|driver)\b ['"`]?(?<package>[\w.-]+)?['"`]? ?(?:(?:was|is|could) )?(?:not (?:be )?(?:found|installed|available)|is missing)|\b(?:missing|no) (?:module|package|library|dependenc(?:y|ies)|driver|wrapper)\b|(?:^|[\s:])(?<program>(?=[\w.+-]*[A-Za-z])[\w.+-]+): (?:command )?not found\b|command not found|is not recognized as an? (?:internal|name)|executable file not found|(?:needs?|has|have|must) to be installed|must be installed|Can't load plugin|find a usable engine|(?:library|dylib|image) not (?:loaded|found)|cannot open shared object|could not load (?:dynamic )?library|specified module could not be found|\b(?<other>[\w.-]+) (?:is|was) not installed\b|\b(?:install|requires?) (?:it|the package|the library) (?:with|using|by|via)\b/i,
      rank: 3,
      cause:
        'A package, program or library is not installed where this ran: {module|{package|{program|{other|see the message}}}}.',
      fix: 'Install {module|{package|{program|{other|it}}}} there (pip install, or the package manager of the system), and add it to requirements.txt.',
    },
    {
      class: 'port-in-use',
      when: /\bports?\b[^.]{0,60}\b(?:already|in use|allocated|occupied|taken|being used)\b|\baddress already in use\b|\balready listening\b/i,
      rank: 3,
      cause: 'The port is already used by another program.',
      fix: 'Stop that program, or choose another port.',
    },
    {
      class: 'proxy-or-tls',
      when: /\b(?:SSL|TLS|certificate)\b[^.]{0,40}\b(?:errors?|failed|failure|unverified|verif\w+|untrusted|invalid|expired|handshake|mismatch|not trusted)\b|\bcannot verify\b[^.]{0,80}\bcertificate|\bproxy\b[^.]{0,60}\b(?:error|refused|failed|denied|required|unreachable|tunnel)/i,
      rank: 3,
      cause: 'A proxy, or a certificate that is not trusted here, keeps the connection from being made.',
      fix: "Set the company's CA file (REQUESTS_CA_BUNDLE, SSL_CERT_FILE) and the right proxy (HTTPS_PROXY, NO_PROXY).",
    },
    {
      class: 'spot-interrupted',
      when: /\b(?:spot|preemptible|low[- ]priority)\b[^.]{0,80}\b(?:interrupt\w*|terminat\w*|reclaim\w*|evict\w*|preempt\w*|unavailable|no capacity|capacity)\b|\b(?:preempted|evicted)\b/i,
      rank: 3,
      cause: 'The machine was taken away, or none is free, because it is a spot (preemptible) one.',
      fix: 'Run it again from a checkpoint, or use on-demand capacity.',
    },
    {
      class: 'health-check',
      when: /\b(?:health|liveness|readiness|startup)[- ]?(?:check|probe)s?\b[^.]{0,60}\b(?:fail\w*|unhealthy|timed out|not pass)|\bunhealthy\b|\b(?:fail\w*|not pass) (?:the )?(?:\w+ )?health[- ]?check/i,
      rank: 3,
      cause: 'The server or container did not become healthy.',
      fix: 'Read its log for the first error, and raise the start-up limit where loading takes long.',
    },
    {
      class: 'timeout',
      when: /\btimed[- ]out\b|\btime-?out\b[^.]{0,30}\b(?:error|exceeded|expired|reached|occurred|of)\b|\b\w*Timeout(?:Error|Exception|Expired)?\b(?=[:,(]|$)|\b\w*Timeout(?:Error|Exception|Expired)\b|\b(?:exceeded|reached) (?:the |its )?(?:max(?:imum)? )?(?:time|run ?time|duration)\b|\btime limit\b|\b(?:request|response|gateway|connection|query|job|run|execution|read|activator|upstream|server) time-?out\b|\btook too long\b|deadline (?:was )?exceeded/i,
      rank: 3,
      cause: 'It took longer than its time limit.',
      fix: 'Raise the limit, do less at once, and look at what takes long.',
    },
    {
      class: 'network',
      when: /\bconnection\b[^.]{0,60}\b(?:was |is )?(?:refused|reset|closed|lost|failed|aborted|broken|error|dropped)\b|\bconnection (?:attempt|to [^.]{0,60}) (?:failed|was refused)|\bwas refused\b|\b(?:unable|failed|could not|cannot|can't|couldn't|not able) to? ?(?:connect|reach|contact|establish|resolve)\b|\b(?:host|network|server|address|api)\b[^.]{0,30}\b(?:unreachable|not reachable|cannot be reached)\b|\bname resolution\b|\b(?:ConnectionError|ConnectError|ConnectException|NetworkError|SocketException)\b|\bErrno -[23]\b|the request failed after \d+ attempts|could not (?:receive|send) data/i,
      rank: 3,
      cause: 'The other side cannot be reached, or the connection was cut.',
      fix: 'Check address and port, the connection (VPN, firewall), and that the server runs; then try again.',
    },
    {
      class: 'stuck',
      when: /\block(?:ed)?\b[^.]{0,60}\b(?:held|by another|already|exists|acquire|timeout)\b|\bwaiting for\b[^.]{0,40}\b(?:lock|resources|capacity)\b|\bdeadlock detected/i,
      rank: 3,
      cause: 'It waits for something that another process holds.',
      fix: 'End the other process, or remove the lock that it left behind.',
    },
    {
      class: 'conflict',
      when: /\bFile exists\b|\bnot empty\b|\balready (?:exists?|in use|taken|registered|defined|running|active|tracked|been used|has)\b|\b(?:is|are|still) in use\b|\bduplicate (?:key|entry|name|value|record)\b|\b(?:Error|409|response|daemon)\b.{0,20}\bConflict\b|\bmerge conflict|\bconcurrent(?:ly)? (?:modif\w+|update\w*|change\w*)|\bmodified by another\b|\bname is not (?:available|unique)\b|deleted experiment/i,
      rank: 3,
      cause: 'Something of this name exists already, is in use, or was changed at the same time.',
      fix: 'Choose another name, remove or release the old one, or repeat the step on the new state.',
    },
    {
      class: 'gpu',
      when: /\b(?:GPUs?|CUDA|cuDNN|NVIDIA|ROCm|nvcc)\b[^.]{0,80}\b(?:errors?|failed|failure|not (?:found|available|detected|supported|compatible|compiled)|unavailable|mismatch|unsupported|too old)\b/i,
      rank: 3,
      cause: 'The graphics card, its driver and the library do not work together, or there is none.',
      fix: 'Check with nvidia-smi, install matching versions, or run on the CPU.',
    },
    {
      class: 'version-mismatch',
      when: /\bunexpected keyword(?: argument)?\b|\bcannot import name\b|\bmodule ['"`]*(?!(?:math|os|sys|json|time|re|random|datetime|csv|pathlib|string|logging|__main__|utils|config|main|app|train|model)\b)(?<module>[\w.]+)['"`]* has no attribute|\bhas no attribute ['"`]+(?:iteritems|append|list_run_infos|get_feature_names|ix|as_matrix)\b|\bNoSuchMethodError|\bNoClassDefFoundError|\bIllegalAccessError|\bUnsupportedClassVersionError|\bwas removed in the \w+ [\d.]+|\b(?:has|have|was|were) (?:been )?removed in (?:version )?v?\d|\b(?:version|versions)\b[^.]{0,80}\b(?:mismatch|incompatib\w+|not (?:supported|compatible)|is (?:too old|too new|unsupported|required)|conflict)\b|\b(?:incompatible|unsupported|wrong|mismatched|different|newer|older) (?:\w+ )?versions?\b|\b(?:only supports?|supports? only|requires?|needs?) (?:\w+ )?(?:version )?[\w.-]* ?(?:>=|v?\d+\.\d+)[\d.+]*|must be (?:either )?version\b|Descriptors cannot|generated code is out of date|is not compatible with|is incompatible with/i,
      unless: /circular import|partially initialized/,
      rank: 3,
      cause:
        'Two parts have versions that do not fit together: the code was written for, or the data made by, another version.',
      fix: 'Look up which versions belong together (requirements.txt, release notes) and install those.',
    },
    {
      class: 'script-bug-data',
      when: [/.*/, absent(String.raw`columns?|fields?|features?|label|attribute|identifier`)],
      rank: 3,
      cause: 'A column or field that is named does not exist in this data.',
      fix: 'List the columns of the table and use the real name.',
    },
    {
      class: 'not-found',
      when: absent(THINGS),
      unless: /enable_categorical/,
      rank: 3,
      cause: 'There is no such {kind|{other|{third|thing}}} as the message names, seen from where this ran.',
      fix: 'Check spelling, and the account, project, region or folder in which it is looked for; list what there is.',
    },
    {
      class: 'data-missing',
      when: absent(FILES),
      rank: 3,
      cause: 'There is no such {kind|{other|{third|file}}} as the message names, seen from where this ran.',
      fix: 'Check the path and that it was uploaded or fetched; upper and lower case count.',
    },
    {
      class: 'payload-too-large',
      when: /\b(?:request|payload|body|message|file|upload|input|content)\b[^.]{0,60}\b(?:too (?:large|big|long)|exceeds? (?:the )?(?:max\w*|size|limit|allowed)|larger than)\b/i,
      rank: 3,
      cause: 'What was sent is larger than the service takes.',
      fix: 'Send less at once, or put it in a bucket and send its address.',
    },
    {
      class: 'data-format',
      when: /\b(?:could not|cannot|can't|failed to|unable to|error (?:while )?)(?: be)? ?(?:pars(?:e|ed|ing)|decod(?:e|ed|ing)|deserializ\w+|convert(?:ed)?|cast|infer(?:red)?)\b|\bcannot be converted\b|\bcannot safely cast\b|\bincompatible (?:data|types?|schema)\b|\bcould not be auto-?detected\b|\binvalid data\b|\bparse error\b|\b(?:ParseError|ParserError|DecodeError|DecodingError|FormatError|SerializationError|MarshalError)\b|\bnot (?:a )?valid (?:json|csv|xml|yaml|parquet|utf|date|number|timestamp|format)|\binvalid (?:json|csv|xml|yaml|parquet|utf-?8|date|timestamp|format|encoding|data|payload|schema|header row)\b|\bmalformed (?:\w+ )?(?:json|csv|xml|yaml|data|file|request|body|input|line|record|url)\b|\b(?:file|archive|data|checkpoint|image)\b[^.]{0,40}\bcorrupt(?:ed)?\b|\bcorrupt(?:ed)? (?:file|archive|data|checkpoint|image)\b|\bschema\b[^.]{0,60}\b(?:mismatch|does not match|violat\w+|incompatible)\b|\btypes?\b[^.]{0,60}\b(?:does not match|do not match|mismatch|but expected|but got)\b|\bexpected (?:type|dtype|shape|\w*int\w*|\w*float\w*|str(?:ing)?|bytes|boolean)\b[^.]{0,60}\b(?:but )?(?:got|found|received|saw)\b|\bbut expected (?:type|dtype|shape)\b|\bExpected: \w+, Found: \w+/i,
      rank: 3,
      cause: 'What was read or sent does not have the form or type that is expected.',
      fix: 'Compare the value, file or body that the message names with what is expected, and correct it.',
    },
    {
      class: 'script-error',
      when: /\bname ['"`]*(?<name>\w+)['"`]* is not defined\b|\bNamerror\b|cannot be called from a running event loop|\binvalid syntax\b|\bunexpected indent\b|\bSyntaxError\b|circular import|missing \d+ required positional arguments?|takes \d+ positional arguments? but \d+/i,
      rank: 3,
      cause: 'The script itself has an error ({name|see the message}).',
      fix: 'Mend the line that the traceback names.',
    },
    {
      class: 'invalid-argument',
      when: /\binvalid\b[^.]{0,40}\b(?:value|argument|option|parameter|choice|config\w*|specification|endpoint|name|url|uri|region|type|syntax|mount|setting|identifier|id|request|command|requirement|character|partition|size|machine|instance)\b|\b(?:unsupported|unrecognized|unknown|unexpected) (?:config )?(?:option|argument|parameter|flag|command|field|property|key|value|setting)\b|\b(?:no such|unknown) (?:command|option)\b|\b(?:value|argument|parameter|field|property|option|setting|name|id|type|url|uri|version|number|length|size|string|list|path|destination)\b[^.]{0,40}\bmust (?:not )?(?:be|match|contain|have|satisfy|start|specify)\b|\brequires (?:a |an |the )?(?:single-part|fully qualified|non-empty|valid|positive|integer|string) ?[\w-]*\b|\bmust be (?:one of|in \(|a (?:positive|string|number|list|non-empty|valid|multiple)|an (?:integer|int)|between|greater|less|at (?:least|most)|set (?:to|in|when))|\b(?:required|mandatory) (?:property|field|argument|parameter|option|value)\b|\b(?:argument|parameter|field|property|option|value|setting|variable)\b[^.]{0,60}\b(?:is (?:required|missing|invalid|not (?:set|valid|supported|allowed))|not currently set|cannot be (?:null|empty|none))|\bis invalid because\b|\bis not a valid\b|\bNo connection adapters were found|\bmissing_required_parameter\b|\bshould be one of\b|\bInvalid (?:choice|endpoint|URL)\b|\bsyntax error\b|\bnot a valid (?:value|choice)\b/i,
      rank: 3,
      cause: 'A value, option or setting that was given is not valid, or one is missing.',
      fix: 'Correct what the message names.',
    },
  ],
};
