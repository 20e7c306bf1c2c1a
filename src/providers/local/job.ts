import path from 'node:path';
import { z } from 'zod';
import type { ProjectPaths } from '../../core/api';
import { fileError, readText, writeText } from '../../core/files';
import { ERROR } from '../../core/schemas';
import { systemCode } from '../../core/errors';
import type { ProcessIdentity } from './process';

/** Where a local job keeps its things: all below `.ml/runs/<id>`, so that the project may move between two looks. */
export interface JobPaths {
  readonly run: string;
  /** The job's own folder: its working directory, with `job.json`, `in/`, `out/`, `code/`. */
  readonly job: string;
  readonly out: string;
  /** What the supervisor is to do ({@link Order}). */
  readonly order: string;
  /** What it knows ({@link JobRecord}). */
  readonly state: string;
  /** Who the supervisor is; written by who started it. */
  readonly supervisor: string;
  readonly supervisorLog: string;
  readonly metrics: string;
  /** There when the job is to end. */
  readonly cancel: string;
}

export function jobPaths(project: ProjectPaths, runId: string): JobPaths {
  return jobPathsIn(path.join(project.ml, 'runs', runId));
}

export function jobPathsIn(run: string): JobPaths {
  const job = path.join(run, 'job');
  return {
    run,
    job,
    out: path.join(job, 'out'),
    order: path.join(run, 'order.json'),
    state: path.join(run, 'state.json'),
    supervisor: path.join(run, 'supervisor.json'),
    supervisorLog: path.join(run, 'supervisor.log'),
    metrics: path.join(run, 'metrics.jsonl'),
    cancel: path.join(run, 'cancel'),
  };
}

/** The local jobs that wait or run, of one project. */
export const queueFile = (ml: string): string => path.join(ml, 'cache', 'queue.json');

/** What the supervisor is handed. */
export const ORDER = z.object({
  runId: z.string(),
  /** Absolute. */
  python: z.string(),
  pythonFolder: z.string(),
  queue: z.string(),
  /** Jobs of this project that may run at once. */
  parallelJobs: z.number().int().min(1),
  /** `to` is relative to the job folder. A file, a folder, or a glob (then `to` is the folder). */
  /** Lines that begin the log. */
  said: z.array(z.string()),
  inputs: z.array(z.object({ from: z.string(), to: z.string(), many: z.boolean() })),
});
export type Order = z.infer<typeof ORDER>;

const opt = z.exactOptional;
const IDENTITY: z.ZodType<ProcessIdentity> = z.object({
  pid: z.number().int().positive(),
  started: z.string(),
});
const RECORD = z.object({
  status: z.enum(['queued', 'starting', 'running', 'completed', 'failed', 'cancelled']),
  stage: opt(z.string()),
  progress: opt(z.number()),
  started: opt(z.string()),
  ended: opt(z.string()),
  error: opt(ERROR),
  supervisor: opt(IDENTITY),
  job: opt(IDENTITY),
});
/** `state.json`: written by the supervisor, and by a later reader when the supervisor was ended from outside. */
export type JobRecord = z.infer<typeof RECORD>;

export async function readRecord(paths: JobPaths): Promise<JobRecord | undefined> {
  return readJson(paths.state, RECORD);
}
export async function readSupervisor(paths: JobPaths): Promise<ProcessIdentity | undefined> {
  return readJson(paths.supervisor, IDENTITY);
}

export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    const checked = schema.safeParse(JSON.parse(text));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRecord(paths: JobPaths, record: JobRecord): Promise<void> {
  await writeText(paths.state, `${JSON.stringify(record)}\n`);
}

/** A file error in words that name the job's side. */
export function wordFileError(error: unknown, what: string): unknown {
  return systemCode(error) === undefined ? error : fileError(error, what);
}

/** True once the job has come to an end, however. */
export function isFinal(record: Pick<JobRecord, 'status'>): boolean {
  return record.status === 'completed' || record.status === 'failed' || record.status === 'cancelled';
}

/** The variable that marks all processes of a run. */
export const marker = (runId: string): string => `MLL_RUN=${runId}`;
