// Python environments for tests and benchmarks, in the cache, by the hash of their requirements.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
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

/** The interpreter of an environment with exactly these requirements; made on first use (uv where it can be had). */
export function pythonEnvironment(name, requirementFiles) {
  const texts = requirementFiles.map((file) => fs.readFileSync(path.join(root, file), 'utf8'));
  const python = findPython();
  const hash = crypto.createHash('sha256').update(texts.join('\n')).update(python).digest('hex').slice(0, 12);
  const folder = path.join(cacheFolder(), `python-${name}-${hash}`);
  const ready = path.join(folder, '.ready');
  if (fs.existsSync(ready)) return inside(folder);
  console.log(`Making the Python environment "${name}", once…`);
  fs.rmSync(folder, { recursive: true, force: true });
  // A venv holds its own path, so it cannot be made elsewhere and renamed: the mark says that it is whole.
  makeVenv(python, folder);
  let uv = onPath('uv');
  if (!uv) {
    const tools = buildOnce(path.join(cacheFolder(), 'uv-0.13.9'), (fresh) =>
      run(inside(folder), ['-m', 'pip', 'install', '-q', '--target', fresh, 'uv==0.13.9']),
    );
    uv = path.join(tools, 'bin', process.platform === 'win32' ? 'uv.exe' : 'uv');
  }
  const files = requirementFiles.flatMap((file) => ['-r', path.join(root, file)]);
  run(uv, ['pip', 'install', '-q', '--python', inside(folder), ...files], {
    env: { ...process.env, UV_PYTHON_DOWNLOADS: 'never' },
  });
  fs.writeFileSync(ready, '');
  return inside(folder);
}
