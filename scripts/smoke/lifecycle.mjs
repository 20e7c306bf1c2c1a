import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { laySample } from '../lib/sample.mjs';

const mll = path.resolve(import.meta.dirname, '../../dist/mll.js');
const RECIPE = `recipe: 1
input: penguins.csv
target: Species
split: { test: 0.2, method: stratified, seed: 7 }
steps:
  - fill_missing: { columns: [Body Mass (g)], with: median }
  - encode: { columns: [Island], method: one_hot, unknown: other }
`;
const ROW = {
  Island: 'Biscoe',
  'Beak Length (mm)': 50,
  'Beak Depth (mm)': 15,
  'Flipper Length (mm)': 220,
  'Body Mass (g)': 5200,
  Sex: 'MALE',
};
/** Prepare, train, one that fails and one that is cancelled. */
const JOBS = 4;
/** An endpoint on a machine is up for this long at most: its figures come minutes after its answers. */
const ENDPOINT_HOURS = 0.5;
const FIGURES_MS = 15 * 60_000;

/** Another build of numpy may sum in another order, which differs in a probability's last bits. */
const ROUNDING = 1e-12;

class Stop extends Error {}

function check(holds, what) {
  if (!holds) throw new Stop(what);
}

function isSameAnswer(one, other) {
  const [shares, others] = [one.probabilities, other.probabilities];
  const classes = Object.keys(shares);
  return (
    one.prediction === other.prediction &&
    classes.join() === Object.keys(others).join() &&
    classes.every((name) => Math.abs(shares[name] - others[name]) <= ROUNDING)
  );
}

/**
 * Runs it in one cloud. `cloud`: its provider's id, how it is called, what `connect` is given, how an endpoint is deployed and what that
 * costs, and what its own SDK says is left.
 */
