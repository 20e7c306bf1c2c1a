// `npm run demo`: the whole lifecycle on two real tables, headless, through `mll` alone.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Papa from 'papaparse';
import { buildAll } from './build.mjs';
import { pythonEnvironment } from './lib/python.mjs';
import { laySample } from './lib/sample.mjs';

const root = path.resolve(import.meta.dirname, '..');
const seconds = (from) => (performance.now() - from) / 1000;

/** Runs `mll --json` in the project; throws with its message unless the exit code is one of `codes`. */
function mll(project, env, args, codes = [0]) {
  const done = spawnSync(
    process.execPath,
    [path.join(root, 'dist/mll.js'), '--json', '--yes', '-C', project, ...args],
    {
      encoding: 'utf8',
      env,
      maxBuffer: 1 << 28,
    },
  );
  let answer;
  try {
    answer = JSON.parse(done.stdout);
  } catch {
    throw new Error(
      `mll ${args.join(' ')} printed no JSON (exit ${done.status})\n${done.stdout}\n${done.stderr}`,
    );
  }
  if (!codes.includes(done.status)) {
    throw new Error(
      `mll ${args.join(' ')}: exit ${done.status}\n${answer.error?.message ?? done.stderr}\n${answer.error?.fix ?? ''}`,
    );
  }
  return answer;
}

function write(file, rows) {
  fs.writeFileSync(file, `${Papa.unparse(rows, { newline: '\n' })}\n`);
}

/** The rows known at first, and all rows as they are known later. */
const TABLES = {
  penguins: { target: 'Species', early: (_, at) => at % 4 !== 3 },
  birdstrikes: { target: 'Effect Amount of damage', early: (row) => row['Flight Date'] < '1999-01-01' },
};

function walk(name, project, env, python) {
  const { target, early } = TABLES[name];
  const all = Papa.parse(fs.readFileSync(path.join(project, `${name}.csv`), 'utf8'), {
    header: true,
    skipEmptyLines: true,
  }).data;
  const data = path.join(project, `${name}.csv`);
  const fresh = path.join(project, `${name}-new.csv`);
  write(fresh, all);
  write(data, all.filter(early));
  const call = (args, codes) => mll(project, env, args, codes);
  const times = [];
  const step = (title, act) => {
    const from = performance.now();
    const said = act();
    times.push({ data: name, step: title, seconds: seconds(from), said });
    console.log(`  ${title.padEnd(22)} ${seconds(from).toFixed(1).padStart(6)} s   ${said}`);
  };
  console.log(`\n${name}.csv (target: ${target})`);
  step('1 get', () => {
    const { dataset } = call(['data', 'add', data]);
    call(['env', 'use', python]);
    return `dataset ${dataset.name}: ${dataset.rows} rows, ${dataset.columns.length} columns`;
  });
  step('2 look', () => {
    const profile = call(['data', 'profile', name]);
    const missing = profile.columns.reduce((sum, column) => sum + column.missing, 0);
    return `${profile.rows} rows, ${missing} missing cells, ${profile.rejected} records not readable`;
  });
  step('3 clean', () => {
    const { suggestions } = call(['recipe', 'suggest', data, '--target', target]);
    const output = path.join(project, `${name}-clean.parquet`);
    const done = call(['recipe', 'run', `${name}.recipe.yaml`, '--output', output]);
    return `${suggestions.length} steps, ${done.rowsIn} rows in, ${done.rowsOut} out, ${done.columns.length} columns`;
  });
  let model;
  step('4 train', () => {
    const answer = call(['train', '--data', name, '--algorithm', 'auto', '--param', 'seed=7']);
    model = answer.model;
    return `${model.name}@${model.version} ${model.algorithm}: ${model.mainMetric} ${model.metrics[model.mainMetric].toFixed(4)}`;
  });
  step('5 deploy', () => {
    const { endpoint } = call(['deploy', `${model.name}@${model.version}`]);
    return `${endpoint.name} is ${endpoint.status} at ${endpoint.url}`;
  });
  step('6 test', () => {
    const { signature } = call(['models', 'show', model.name]);
    const one = call(['invoke', model.name, '--row', JSON.stringify(signature.examples[0])]);
    const file = call(['invoke', model.name, '--file', fresh]);
    return `one row: ${one.predictions[0].prediction} (p50 ${one.latencyMs.p50.toFixed(1)} ms); ${file.rows} rows of a file, ${file.errors} errors`;
  });
  step('7 monitor', () => {
    const report = call(['monitor', model.name, '--labels', fresh]);
    const columns = Object.values(report.drift.columns);
    return `${report.requests} requests, ${columns.filter((one) => one.drifted).length} of ${columns.length} columns drifted, ${report.accuracy.metric} ${report.accuracy.value.toFixed(4)}`;
  });
  step('8 retrain', () => {
    const result = call(['retrain', model.name, '--data', fresh, '--promote'], [0, 3]);
    const back = result.promoted ? call(['endpoints', 'rollback', model.name]).endpoint : undefined;
    return `gate ${result.gate.held ? 'held' : 'did not hold'} (${result.gate.reason})${back ? `; rolled back to ${back.model}@${back.version}` : ''}`;
  });
  call(['endpoints', 'remove', model.name]);
  return times;
}

export default async function demo(args) {
  await buildAll({ tests: false });
  const python = pythonEnvironment('runtime', ['python/requirements.txt']);
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-demo-'));
  const env = { ...process.env, MLL_STATE: path.join(project, '.state') };
  laySample(project);
  mll(project, env, ['init']);
  const times = [];
  let failed;
  for (const name of Object.keys(TABLES)) {
    try {
      times.push(...walk(name, project, env, python));
    } catch (error) {
      failed = error;
      console.error(`\n${error.message}`);
      break;
    }
  }
  const steps = [...new Set(times.map((one) => one.step))];
  console.log(
    `\n${'step'.padEnd(14)}${Object.keys(TABLES)
      .map((name) => name.padStart(14))
      .join('')}`,
  );
  for (const step of steps) {
    const cells = Object.keys(TABLES).map((name) => {
      const found = times.find((one) => one.data === name && one.step === step);
      return (found ? `${found.seconds.toFixed(1)} s` : '–').padStart(14);
    });
    console.log(`${step.padEnd(14)}${cells.join('')}`);
  }
  if (args.includes('--keep')) console.log(`\nThe project is kept in ${project}`);
  else fs.rmSync(project, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return failed ? 1 : 0;
}
