import path from 'node:path';
import { type ErrorData, systemCode } from '../../core/errors';
import { readText } from '../../core/files';
import { JOB_FAILURE } from '../../core/schemas';
import type { JobPaths, JobRecord, Order } from './job';
import { lastLines } from './log';

const SELECT = { title: 'Select Interpreter', command: 'mll.python.select' };

/** How the job's process ended, as the run's status and, where it failed, the reason in words. */
export async function wordEnding(
  paths: JobPaths,
  order: Order,
  ended: { code: number | null; signal: NodeJS.Signals | null; startError?: unknown },
  logFailure: unknown,
): Promise<Pick<JobRecord, 'status' | 'error'>> {
  if (ended.startError !== undefined) {
    return { status: 'failed', error: wordStart(order.python, ended.startError) };
  }
  if (ended.code === 0) return { status: 'completed' };
  const said = await failureFile(paths);
  if (said) return { status: 'failed', error: said };
  const last = await lastLines(paths.run, 5);
  const tail = last.length === 0 ? '' : ` The last lines of its log: ${last.join(' ⏎ ').slice(-1000)}`;
  if (
    systemCode(logFailure) === 'ENOSPC' ||
    last.some((line) => /No space left on device|Errno 28/.test(line))
  ) {
    return {
      status: 'failed',
      error: {
        kind: 'quota',
        message: `The job failed because the disk is full.${tail}`,
        fix: 'Free some space on this disk, then run it again.',
      },
    };
  }
  return { status: 'failed', error: { ...wordExit(ended.code, ended.signal), ...withTail(ended, tail) } };
}

function withTail(
  ended: { code: number | null; signal: NodeJS.Signals | null },
  tail: string,
): Pick<ErrorData, 'message'> {
  return { message: wordExit(ended.code, ended.signal).message + tail };
}

async function failureFile(paths: JobPaths): Promise<ErrorData | undefined> {
  const text = await readText(path.join(paths.out, 'failure.json'));
  if (text === undefined) return undefined;
  try {
    const { kind, message, fix } = JOB_FAILURE.parse(JSON.parse(text));
    return { kind, message, ...(fix === undefined || fix === null ? {} : { fix }) };
  } catch {
    return undefined;
  }
}

function wordStart(python: string, error: unknown): ErrorData {
  const reason =
    systemCode(error) === 'ENOENT'
      ? 'it is not there'
      : systemCode(error) === 'EACCES'
        ? 'it may not be executed'
        : String(error);
  return {
    kind: 'notFound',
    message: `Python could not be started: ${python}: ${reason}.`,
    fix: 'Select another interpreter, or create the managed environment.',
    actions: [SELECT, { title: 'Create Environment', command: 'mll.python.create' }],
  };
}

function wordExit(code: number | null, signal: NodeJS.Signals | null): ErrorData {
  if (signal === 'SIGKILL' || code === 137) {
    return {
      kind: 'unavailable',
      message: 'The job was killed by the system; most often that means that the memory did not suffice.',
      fix: 'Use less data or a smaller model, or close other programs, then run it again.',
    };
  }
  if (signal !== null) {
    return {
      kind: 'unavailable',
      message: `The job was ended by the signal ${signal}.`,
      fix:
        signal === 'SIGSEGV' || signal === 'SIGABRT' || signal === 'SIGBUS' || signal === 'SIGILL'
          ? 'A library crashed: see the log; a fresh Python environment often helps.'
          : 'Run it again if that was not meant.',
    };
  }
  return {
    kind: 'invalid',
    message: `The job's process ended with exit code ${code ?? 'unknown'} without saying why.`,
    fix: 'See the log for the cause.',
  };
}
