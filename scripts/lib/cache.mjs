// Heavy things live outside the repository, keyed by version, and are built once.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The cache of this project; MLL_CACHE moves it. */
export function cacheFolder() {
  const base =
    process.env.MLL_CACHE ??
    (process.platform === 'win32'
      ? path.join(process.env.LOCALAPPDATA ?? path.join(os.homedir(), 'AppData', 'Local'), 'ml-lifecycle')
      : process.platform === 'darwin'
        ? path.join(os.homedir(), 'Library', 'Caches', 'ml-lifecycle')
        : path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'ml-lifecycle'));
  fs.mkdirSync(base, { recursive: true });
  return base;
}

/** Makes `folder` by filling a sibling first, so that an interrupted run leaves nothing half-done. */
export function buildOnce(folder, fill) {
  if (fs.existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`;
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.mkdirSync(fresh, { recursive: true });
  try {
    fill(fresh);
    fs.renameSync(fresh, folder);
  } catch (error) {
    fs.rmSync(fresh, { recursive: true, force: true });
    if (!fs.existsSync(folder)) throw error;
  }
  return folder;
}

/** Runs a program and throws with its last lines when it fails; returns what it printed. */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.status !== 0) {
    const said = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-20).join('\n');
    throw new Error(
      `${path.basename(program)} ${args.join(' ')} failed (${result.error?.message ?? `exit ${result.status}`})\n${said}`,
    );
  }
  return result.stdout ?? '';
}

/** npm, by the running npm where there is one, so that it also works where `npm` is a .cmd. */
export function npm(args, options = {}) {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script)) return run(process.execPath, [script, ...args], options);
  return process.platform === 'win32'
    ? run('npm.cmd', args, { ...options, shell: true })
    : run('npm', args, options);
}

export function onPath(program) {
  const names =
    process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`, `${program}.bat`] : [program];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const name of names) {
      const file = path.join(folder, name);
      if (folder && fs.existsSync(file)) return file;
    }
  }
  return undefined;
}

/** On a Debian machine where we are root, apt may add what is missing; elsewhere the caller says what to install. */
export function aptInstall(...packages) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  console.log(`Installing ${packages.join(', ')} with apt…`);
  run('apt-get', ['update', '-qq'], { env });
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
  return true;
}
