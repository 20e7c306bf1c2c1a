// Formatting, lint, types and import rules. Each checker counts as one test.
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name, file) => path.join(root, 'node_modules', name, file);

const CHECKS = {
  types: [bin('typescript', 'bin/tsc'), '-p', 'tsconfig.json'],
  'types of the webviews': [bin('typescript', 'bin/tsc'), '-p', 'tsconfig.webview.json'],
  eslint: [
    bin('eslint', 'bin/eslint.js'),
    '--max-warnings',
    '0',
    '--cache',
    '--cache-location',
    path.join(root, 'node_modules/.cache/eslint/'),
    '.',
  ],
  prettier: [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  'import rules': [
    bin('dependency-cruiser', 'bin/dependency-cruiser.mjs'),
    'src',
    'webview',
    '--config',
    '.dependency-cruiser.cjs',
  ],
};

function check(name, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    child.stderr.on('data', (data) => (said += data));
    child.once('exit', (code) => {
      if (code !== 0) console.log(`✗ ${name}\n${said}`);
      resolve(code === 0);
    });
  });
}

/** Resolves `{ passed, failed, skipped }`. */
export async function lint() {
  const results = [];
  for (const [name, args] of Object.entries(CHECKS)) results.push(await check(name, args));
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed, skipped: 0 };
}

export default async function main() {
  const { failed } = await lint();
  return failed ? 1 : 0;
}
