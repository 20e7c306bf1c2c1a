// `npm test`: sets up and runs every suite, prints the seconds of each, and ends with their sum.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { buildAll } from './build.mjs';
import { lint } from './lint.mjs';
import { frontPython, imagePython, sdkPython } from './lib/aws-rig.mjs';
import {
  googlePython,
  storageServer,
  tablesPython,
  tablesServer,
  vertexImagePython,
  vertexPython,
} from './lib/google-rig.mjs';
import { onPath } from './lib/cache.mjs';
import { pythonEnvironment } from './lib/python.mjs';
import { makePackage } from './package.mjs';
import { browserPath } from './vscode/browser.mjs';
import { serverFolder } from './vscode/server.mjs';

const root = path.resolve(import.meta.dirname, '..');
const results = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-results-'));
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');

/** Runs a program, shows what it prints as it comes, and resolves its exit code and text. */
function show(program, args, env = {}, folder = '.') {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: path.join(root, folder),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let text = '';
    const hear = (data) => {
      text += data;
      process.stdout.write(data);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => resolve({ code: 1, text: `${text}${error.message}` }));
    child.once('exit', (code) => resolve({ code: code ?? 1, text }));
  });
}

async function vitestSuite(project, env) {
  const file = path.join(results, `${project}.json`);
  const { code } = await show(
    process.execPath,
    [
      vitest,
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    env,
  );
  if (!fs.existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(fs.readFileSync(file, 'utf8'));
  const brokenFiles = report.testResults.filter(
    (one) => one.status === 'failed' && one.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults.flatMap(failuresOf),
  };
}

/** What failed in a file of tests, each with the beginning of its reason. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = path.relative(root, name);
  const tests = assertionResults.filter((one) => one.status === 'failed');
  if (status === 'failed' && tests.length === 0) return [`${file}\n${beginning(message)}`];
  return tests.map((one) => `${file} > ${one.fullName}\n${beginning(one.failureMessages.join('\n'))}`);
}

function beginning(text) {
  const lines = stripVTControlCharacters(text)
    .trim()
    .split('\n')
    .filter((line) => !/node_modules|at new Promise/.test(line));
  return lines
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');
}

async function pythonSuite(python) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const args of [
    ['-m', 'ruff', 'check', 'python', 'test/formats/python', 'test/rigs/google'],
    ['-m', 'ruff', 'format', '--check', 'python', 'test/formats/python', 'test/rigs/google'],
    ['-m', 'mypy', '--config-file', 'python/pyproject.toml', 'python/ml_lifecycle'],
  ]) {
    const { code } = await show(python, args);
    if (code === 0) sum.passed += 1;
    else sum.failed += 1;
  }
  const { code, text } = await show(
    python,
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'python/tests'],
    { PYTHONDONTWRITEBYTECODE: '' },
  );
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0);
  const failed = count('failed') + count('errors?');
  sum.passed += count('passed');
  sum.failed += code !== 0 && failed === 0 ? 1 : failed;
  sum.skipped += count('skipped');
  return { ...sum, failures: text.split('\n').filter((line) => /^(FAILED|ERROR) /.test(line)) };
}

/** The stand-ins for clouds: their own code checked, then driven by the vendors' clients. */
async function rigsSuite(env) {
  const front = frontPython();
  const checks = { passed: 0, failed: 0 };
  for (const args of [
    ['ruff', 'check', '.'],
    ['ruff', 'format', '--check', '.'],
    ['mypy', '--cache-dir', path.join(root, 'node_modules/.cache/mypy-rigs')],
  ]) {
    const { code } = await show(front, ['-m', ...args], {}, 'test/rigs/aws');
    checks[code === 0 ? 'passed' : 'failed'] += 1;
  }
  const sum = await vitestSuite('rigs', env);
  return { ...sum, passed: sum.passed + checks.passed, failed: sum.failed + checks.failed };
}

async function hostSuite(env) {
  const { code, text } = await show(process.execPath, ['scripts/vscode/host-tests.mjs'], env);
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0);
  const failed = count('failing');
  return {
    passed: count('passing'),
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: count('pending'),
  };
}

async function buildSuite() {
  await buildAll();
  const { file, bytes } = await makePackage({ rebuild: false });
  const limit = 30 * 1024 * 1024;
  console.log(`${path.basename(file)}: ${(bytes / 1024 / 1024).toFixed(1)} MB (limit 30 MB)`);
  return { passed: bytes <= limit ? 1 : 0, failed: bytes <= limit ? 0 : 1, skipped: 0 };
}

export default async function test(args) {
  const only = args.filter((one) => !one.startsWith('-'));
  const started = performance.now();
  const python = pythonEnvironment('dev', ['python/requirements-dev.txt']);
  for (const make of [
    frontPython,
    imagePython,
    sdkPython,
    googlePython,
    vertexImagePython,
    vertexPython,
    storageServer,
    tablesPython,
  ])
    make();
  // The one program whose tests count as skipped where it cannot be had.
  try {
    tablesServer();
  } catch (error) {
    console.log(`bigquery-emulator cannot be had here, so its tests are skipped: ${error.message}`);
  }
  // moto's server, which test/rigs/moto.ts starts.
  pythonEnvironment('moto', ['test/rigs/moto.txt']);
  // The libraries of exported code.
  pythonEnvironment('export', ['test/recipe/export.txt'], { complete: true });
  serverFolder();
  const chromium = await browserPath();
  const env = { MLL_TEST_PYTHON: python, CHROMIUM: chromium };
  console.log(
    `set-up: ${((performance.now() - started) / 1000).toFixed(1)} s (git: ${onPath('git') ? 'yes' : 'missing'})`,
  );
  // Suites of one row run together. Lint and Python's tests keep one core busy each; the others use both, or watch a person's clicks.
  const rows = [
    { build: buildSuite },
    { lint, python: () => pythonSuite(python) },
    { webview: () => vitestSuite('webview', env) },
    { unit: () => vitestSuite('node', env) },
    { rigs: () => rigsSuite(env) },
    { host: () => hostSuite(env) },
    { e2e: () => vitestSuite('e2e', env) },
  ];
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const failures = [];
  const runSuite = async ([name, run]) => {
    console.log(`\n━━ ${name}`);
    const start = performance.now();
    let result;
    try {
      result = await run();
    } catch (error) {
      console.error(error);
      result = { passed: 0, failed: 1, skipped: 0 };
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    lines.push(
      `${name.padEnd(8)} ${seconds.padStart(6)} s   ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`,
    );
    failures.push(...(result.failures ?? []));
    for (const key of Object.keys(sum)) sum[key] += result[key];
  };
  for (const row of rows) {
    const wanted = Object.entries(row).filter(([name]) => only.length === 0 || only.includes(name));
    await Promise.all(wanted.map(runSuite));
  }
  fs.rmSync(results, { recursive: true, force: true });
  if (failures.length > 0) console.log(`\n━━ what failed\n${failures.join('\n\n')}`);
  console.log(
    `\n${lines.join('\n')}\nall      ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s\n`,
  );
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  const skipsAllowed = process.env.CI !== 'true';
  return sum.failed > 0 || sum.passed === 0 || (sum.skipped > 0 && !skipsAllowed) ? 1 : 0;
}
