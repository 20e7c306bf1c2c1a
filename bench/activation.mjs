// Load and activation in a real VS Code, against loading at once all that the extension ever loads.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { laySample } from '../scripts/lib/sample.mjs';

const root = path.resolve(import.meta.dirname, '..');
const workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll-activation-')));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const runs = Array.from({ length: 5 }, () => {
  const done = spawnSync(
    process.execPath,
    [
      path.join(root, 'scripts/vscode/shim.mjs'),
      `--extensionDevelopmentPath=${root}`,
      `--extensionTestsPath=${path.join(root, 'bench/activation.cjs')}`,
      workspace,
    ],
    { encoding: 'utf8' },
  );
  const line = done.stdout.split('\n').find((one) => one.startsWith('{'));
  if (!line) throw new Error(`${done.stdout}\n${done.stderr}`);
  return JSON.parse(line);
});
fs.rmSync(workspace, { recursive: true, force: true });
const of = (key) => median(runs.map((one) => one[key])).toFixed(1);
const ratio = median(runs.map((one) => (one.load + one.activate) / one.all)).toFixed(3);
console.log(
  `| load and activate / everything loaded at once | ${ratio} | <= 0.03, < 20 ms | ${of('load')} + ${of('activate')} ms / ${of('all')} ms |`,
);
