import type { Area } from './signal';

/** The user's script: what Python itself says of it. */
export const PYTHON: Area = {
  places: ['local-python'],
  signals: [
    {
      class: 'script-bug-data',
      when: /UndefinedVariableError: (?<said>[^\n]{0,80})/,
      cause: 'The expression names a column that the table does not have: {said}.',
      fix: 'Print df.columns and use the real name.',
    },
    {
      class: 'script-error',
      when: /PicklingError: Can't pickle|cannot pickle '(?<type>[\w.]+)' object|Can't pickle local object/,
      cause:
        'The script hands something to another process or file that cannot be pickled (a lambda, an open file, a local function).',
      fix: 'Use a function at the top of a module in its place.',
    },
    {
      class: 'script-error',
      when: /NotFittedError|is not fitted yet|must be (?:fitted|trained) before|need to call fit/i,
      cause: 'The script uses a model or step before it was fitted.',
      fix: 'Call fit first, or load the fitted one that training saved.',
    },
    {
      class: 'invalid-argument',
      when: /IsADirectoryError[^\n]{0,40}'(?<path>[^']+)'|NotADirectoryError[^\n]{0,40}'(?<other>[^']+)'|EISDIR\b/,
      cause: '{path|{other|The path}} is a folder where a file is meant, or the other way round.',
      fix: 'Name the file itself (or its folder).',
    },
    {
      class: 'script-error',
      when: /Expected all tensors to be on the same device|Input type \S+ and weight type \S+ should be the same/,
      cause: 'Model and data lie on different devices, one on the CPU and one on the graphics card.',
      fix: 'Move both to the same one: model.to(device) and batch.to(device).',
    },
    {
      class: 'data-missing',
      when: /(?:FileNotFoundError|No such file or directory|cannot find the (?:file|path) specified)[^\n]{0,40}['"](?<file>[^'"\n]*(?:\.(?:csv|tsv|parquet|jsonl?|ndjson|xlsx?|txt|gz|zip|tar|h5|hdf5|npy|npz|feather|arrow|orc|avro|png|jpe?g|tiff?|wav|mp3|mp4|dcm|nii|tfrecords?|data|db|sqlite3?|lmdb|xml|dat|bin|rec|libsvm|zarr|nc|geojson|shp)(?:\.\w{2,3})?|[/\\](?:data|datasets?|input|inputs|raw|train|test|val|images|labels)[/\\][^'"\n]*|data|input|train|test|(?:\/opt\/ml\/)input\/data[^'"\n]*))['"]/i,
      unless: /requirements\.txt/,
      cause: 'There is no file {file}, seen from the folder in which the script runs.',
      fix: 'Put it there, give its full path, or fetch it (dvc pull, git lfs pull); upper and lower case count.',
    },
    {
      class: 'data-missing',
      when: /(?:^|[\s:'"])(?<file>(?:[\w.~/\\-]*[\\/])?(?:data|datasets?|raw|input|train|test|images)[\\/][^\s:'"]+|[^\s:'"]+\.(?:csv|tsv|parquet|jsonl|ndjson|xlsx?|feather|arrow|npy|npz|h5|hdf5|tfrecords?|zip|gz|tar|jpe?g|png|wav|mp4))['"]?: (?:No such file or directory|cannot access)|cannot (?:access|open|stat) ['"]?(?<other>\S+\.(?:csv|tsv|parquet|jsonl|xlsx?|npy|zip|gz|png|jpe?g))['"]?/m,
      cause: 'There is no file {file|{other|}}, seen from the folder in which this runs.',
      fix: 'Put it there, give its full path, or fetch it (dvc pull, git lfs pull); upper and lower case count.',
    },
    {
      class: 'data-missing',
      when: /PathNotFoundError: nothing found at path|(?:Data ?set|data|input|train\w*|images?|CSV|csv) (?:file|folder|directory|path) ?['"]?(?<path>[^\s'"]*)['"]? ?(?:was |is |does )?(?:not found|not exist|missing|empty|doesn't exist)|Found no (?:valid )?(?:file|images|samples)|Found 0 (?:files|images)|(?:Couldn't|Could not|Unable to) find (?:any )?(?:a )?(?:data(?:set)?|files?|images?|directory)\b|No (?:such )?(?:data|files?|images?) (?:were |was )?(?:found|matched)|(?:Dataset|DataFilesNotFound|EmptyDataset)\w*Error: |DatasetNotFoundError|No files found that match|Input path does not exist|num_samples=0|n_samples=0/i,
      rank: 2,
      cause: 'The data is not where the script looks for it: {path|see the message}.',
      fix: 'Check the path in the configuration (seen from where the job runs) and that the files were uploaded or fetched.',
    },
    {
      class: 'not-found',
      when: /can't open file '(?<file>[^']+)'|(?:FileNotFoundError|No such file or directory)[^\n]{0,40}['"](?<other>[^'"\n]+)['"]|(?:No such file or directory|cannot find the (?:file|path) specified): ?['"]?(?<third>[^\s'"]+)|ENOENT: no such file or directory, \w+ '(?<fourth>[^']+)'|(?:^|[\s:])(?<fifth>[^\s:]+): No such file or directory/,
      rank: 2,
      cause:
        'There is no file {file|{other|{third|{fourth|{fifth|of this name}}}}}, seen from the folder in which this ran.',
      fix: 'Create or restore it, or correct the path; for a model file check that training wrote it there.',
    },
    {
      class: 'script-bug-data',
      when: /KeyError: "?(?<what>None of \[.{0,80}?\] are in the \[(?:columns|index)\]|\[.{0,80}?\] not (?:found in axis|in index)|Column\(s\) .{0,60} do not exist)/,
      cause: 'The table lacks columns that the script names: {what}.',
      fix: 'Print df.columns and use the real names; watch for upper case and blanks.',
    },
    {
      class: 'script-bug-data',
      when: /\bKeyError: ['"](?<key>[^'"\n]{1,80})['"]/,
      rank: 2,
      unless: /os\.environ|environ\[/,
      cause: "The table or dictionary has no column or key called '{key}'.",
      fix: 'Print df.columns (or the keys) and use the real name; watch for upper case and blanks.',
    },
    {
      class: 'invalid-argument',
      when: [/\bKeyError: ['"](?<key>[A-Z][A-Z0-9_]{2,})['"]/, /os\.environ|environ\[|\bos\.py|frozen os/],
      cause: 'The environment variable {key} is not set where this ran.',
      fix: 'Set {key} before the start, or give it a default in the script (os.environ.get).',
    },
    {
      class: 'script-bug-data',
      when: /'(?:DataFrame|Series)' object has no attribute '(?<column>\w+)'|\bIndexError: .{0,80}(?:out of (?:range|bounds)|too many indices)|index (?<index>\d+) is out of bounds|iloc.{0,40}out-of-bounds|single positional indexer is out-of-bounds|(?:'<'|'>'|'<='|'>=') not supported between instances of '(?<left>\w+)' and '(?<right>\w+)'|unsupported operand type\(s\) for [^:]{1,6}: '(?<a>\w+)' and '(?<b>\w+)'|can only concatenate str|must be str, not|'NoneType' object (?:is not|has no)|ZeroDivisionError|cannot unpack non-iterable|not enough values to unpack|too many values to unpack|(?:string|list|tuple) indices must be integers|object is not (?:subscriptable|iterable)|invalid literal for int\(\) with base 10: '(?<literal>[^']*)'/,
      rank: 2,
      cause:
        'The script does something with a value that this value does not allow: it is missing, of another type, or outside of the list.',
      fix: 'Print the value just before the line that the traceback names; look for empty cells, text among numbers, and missing columns.',
    },
    {
      class: 'script-error',
      when: /(?<type>SyntaxError|IndentationError|TabError|NameError|UnboundLocalError|RecursionError|NotImplementedError)\b: ?(?<said>[^\n]{0,160})/m,
      unless: /\bJSON\b/,
      rank: 2,
      cause: 'The script itself has an error: {type}: {said}.',
      fix: 'Mend the line that the traceback names.',
    },
    {
      class: 'script-error',
      when: /^(?:\w+\.)*(?<type>TypeError|AttributeError|AssertionError|ImportError)(?:$|: (?<said>[^\n]{0,160}))/m,
      rank: 4,
      cause: 'The script stopped with {type}: {said|no message}.',
      fix: 'Look at the last line of the traceback that lies in your own script: it calls something in a way that is not allowed, or its own check failed.',
    },
    {
      class: 'permission',
      when: /PermissionError: \[Errno 13\][^\n]{0,40}'(?<file>[^']+)'|(?:EACCES|EPERM): (?:permission denied|operation not permitted), \w+ '(?<other>[^']+)'|\[WinError 5\]|Permission denied: '(?<third>[^']+)'|: (?<fourth>\/\S+): Permission denied|Read-only file system|EROFS\b|Operation not permitted/,
      rank: 2,
      cause: 'This user may not read or write {file|{other|{third|{fourth|there}}}}.',
      fix: 'Change its owner or rights (ls -l shows them), close the program that holds it, or write to a folder of your own.',
    },
    {
      class: 'script-bug-data',
      when: [
        /^(?:\w+\.)*(?<type>ValueError|TypeError|IndexError|KeyError): (?<said>[^\n]{1,160})/m,
        /site-packages[\\/](?<library>pandas|numpy|sklearn|scipy|torch|tensorflow|keras|xgboost|lightgbm|catboost|polars|statsmodels|transformers)[\\/]/,
      ],
      rank: 4,
      cause: '{library} refuses what the script gives it: {type}: {said}.',
      fix: 'Print shape, types and the first rows just before the line of your script that the traceback names.',
    },
    {
      class: 'script-bug-data',
      when: /^(?:ValueError|TypeError): (?<said>[^\n]{0,80}\b(?:dimensions?|shapes?|dtypes?|axis|columns?|rows?|samples?|features?|array|tensor|matrix|labels?|classes)\b[^\n]{0,120})/m,
      rank: 4,
      cause: 'The data does not have the shape or type that the script assumes: {said}.',
      fix: 'Print shape and types of what the line uses that the traceback names.',
    },
    {
      class: 'script-error',
      when: /(?:command|script|process|subprocess|task|job|main process|program)\b[^\n]{0,200}?(?:exit(?:ed)? (?:with )?(?:a )?(?:non-?zero )?(?:exit )?(?:code|status)?:? ?(?:of )?|returned (?:a )?non-zero (?:exit )?(?:code|status):? ?|failed with (?:exit )?(?:code|status):? ?)(?<status>(?!0\b|137\b|143\b)\d+)|CalledProcessError: Command .{0,200}returned non-zero exit status (?<other>\d+)|ChildFailedError|exit_?code["']? ?: ?(?<third>(?!137)[1-9]\d*)/i,
      rank: 4,
      cause:
        'A script or command ended with an error of its own (exit code {status|{other|{third|not 0}}}); this text does not say which.',
      fix: 'Read the lines above it, or its log: the first error or the last traceback there says what to mend.',
    },
  ],
};