export async function runLifecycle(cloud, { options, python, agreed }) {
  const isLasting = cloud.deploy(options).includes('--machine');
  const project = `smoke-${crypto.randomBytes(3).toString('hex')}`;
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-smoke-'));
  const folder = path.join(base, project);
  laySample(folder);
  fs.writeFileSync(path.join(folder, 'penguins.recipe.yaml'), RECIPE);
  fs.mkdirSync(path.join(folder, 'broken'));
  fs.writeFileSync(path.join(folder, 'broken/train.py'), 'raise ValueError("smoke")\n');
  const env = { ...process.env, MLL_STATE: path.join(base, 'state') };
  const children = new Set();
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    for (const child of children) child.kill('SIGTERM');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);

  /** `mll --json`, its answer and exit code. */
  function call(...args) {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [mll, '--json', '--yes', ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        // Ctrl+C is told by us, so that cleaning up is not ended by it too.
        detached: true,
      });
      children.add(child);
      let [out, err] = ['', ''];
      child.stdout.on('data', (data) => (out += data));
      child.stderr.on('data', (data) => (err += data));
      child.once('error', reject);
      child.once('close', (code) => {
        children.delete(child);
        let answer;
        try {
          answer = JSON.parse(out);
        } catch {
          reject(new Stop(`mll ${args.join(' ')} (exit ${code}): ${err}`));
          return;
        }
        resolve({ code, answer, said: err });
      });
    });
  }
  async function ok(...args) {
    if (interrupted) throw new Stop('Interrupted.');
    const { code, answer } = await call(...args);
    check(code === 0, `mll ${args.join(' ')}: ${JSON.stringify(answer.error ?? answer)}`);
    return answer;
  }
  const started = Date.now();
  async function step(title, work) {
    const begun = Date.now();
    const said = await work();
    console.log(`✓ ${title} (${((Date.now() - begun) / 1000).toFixed(0)} s)${said ? `: ${said}` : ''}`);
  }

  let connected = false;
  let failed = false;
  try {
    await ok('init');
    await ok('env', 'use', python);
    await step('connected', async () => {
      await cloud.logIn?.(ok, options);
      const given = Object.entries(cloud.connect(options)).flatMap(([name, value]) =>
        value === undefined ? [] : [`--${name}`, value],
      );
      const { connected: who, missing } = await ok(
        ...['connect', cloud.id, ...given, ...(options.create ? ['--create'] : []), '--default'],
      );
      check(missing.length === 0, `Missing: ${missing.map((one) => one.name).join(', ')}`);
      return `${who.who}, account ${who.account}, ${who.region}`;
    });
    const price = await priceOf(ok, cloud.id, options);
    const minutes = Number(options['max-minutes']);
    const most = price.train * JOBS * (minutes / 60) + (isLasting ? price.endpoint * ENDPOINT_HOURS : 0);
    console.log(
      `It runs ${JOBS} jobs on ${options.machine}, at most ${minutes} minutes each, and ${isLasting ? `an endpoint on ${options.machine} for at most ${ENDPOINT_HOURS * 60} minutes` : 'a serverless endpoint (a few requests)'}: at most USD ${most.toFixed(2)}.`,
    );
    check(
      most <= Number(options['most-usd']),
      `That is more than --most-usd ${options['most-usd']}. Nothing was started.`,
    );
    if (!options.yes && !(await agreed('Start?'))) {
      console.log('Nothing was started.');
      return 1;
    }
    connected = true;
    const limit = ['--max-minutes', String(minutes)];

    await step('doctor', async () => {
      const { answer } = await call('doctor', '--provider', cloud.id);
      const bad = answer.checks.filter((one) => !one.ok && one.name.startsWith(cloud.title));
      check(bad.length === 0, bad.map((one) => `${one.name}: ${one.reason}`).join('; '));
    });
    await step('recipe as a job', async () => {
      await ok('prepare', 'penguins.recipe.yaml', '--output', 'there.csv', ...limit);
      await ok('recipe', 'run', 'penguins.recipe.yaml', '--output', 'here.csv');
      const text = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
      check(text('there.csv') === text('here.csv'), 'The rows differ from those made on this machine.');
      return 'the very rows made on this machine';
    });
    const train = ['train', '--data', 'penguins.csv', '--target', 'Species', ...limit];
    await step('training job', async () => {
      const { run } = await ok(...train, '--algorithm', 'linear');
      check(run.metrics.accuracy > 0.9, `accuracy ${run.metrics.accuracy}`);
      const { lines } = await ok('runs', 'logs', run.id);
      check(lines.length > 0, 'Its log is empty.');
      return `accuracy ${run.metrics.accuracy.toFixed(3)}, ${lines.length} log lines`;
    });
    await step('a script that fails says why', async () => {
      const { code, answer } = await call(...train, '--script', 'broken/train.py');
      check(
        code === 1 && /ValueError: smoke/.test(answer.run?.error?.message ?? ''),
        JSON.stringify(answer.run?.error ?? answer),
      );
    });
    await step('a job is cancelled', async () => {
      const { run } = await ok(...train, '--algorithm', 'linear', '--detach');
      const { run: after } = await ok('runs', 'cancel', run.id);
      check(after.status === 'cancelled', after.status);
    });
    await step('endpoint, with the same answers as on this machine', async () => {
      await ok('deploy', 'penguins', '--name', 'there', ...cloud.deploy(options));
      await ok('deploy', 'penguins', '--name', 'here', '--provider', 'local');
      const row = ['--row', JSON.stringify(ROW)];
      const [one, other] = [await ok('invoke', 'there', ...row), await ok('invoke', 'here', ...row)];
      check(
        isSameAnswer(one.predictions[0], other.predictions[0]),
        `${JSON.stringify(one.predictions)} / ${JSON.stringify(other.predictions)}`,
      );
      await ok('endpoints', 'remove', 'here');
    });
    await step('captured requests come back', async () => {
      for (const end = Date.now() + FIGURES_MS; ;) {
        const { requests } = await ok('monitor', 'there');
        if (requests === 1) return;
        check(
          Date.now() < end,
          `After ${FIGURES_MS / 60_000} minutes ${requests} requests were captured, not 1.`,
        );
        await sleep(2000);
      }
    });
  } catch (error) {
    failed = true;
    console.error(`✗ ${error instanceof Stop ? error.message : error.stack}`);
  } finally {
    if (connected && !(await cleaned())) failed = true;
    fs.rmSync(base, { recursive: true, force: true, maxRetries: 5 });
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
  console.log(
    failed
      ? '\nIt did not pass.'
      : `\nAll passed in ${((Date.now() - started) / 60_000).toFixed(1)} minutes.`,
  );
  return failed ? 1 : 0;

  /** Deletes all that was made, and asks the cloud itself what is left. */
  async function cleaned() {
    interrupted = false;
    try {
      const { endpoints } = await ok('endpoints', 'list');
      for (const { name } of endpoints) await ok('endpoints', 'remove', name);
      await ok('resources', 'remove', '--all');
    } catch (error) {
      console.error(`✗ clean-up: ${error.message}`);
    }
    const left = await cloud.leftovers({
      project,
      settings: path.join(folder, 'ml.yaml'),
      profile: options.profile,
    });
    if (left.length === 0) {
      console.log(`✓ clean-up: ${cloud.owner} lists nothing of this project any more`);
      return true;
    }
    console.error(`✗ LEFT IN THE ACCOUNT, delete it by hand:\n${left.map((one) => `  ${one}`).join('\n')}`);
    return false;
  }
}

/** USD per hour, from the cloud's price list, or as it was given. */
async function priceOf(ok, provider, options) {
  if (options.price !== undefined) return { train: Number(options.price), endpoint: Number(options.price) };
  const found = {};
  for (const use of ['train', 'endpoint']) {
    const { machines } = await ok('machines', '--provider', provider, '--for', use);
    found[use] = machines.find((one) => one.type === options.machine)?.price;
    check(
      found[use] !== undefined,
      `The price of ${options.machine} is not known, so no cap can be held. Give it with --price.`,
    );
  }
  return found;
}
