import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host, ProjectPaths, PythonEnvironments, PythonInfo } from './api';
import { type Fix, UserError } from './errors';
import { fileExists, readText, remove, writeText } from './files';
import { withLock } from './manifests';
import { atLeast, findPython, missingPackages, probe, requirements, runLines } from './python-probe';
import { readSettings, setLocal } from './settings';
import type { CallOptions } from '../rpc';

const CREATE: Fix = { title: 'Create Environment', command: 'mll.python.create' };
const SELECT: Fix = { title: 'Select Interpreter', command: 'mll.python.select' };
const INSTALL: Fix = { title: 'Install Missing Packages', command: 'mll.python.installMissing' };

/** How long an answer of an interpreter is taken for true, in ms: a job, its check and its form ask in short order. */
const REMEMBER = 30_000;
const remembered = new Map<string, { at: number; info: PythonInfo }>();

interface Choice {
  readonly kind: PythonInfo['kind'];
  readonly path: string | undefined;
}

async function chosen(paths: ProjectPaths, host: Host): Promise<Choice> {
  const setting = (await readSettings(paths)).python;
  const managed = await managedPython(host);
  if (setting === 'managed') return { kind: 'managed', path: managed };
  if (setting === 'selected') return { kind: 'selected', path: await host.selectedPython?.() };
  if (setting !== undefined) return { kind: 'path', path: path.resolve(paths.root, setting) };
  if (managed !== undefined) return { kind: 'managed', path: managed };
  const selected = await host.selectedPython?.();
  return selected === undefined ? { kind: 'managed', path: undefined } : { kind: 'selected', path: selected };
}

/** The interpreter that jobs use now, complete or not; a UserError with a button when there is none or it is too old. */
export async function inspectPython(
  paths: ProjectPaths,
  host: Host,
  signal?: AbortSignal,
): Promise<PythonInfo> {
  const choice = await chosen(paths, host);
  if (choice.path === undefined) {
    throw choice.kind === 'managed'
      ? new UserError('notFound', 'The Python environment for jobs is not there yet.', {
          fix: 'Create it (one click, or "mll env create"), or select an interpreter that has the packages.',
          actions: [CREATE, SELECT],
        })
      : new UserError('notFound', 'No interpreter is selected in the Python extension.', {
          fix: 'Select one, or create the managed environment.',
          actions: [SELECT, CREATE],
        });
  }
  return describe(choice.kind, choice.path, host, signal);
}

async function describe(
  kind: PythonInfo['kind'],
  program: string,
  host: Host,
  signal?: AbortSignal,
): Promise<PythonInfo> {
  const key = `${host.pythonFolder}\0${kind}\0${program}`;
  const known = remembered.get(key);
  if (known && Date.now() - known.at < REMEMBER && (await fileExists(program))) return known.info;
  const { exact } = await requirements(host.pythonFolder);
  const said = await probe(program, Object.keys(exact), { signal });
  if (!said) {
    const why = (await fileExists(program)) ? 'does not start as a Python interpreter' : 'is not there';
    throw new UserError('notFound', `${program} ${why}.`, {
      fix: 'Select another interpreter, or create the managed environment.',
      actions: kind === 'managed' ? [CREATE] : [SELECT, CREATE],
    });
  }
  if (!atLeast(said.version, '3.11')) {
    throw new UserError('unsupported', `${program} is Python ${said.version}; 3.11 or newer is needed.`, {
      fix: 'Select a newer interpreter, or create the managed environment.',
      actions: [SELECT, CREATE],
    });
  }
  const info: PythonInfo = {
    // Not sys.executable: in a virtual environment on some systems that is the Python it was made from.
    path: path.isAbsolute(program) ? program : said.path,
    version: said.version,
    kind,
    missing: missingPackages(exact, said.packages, kind === 'managed'),
  };
  if (Object.keys(info.missing).length === 0) remembered.set(key, { at: Date.now(), info });
  return info;
}

