import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { z } from 'zod';
import { withLock } from '../../core/manifests';
import { writeText } from '../../core/files';
import { readJson } from './job';
import { isRunning, type ProcessIdentity } from './process';

const ENTRY = z.object({
  run: z.string(),
  running: z.boolean(),
  process: z.object({ pid: z.number(), started: z.string() }),
});
const QUEUE = z.array(ENTRY);
type Entry = z.infer<typeof ENTRY>;

const POLL_MS = 250;
/** Waiting jobs look after those ahead of them that were killed, every so many polls (a look is dear on Windows). */
const PRUNE_EVERY = 8;

async function change(file: string, edit: (queue: Entry[]) => Entry[] | Promise<Entry[]>): Promise<Entry[]> {
  return withLock(path.dirname(file), 'queue the job', async () => {
    const before = (await readJson(file, QUEUE)) ?? [];
    const after = await edit(before);
    await writeText(file, `${JSON.stringify(after)}\n`);
    return after;
  });
}

async function alive(queue: readonly Entry[]): Promise<Entry[]> {
  const states = await Promise.all(queue.map((one) => isRunning(one.process)));
  return queue.filter((_, index) => states[index]);
}

/** Jobs ahead in the order of arrival that keep this one from running; 0: it may run. */
function ahead(queue: readonly Entry[], run: string, limit: number): number {
  const running = queue.filter((one) => one.running && one.run !== run).length;
  const waiting = queue.filter((one) => !one.running);
  const before = waiting.findIndex((one) => one.run === run);
  return Math.max(0, running + before - limit + 1);
}

/**
 * Waits for a place among the jobs of a project that may run at once, first come first served; places of processes that were
 * killed are free. `tell` hears how many jobs are ahead. Resolves false when `stop` said so. Give the place back with {@link leave}.
 */
export async function enter(
  file: string,
  run: string,
  me: ProcessIdentity,
  limit: number,
  tell: (ahead: number) => Promise<void>,
  stop: () => boolean,
): Promise<boolean> {
  let queue = await change(file, async (before) => [
    ...(await alive(before)).filter((one) => one.run !== run),
    { run, running: false, process: me },
  ]);
  let told = -1;
  for (let poll = 1; ; poll++) {
    if (stop()) {
      await leave(file, run);
      return false;
    }
    const before = ahead(queue, run, limit);
    if (before === 0) {
      queue = await change(file, async (now) => {
        const live = await alive(now);
        const free = ahead(live, run, limit) === 0;
        return live.map((one) => (one.run === run ? { ...one, running: free } : one));
      });
      if (queue.some((one) => one.run === run && one.running)) return true;
    } else if (before !== told) {
      told = before;
      await tell(before);
    }
    await sleep(POLL_MS);
    queue =
      poll % PRUNE_EVERY === 0
        ? await alive((await readJson(file, QUEUE)) ?? queue)
        : ((await readJson(file, QUEUE)) ?? queue);
    // Somebody deleted the file: line up again.
    if (!queue.some((one) => one.run === run)) {
      queue = await change(file, (now) => [...now, { run, running: false, process: me }]);
    }
  }
}

export async function leave(file: string, run: string): Promise<void> {
  await change(file, (queue) => queue.filter((one) => one.run !== run));
}
