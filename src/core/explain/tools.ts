import type { Area } from './signal';

/** git, Git LFS, DVC and MLflow. */
export const TOOLS: Area = {
  places: ['git', 'dvc', 'mlflow'],
  signals: [
    {
      class: 'conflict',
      when: /output '(?<out>[^']+)' is (?:already (?:tracked by SCM|specified in|tracked)|specified in:)|Same item\(s\) are defined as both/,
      cause: '{out} is already tracked by Git or by another stage, and can be tracked only once.',
      fix: "Run 'git rm -r --cached {out}', commit, then 'dvc add {out}'; or take it out of the other stage.",
    },
    {
      class: 'conflict',
      when: /\[(?:remote )?rejected\].{0,120}\((?:fetch first|non-fast-forward|stale info|failed to update ref)|Updates were rejected because|CONFLICT \([\w/ ]+\)(?:: Merge conflict in (?<file>\S+))?|Automatic merge failed|(?:local|untracked) (?:changes|working tree files).{0,80}would be (?:overwritten|lost)|refusing to merge unrelated histories|divergent branches|Not possible to fast-forward|You have not concluded your merge|unmerged (?:files|paths)|could not apply [0-9a-f]{7}|remote \S+ already exists|destination path '(?<path>[^']+)' already exists|A branch named '(?<branch>[^']+)' already exists|(?:Please )?commit your changes or stash them|overlapping output paths|Pipeline has a cycle|would be overwritten by/i,
      cause:
        'Somebody else, or another command, changed the same thing{file|}: git or DVC will not choose between the two states.',
      fix: "Commit or stash your own changes, run 'git pull --rebase', solve the marked conflicts (git status lists them), then go on.",
    },
    {
      class: 'stuck',
      when: /\.git\/(?<file>[\w./-]*\.lock)': File exists|Another git process seems to be running|cannot lock ref|\.dvc\/tmp\/(?:lock|rwlock)|Unable to acquire lock\. Most likely another DVC process/,
      cause: 'Another git or DVC process is running, or one crashed and left its lock file.',
      fix: 'Close the other program; if none runs, delete the lock file (.git/{file|index.lock}, or .dvc/tmp/lock).',
    },
    {
      class: 'permission',
      when: /detected dubious ownership in repository at '(?<folder>[^']+)'/,
      cause:
        'The folder belongs to another user than the one who runs git (common in containers and on shared drives).',
      fix: "Run 'git config --global --add safe.directory {folder}', or correct the folder's owner.",
    },
    {
      class: 'permission',
      when: /remote: Permission to (?<repo>\S+) denied to (?<user>\S+?)\.|protected branch hook declined|pre-receive hook declined|(?:remote: )?(?:You are not allowed to push|Write access to repository not granted|GH006|TF401027)|unable to access '\S+': The requested URL returned error: 403|insufficient permission for adding an object/,
      cause: 'Your account may not write to {repo|this repository or branch}.',
      fix: 'Ask its owner for the right to write, push to a branch of your own and open a pull request, or sign in as another account.',
    },
    {
      class: 'auth-missing',
      when: /Permission denied \(publickey|Authentication failed for '(?<url>[^']+)'|Support for password authentication was removed|could not read (?:Username|Password) for|Host key verification failed|Invalid username or (?:password|token)|HTTP Basic: Access denied|terminal prompts disabled|returned error: 401|Bad credentials/,
      cause: 'The git server does not accept the sign-in: no key or token, or a wrong one.',
      fix: 'Add your SSH key to the account (ssh -T git@<host> tests it), or use a personal access token in place of the password.',
    },
    {
      class: 'payload-too-large',
      when: /exceeds GitHub's file size limit|GH001: Large files detected|RPC failed; HTTP 413|file is (?<size>[\d.]+ MB); this exceeds/,
      cause: 'A file in the commits is larger than the git server takes.',
      fix: "Take it out of the commits and track it with 'dvc add' or 'git lfs track' instead.",
    },
    {
      class: 'quota',
      when: /over its data quota|bandwidth (?:limit|quota)|account responsible for LFS bandwidth/i,
      cause: 'The Git LFS storage or transfer of this repository’s account is used up.',
      fix: 'Ask the owner to buy a data pack or wait for the next month, or keep the data in DVC.',
    },
    {
      class: 'data-missing',
      when: /Some of the cache files do not exist|missing cache files|failed to pull data from the cloud|missing-files|[Mm]issing data '?\w*'?: (?<file>\S+)|(?:Object|object) does not exist on the server|Smudge error: Error downloading (?<lfs>\S+)|unable to find .{0,20}cache (?:for|file)|(?:file|cache)\S* .{0,40}(?:is missing|missing from) (?:the )?(?:remote|cache)|does not exist in (?:the )?(?:remote|cache)/,
      unless: /no remote specified|Unable to locate credentials|Connection|resolve|Forbidden|denied/i,
      cause: 'The data {file|{lfs|}} was never pushed to the remote, or was deleted there.',
      fix: "Ask whoever has it to run 'dvc push' (or 'git lfs push --all'), or restore it, then pull again.",
    },
    {
      class: 'invalid-argument',
      when: /no remote specified|No default remote|empty ident name|Please tell me who you are|unable to auto-detect email|dvc\.yaml'? validation failed|extra keys not allowed|required key not provided|bad DVC file name|config file error: (?!remote|no remote)|Invalid (?:refspec|branch name|path)|is not a valid (?:branch|ref|object) name|unknown (?:switch|option) `/,
      cause: 'A setting or argument is missing or not valid.',
      fix: "Set it: 'dvc remote add -d storage s3://bucket/path' for a remote, 'git config --global user.email …' for your name; else correct what the message names.",
    },
    {
      class: 'not-found',
      when: /not inside of a DVC repository|not a git repository|does not appear to be a git repository|(?:remote: )?Repository not found|repository '(?<repo>[^']+)' (?:not found|does not exist)|pathspec '(?<spec>[^']+)' did not match|src refspec (?<ref>\S+) does not match|[Cc]ouldn't find remote ref (?<remote>\S+)|Remote branch (?<branch>\S+) not found|[Rr]emote '(?<dvc>[^']+)' (?:does not|doesn't) exist|Stage '(?<stage>[^']+)' not found|unable to find DVC file|[Nn]o such (?:stage|remote|revision)|unknown (?:Git )?revision|(?:invalid|bad) (?:revision|object|reference)|[Uu]nknown revision|ambiguous argument '(?<arg>[^']+)'|Rev \S+ not found|You must be in a (?:git|dvc)|'?dvc\.yaml'? (?:does not exist|not found)/,
      cause:
        'There is no {repo|{spec|{ref|{remote|{branch|{dvc|{stage|such repository, branch, stage or file}}}}}}} here.',
      fix: "Change into the project's folder (git init or dvc init makes one), or correct the name ('git branch -a', 'git remote -v', 'dvc remote list', 'dvc stage list').",
    },
    {
      class: 'not-found',
      when: /failed to reproduce '(?<stage>[^']+)': .{0,30}No such file or directory: '(?<file>[^']+)'|dependency '(?<dep>[^']+)' does not exist|missing dependenc\w+: (?<other>\S+)/,
      cause: 'The stage {stage|} depends on {file|{dep|{other|a file}}}, which is not there.',
      fix: 'Create or restore it, or correct the path under deps in dvc.yaml.',
    },
    {
      class: 'script-error',
      when: /failed to reproduce '(?<stage>[^']+)': output '(?<out>[^']+)' does not exist|output '(?<other>[^']+)' does not exist(?!: )/,
      cause: 'The script of the stage ran, but did not write {out|{other|its output}}.',
      fix: 'Let the script write it there, or correct outs in dvc.yaml.',
    },
    {
      class: 'script-error',
      when: /failed to (?:reproduce '(?<stage>[^']+)': failed to )?run: (?<command>[^,\n]+), exited with (?<code>\d+)/,
      rank: 4,
      cause: "The command of the stage, '{command}', ended with an error of its own (exit code {code}).",
      fix: "Read the lines above it, mend the script or its data, and run 'dvc repro' again.",
    },
    // MLflow
    {
      class: 'conflict',
      when: /Changing param values is not allowed\. Param with key='(?<key>[^']+)'/,
      cause: "The parameter '{key}' was logged twice in one run with different values.",
      fix: 'Start a new run for the new value, or log it under another name.',
    },
    {
      class: 'conflict',
      when: /RESOURCE_ALREADY_EXISTS|(?:Experiment|Registered Model|Model Version|Run)\b.{0,80}already exists|Cannot set a deleted experiment|experiment .{0,60}in (?:the )?deleted state/i,
      cause:
        'Something of this name exists already on the MLflow server (also a deleted experiment keeps its name).',
      fix: 'Add a new version to the existing one, restore it, or choose another name.',
    },
    {
      class: 'not-found',
      when: /RESOURCE_DOES_NOT_EXIST|No such artifact:? ?'?(?<artifact>[^\s']+)|Failed to download artifacts from path '(?<path>[^']+)'|(?:Run|Experiment|Registered Model|Model Version|Trace)\b (?:with (?:id|name)?=?)?.{0,80}(?:not found|does not exist)|No [Ee]xperiment with id=|Could not find experiment|Unable to find a logged_model|No versions of model|(?:Could not|Unable to) find (?:an? )?"?MLmodel|Model (?:registry|alias) .{0,60}not found|Registered model alias \S+ not found|Artifact .{0,60}not found/,
      cause: 'The MLflow server has no such run, experiment, model or artifact ({artifact|see the message}).',
      fix: "Copy the id or name from the MLflow page, check the path inside of the run's artifacts, and that MLFLOW_TRACKING_URI is the right server.",
    },
    {
      class: 'data-format',
      when: /exactly one of the input fields|scoring protocol has changed|Failed to (?:parse|predict) (?:input|data)|SCHEMA_ENFORCEMENT_FAILED|Failed to enforce schema|dataframe_(?:split|records).{0,60}(?:must|should|invalid|expected)/i,
      cause: 'The request does not have the form or columns that the model server expects.',
      fix: 'Send {"dataframe_split": {"columns": […], "data": [[…]]}} or {"inputs": […]}, with all columns of the signature in their types.',
    },
    {
      class: 'invalid-argument',
      when: /only supports the following content types: .{0,120}Got '(?<type>[^']+)'|tracking uri scheme|Invalid (?:experiment|model|run|metric|artifact|tag|param\w*) (?:name|id|value|uri)|Invalid value .{0,80}(?:supplied|for parameter)|Model (?:does not have|must have) .{0,40}flavor|exceeds the maximum length|exceeded length/i,
      rank: 2,
      cause: 'A value in the call is not one that MLflow takes ({type|see the message}).',
      fix: 'Correct it: a server address begins with http or a database scheme, a scoring request has the header Content-Type: application/json.',
    },
    {
      class: 'permission',
      when: /Invalid Host header|DNS rebinding attack/,
      cause: 'The MLflow server answers only for host names that it is told to allow.',
      fix: 'Call it by localhost, or start it with --allowed-hosts <name>.',
    },
    {
      class: 'invalid-argument',
      when: [/INVALID_PARAMETER_VALUE/, /mlflow|RestException/i],
      rank: 4,
      cause: 'MLflow refused a value in the call.',
      fix: 'Correct what the message names.',
    },
  ],
};
