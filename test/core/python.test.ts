import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PythonEnvironments } from '../../src/core/api';
import { createPython, currentPython } from '../../src/core/python';
import { atLeast, missingPackages } from '../../src/core/python-probe';
import { makeRig, python, type Rig } from '../providers/local.rig';

const WHEEL = `
import sys, zipfile
folder, version = sys.argv[1:]
info = f"mll_trial-{version}.dist-info/"
with zipfile.ZipFile(f"{folder}/mll_trial-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr("mll_trial.py", f"version = '{version}'")
    wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: mll-trial\\nVersion: {version}\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", f"mll_trial.py,,\\n{info}METADATA,,\\n{info}WHEEL,,\\n{info}RECORD,,\\n")
`;

// Making environments takes a while where the machine is busy.
vi.setConfig({ testTimeout: 240_000 });

let rig: Rig;
let environments: PythonEnvironments;
let runtime: string;
let index: string;
const variables = ['PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PATH'];
const before = variables.map((name) => [name, process.env[name]] as const);

beforeEach(async () => {
  const first = await makeRig();
  runtime = path.join(path.dirname(first.paths.root), 'runtime');
  index = path.join(path.dirname(first.paths.root), 'wheels');
  await fs.mkdir(runtime);
  await fs.mkdir(index);
  rig = { ...first, host: { ...first.host, pythonFolder: runtime } };
  await fs.writeFile(path.join(runtime, 'requirements.txt'), '# exact\nmll-trial==1.2.0\n');
  await fs.writeFile(path.join(rig.paths.root, 'ml.yaml'), 'python: managed\n');
  // An index of our own, told to pip only: uv has to hear of it too.
  process.env.PIP_FIND_LINKS = pathToFileURL(index).href;
  process.env.PIP_NO_INDEX = '1';
  environments = createPython(rig.paths, rig.host);
});
afterEach(async () => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  await rig.dispose();
});

const wheel = (version: string): void => {
  execFileSync(python, ['-c', WHEEL, index, version]);
};

/** A PATH on which this Python is the only program: no uv. */
async function withoutUv(): Promise<void> {
  const bin = path.join(path.dirname(rig.paths.root), 'bin');
  await fs.mkdir(bin);
  await fs.writeFile(path.join(bin, 'python3'), `#!/bin/sh\nexec '${python}' "$@"\n`, { mode: 0o755 });
  process.env.PATH = bin;
}

describe('the managed environment', () => {
  test.each(['uv where there is one', 'venv and pip'])(
    'is made with %s, and never looks ready half-made',
    async (how) => {
      if (how === 'venv and pip') await withoutUv();
      await expect(environments.current()).rejects.toMatchObject({
        kind: 'notFound',
        actions: [{ command: 'mll.python.create' }, { command: 'mll.python.select' }],
      });
      // The index lacks the version: the environment is made, its packages are not.
      wheel('1.1.0');
      await expect(environments.createManaged()).rejects.toMatchObject({
        name: 'UserError',
        kind: 'unavailable',
      });
      await expect(environments.current()).rejects.toMatchObject({ kind: 'notFound' });

      wheel('1.2.0');
      const lines: string[] = [];
      const info = await environments.createManaged({ onProgress: (line) => lines.push(String(line)) });
      expect(info).toMatchObject({ kind: 'managed', missing: {} });
      expect(info.path.startsWith(rig.host.stateFolder)).toBe(true);
      expect(lines[0]).toMatch(
        how === 'venv and pip' ? /venv and pip/ : /Making an environment from Python 3\./,
      );
      expect(await environments.current()).toEqual(info);
      const said = execFileSync(info.path, ['-c', 'import mll_trial; print(mll_trial.version)'], {
        encoding: 'utf8',
      });
      expect(said.trim()).toBe('1.2.0');
    },
  );

  test('can be cancelled', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(environments.createManaged({ signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('another interpreter', () => {
  test('that lacks packages is refused for jobs, named, and completed', async () => {
    wheel('1.2.0');
    const folder = path.join(path.dirname(rig.paths.root), 'own env');
    execFileSync(python, ['-m', 'venv', folder]);
    const own = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
    const info = await environments.use({ path: own });
    expect(info).toMatchObject({
      kind: 'path',
      path: own,
      missing: { 'mll-trial': 'not installed (1.2.0 is needed)' },
    });
    await expect(currentPython(rig.paths, rig.host)).rejects.toMatchObject({
      message: expect.stringContaining('mll-trial is not installed (1.2.0 is needed)') as string,
      fix: expect.stringContaining(`"${own}" -m pip install mll-trial==1.2.0`) as string,
      actions: [
        { command: 'mll.python.installMissing' },
        { command: 'mll.python.create' },
        { command: 'mll.python.select' },
      ],
    });
    expect((await environments.installMissing()).missing).toEqual({});
    expect((await currentPython(rig.paths, rig.host)).path).toBe(own);
  });

  test('that is no Python, or too old, changes nothing', async () => {
    await expect(environments.use({ path: process.execPath })).rejects.toMatchObject({ kind: 'notFound' });
    const old = path.join(path.dirname(rig.paths.root), 'old');
    await fs.writeFile(
      old,
      `#!/bin/sh\necho '{"path": "/x/python", "version": "3.10.4", "packages": {}, "bits": 64}'\n`,
      { mode: 0o755 },
    );
    await expect(environments.use({ path: old })).rejects.toMatchObject({
      kind: 'unsupported',
      message: `${old} is Python 3.10.4; 3.11 or newer is needed.`,
    });
    await expect(fs.access(path.join(rig.paths.ml, 'local.yaml'))).rejects.toThrow();
  });

  test('that prints something as it starts is one all the same', async () => {
    const noisy = path.join(path.dirname(rig.paths.root), 'noisy');
    const script = `#!/bin/sh\necho 'Welcome {you}'\nexec '${python}' "$@"\n`;
    await fs.writeFile(noisy, script, { mode: 0o755 });
    expect(await environments.use({ path: noisy })).toMatchObject({ kind: 'path', path: noisy });
  });

  test('the selected one is used when the settings say so', async () => {
    const host = { ...rig.host, selectedPython: () => Promise.resolve(python) };
    const info = await createPython(rig.paths, host).use('selected');
    expect(info).toMatchObject({ kind: 'selected', path: python });
    await expect(createPython(rig.paths, rig.host).current()).rejects.toMatchObject({
      message: 'No interpreter is selected in the Python extension.',
    });
  });

  test('no Python on PATH is said so', async () => {
    process.env.PATH = index;
    await expect(environments.createManaged()).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'There is no Python on this machine (python3, python and py were looked for on PATH).',
    });
  });
});

test('versions', () => {
  expect([
    atLeast('1.10', '1.9'),
    atLeast('2', '1.26'),
    atLeast('1.4.0rc1', '1.4'),
    atLeast('1.3.9', '1.4'),
  ]).toEqual([true, true, true, false]);
  const exact = { duckdb: '1.5.6', numpy: '2.4.6' };
  expect(missingPackages(exact, { duckdb: '1.5.6', numpy: '2.1.0' }, false)).toEqual({});
  expect(missingPackages(exact, { duckdb: '1.5.5', numpy: '1.25.0' }, false)).toEqual({
    duckdb: '1.5.5 is installed, 1.5.6 is needed',
    numpy: '1.25.0 is installed, 1.26 or newer is needed',
  });
  expect(missingPackages(exact, { duckdb: '1.5.6', numpy: '2.1.0' }, true)).toEqual({
    numpy: '2.1.0 is installed, 2.4.6 is needed',
  });
});
