import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import { UserError } from '../core/errors';

/** What every such child may answer in place of what it was asked for. */
export type ChildRefusal =
  | { readonly error: string }
  /** For a {@link UserError} of the kind `unsupported`. */
  | { readonly refused: string; readonly fix: string };

/** A process that reads a file for this one: what it does can be ended at any moment, and its memory is its own. */
export interface Reader<Answer> {
  next(): Promise<Exclude<Answer, ChildRefusal>>;
  ask(): void;
  end(): void;
}

/** Only the engine's process has the script that this needs. */
export function startReader<Answer extends object>(
  args: readonly string[],
  signal?: AbortSignal,
  execArgv: readonly string[] = process.execArgv,
): Reader<Answer> {
  const child: ChildProcess = fork(process.argv[1] ?? '', [...args], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [...execArgv],
  });
  const end = (): void => {
    child.kill('SIGKILL');
  };
  const stop = new AbortController();
  const ended = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  ended.addEventListener('abort', end, { once: true });
  child.once('exit', () => stop.abort(new Error('the process that reads it has ended')));
  const answers = on(child, 'message', { signal: ended });
  return {
    async next() {
      const answer = await answers.next().catch((error: unknown) => {
        throw signal?.aborted ? error : (stop.signal.reason as Error);
      });
      const [said] = answer.value as [Answer | ChildRefusal];
      if ('error' in said) throw new Error(said.error);
      if ('refused' in said) throw new UserError('unsupported', said.refused, { fix: said.fix });
      return said as Exclude<Answer, ChildRefusal>;
    },
    ask: () => {
      child.send('next');
    },
    end,
  };
}
