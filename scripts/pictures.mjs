// `node scripts/run.mjs pictures`: the README's pictures, taken on the way of the test that walks the path as a person.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { pythonEnvironment } from './lib/python.mjs';

const root = path.resolve(import.meta.dirname, '..');
const PICTURES = ['data', 'recipe', 'train', 'run', 'endpoint', 'monitor'];

export default async function pictures() {
  await buildAll();
  const shots = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-pictures-'));
  const walked = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project',
      'e2e',
      'test/e2e/lifecycle.test.ts',
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        MLL_SHOTS: shots,
        MLL_TEST_PYTHON: pythonEnvironment('dev', ['python/requirements-dev.txt']),
      },
    },
  );
  fs.mkdirSync(path.join(root, 'docs/pictures'), { recursive: true });
  for (const name of PICTURES)
    fs.copyFileSync(path.join(shots, `${name}.png`), path.join(root, 'docs/pictures', `${name}.png`));
  fs.rmSync(shots, { recursive: true, force: true });
  return walked.status ?? 1;
}
