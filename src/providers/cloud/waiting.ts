import { setTimeout as sleep } from 'node:timers/promises';
import { isAbort } from '../../core/errors';

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Looks again and again, with longer and longer pauses, until `look` gives something. */
export async function until<T>(look: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
  for (let pause = FIRST_MS; ; pause = Math.min(pause * 1.3, LONGEST_MS)) {
    const found = await look();
    if (found !== undefined) return found;
    try {
      await sleep(pause, undefined, signal ? { signal } : {});
    } catch (error) {
      if (isAbort(error)) throw new DOMException('Cancelled.', 'AbortError');
      throw error;
    }
  }
}
