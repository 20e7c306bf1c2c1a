import type { Area, Signal } from './signal';

const TLS =
  /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|ssl certificate|SSLError|self[- ]signed certificate|unable to get local issuer/i;
const INSTALLER =
  /No matching distribution found|Could not find a version that satisfies|Could not fetch URL|CondaSSLError|CondaHTTPError|Failed to (?:fetch|download)|pip subprocess|\/simple\//i;

/** The last line of pip says that there is no such package, whatever kept it from looking. */
const INSTALLER_NETWORK: readonly Signal[] = [
  {
    class: 'proxy-or-tls',
    when: [TLS, INSTALLER],
    quiet: true,
    cause:
      'The installer does not trust the certificate of the package index (usual behind a company firewall).',
    fix: "Point it to the company's CA file: pip config set global.cert <ca.pem> (conda: ssl_verify; others: SSL_CERT_FILE).",
  },
  {
    class: 'proxy-or-tls',
    when: [
      /ProxyError|Cannot connect to proxy|407 Proxy Authentication|Tunnel connection failed/i,
      INSTALLER,
    ],
    quiet: true,
    cause:
      'The installer cannot reach its index because the proxy that is set does not let it through; the package itself may well exist.',
    fix: "Correct the proxy (HTTPS_PROXY or pip's --proxy, with user and password where it wants them), then install again.",
  },
  {
    class: 'network',
    when: [
      /NewConnectionError|ConnectTimeoutError|NameResolutionError|Temporary failure in name resolution|Name or service not known|getaddrinfo failed|Connection refused|Network is unreachable|ReadTimeoutError|Connection (?:timed out|reset)|dns error|tcp connect error|nodename nor servname/i,
      INSTALLER,
    ],
    quiet: true,
    cause: 'The installer cannot reach its package index; the package itself may well exist.',
    fix: 'Check the connection (VPN, name resolution) and the index address (pip config list), then install again; without a way out install from a folder of wheels (--no-index --find-links).',
  },
];

