import { setTimeout as sleep } from 'node:timers/promises';
import type { Chunk } from '../core/provider';
import type { Cli } from './context';

const PAUSE_MS = 500;

/** Prints a log as far as it goes, by as many calls as that takes; and what comes on, for as long as `goesOn` says so. */
export async function printLog(
  cli: Cli,
  read: (cursor?: string) => Promise<Chunk<string>>,
  goesOn: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<void> {
  const { json, signal } = cli.terminal;
  const lines: string[] = [];
  for (let cursor: string | undefined, last = false; !last;) {
    last = !(await goesOn());
    for (;;) {
      const chunk = await read(cursor);
      ({ cursor } = chunk);
      if (chunk.items.length === 0) break;
      if (!json) process.stdout.write(`${chunk.items.join('\n')}\n`);
      else for (const line of chunk.items) lines.push(line);
    }
    if (signal.aborted) break;
    if (!last) await sleep(PAUSE_MS);
  }
  cli.terminal.answer({ lines }, '');
}