/** The interpreter that jobs and endpoints are started with: complete, or a UserError that names what is missing. */
export async function currentPython(
  paths: ProjectPaths,
  host: Host,
  signal?: AbortSignal,
): Promise<PythonInfo> {
  const info = await inspectPython(paths, host, signal);
  const missing = Object.entries(info.missing);
  if (missing.length === 0) return info;
  const { exact } = await requirements(host.pythonFolder);
  throw new UserError(
    'unavailable',
    `Python ${info.version} (${info.path}) lacks what jobs need: ${missing.map(([name, wrong]) => `${name} is ${wrong}`).join('; ')}.`,
    {
      fix: `Install what is missing (${installCommand(info, exact)}), or create the managed environment (mll env create).`,
      actions: info.kind === 'managed' ? [INSTALL] : [INSTALL, CREATE, SELECT],
    },
  );
}

/** What a person can type into a terminal. */
function installCommand(info: PythonInfo, exact: Readonly<Record<string, string>>): string {
  const wanted = Object.keys(info.missing).map((name) => `${name}==${exact[name] ?? ''}`);
  return `"${info.path}" -m pip install ${wanted.join(' ')}`;
}

async function managedFolder(host: Host): Promise<string> {
  const { exact } = await requirements(host.pythonFolder);
  const hash = createHash('sha256').update(JSON.stringify(exact)).digest('hex').slice(0, 12);
  return path.join(host.stateFolder, 'python', hash);
}

const interpreterIn = (folder: string): string =>
  process.platform === 'win32'
    ? path.join(folder, 'Scripts', 'python.exe')
    : path.join(folder, 'bin', 'python');

/** The managed environment's interpreter; only when the environment was finished. */
async function managedPython(host: Host): Promise<string | undefined> {
  const folder = await managedFolder(host);
  return (await fileExists(path.join(folder, 'ready.json'))) ? interpreterIn(folder) : undefined;
}

export function createPython(paths: ProjectPaths, host: Host): PythonEnvironments {
  async function createManaged(call: CallOptions = {}): Promise<PythonInfo> {
    const folder = await managedFolder(host);
    const say = (line: string): void => call.onProgress?.(line);
    await withLock(path.dirname(folder), 'make the Python environment', async () => {
      const python = interpreterIn(folder);
      if ((await managedPython(host)) !== undefined) {
        const info = await describe('managed', python, host, call.signal).catch(() => undefined);
        if (info && Object.keys(info.missing).length === 0) return;
      }
      const { file } = await requirements(host.pythonFolder);
      const base = await findPython(call.signal);
      // Without the mark a folder that was left half-made is begun anew.
      await remove(folder);
      await fs.mkdir(folder, { recursive: true });
      const uv = await hasUv(call.signal);
      say(
        `Making an environment from Python ${base.version} (${base.path}) with ${uv ? 'uv' : 'venv and pip'}`,
      );
      await makeEnvironment(base.path, folder, uv, call);
      await install(python, file, uv, call);
      const info = await describe('managed', python, host, call.signal);
      const wrong = Object.entries(info.missing);
      if (wrong.length > 0) {
        throw new UserError(
          'unavailable',
          `The environment was made, but ${wrong.map(([a, b]) => `${a}: ${b}`).join('; ')}.`,
          {
            fix: 'Try again; if it stays so, check the package index that pip is configured with.',
          },
        );
      }
      await writeText(path.join(folder, 'ready.json'), `${JSON.stringify({ python: info.version })}\n`);
      say(`Ready: Python ${info.version}`);
    });
    return describe('managed', interpreterIn(folder), host, call.signal);
  }

  return {
    createManaged: async (call) => {
      const info = await createManaged(call);
      const setting = (await readSettings(paths)).python;
      if (setting !== undefined && setting !== 'managed') await setLocal(paths, 'python', 'managed');
      return info;
    },
    current: (signal) => inspectPython(paths, host, signal),
    async installMissing(call = {}) {
      const info = await inspectPython(paths, host, call.signal).catch((error: unknown) => {
        if (error instanceof UserError && error.kind === 'notFound') return undefined;
        throw error;
      });
      if (info === undefined || info.kind === 'managed') return createManaged(call);
      const names = Object.keys(info.missing);
      if (names.length === 0) return info;
      const { exact } = await requirements(host.pythonFolder);
      const wanted = path.join(host.stateFolder, 'python', `missing-${process.pid}.txt`);
      await writeText(wanted, names.map((name) => `${name}==${exact[name] ?? ''}\n`).join(''));
      try {
        await install(info.path, wanted, await hasUv(call.signal), call);
      } finally {
        await remove(wanted);
      }
      return inspectPython(paths, host, call.signal);
    },
    async use(choice) {
      if (typeof choice === 'string') {
        await setLocal(paths, 'python', choice);
        return inspectPython(paths, host);
      }
      const program = path.resolve(paths.root, choice.path);
      // Looked at before it is written down: a path that is no Python changes nothing.
      const info = await describe('path', program, host);
      await setLocal(paths, 'python', program);
      return info;
    },
  };
}

