import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { systemCode, UserError } from './errors';
import { readText } from './files';

const run = promisify(execFile);

/** Python takes modules from the folder it is started in: a `types.py` in somebody's project would keep it from starting. */
const NEUTRAL_FOLDER = path.parse(process.execPath).root;

/** What an interpreter says of itself. */
export interface Probe {
  /** `sys.executable`, absolute. */
  readonly path: string;
  readonly version: string;
  /** Installed version by package name as in requirements.txt; absent packages are left out. */
  readonly packages: Readonly<Record<string, string>>;
  readonly bits: number;
}

const SCRIPT = `
import json, struct, sys
found = {}
try:
    from importlib.metadata import PackageNotFoundError, version
    for name in sys.argv[1:]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
except ImportError:
    pass
json.dump({"path": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3], "packages": found, "bits": struct.calcsize("P") * 8}, sys.stdout)
`;

/** Asks an interpreter (a path, or a command on PATH with first arguments); undefined when it does not start as a Python. */
export async function probe(
  program: string,
  packages: readonly string[],
  options: { args?: readonly string[]; signal?: AbortSignal | undefined } = {},
): Promise<Probe | undefined> {
  try {
    const { stdout } = await run(program, [...(options.args ?? []), '-c', SCRIPT, ...packages], {
      cwd: NEUTRAL_FOLDER,
      windowsHide: true,
      timeout: 30_000,
      maxBuffer: 1024 * 1024,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    // A start-up file may have printed something before.
    const said: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    return isProbe(said) ? said : undefined;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return undefined;
  }
}

function isProbe(value: unknown): value is Probe {
  return (
    typeof value === 'object' &&
    value !== null &&
    'path' in value &&
    typeof value.path === 'string' &&
    value.path !== '' &&
    'version' in value &&
    typeof value.version === 'string' &&
    'packages' in value &&
    'bits' in value
  );
}

/** True when version `a` is at least `b`; only the leading numbers count. */
export function atLeast(a: string, b: string): boolean {
  const parts = (text: string): number[] => text.split('.').map((one) => parseInt(one, 10) || 0);
  const [left, right] = [parts(a), parts(b)];
  for (let n = 0; n < right.length; n++) {
    const difference = (left[n] ?? 0) - (right[n] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The shipped `requirements.txt`: exact version by package. Lines are `name==version`. */
export async function requirements(
  pythonFolder: string,
): Promise<{ file: string; exact: Record<string, string> }> {
  for (const folder of [pythonFolder, path.join(pythonFolder, 'ml_lifecycle')]) {
    const file = path.join(folder, 'requirements.txt');
    const text = await readText(file);
    if (text === undefined) continue;
    const exact = [...text.matchAll(/^([A-Za-z0-9_.-]+)==([^\s;#]+)/gm)].map(
      (m) => [m[1] ?? '', m[2] ?? ''] as const,
    );
    return { file, exact: Object.fromEntries(exact) };
  }
  throw new Error(`requirements.txt is not in ${pythonFolder}.`);
}

/** From these versions on the runtime is known to work in an environment that is not ours. */
const MINIMUM: Readonly<Record<string, string>> = {
  fastapi: '0.110',
  joblib: '1.3',
  numpy: '1.26',
  'scikit-learn': '1.4',
  uvicorn: '0.27',
};

/** What keeps an interpreter from running jobs: package → what is wrong. Our own environment must match exactly, and DuckDB always (the recipe's SQL is the same everywhere). */
export function missingPackages(
  exact: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
  managed: boolean,
): Record<string, string> {
  const missing: Record<string, string> = {};
  for (const [name, wanted] of Object.entries(exact)) {
    const has = found[name];
    const minimum = managed || name === 'duckdb' ? undefined : MINIMUM[name];
    if (has === undefined)
      missing[name] = `not installed (${minimum === undefined ? wanted : `${minimum} or newer`} is needed)`;
    else if (minimum === undefined ? has !== wanted : !atLeast(has, minimum)) {
      missing[name] =
        `${has} is installed, ${minimum === undefined ? wanted : `${minimum} or newer`} is needed`;
    }
  }
  return missing;
}

/** A Python of at least 3.11 on PATH. */
export async function findPython(signal?: AbortSignal): Promise<Probe> {
  const tooOld: string[] = [];
  const candidates: readonly (readonly [string, ...string[]])[] = [
    ['python3'],
    ['python'],
    ...(process.platform === 'win32' ? ([['py', '-3']] as const) : []),
    ...['14', '13', '12', '11'].map((minor) => [`python3.${minor}`] as const),
  ];
  for (const [program, ...args] of candidates) {
    const found = await probe(program, [], { args, signal });
    if (!found) continue;
    if (atLeast(found.version, '3.11') && found.bits === 64) return found;
    tooOld.push(`${found.path} is ${found.version}${found.bits === 64 ? '' : ' (32 bit)'}`);
  }
  throw new UserError(
    'unavailable',
    tooOld.length === 0
      ? 'There is no Python on this machine (python3, python and py were looked for on PATH).'
      : `No Python here is new enough: ${[...new Set(tooOld)].join('; ')}. Version 3.11 or newer (64 bit) is needed.`,
    {
      fix: 'Install Python 3.11 or newer from python.org or from your system, then try again, or select an interpreter.',
      actions: [{ title: 'Select Interpreter', command: 'mll.python.select' }],
    },
  );
}

/** Runs a program and hands on each line it prints; a failure is a UserError with the last lines. */
export async function runLines(
  program: string,
  args: readonly string[],
  options: {
    what: string;
    env?: NodeJS.ProcessEnv;
    signal?: AbortSignal | undefined;
    onLine?: ((line: string) => void) | undefined;
  },
): Promise<void> {
  options.signal?.throwIfAborted();
  const last: string[] = [];
  const child = spawn(program, [...args], {
    cwd: NEUTRAL_FOLDER,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    env: { ...process.env, ...options.env },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const hear = (line: string): void => {
    if (line.trim() === '') return;
    last.push(line);
    if (last.length > 8) last.shift();
    options.onLine?.(line);
  };
  createInterface({ input: child.stdout }).on('line', hear);
  createInterface({ input: child.stderr }).on('line', hear);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).catch((error: unknown) => {
    if (options.signal?.aborted) throw new DOMException('Cancelled.', 'AbortError');
    const why = { ENOENT: 'is not there', EACCES: 'may not be run by you' }[systemCode(error) ?? ''];
    if (why === undefined) throw error;
    throw new UserError('notFound', `${options.what} did not work: ${program} ${why}.`, {
      fix: 'Create the environment again, or select another interpreter.',
      cause: error,
    });
  });
  if (options.signal?.aborted) throw new DOMException('Cancelled.', 'AbortError');
  if (code === 0) return;
  throw new UserError('unavailable', `${options.what} did not work: ${last.join(' · ').slice(-1500)}`, {
    fix: fixFor(last.join('\n')),
  });
}

function fixFor(said: string): string {
  if (/No space left|ENOSPC|disk (is )?full/i.test(said))
    return 'The disk is full: free some space, then try again.';
  if (/ensurepip|python3-venv/i.test(said)) {
    return 'This Python comes without venv: install the package python3-venv of your system, or install uv, then try again.';
  }
  if (/certificate|SSL/i.test(said)) {
    return 'The index could not be trusted: set its certificate for pip (pip config set global.cert FILE), then try again.';
  }
  if (/Connection|resolve|proxy|timed out|network|Temporary failure/i.test(said)) {
    return 'The package index could not be reached: check the network, or the proxy and index that pip is configured with.';
  }
  if (/No matching distribution|no version|not found in the package registry/i.test(said)) {
    return 'The package index lacks a version that is needed for this Python: use another Python version or another index.';
  }
  return 'Read the lines above for the cause, then try again.';
}
