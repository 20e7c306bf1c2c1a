import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { toErrorData } from '../../core/errors';
import { remove } from '../../core/files';
import { without } from '../../core/objects';
import { placeInputs } from './inputs';
import {
  type JobPaths,
  jobPathsIn,
  type JobRecord,
  marker,
  ORDER,
  type Order,
  readJson,
  writeRecord,
} from './job';
import { writeLog } from './log';
import { readOutput, writeMetrics } from './output';
import { endTree, identify, type ProcessIdentity } from './process';
import { enter, leave } from './queue';
import { wordEnding } from './ending';

/*
 * The process that looks after one local job: it outlives the window that started it, and all it knows is on disk.
 * Called with the run's folder as its only argument.
 */

const CANCEL_POLL_MS = 150;
const STATE_EVERY_MS = 250;

/** Keeps `state.json` up to date; stages that come fast are written some of them only. */
function stateWriter(paths: JobPaths, first: JobRecord) {
  let record = first;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  const write = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const now = record;
    writing = writing
      .then(() => writeRecord(paths, now))
      .catch((error: unknown) => {
        console.error(toErrorData(error).message);
      });
    return writing;
  };
  return {
    get record() {
      return record;
    },
    async set(change: Partial<JobRecord>) {
      record = { ...record, ...change };
      await write();
    },
    later(change: Partial<JobRecord>) {
      record = { ...record, ...change };
      timer ??= setTimeout(() => void write(), STATE_EVERY_MS);
    },
    /** Tries once more after making room: without a last word the run would look as if it had been killed. */
    async last(final: JobRecord) {
      clearTimeout(timer);
      record = final;
      await writing;
      try {
        await writeRecord(paths, final);
      } catch {
        await remove(path.join(paths.job, 'in')).catch(() => undefined);
        await writeRecord(paths, final);
      }
    },
  };
}

function environment(order: Order): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    // What VS Code sets for its own children is nobody else's business.
    if (/^(ELECTRON_|VSCODE_|PYTHONDONTWRITEBYTECODE$|PYTHONHOME$|NODE_OPTIONS$)/.test(name)) continue;
    own[name] = value;
  }
  const before = own.PYTHONPATH;
  const [name = '', value = ''] = marker(order.runId).split('=');
  return {
    ...own,
    [name]: value,
    PYTHONPATH:
      before === undefined || before === ''
        ? order.pythonFolder
        : [order.pythonFolder, before].join(path.delimiter),
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
  };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly startError?: unknown;
}

async function main(folder: string): Promise<void> {
  const paths = jobPathsIn(folder);
  const order = await readJson(paths.order, ORDER);
  if (!order) throw new Error(`No order in ${folder}.`);
  const me = await identify(process.pid);
  const state = stateWriter(paths, { status: 'queued', ...(me ? { supervisor: me } : {}) });
  let shutDown: NodeJS.Signals | undefined;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => (shutDown = signal));
  const cancelled = (): boolean => existsSync(paths.cancel);
  const stop = (): boolean => shutDown !== undefined || cancelled();

  await state.set({});
  const final = await runJob(
    order,
    paths,
    state,
    me ?? { pid: process.pid, started: '' },
    stop,
    cancelled,
  ).catch((error: unknown): JobRecord => ({ ...state.record, status: 'failed', error: toErrorData(error) }));
  await state.last({ ...without(final, 'stage', 'progress'), ended: new Date().toISOString() });
  await leave(order.queue, order.runId).catch(() => undefined);
  // The data lies elsewhere; its copy is not needed any more.
  await remove(path.join(paths.job, 'in')).catch(() => undefined);
}

async function runJob(
  order: Order,
  paths: JobPaths,
  state: ReturnType<typeof stateWriter>,
  me: ProcessIdentity,
  stop: () => boolean,
  cancelled: () => boolean,
): Promise<JobRecord> {
  const stopped = (): JobRecord => ({
    ...state.record,
    ...(cancelled()
      ? { status: 'cancelled' }
      : {
          status: 'failed',
          error: { kind: 'unavailable', message: "The job's process was ended from outside." },
        }),
  });
  // Before the queue: the job gets the data as it was when it was submitted.
  await placeInputs(order.inputs, paths.job, stop);
  const place = await enter(
    order.queue,
    order.runId,
    me,
    order.parallelJobs,
    (ahead) =>
      state.set({ stage: ahead === 1 ? 'waiting for 1 other job' : `waiting for ${ahead} other jobs` }),
    stop,
  );
  if (!place) return stopped();
  await state.set({ status: 'starting', stage: 'starting Python', started: new Date().toISOString() });

  const log = writeLog(paths.run);
  for (const line of order.said) log.write(Buffer.from(`${line}\n`));
  const metrics = writeMetrics(paths.metrics);
  const says = {
    stage: (stage: string, progress: number | undefined) =>
      state.later({ stage, ...(progress === undefined ? {} : { progress }) }),
  };
  // -P: in the job's folder `code/` could be taken for Python's module of that name.
  const child = spawn(order.python, ['-P', '-m', 'ml_lifecycle', 'job.json'], {
    cwd: paths.job,
    env: environment(order),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    const reader = readOutput(log, metrics, says);
    stream.on('data', (bytes: Buffer) => reader.read(bytes));
    stream.on('end', () => reader.end());
  }
  const exited = new Promise<Ended>((resolve) => {
    child.once('error', (startError) => resolve({ code: null, signal: null, startError }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const job = child.pid === undefined ? undefined : await identify(child.pid);
  await state.set({ status: 'running', stage: 'starting', ...(job ? { job } : {}) });

  const poll = (): Promise<undefined> => sleep(CANCEL_POLL_MS, undefined);
  let over = await Promise.race([exited, poll()]);
  while (!over && !stop()) over = await Promise.race([exited, poll()]);
  // Asked to end, or ended by itself: either way nothing that it started stays behind.
  const identity = job ?? { pid: child.pid ?? 0, started: '' };
  if (!over) await endTree(identity, 5_000, marker(order.runId));
  const ended = await exited;
  await endTree(identity, 1_000, marker(order.runId));
  // A pipe that a lost child holds must not hold us.
  await Promise.race([closed, sleep(2_000)]);
  log.close();
  metrics.close();
  // What ended well in the very moment of a shut-down is kept; a cancelled job is cancelled.
  if (cancelled() || (stop() && ended.code !== 0)) return stopped();
  return { ...state.record, ...(await wordEnding(paths, order, ended, log.failure)) };
}

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('The folder of the run is missing.');
await main(folder);
process.exit(0);