/** pip, conda, uv, poetry, and the Python that they belong to. */
export const PACKAGES: Area = {
  places: ['local-python'],
  signals: [
    ...INSTALLER_NETWORK,
    {
      class: 'script-error',
      // Nothing of the user's code stands between the server's import and the failure: the application itself is not there.
      when: [
        /(?:ModuleNotFoundError|ImportError): No module named '?(?<module>[\w.]+)/,
        /_gcd_import\(name\[level:\], package, level\)[\s^]*(?:File "<frozen importlib\._bootstrap[^"]*>", line \d+, in \w+ )+(?:ModuleNotFoundError|ImportError)/,
        /gunicorn|uvicorn|flask/i,
      ],
      cause: 'The server cannot import the module {module} that it was told to serve.',
      fix: 'Start it in the folder that holds {module}.py, or correct the name: module:object.',
    },
    {
      class: 'package-conflict',
      when: /conflicting dependencies|ResolutionImpossible|dependency resolver does not currently take into account|has requirement (?<need>[\w.-]+[^,]{0,40}), but you(?:'ll)? have|(?<a>[\w.-]+ [\w.]+) requires (?<b>[\w.-]+[<>=!~][^,]{0,40}), but you have|but you have \S+ \S+ which is incompatible|(?:Unsatisfiable|LibMamba\w*|Packages?NotFound\w*)?.{0,20}(?:UnsatisfiableError|incompatible with each other|conflicts? with (?:any )?installable|nothing provides .{0,80}needed by)|No solution found when resolving|version solving failed|SolverProblemError|Because .{0,200}(?:depends on|requires) .{0,200}(?:forbidden|incompatible|unsatisfiable|cannot be used|version solving)|(?:Pipfile|poetry|uv|conda)\.lock\b.{0,80}(?:out of date|not up[- ]to[- ]date|needs to be updated|changed significantly)|ContextualVersionConflict|VersionConflict|pkg_resources\.\w*Conflict/,
      cause: 'Two packages ask for versions of a third one that cannot be had together.',
      fix: 'Loosen or drop one of the versions that the message names, or start from a fresh environment.',
    },
    {
      class: 'package-conflict',
      when: /DO NOT MATCH THE HASHES|Hash mismatch|Hashes are required in --require-hashes mode|invalid hash|checksum (?:does not match|mismatch) for/i,
      cause: 'A downloaded package is not the one whose checksum is written in the requirements.',
      fix: 'Make the checksums new (pip-compile --generate-hashes) if you changed the version; otherwise be careful, the file may have been changed.',
    },
    {
      class: 'version-mismatch',
      when: /requires a different Python|(?:Requires-Python|require a different python version|requires? Python) ?'?[<>=!~]|python_requires|No matching distribution .{0,120}Requires-Python|is not a supported wheel on this platform|does not satisfy Python|current Python version .{0,60}(?:not allowed|not supported)|not compatible with (?:this|your) Python/i,
      cause: 'The package does not support the version of Python in use (or this platform).',
      fix: 'Use a Python version that the package supports, or a version of the package for this Python.',
    },
    {
      class: 'invalid-argument',
      when: /Invalid requirement: ['"]?(?<text>[^'"]+?)['"]?(?: \(from|$|\s)|is not a valid operator|Expected (?:end or semicolon|package name)|Invalid (?:URL|editable requirement)|(?:error|option): (?:no such option|unrecognized arguments|the following arguments are required|argument \S+:)|unrecognized arguments: (?<args>.{0,60})|the following arguments are required: (?<needed>.{0,60})|No such option:? ?(?<option>\S+)|invalid choice: '?(?<choice>[^' ]+)|Missing (?:option|argument|parameter)\b ?'?(?<missing>[^'\n]{0,40})/i,
      cause:
        'What was given is not written as it has to be: {text|{args|{needed|{option|{choice|{missing|see the message}}}}}}.',
      fix: 'Correct it (a pinned version is written with two equal signs; --help lists the options).',
    },
    {
      class: 'not-found',
      when: /Could not open requirements file: .{0,60}'(?<file>[^']+)'|does not appear to be a Python project|neither ['"]?setup\.py['"]? nor ['"]?pyproject\.toml|EnvironmentFileNotFound|(?:requirements\.txt|environment\.ya?ml|pyproject\.toml)'? (?:file )?(?:not found|does not exist)|could not find a pyproject\.toml/i,
      cause: 'There is no {file|requirements or project file} in this folder.',
      fix: "Change into the project's folder, or give the file's path.",
    },
    {
      class: 'python-environment',
      when: /externally[- ]managed[- ]environment|This environment is externally managed/,
      cause: "The system's own Python must not be changed with pip.",
      fix: 'Make a virtual environment (python3 -m venv .venv), activate it and install there.',
    },
    {
      class: 'python-environment',
      when: /(?:ensurepip is not available|virtual environment was not created successfully|No module named '?(?:pip|ensurepip|venv|virtualenv|distutils|_ctypes|_sqlite3|_ssl|_bz2|_lzma|tkinter|_tkinter|encodings)\b)/,
      cause: 'This Python is not complete: a part of its standard library or pip is missing.',
      fix: 'Install the missing part (on Debian or Ubuntu: apt install python3-venv python3-pip; for distutils: pip install setuptools), or make a fresh environment.',
    },
    {
      class: 'python-environment',
      when: /(?<program>\b(?:conda|mamba|micromamba|pip3?|python[\d.]*|pyenv|poetry|uv|uvicorn|gunicorn|jupyter|mlflow|streamlit|virtualenv|pipenv|dvc|torchrun|accelerate)\b)['"]?: (?:command )?not found|command not found: (?<other>conda|mamba|pip3?|python[\d.]*|pyenv|poetry|uv|uvicorn|gunicorn|jupyter|mlflow|streamlit|dvc|torchrun)|'(?<third>conda|pip3?|python[\d.]*|py|uv|poetry|jupyter|mlflow|streamlit|uvicorn)' is not recognized as|Python was not found; run without arguments|Could not find the pyenv binary|CommandNotFoundError: Your shell has not been properly configured|(?:exec|spawn)\w* (?<fourth>uvicorn|gunicorn|python[\d.]*|pip|conda)\S* ?(?:ENOENT|: executable file not found)|(?<fifth>uvicorn|gunicorn|python\d?|conda|pip)\b.{0,160}(?:return(?:ed)?(?: non zero return)?|exit) ?(?:code|status)\.? ?(?:Return code)? ?= ?127/i,
      cause:
        'The program {program|{other|{third|{fourth|{fifth|of the Python environment}}}}} cannot be found: it is not installed, or its environment is not active.',
      fix: 'Activate the environment (source .venv/bin/activate, conda activate NAME) or install the program, then open a new terminal.',
    },
    {
      class: 'python-environment',
      when: /EnvironmentLocationNotFound|Not a conda environment: (?<env>\S+)|Could not find conda environment: (?<name>[\w.-]+)|(?:Failed|failed|Failure|error).{0,40}(?:creating|create|activate|activating) .{0,30}(?:virtual ?env\w*|conda env\w*|environment)|bad interpreter: .{0,80}No such file|(?:Fatal Python error|init_fs_encoding|init_import_site)|Python (?:path|interpreter) .{0,80}(?:not found|does not exist|invalid)|No (?:Python|interpreter) .{0,40}found|interpreter .{0,60}not found|ModuleNotFoundError: No module named 'encodings'|Failed to (?:build|install|get requirements to build|prepare metadata)/,
      unless: /libGL|Can(?:not|'t) connect/,
      rank: 2,
      cause: 'The Python environment {env|{name|of this project}} is not there or is broken.',
      fix: 'Make it anew (python3 -m venv .venv, or conda env create), activate it and install the requirements again.',
    },
    {
      class: 'python-environment',
      when: /(?:Failed building wheel for|Failed to build|Could not build wheels for) (?<package>[\w.-]+)|Microsoft Visual C\+\+ [\d.]+ or greater is required|error: command '?\S*(?:gcc|cc|g\+\+|clang|cl\.exe)\S*'? failed|unable to execute '?(?:gcc|x86_64\S*gcc)|Python\.h: No such file|subprocess-exited-with-error|metadata-generation-failed|legacy-install-failure|(?:Rust|Cargo)\b.{0,60}(?:is not installed|not found|compiler)|CMake must be installed|pg_config executable not found|mysql_config not found|ERROR: Failed to build installable wheels/i,
      cause:
        'pip had to build {package|a package} from source and could not: a compiler or header is missing, or there is no ready wheel for this Python.',
      fix: 'Use a Python version for which the package has wheels, or install the build tools (build-essential and python3-dev; on Windows the C++ Build Tools).',
    },
    {
      class: 'version-mismatch',
      when: /GLIBC(?:XX)?_[\d.]+'? not found|numpy\.dtype size changed|compiled using NumPy 1\.x|numpy\.core\.multiarray failed to import|_ARRAY_API not found|module compiled against (?:ABI|API) version|No module named 'numpy\._core|binary incompatibility|built for Python \d|ABI version|undefined symbol: _ZN|requires version '?(?<need>[\w.]+)'? or (?:newer|later|older) of '?(?<of>[\w-]+)|Mismatch(?:ed)? (?:torch|torchvision|CUDA)|operator torchvision::nms does not exist/i,
      cause:
        'Two parts were built for different versions (often NumPy 1 and 2, or an older C library than the package needs).',
      fix: 'Install versions that fit together: pin numpy<2 for the older package or upgrade it, best in a fresh environment.',
    },
    {
      class: 'version-mismatch',
      // Python names the first part that is missing: the package is there, this part of it is not.
      when: /No module named '?(?<module>(?<package>sklearn|pandas|numpy|tensorflow|keras|scipy|torch|torchvision|transformers|xgboost|pyarrow|mlflow)\.[\w.]+)/,
      cause: 'The installed {package} has no {module}: the code, or what it loads, is from another version.',
      fix: "Install the version of {package} that was used then (pip install '{package}==…'), or use the new name.",
    },
    {
      class: 'package-missing',
      when: /(?<lib>lib[\w.+-]+\.so[\w.]*|\w+\.dll): cannot open shared object file|DLL load failed while importing (?<dll>\w+)|Library not loaded: (?<dylib>\S+)|OSError: cannot load library '(?<other>[^']+)'/,
      cause: 'The system library {lib|{dll|{dylib|{other|}}}} is not installed.',
      fix: 'Install it with the package manager of the system (libGL.so.1: apt install libgl1; libgomp.so.1: apt install libgomp1), or take a headless variant of the Python package.',
    },
    {
      class: 'package-missing',
      when: /Missing optional dependency '(?<package>[\w.-]+)'|(?:No module named|cannot find module) '?(?<module>[\w.-]+)|(?:[Uu]nable to find a usable engine|requires|needs|need|please|[Yy]ou (?:must|should|need to)|[Tt]ry|[Tt]o use .{0,40}) .{0,60}(?:pip|conda) install ['"`]?(?!-)(?<other>[\w.\[\]-]+)|requires these missing dependencies: \[?'?(?<third>[\w-]+)|(?:`|'|")?(?<fourth>[\w.-]+)(?:`|'|")? (?:library|package|module) (?:is|was) not (?:installed|found)|Install '?(?<fifth>[\w-]+)'? to use|"?(?<sixth>dnspython|pyarrow|fsspec|s3fs|gcsfs|adlfs|openpyxl|xlrd)"? (?:module )?(?:must|needs? to) be installed|ImportError: .{0,60}requires the (?<seventh>\w+) library/,
      unless: /No module named '?__main__|(?:pip|ensurepip)'?$/,
      cause:
        'The package {package|{module|{other|{third|{fourth|{fifth|{sixth|{seventh|}}}}}}}} is not installed in the Python that runs this.',
      fix: "Run 'pip install {package|{module|{other|{third|{fourth|{fifth|{sixth|{seventh|NAME}}}}}}}}' in this environment (some are called otherwise: sklearn is scikit-learn, cv2 is opencv-python, PIL is pillow, yaml is pyyaml), and add it to requirements.txt.",
    },
    {
      class: 'package-missing',
      when: /(?<program>\b(?:git-lfs|git|docker|java|gcc|cmake|ffmpeg|curl|wget|make|aws|az|gcloud|databricks|kubectl|helm|npm|node|terraform)\b)['"]?: (?:command )?not found|command not found: (?<other>[\w-]+)|'(?<third>git|git-lfs|docker|java|aws|az|gcloud|databricks|kubectl|ffmpeg)' is not recognized as|git: 'lfs' is not a git command|(?:exec: )?"(?<fourth>git-lfs|docker|ffmpeg|java)": executable file not found|(?<fifth>ffmpeg|docker|git|java|dot|graphviz)\b.{0,40}(?:is not installed|not found|No such file)|failed to execute .{0,20}(?<sixth>dot|ffmpeg|git)|spawn (?<seventh>docker|git|java|ffmpeg|aws|az) ENOENT|Docker (?:is )?not (?:installed|found)/i,
      cause:
        'The program {program|{other|{third|{fourth|{fifth|{sixth|{seventh|git-lfs}}}}}}} is not installed, or not on the PATH.',
      fix: 'Install {program|{other|{third|{fourth|{fifth|{sixth|{seventh|git-lfs}}}}}}} and open a new terminal, then try again.',
    },
    {
      class: 'package-missing',
      when: /(?:No matching distribution found for|Could not find a version that satisfies the requirement) (?<package>[\w.\[\]-]+)|PackagesNotFoundError|ResolvePackageNotFound|package (?:versions? )?(?<other>[\w.-]+) (?:was )?not found in (?:the )?(?:package )?(?:registry|index|channel)|because (?<third>[\w.-]+) was not found in the package registry|The following packages are (?:not available|missing)|Unable to locate package (?<fourth>\S+)|(?:Package|Distribution) ?NotFound(?:Error)?/i,
      rank: 2,
      cause:
        'The package index has no {package|{other|{third|{fourth|such package}}}} in this version for this Python.',
      fix: 'Check name and version (pip index versions NAME lists them); a version may exist only for another Python.',
    },
    {
      class: 'version-mismatch',
      when: /cannot import name '(?<name>\w+)' from (?:partially initialized module )?'(?<module>[\w.]+)'|module '(?<other>numpy|pandas|torch|tensorflow|sklearn|scipy|keras|PIL\.Image|transformers|collections|np)[\w.]*' has no attribute '(?<attribute>\w+)'|'(?:DataFrame|Series)' object has no attribute '(?:append|iteritems|ix|as_matrix|lookup|mad)'|got an unexpected keyword argument '(?:sparse_output|sparse|squared|normalize|n_iter|presort|min_impurity_split|base_estimator|use_label_encoder|early_stopping_rounds|verbose_eval|evaluation_strategy|tokenizer|line_terminator|error_bad_lines|infer_datetime_format)'/,
      unless: /circular import/,
      cause:
        'The code was written for another version of {module|{other|the library}}: {name|{attribute|the name that it uses}} is not there in the installed one.',
      fix: "Install the version that the code was written for (pip install '{module|{other|NAME}}==…'), or use the new name.",
    },
    {
      class: 'version-mismatch',
      when: /unsupported pickle protocol|incompatible (?:dtype|pickle)|(?:pickle|model|estimator|checkpoint|saved|trained)[^.]{0,80}(?:different|older|newer|incompatible|another) version|Trying to unpickle estimator .{0,80}from version|node array from the pickle has an incompatible dtype|Can't get attribute '(?<attribute>\w+)' on <module|No module named 'sklearn\.\w+\.\w+'|out-of-date database schema|(?:Error\(s\) in loading state_dict)|Unrecognized keyword arguments passed to \w+: .{0,40}batch_shape|bad marshal data|\bcode\(\) (?:takes at most|argument \d+ must be)|requires .{0,30}version .{0,30}but .{0,20}found/i,
      quiet: true,
      cause: 'What is loaded was made with another version of the library than the one that runs now.',
      fix: "Install the version with which it was made (its requirements.txt or the message names it), or make it anew with the present one; for an MLflow database: back it up, then 'mlflow db upgrade <address>'.",
    },
  ],
};