async function hasUv(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await runLines('uv', ['--version'], { what: 'uv', signal });
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

const UV = { UV_PYTHON_DOWNLOADS: 'never', UV_NO_PROGRESS: '1', UV_LINK_MODE: 'copy' };

async function makeEnvironment(base: string, folder: string, uv: boolean, call: CallOptions): Promise<void> {
  const common = { what: 'Making the environment', signal: call.signal, onLine: call.onProgress };
  if (uv)
    await runLines('uv', ['venv', '--allow-existing', '--python', base, folder], { ...common, env: UV });
  else await runLines(base, ['-m', 'venv', folder], common);
}

async function install(python: string, file: string, uv: boolean, call: CallOptions): Promise<void> {
  const common = { what: 'Installing the packages', signal: call.signal, onLine: call.onProgress };
  if (uv) {
    const env = { ...UV, ...(await pipSettingsForUv(call.signal)) };
    await runLines('uv', ['pip', 'install', '--python', python, '-r', file], { ...common, env });
    return;
  }
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  await runLines(python, [...pip, '-r', file], common);
}

/** uv does not read pip's configuration: its index, proxy and certificate are handed over as uv's own variables. */
async function pipSettingsForUv(signal: AbortSignal | undefined): Promise<Record<string, string>> {
  const lines: string[] = [];
  const python = await findPython(signal);
  await runLines(python.path, ['-m', 'pip', 'config', 'list'], {
    what: 'Reading the configuration of pip',
    signal,
    onLine: (line) => lines.push(line),
  }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
  const variables: readonly (readonly [string, string])[] = [
    ['index-url', 'UV_DEFAULT_INDEX'],
    ['extra-index-url', 'UV_INDEX'],
    ['cert', 'SSL_CERT_FILE'],
    ['trusted-host', 'UV_INSECURE_HOST'],
    ['find-links', 'UV_FIND_LINKS'],
    ['no-index', 'UV_NO_INDEX'],
    ['proxy', 'ALL_PROXY'],
  ];
  const found: Record<string, string> = {};
  for (const line of lines) {
    // `global.index-url='https://…'`, `:env:.index-url='…'`: later ones count more.
    const match = /^\S*?\.([a-z-]+)='(.*)'$/.exec(line);
    const variable = variables.find(([option]) => option === match?.[1])?.[1];
    if (variable !== undefined && match?.[2] !== undefined && process.env[variable] === undefined) {
      // pip separates several values by white space; uv wants commas between links.
      const values = match[2].replaceAll('\\n', ' ').trim().split(/\s+/);
      found[variable] = values.join(variable === 'UV_FIND_LINKS' ? ',' : ' ');
    }
  }
  return found;
}

/** Size and state of the managed environment, for the doctor. */
export async function managedState(host: Host): Promise<{ folder: string; ready: boolean; begun: boolean }> {
  const folder = await managedFolder(host);
  const ready = (await readText(path.join(folder, 'ready.json'))) !== undefined;
  return { folder, ready, begun: await fileExists(folder) };
}
