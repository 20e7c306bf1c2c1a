import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { Jobs } from '../../src/core/provider';
import { createJobs } from '../../src/providers/local/jobs';
import { jobPaths, queueFile, readRecord, readSupervisor } from '../../src/providers/local/job';
import { identify, isRunning } from '../../src/providers/local/process';
import { allLogs, jobsContract, settled, spec } from './jobs.contract';
import { BUNDLE, makeRig, type Rig } from './local.rig';
import { killNow } from '../kill';

jobsContract('this machine', async () => {
  const rig = await makeRig();
  return {
    jobs: createJobs(rig.paths, rig.host),
    folder: rig.paths.root,
    dispose: () => rig.dispose(),
  };
});

async function readWhenThere(file: string): Promise<string> {
  for (;;) {
    const text = await fs.readFile(file, 'utf8').catch(() => undefined);
    // It is made before it is written.
    if (text !== undefined && text !== '') return text;
    await sleep(20);
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) while (await identify(pid)) await sleep(20);
}

describe('local jobs', () => {
  let rig: Rig;
  let jobs: Jobs;
  let data: string;
  beforeAll(async () => {
    rig = await makeRig();
    jobs = createJobs(rig.paths, rig.host);
    data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a\n1\n');
  });
  afterAll(() => rig.dispose());

  test('cancel ends the whole family, deaf and orphaned children among it', async () => {
    await jobs.submit(spec('family', data, { do: 'family' }), 'family');
    const pids = JSON.parse(
      await readWhenThere(path.join(jobPaths(rig.paths, 'family').out, 'pids.json')),
    ) as number[];
    expect(pids).toHaveLength(4);
    for (const pid of pids) expect(await identify(pid)).toBeDefined();
    await jobs.cancel('family');
    expect((await settled(jobs, 'family')).status).toBe('cancelled');
    for (const pid of pids) expect(await identify(pid)).toBeUndefined();
  });

  test('what a job leaves running ends with it', async () => {
    await jobs.submit(spec('leftover', data, { do: 'family', then: 'exit' }), 'leftover');
    expect((await settled(jobs, 'leftover')).status).toBe('completed');
    const out = jobPaths(rig.paths, 'leftover').out;
    const pids = JSON.parse(await fs.readFile(path.join(out, 'pids.json'), 'utf8')) as number[];
    for (const pid of pids) expect(await identify(pid)).toBeUndefined();
  });

  test('a killed supervisor is noticed, and its job ended', async () => {
    await jobs.submit(spec('orphan', data, { do: 'wait', until: '/never' }), 'orphan');
    await settled(jobs, 'orphan', (state) => state.stage === 'waiting for the test');
    const paths = jobPaths(rig.paths, 'orphan');
    const supervisor = await readSupervisor(paths);
    const record = await readRecord(paths);
    if (!supervisor || !record?.job) throw new Error('The supervisor did not say who it is.');
    expect(record.supervisor).toEqual(supervisor);
    killNow(supervisor.pid);
    await untilGone([supervisor.pid]);
    const state = await jobs.get('orphan');
    expect(state.status).toBe('failed');
    expect(state.error?.message).toMatch(/ended from outside/);
    expect(await isRunning(record.job)).toBe(false);
  });

  test('a killed job is told by its supervisor', async () => {
    await jobs.submit(spec('shot', data, { do: 'wait', until: '/never' }), 'shot');
    const pid = Number(await readWhenThere(path.join(jobPaths(rig.paths, 'shot').out, 'started')));
    killNow(pid);
    const state = await settled(jobs, 'shot');
    expect(state.status).toBe('failed');
    expect(state.error?.message).toMatch(/killed by the system/);
  });

  test('a reused process id is not mistaken for the supervisor', async () => {
    const paths = jobPaths(rig.paths, 'reused');
    await fs.mkdir(paths.run, { recursive: true });
    await fs.writeFile(paths.order, '{}');
    const stranger = { pid: process.pid, started: 'long ago' };
    await fs.writeFile(
      paths.state,
      JSON.stringify({ status: 'running', supervisor: stranger, job: stranger }),
    );
    expect((await jobs.get('reused')).status).toBe('failed');
  });

  test('metrics behind a progress bar without line ends', async () => {
    await jobs.submit(spec('bar', data, { do: 'bar' }), 'bar');
    expect((await settled(jobs, 'bar')).status).toBe('completed');
    const { items } = await jobs.metrics('bar');
    expect(items.map(({ step, value }) => [step, value])).toEqual([
      [0, 1],
      [1, 0.5],
      [2, 1 / 3],
    ]);
    expect(await allLogs(jobs, 'bar')).toEqual(['0 of 3', '1 of 3', '2 of 3']);
  });

  test('a million lines: beginning and end are kept, the middle is counted', async () => {
    await jobs.submit(spec('lines', data, { do: 'lines', count: 1_000_000 }), 'lines');
    expect((await settled(jobs, 'lines')).status).toBe('completed');
    const lines = await allLogs(jobs, 'lines');
    expect(lines[0]).toBe('line 0 of the long log of a script');
    expect(lines.at(-1)).toBe('line 999999 of the long log of a script');
    const cuts = lines.flatMap((line, index) => (line.startsWith('[…') ? [index] : []));
    expect(cuts).toHaveLength(1);
    const [cut = 0] = cuts;
    const numberOf = (line: string | undefined): number => Number(/^line (\d+) /.exec(line ?? '')?.[1]);
    const before = numberOf(lines[cut - 1]);
    const after = numberOf(lines[cut + 1]);
    expect(before).toBe(cut - 1);
    expect(lines.length - 1 - cut).toBe(1_000_000 - after);
    const left = Number(/([\d,]+) bytes/.exec(lines[cut] ?? '')?.[1]?.replaceAll(',', ''));
    const bytes = (from: number, to: number): number =>
      Array.from(
        { length: to - from },
        (_, n) => `line ${from + n} of the long log of a script\n`.length,
      ).reduce((a, b) => a + b, 0);
    expect(left).toBe(bytes(before + 1, after));
    const sizes = await Promise.all(
      (await fs.readdir(jobPaths(rig.paths, 'lines').run))
        .filter((name) => name.startsWith('log'))
        .map(async (name) => (await fs.stat(path.join(jobPaths(rig.paths, 'lines').run, name))).size),
    );
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  test('the job sees its folder, its inputs and code, and nothing of the editor', async () => {
    const script = path.join(rig.paths.root, 'scripts');
    await fs.mkdir(path.join(script, 'lib'), { recursive: true });
    await fs.mkdir(path.join(script, '.git'));
    await fs.writeFile(path.join(script, 'train.py'), 'import lib.more\n');
    await fs.writeFile(path.join(script, 'lib', 'more.py'), '');
    await fs.writeFile(path.join(script, '.git', 'config'), '');
    process.env.VSCODE_TEST_LEAK = 'x';
    const one = spec('facts', data, {
      do: 'facts',
      environment: 'ELECTRON_RUN_AS_NODE VSCODE_TEST_LEAK PYTHONUNBUFFERED MLL_RUN',
    });
    try {
      await jobs.submit({ ...one, codeFolder: script, file: { ...one.file, script: 'train.py' } }, 'facts');
    } finally {
      Reflect.deleteProperty(process.env, 'VSCODE_TEST_LEAK');
    }
    const state = await settled(jobs, 'facts');
    const facts = JSON.parse(
      await fs.readFile(path.join(state.outputs ?? '', 'facts.json'), 'utf8'),
    ) as unknown;
    expect(facts).toEqual({
      cwd: jobPaths(rig.paths, 'facts').job,
      environment: {
        ELECTRON_RUN_AS_NODE: null,
        VSCODE_TEST_LEAK: null,
        PYTHONUNBUFFERED: '1',
        MLL_RUN: 'facts',
      },
      code: ['code/lib/more.py', 'code/train.py'],
      inputs: ['in/data/data.csv'],
      job: {
        job: 1,
        id: 'facts',
        kind: 'train',
        params: {
          do: 'facts',
          environment: 'ELECTRON_RUN_AS_NODE VSCODE_TEST_LEAK PYTHONUNBUFFERED MLL_RUN',
        },
        script: 'train.py',
        provenance: { run: 'facts', dirty: false, created: '2026-11-23T13:12:00.000Z' },
        inputs: { data: { path: 'in/data/data.csv', read: 'SELECT * FROM read_csv({path})' } },
      },
    });
  });

  test('the files of a glob come in the order of their names', async () => {
    const many = path.join(rig.paths.root, 'viele');
    await fs.mkdir(many);
    for (const name of ['b.csv', 'a.csv', 'c.txt']) await fs.writeFile(path.join(many, name), name);
    await jobs.submit(spec('glob', path.join(many, '*.csv'), { do: 'facts', environment: '' }), 'glob');
    const state = await settled(jobs, 'glob');
    const facts: unknown = JSON.parse(
      await fs.readFile(path.join(state.outputs ?? '', 'facts.json'), 'utf8'),
    );
    expect(facts).toMatchObject({
      inputs: ['in/data/000000.csv', 'in/data/000001.csv'],
      job: { inputs: { data: { path: 'in/data/*.csv' } } },
    });
  });

  test('a full disk under the log does not end the job', async () => {
    const paths = jobPaths(rig.paths, 'full');
    await fs.mkdir(paths.run, { recursive: true });
    await fs.symlink('/dev/full', path.join(paths.run, 'log.txt'));
    await jobs.submit(spec('full', data, { do: 'succeed' }), 'full');
    expect((await settled(jobs, 'full')).status).toBe('completed');
  });

  test('a job outlives who started it, killed without warning', async () => {
    const go = path.join(rig.paths.root, 'outlive.go');
    const starter = path.join(rig.paths.root, 'starter.mjs');
    await build({
      stdin: {
        contents: `
          import { createJobs } from './src/providers/local/jobs';
          const { paths, host, spec } = JSON.parse(process.argv[2]);
          await createJobs(paths, { ...host, now: () => new Date(), log() {} }).submit(spec, 'outlive');
          console.log('submitted');
          setInterval(() => undefined, 1000);`,
        resolveDir: path.resolve(import.meta.dirname, '../..'),
        loader: 'ts',
      },
      outfile: starter,
      ...BUNDLE,
    });
    const { pythonFolder, supervisorScript, stateFolder } = rig.host;
    const order = {
      paths: rig.paths,
      host: { pythonFolder, supervisorScript, stateFolder },
      spec: spec('outlive', data, { do: 'wait', until: go }),
    };
    const child = spawn(process.execPath, [starter, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Seen once to wait without end, for a reason that is not known: what it waits for is told then.
    onTestFailed(async () => {
      const paths = jobPaths(rig.paths, 'outlive');
      const told = [paths.supervisorLog, queueFile(rig.paths.ml)].map((file) =>
        fs.readFile(file, 'utf8').catch(() => 'none'),
      );
      const state = await jobs.get('outlive').catch((error: unknown) => String(error));
      console.error('starter', child.exitCode, child.signalCode, state, ...(await Promise.all(told)));
    });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('The starter ended by itself.')));
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    child.kill('SIGKILL');
    await ended.catch(() => undefined);
    await settled(jobs, 'outlive', (state) => state.stage === 'waiting for the test');
    await fs.writeFile(go, '');
    expect((await settled(jobs, 'outlive')).status).toBe('completed');
  });

  test('a moved project keeps its jobs', async () => {
    const moved = await makeRig();
    try {
      const there = createJobs(moved.paths, moved.host);
      await fs.writeFile(path.join(moved.paths.root, 'd.csv'), 'a\n1\n');
      await there.submit(spec('one', path.join(moved.paths.root, 'd.csv'), { do: 'succeed' }), 'one');
      await settled(there, 'one');
      const root = `${moved.paths.root} anderswo`;
      await fs.rename(moved.paths.root, root);
      const after = createJobs({ root, ml: path.join(root, '.ml') }, moved.host);
      expect((await after.get('one')).outputs).toBe(path.join(root, '.ml', 'runs', 'one', 'job', 'out'));
      expect(await allLogs(after, 'one')).toHaveLength(6);
    } finally {
      await moved.dispose();
    }
  });
});

describe('the queue', () => {
  let rig: Rig;
  let jobs: Jobs;
  beforeAll(async () => {
    rig = await makeRig({}, { parallelJobs: 2 });
    jobs = createJobs(rig.paths, rig.host);
    await fs.writeFile(path.join(rig.paths.root, 'data.csv'), 'a\n1\n');
  });
  afterAll(() => rig.dispose());

  test('keeps the limit, in the order of arrival; cancelled and killed jobs make room', async () => {
    const data = path.join(rig.paths.root, 'data.csv');
    const go = (id: string): string => path.join(rig.paths.root, `${id}.go`);
    const stage = (id: string, text: string): Promise<unknown> =>
      settled(jobs, id, (state) => state.stage === text);
    for (const id of ['a', 'b']) {
      await jobs.submit(spec(id, data, { do: 'wait', until: go(id) }), id);
      await stage(id, 'waiting for the test');
    }
    await jobs.submit(spec('c', data, { do: 'wait', until: go('c') }), 'c');
    await stage('c', 'waiting for 1 other job');
    await jobs.submit(spec('d', data, { do: 'wait', until: go('d') }), 'd');
    await stage('d', 'waiting for 2 other jobs');
    await jobs.submit(spec('e', data, { do: 'wait', until: go('e') }), 'e');
    await stage('e', 'waiting for 3 other jobs');

    // A cancelled one in the line moves the others up without starting.
    await jobs.cancel('c');
    expect(await settled(jobs, 'c')).toMatchObject({ status: 'cancelled' });
    await stage('d', 'waiting for 1 other job');
    expect((await jobs.get('c')).started).toBeUndefined();

    await fs.writeFile(go('a'), '');
    expect((await settled(jobs, 'a')).status).toBe('completed');
    await stage('d', 'waiting for the test');
    expect((await jobs.get('e')).status).toBe('queued');

    // The place of a supervisor that was killed is free again.
    const supervisor = await readSupervisor(jobPaths(rig.paths, 'b'));
    killNow(supervisor?.pid);
    await stage('e', 'waiting for the test');
    expect((await jobs.get('b')).status).toBe('failed');
    for (const id of ['d', 'e']) {
      await fs.writeFile(go(id), '');
      expect((await settled(jobs, id)).status).toBe('completed');
    }
  });
});
