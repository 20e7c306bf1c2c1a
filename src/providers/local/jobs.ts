import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Host, ProjectPaths } from '../../core/api';
import { copyCode } from '../../core/code-files';
import { systemCode, UserError } from '../../core/errors';
import { fileError, fileExists, readText, remove, writeText } from '../../core/files';
import { without } from '../../core/objects';
import type { Jobs } from '../../core/provider';
import { currentPython } from '../../core/python';
import type { JobFile, JobSpec, JobState, MetricPoint } from '../../core/run';
import { readSettings } from '../../core/settings';
import { planInputs } from './inputs';
import {
  isFinal,
  type JobPaths,
  jobPaths,
  type JobRecord,
  marker,
  type Order,
  queueFile,
  readRecord,
  readSupervisor,
  writeRecord,
} from './job';
import { parseCursor, readBytes, readLog } from './log';
import { endTree, identify, isRunning, type ProcessIdentity } from './process';

/** Jobs at once when `ml.yaml` says nothing: a fit uses several cores by itself. */
const defaultParallel = (): number => (os.availableParallelism() >= 8 ? 2 : 1);
const BELIEVE_MS = 5_000;
const METRIC_BYTES = 2 * 1024 * 1024;

/** Jobs as detached processes of this machine; all their state is in the project's folder. */
export function createJobs(project: ProjectPaths, host: Host): Jobs {
  const seen = new Map<string, number>();
  /** On systems where the start of a process is dear to ask, a process id that lives is believed for a while. */
  async function seenRunning(one: ProcessIdentity): Promise<boolean> {
    const key = `${one.pid} ${one.started}`;
    const last = seen.get(key) ?? 0;
    if (process.platform !== 'linux' && Date.now() - last < BELIEVE_MS && pidExists(one.pid)) return true;
    const running = await isRunning(one);
    if (running) seen.set(key, Date.now());
    else seen.delete(key);
    return running;
  }

  async function submit(spec: JobSpec, runId: string, signal?: AbortSignal): Promise<void> {
    const paths = jobPaths(project, runId);
    if (await fileExists(paths.order)) return;
    // Before anything is written: without a complete Python there is no job.
    const python = await currentPython(project, host, signal);
    const settings = await readSettings(project);
    const { files, copies } = await planInputs(spec.inputs);
    const order: Omit<Order, 'said'> = {
      runId,
      python: python.path,
      pythonFolder: host.pythonFolder,
      queue: queueFile(project.ml),
      parallelJobs: settings.providers?.local?.parallelJobs ?? defaultParallel(),
      inputs: copies,
    };
    const file: JobFile = { ...spec.file, inputs: files };
    try {
      await fs.mkdir(paths.out, { recursive: true });
      const said =
        spec.codeFolder === undefined
          ? []
          : await copyCode(spec.codeFolder, path.join(paths.job, 'code'), spec.file.script, project.root);
      await writeText(path.join(paths.job, 'job.json'), `${JSON.stringify(file, null, 2)}\n`);
      signal?.throwIfAborted();
      // Made by one only: who comes second with the same run finds the job there.
      await fs.writeFile(paths.order, `${JSON.stringify({ ...order, said })}\n`, { flag: 'wx' });
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return;
      throw fileError(error, `write the job's folder ${paths.job}`);
    }
    try {
      await startSupervisor(host.supervisorScript, paths);
    } catch (error) {
      await remove(paths.order);
      throw error;
    }
  }

  async function get(runId: string): Promise<JobState> {
    const paths = jobPaths(project, runId);
    const record = await current(paths, runId);
    const outputs = isFinal(record) && (await fileExists(paths.out)) ? { outputs: paths.out } : {};
    return { ...without(record, 'supervisor', 'job'), ...outputs };
  }

  /** What the supervisor wrote; where it was ended from outside, that is written down in its place. */
  async function current(paths: JobPaths, runId: string): Promise<JobRecord> {
    if (!(await fileExists(paths.order))) {
      throw new UserError('notFound', `There is no job ${runId} on this machine.`, {
        fix: 'It was submitted from another machine, or its folder was cleaned.',
      });
    }
    const before = await readRecord(paths);
    if (before && isFinal(before)) return before;
    const supervisor = before?.supervisor ?? (await readSupervisor(paths));
    if (supervisor && (await seenRunning(supervisor)))
      return before ?? { status: 'queued', stage: 'starting' };
    // It may have written its last word between the two looks.
    const record = await readRecord(paths);
    if (record && isFinal(record)) return record;
    if (!supervisor && (await isFresh(paths.order))) return { status: 'queued', stage: 'starting' };
    if (record?.job) await endTree(record.job, 2_000, marker(runId));
    const said = ((await readText(paths.supervisorLog).catch(() => '')) ?? '').trim();
    const final: JobRecord = {
      ...(record === undefined ? {} : without(record, 'stage', 'progress')),
      status: (await fileExists(paths.cancel)) ? 'cancelled' : 'failed',
      ended: host.now().toISOString(),
      ...((await fileExists(paths.cancel))
        ? {}
        : {
            error: {
              kind: 'unavailable',
              message: `The job's process was ended from outside${said === '' ? '' : ` (${said.slice(-500)})`}.`,
              fix: 'The machine may have been shut down, or the process was killed. Run it again.',
              actions: [{ title: 'Run Again', command: 'mll.run.rerun', args: [runId] }],
            },
          }),
    };
    await writeRecord(paths, final).catch((error: unknown) => host.log(String(error)));
    return final;
  }

  async function cancel(runId: string): Promise<void> {
    const paths = jobPaths(project, runId);
    if (isFinal(await current(paths, runId))) return;
    await writeText(paths.cancel, '');
  }

  async function logs(runId: string, cursor?: string): ReturnType<Jobs['logs']> {
    const paths = jobPaths(project, runId);
    const record = await readRecord(paths);
    return readLog(paths.run, cursor, record !== undefined && isFinal(record));
  }

  async function metrics(runId: string, cursor?: string): ReturnType<Jobs['metrics']> {
    const from = parseCursor(cursor);
    const { metrics: file } = jobPaths(project, runId);
    const bytes = await readBytes(file, from, METRIC_BYTES);
    const end = (bytes?.lastIndexOf(10) ?? -1) + 1;
    if (bytes === undefined || end === 0) return { items: [], cursor: String(from) };
    const lines = bytes.subarray(0, end).toString('utf8').split('\n');
    const items = lines.filter((line) => line !== '').flatMap(toPoint);
    return { items, cursor: String(from + end) };
  }

  return { submit, get, cancel, logs, metrics };
}

function pidExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function toPoint(line: string): MetricPoint[] {
  try {
    const said: unknown = JSON.parse(line);
    if (typeof said !== 'object' || said === null) return [];
    if (!('name' in said && 'value' in said && 'step' in said && 'time' in said)) return [];
    // NaN and infinity are strings in the file.
    const value = said.value === null ? Number.NaN : Number(said.value);
    return [{ name: String(said.name), value, step: Number(said.step), time: Number(said.time) }];
  } catch {
    return [];
  }
}

/** Between the order and the first sign of life lies the start of a process. */
async function isFresh(order: string): Promise<boolean> {
  const stat = await fs.stat(order).catch(() => undefined);
  return stat !== undefined && Date.now() - stat.mtimeMs < 15_000;
}

async function startSupervisor(script: string, paths: JobPaths): Promise<void> {
  const log = await fs.open(paths.supervisorLog, 'a');
  try {
    const child = spawn(process.execPath, [script, paths.run], {
      cwd: paths.run,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
      // In VS Code the executable is Electron; this makes it a plain Node.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    await once(child, 'spawn');
    child.unref();
    const identity = child.pid === undefined ? undefined : await identify(child.pid);
    if (identity) await writeText(paths.supervisor, `${JSON.stringify(identity)}\n`);
  } catch (error) {
    throw fileError(error, 'start the job on this machine');
  } finally {
    await log.close();
  }
}
