import { type Area, code } from './signal';

/** Vertex AI, Cloud Storage and BigQuery. */
export const GOOGLE_SERVICES: Area = {
  places: ['vertex', 'gcs', 'bigquery'],
  signals: [
    {
      class: 'out-of-memory',
      when: /replica \S+ (?:ran out[- ]of[- ]memory|exited with a non-zero status of (?:137|9)\b)|ran out-of-memory and exited|Resources exceeded during query execution|OOM-killed|resourcesExceeded/i,
      cause: 'The memory of the machine, or of the query, did not suffice.',
      fix: 'Choose a machine with more memory (n1-highmem), read less at once, or for a query: filter earlier, drop ORDER BY, aggregate in steps.',
    },
    {
      class: 'disk-full',
      when: /replica \S+ (?:is )?low on disk|low on disk space/i,
      cause: 'The disk of the machine is full.',
      fix: 'Give the job a bigger boot disk (diskSpec.bootDiskSizeGb), or write less to it.',
    },
    {
      class: 'spot-interrupted',
      when: /\bpreempt(?:ed|ion)\b.{0,80}(?:replica|worker|instance|vm|node|spot|restart)|(?:replica|worker|instance|vm|node|job|spot)\b.{0,80}\bpreempted\b|InstancePreempted|SPOT VM .{0,40}(?:reclaimed|stopped)/i,
      cause: 'The spot machine was taken back.',
      fix: 'Let the job restart from a checkpoint (AIP_CHECKPOINT_DIR), or use STANDARD scheduling.',
    },
    {
      class: 'health-check',
      when: /Model server (?:never became ready|terminated|exited unexpectedly|failed)|model server container (?:terminated|exited)|failed (?:the )?(?:health|liveness|readiness|startup) ?(?:check|probe)s?|container failed to start and (?:then )?listen on the port|failed to start and listen on the port defined by the PORT/i,
      cause:
        'The container of the model did not become ready: it ended, or loading the model failed or took too long.',
      fix: "Read the endpoint's container log for the first error, check that the model file is named as the image expects and made with its library versions, and that the health route answers.",
    },
    {
      class: 'region-mismatch',
      when: /Unsupported region for Vertex AI|(?:is|are) not (?:available|supported) in (?:the current )?(?:region|location|zone) ['"`]?(?<region>[a-z]+-[a-z]+\d)?|Unsupported (?:location|region) ['"`]?(?<other>[\w-]+)|Cannot read and write in different locations: source: (?<source>\S+), destination: (?<target>\S+)|(?:bucket|dataset|resource|staging|model|endpoint|table)\b.{0,120}(?:must be|are not|is not|be located|to be) (?:located )?in the same (?:location|region)|(?:regional )?bucket .{0,80}must be (?:located )?in (?:region )?(?<must>[a-z]+-[a-z]+\d)|Location \S+ (?:is not found|not found|is invalid)|LOCATION_POLICY_VIOLATED|Invalid (?:value for )?location|not found in location (?<loc>[\w-]+).{0,20}region/i,
      cause:
        'The region does not fit: a part of this lies elsewhere, or the region {region|{other|{must|in use}}} is not offered.',
      fix: 'Use one region for bucket, dataset, model and job, spelled in full (for example us-central1), and pass it as location.',
    },
    {
      class: 'image',
      when: /(?:image|container) ['"`]?(?<image>\S*(?:docker\.pkg\.dev|gcr\.io)\S*?)['"`]? (?:is )?(?:not found|does not exist|cannot be (?:found|pulled)|was not found)|(?:failed|unable) to (?:pull|fetch|resolve) (?:the )?(?:container )?image|docker\.pkg\.dev\S* .{0,80}(?:not found|denied|manifest)|artifactregistry\.repositories\.downloadArtifacts|Image .{0,120}(?:invalid image|not found or)/i,
      cause:
        'The container image {image|of the job} cannot be pulled: it is not there, or the service agent may not read it.',
      fix: 'Correct address and tag (prebuilt images need a tag such as :latest), or give the Vertex AI service agent the role Artifact Registry Reader.',
    },
    {
      class: 'data-format',
      when: /Invalid field name ['"](?<column>[^'"]+)/,
      cause: "A column has the name '{column}', which BigQuery does not take.",
      fix: "Rename or drop the column (names hold letters, digits and underscores; 'Unnamed' comes from a trailing comma or an index).",
    },
    {
      class: 'data-format',
      when: /[Cc]ould not parse '(?<value>[^']{0,80})' as (?:an? )?(?<type>\w+)(?: for field (?<column>[\w.]+))?/,
      cause: "The value '{value}' in {column|a column} is no {type}.",
      fix: 'Skip the header line, or load the column as text, find the bad rows and convert them.',
    },
    {
      class: 'data-format',
      when: /Error while reading (?:data|table)|(?:CSV|JSON) table encountered too many errors|Provided [Ss]chema does not match|Error detected while parsing row|Bad (?:character|double|int64) value|Too many (?:total )?(?:errors|values in row|values in line)|Missing close (?:double )?quote|schema mismatch|has changed (?:type|mode) from|Bytes are missing|no such field: (?<field>[\w.]+)|Cannot (?:add|convert) .{0,40}(?:schema|fields)/i,
      unless: /Access Denied|Permission|not found: (?:uri|file)|enable_categorical/i,
      cause: 'The rows do not fit the schema of the table or the format that was named.',
      fix: 'Look at the row and column in the message (bq show -j <job> lists them all); correct the file, its header and quotes, or the schema.',
    },
    {
      class: 'script-bug-data',
      when: /Unrecognized name: (?<column>[\w`.]+)(?:; Did you mean (?<hint>[\w`.]+)\?)?|Name (?<other>\w+) not found inside (?<table>\w+)|Unable to find common supertype|No matching signature for (?:operator|function|aggregate) [^;]{0,60}|Column name (?<third>\w+) is ambiguous|references? column (?<fourth>\w+) which is neither GROUPED nor AGGREGATED|Column (?<fifth>\w+) (?:is not present|not found) in (?:table|dataset)/i,
      cause:
        'The query uses a column in a way that the table does not allow: {column|{other|{third|{fourth|{fifth|see the message}}}}}.',
      fix: "Compare the names and types with the table's schema; the message suggests {hint|the right one where it knows it}.",
    },
    {
      class: 'invalid-argument',
      when: /Syntax error: (?<what>.{0,80}? at \[\d+:\d+\])|Cannot query over table .{0,80} without a filter|invalidQuery\b|\bQuery parameter .{0,60}(?:not found|invalid)/i,
      cause: 'The SQL text is not valid: {what|see the message}.',
      fix: 'Correct the query at the position in the brackets [line:column].',
    },
    {
      class: 'data-missing',
      when: /No such object: (?<object>\S+)|(?:Not found|NOT_FOUND): (?:URI|Files?|Object) (?<uri>\S+)|(?:gs:\/\/\S+) (?:does not exist|not found|matched no objects)|matched no objects(?: or files)?|No URLs matched|(?<third>gs:\/\/[^\s"']+) (?:contains no|has no) (?:files|objects|data)/i,
      cause: 'There is no object {object|{uri|{third|under this address}}}.',
      fix: 'List what is there (gcloud storage ls gs://<bucket>/<prefix>) and correct the path; upper and lower case count.',
    },
    {
      class: 'not-found',
      when: /(?:Not found: |NotFound: |\b404\b)[^.]{0,80}?\b(?<kind>Table|Dataset|Job|Model|Routine|View|Endpoint|Instance|Custom ?Job|Pipeline|Index)\b:? ?['"`]?(?<name>[\w.:/-]+)|The (?<other>Endpoint|Model|CustomJob|TrainingPipeline|Dataset|Tensorboard|Resource)\b[^.]{0,160}(?:does not exist|is not found|was not found|not found)|Publisher Model .{0,160}(?:not found|does not exist)|404 The specified bucket does not exist|bucket does not exist/i,
      rank: 2,
      cause: 'There is no {kind|{other|resource}} {name|of this name} in this project and region.',
      fix: 'Check spelling, project and region (location): list them in the console, and take the numeric id where one is asked for.',
    },
    {
      class: 'conflict',
      when: /Already Exists: (?<what>[A-Z]\w+ [\w.:-]+)|You already own this bucket|requested bucket name is not available|bucket name is already|pre-conditions you specified did not hold|conditionNotMet|already exists in (?:the )?project|Could not serialize access to table/i,
      cause: '{what|Something of this name} exists already, or was changed by another call at the same time.',
      fix: 'Choose another name (bucket names are shared by all Google users), write with WRITE_TRUNCATE or WRITE_APPEND, or repeat the step on the new state.',
    },
    {
      class: 'payload-too-large',
      when: /Response too large to return|responseTooLarge|request (?:payload )?size exceeds the limit|Request payload size exceeds|message (?:size )?larger than max|exceeds (?:the )?(?:maximum )?(?:request|payload) size|1\.5 ?MB/i,
      cause: 'The request or the answer is larger than the service takes.',
      fix: 'Send fewer rows per request or use batch prediction; for a query write the result into a table.',
    },
    {
      class: 'quota',
      when: /Query exceeded limit for bytes billed: (?<limit>\d+)|exceeded quota for free query bytes|Custom quota exceeded/i,
      cause: 'The query would read more bytes than its limit ({limit|free tier}) allows.',
      fix: 'Select fewer columns and filter by partition, or raise maximum_bytes_billed.',
    },
    {
      class: 'timeout',
      when: /Timeout of (?<limit>[\d.]+) ?s exceeded|Operation timed out after (?<hours>[\d.]+ hours)|Deadline of (?<other>[\d.]+)s exceeded|The write operation timed out|jobTimeout|Query (?:execution )?timed out/i,
      cause: 'It took longer than its limit of {limit|{other|{hours|the message}}} seconds.',
      fix: 'Raise the timeout, do less at once (smaller chunks, a narrower query), or use a faster connection.',
    },
    {
      class: 'data-format',
      when: /Expecting 2[- ]dimensional|Failed to process element: \d+ key|Invalid JSON payload received|failed to (?:parse|convert) (?:the )?(?:instances?|input)|instances? (?:must|should) be|"instances" (?:is|must)|Tensor .{0,60}(?:shape|dtype).{0,60}(?:mismatch|does not match|expected)|input (?:size|shape) (?:does not|doesn't) match|key in the tensor map/i,
      cause:
        'The model got instances that it cannot read: their shape, keys or types are not what it was trained with.',
      fix: 'Send {"instances": [[...], ...]}: one list per row with the values in the training order.',
    },
    {
      class: 'script-error',
      when: /replica (?<replica>\S+) exited with a non-zero status of (?<status>\d+)|exited with non-zero status (?:code )?of? ?(?<other>\d+)/i,
      rank: 4,
      cause:
        'The script on {replica|the machine} ended with status {status|{other|not 0}}; this message does not say why.',
      fix: "Open the job's log (Logs Explorer, resource ml_job): the last Python traceback says what to mend.",
    },
    {
      class: 'invalid-argument',
      when: [
        code(
          'INVALID_ARGUMENT',
          'InvalidArgument',
          'BadRequest: 400',
          'FAILED_PRECONDITION',
          'FailedPrecondition',
        ),
        /google|gcloud|gs:\/\/|aiplatform|bigquery|googleapi/i,
      ],
      rank: 4,
      cause: 'Google refused the request because one of its values is not valid in this state.',
      fix: 'Correct the field that the message names, and send it again.',
    },
  ],
};
