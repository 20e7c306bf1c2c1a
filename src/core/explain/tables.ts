import type { Area } from './signal';

/** Tables and files of data: reading them, and learning from them. */
export const TABLES: Area = {
  places: ['recipe-data', 'local-python'],
  signals: [
    {
      class: 'data-format',
      when: /No columns to parse from file|EmptyDataError/,
      cause: 'The file is empty.',
      fix: "Check the file's size, and export or download it again.",
    },
    {
      class: 'data-format',
      when: /Error tokenizing data\.? .{0,20}(?:Expected (?<expected>\d+) fields in line (?<line>\d+), saw (?<saw>\d+))?|EOF inside string|ParserError: |Expected (?<want>\d+) (?:fields|columns),? (?:in line \d+, )?(?:saw|got|but) (?<got>\d+)|CSV parse error|Number of (?:columns|fields) .{0,40}(?:changed|differs|in line)|Buffer overflow caught|new-line character seen in unquoted field|line contains NUL/i,
      cause:
        'A line of the file has another number of columns than the ones before it, or an open quote (line {line|in the message}).',
      fix: 'Look at that line; set separator and quotes to what the file uses, or leave bad lines out on purpose (on_bad_lines).',
    },
    {
      class: 'data-format',
      when: /UnicodeDecodeError: '(?<codec>[\w-]+)' codec can't decode byte (?<byte>0x\w+)|codec can't (?:decode|encode)|invalid (?:start|continuation) byte|Invalid UTF-?8|not (?:valid )?(?:utf-?8|unicode)(?: encoded)?|BOM\b.{0,20}unexpected/i,
      cause: 'The file is not in the text encoding with which it is read ({codec|UTF-8}).',
      fix: "Pass the right encoding (often encoding='cp1252', 'latin-1' or 'utf-16'), or save the file as UTF-8.",
    },
    {
      class: 'data-format',
      when: /JSONDecodeError: (?<what>[^\n(]{0,80}?)(?:: )?(?:line (?<line>\d+) column (?<column>\d+)|$)|Expecting (?:value|property name|',' delimiter|':' delimiter)\b|Extra data: line \d+|Unexpected (?:token|end of JSON|non-whitespace)[^\n]{0,60}JSON|Unterminated string (?:starting|in JSON)|is not valid JSON|in JSON at position|JSON\.parse|field larger than field limit|Input should be (?:a )?valid|validation errors? for \w+|Trailing data|Invalid control character at|mapping values are not allowed here|(?:yaml|ruamel)[\w.]*(?:ScannerError|ParserError)|[Ww]hile (?:scanning|parsing) a (?:simple key|block|flow|quoted)|Invalid \\?escape|toml\w*Decode\w*/i,
      cause: 'The JSON or YAML text is not valid: {what|see the message} (line {line|in the message}).',
      fix: 'Correct it there (often a comma after the last entry, single quotes, an HTML error page instead of JSON, or a wrong indent).',
    },
    {
      class: 'data-format',
      when: /Parquet magic bytes not found|not a parquet file|No magic bytes found|Invalid: Parquet|Couldn't deserialize thrift|Parquet file size is \d+ bytes|not an? (?:valid )?(?:arrow|avro|orc|feather|hdf5?|zip|gzip|Excel) file|file is not a (?:zip|database|valid)|File is not a zip file|BadZipFile|Not a gzipped file|Unable to (?:synchronously )?open file.{0,40}(?:signature|truncated)|file signature not found|Excel file format cannot be determined|Unsupported format, or corrupt file|unexpected end of (?:file|data|stream)|file contains pickled \(object\) data|Expected object or value|Compressed file ended before|Error -3 while decompressing|(?:file|archive|image) (?:is |appears to be |may be )?(?:truncated|corrupt(?:ed)?)|cannot identify image file|Unknown image file format|not a JPEG file|premature end of (?:JPEG|data)|could not read bytes|tarfile\.ReadError|invalid header|Invalid (?:PNG|JPEG|WAV) data|does not have a valid (?:PNG|JPEG|zip)|Truncated File Read/i,
      cause: 'The file is of another kind than its name says, or was cut off.',
      fix: 'Check its size and first bytes (file NAME), and download or export it again.',
    },
    {
      class: 'data-format',
      when: /invalid load key, '(?<key>[^']+)'|UnpicklingError|dispatch\[key\[0\]\]\(self\)[\s~^]*KeyError: \d+|pickle data was truncated|PytorchStreamReader failed|failed finding central directory|Ran out of input|HeaderTooLarge|MetadataIncompleteBuffer|Error while deserializing header|version https:\/\/git-lfs/,
      cause:
        'The model file is not what it should be: often only the small text pointer of Git LFS, or a cut-off download.',
      fix: "Fetch the real file with 'git lfs pull' (or dvc pull), and check its size.",
    },
    {
      class: 'data-format',
      when: /would result in out of bounds|Out of bounds nanosecond timestamp|OutOfBoundsDatetime|Casting from timestamp/,
      cause: 'A date lies far outside of what the table can hold (for example the year 3019).',
      fix: 'Drop or correct those rows before the conversion, or read them with a coarser unit (us, s).',
    },
    {
      class: 'data-format',
      when: /Object of type '?(?<type>\w+)'? is not JSON serializable|Out of range float values are not JSON compliant|cannot encode object|Keys must be strings?|is not (?:JSON )?serializable|keys must be str, int/,
      cause: 'A value of the kind {type|in the message} cannot be written in this form as it is.',
      fix: 'Turn it into plain Python first: float(x), array.tolist(), str(date); NaN into None.',
    },
    {
      class: 'data-format',
      when: /X has (?<got>\d+) features?, but (?<model>\w+) is expecting (?<want>\d+)|Feature shape mismatch, expected: (?<f>\d+), got:? ?(?<g>\d+)|The number of features in data \((?<d>\d+)\) is not the same|feature_names mismatch|feature names (?:should match|must (?:be|match)|seen at fit time|unseen at fit time)|number of features .{0,40}(?:match|expected|differ)|(?:Feature names|columns) .{0,60}(?:missing|not seen|unseen) (?:in|at|during)|Model is missing inputs|Failed to enforce schema|Incompatible input types for column|Input .{0,60}incompatible with (?:the )?layer|expected (?:axis|min_ndim|shape)=?.{0,60}(?:found|got|received)|Got invalid dimensions for input|Unexpected input data type|Invalid (?:rank|feed input)/i,
      cause:
        'What is sent to the model does not have the columns, types or shape with which it was trained ({got|see the message} instead of {want|the expected ones}).',
      fix: "Send all columns of the training data, with the same names, types and order (the model's signature lists them).",
    },
    {
      class: 'data-format',
      when: /Expected 2D array, got (?:1D|scalar) array|Reshape your data|Expecting 2[- ]dimensional/i,
      only: ['local-serve', 'sagemaker', 'vertex', 'azureml', 'databricks', 'watsonx', 'mlflow'],
      cause: 'The model got a flat list, but it expects a table: a list of rows.',
      fix: 'Wrap the row in an outer list: [[5.1, 3.5, 1.4, 0.2]].',
    },
    {
      class: 'script-bug-data',
      when: /could not convert string to (?:float|int)[^\n]{0,6}:? ?'?(?<value>[^'\n]{0,60})|Could not convert (?:string )?'[^']{0,60}' to numeric|Unable to parse string "(?<other>[^"]*)"|Cannot (?:convert|cast) .{0,40}(?:to numeric|string to|object to)|can't convert np\.ndarray of type numpy\.object_|Cannot (?:cast|convert) (?:object|str)|DataFrame\.dtypes for data must be|pandas dtypes must be int, float or bool|Invalid columns: ?(?<column>\w+)|Failed to convert a NumPy array to a Tensor|setting an array element with a sequence|inhomogeneous (?:shape|part)|dtype='numeric' is not compatible/i,
      cause: "A column holds text ('{value|{other|see the message}}') where numbers are needed.",
      fix: "Clean it (a recipe step, or pd.to_numeric with errors='coerce'), and encode text columns before training.",
    },
    {
      class: 'script-bug-data',
      when: /Input (?:X|y|contains)?:? ?(?:contains )?(?:NaN|infinity|missing)|contains NaN, infinity or a value too large|array must not contain infs or NaNs|cannot convert (?:float )?NaN to integer|Cannot convert non-finite values|Input contains NaN|(?:loss|gradient|label)s? (?:is|are|contains?|became|was|has) (?:NaN|nan|inf|infinity)|Label contains NaN|check_array.{0,40}NaN|exponent(?:s)? .{0,20}(?:nan|inf)|Cannot mask with non-boolean array containing NA/i,
      cause: 'The training data has empty or infinite cells, and this model or step cannot handle them.',
      fix: 'Fill the gaps (recipe step fill_missing, SimpleImputer) or drop those rows, or choose a model that takes them (HistGradientBoosting).',
    },
    {
      class: 'script-bug-data',
      when: /needs samples of at least 2 classes|(?:contains|has|have) only one class|Only one class (?:is )?present|number of classes has to be greater than one|least populated class(?:es)? in y|n_splits=\d+ cannot be greater|Cannot have number of splits|(?:test_size|train_size) ?= ?\d+ should be greater or equal to the number of classes|With n_samples=\d+|resulting train set will be empty|Found array with (?:dim )?\d+|(?:Expected|expected) n_neighbors <= n_samples|Invalid classes inferred from unique values|label must be in \[0, ?num_class|labels? (?:must|should) (?:be|have) (?:in|integer|between|consecutive)|Unknown label type|special JSON characters in feature name|feature_names must be string|Classification metrics can't handle a mix|y contains previously unseen labels|Found unknown categor(?:y|ies)|Target is multiclass but average|continuous format is not supported|Target \d+ is out of bounds|zero-size array to reduction/i,
      cause:
        'The target or the number of rows does not suit this training: too few rows or classes, labels that the model does not know, or numbers where classes are meant.',
      fix: 'Look at the value counts of the target column; merge or drop rare classes, encode labels from 0, or choose the other task (regression or classification).',
    },
    {
      class: 'script-bug-data',
      when: /inconsistent numbers of samples|(?:Length of values|length mismatch|Length mismatch).{0,60}|All arrays must be of the same length|shape mismatch|shapes? (?:cannot be multiplied|not aligned|.{0,40}(?:mismatch|are incompatible|must match|not compatible))|mat1 and mat2|size mismatch|could not broadcast|operands could not be broadcast|Expected (?:more than 1 value per channel|input batch_size|\d+D (?:or \d+D )?\(.{0,40}\)? ?input|2D array)|mismatch in its core dimension|(?:array )?dimensions (?:except for the concatenation axis )?must match|is not in range|logits and labels must|Graph execution error|Incompatible shapes|must have the same (?:first )?dimension|Expected target size|stack expects each tensor to be equal size|The size of tensor a|Dimension out of range|index out of range in self|Reshape your data|Shape of passed values|cannot reshape array|Can only compare identically-labeled|cannot reindex on an axis with duplicate|expected scalar type|Expected (?:tensor for argument|object of scalar type)|found dtype|y_true and y_pred have different|Input(?:s)? (?:size|tensor).{0,40}(?:does not|must)|target(?:s)? (?:size|and input)/i,
      cause: 'Two tables or arrays that belong together differ in length, shape or type.',
      fix: 'Print their shapes and types just before the line that the traceback names; often a filter or a dropna was applied to only one of them.',
    },
    {
      class: 'script-bug-data',
      when: /time data ['"](?<value>[^'"]*)['"] does(?:n't| not) match format ['"](?<format>[^'"]*)|unconverted data remains|Invalid isoformat string|Unknown (?:datetime )?string format|Unable to parse datetime|day is out of range for month|month must be in 1\.\.12|Given date string .{0,40}not likely a datetime|Cannot compare tz-naive and tz-aware|tz-naive.{0,20}tz-aware/,
      cause:
        "A date is written in another form than the one with which it is read ('{value|see the message}').",
      fix: "Pass the matching format, or errors='coerce' and look at the rows that become empty.",
    },
    {
      class: 'script-bug-data',
      when: /You are trying to merge on \w+ and \w+ columns|Merge keys are not unique|columns overlap but no suffix|Must pass (?:2-d input|DataFrame)|cannot insert \S+, already exists|Index contains duplicate entries|No numeric (?:data|types) to|Columns must be same length as key|truth value of an? \w+ .{0,60}is ambiguous|(?:agg|groupby) function failed|['"](?<column>\w+)['"] (?:is|was) not (?:in|found in) (?:the )?(?:columns|list|index|dataframe)|Specifying the columns using strings is only supported|A given column is not a column of the dataframe|columns are missing: |Usecols do not match columns|Missing column provided to 'parse_dates'|Defining usecols/i,
      cause: 'The script uses columns in a way that this table does not allow ({column|see the message}).',
      fix: 'Print df.columns and df.dtypes just before that line and compare.',
    },
  ],
};
