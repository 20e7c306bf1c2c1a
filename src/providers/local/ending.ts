import path from 'node:path';
import { type ErrorData, systemCode } from '../../core/errors';
import { readText } from '../../core/files';
import { JOB_FAILURE } from '../../core/schemas';
import type { JobPaths, JobRecord, Order } from './job';
import { lastLines } from './log';

/** What stands further up in the log is not what ended the job. */
const SEARCHED_LINES = 30;
const SHOWN_LINES = 5;

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
  if (said) return { status: 'failed', error: await withBetterFix(said) };
  const end = await lastLines(paths.run, SEARCHED_LINES);
  const last = end.slice(-SHOWN_LINES);
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
  const killed = ended.signal !== null || ended.code === 137;
  // A thousand patterns are loaded only where a job failed.
  const { specificFailure } = await import('../../core/explain/known');
  const known = killed ? undefined : specificFailure(end.join('\n'), 'local-python');
  if (known) {
    const message = `${exitOf(ended.code)}. ${known.message}${tail}`;
    return { status: 'failed', error: { kind: known.kind, message, fix: known.fix } };
  }
  const error = wordExit(ended.code, ended.signal);
  const explain = { title: 'Explain Failure…', command: 'mll.explain', args: [{ run: order.runId }] };
  return {
    status: 'failed',
    error: { ...error, message: error.message + tail, ...(killed ? {} : { actions: [explain] }) },
  };
}

/** The exception of the user's script is in the message; what to do about this one is better than "correct the script". */
async function withBetterFix(said: ErrorData): Promise<ErrorData> {
  const raised = /: (\w+(?:Error|Exception): .*)$/s.exec(said.message)?.[1];
  // Of a missing module the runtime itself says where to install it.
  if (said.kind !== 'invalid' || raised === undefined || raised.startsWith('ModuleNotFoundError'))
    return said;
  const { specificFailure } = await import('../../core/explain/known');
  const known = specificFailure(raised, 'local-python');
  return known ? { ...said, fix: [known.fix, said.fix].filter((one) => one !== undefined).join(' ') } : said;
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
    message: `${exitOf(code)} without saying why.`,
    fix: 'See the log for the cause.',
  };
}

function exitOf(code: number | null): string {
  return `The job's process ended with exit code ${code ?? 'unknown'}`;
}
