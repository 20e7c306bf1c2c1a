/**
 * Runs a task once for all who ask while it runs, and keeps what it gave. It is aborted when everyone who waits has
 * left; after a failure the next one who asks starts it again.
 */
export function share<T>(
  task: (signal: AbortSignal, progress: (value: unknown) => void) => Promise<T>,
): (signal?: AbortSignal, progress?: (value: unknown) => void) => Promise<T> {
  let running: { promise: Promise<T>; abort: AbortController; waiting: number } | undefined;
  const listeners = new Set<(value: unknown) => void>();

  return async (signal, progress) => {
    signal?.throwIfAborted();
    if (!running) {
      const abort = new AbortController();
      const promise = task(abort.signal, (value) => {
        for (const listener of listeners) listener(value);
      });
      const mine = { promise, abort, waiting: 0 };
      running = mine;
      promise.catch(() => {
        if (running === mine) running = undefined;
      });
    }
    const current = running;
    current.waiting += 1;
    if (progress) listeners.add(progress);
    try {
      return await new Promise<T>((resolve, reject) => {
        const leave = (): void => reject(new DOMException('Cancelled.', 'AbortError'));
        signal?.addEventListener('abort', leave, { once: true });
        current.promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave));
      });
    } finally {
      current.waiting -= 1;
      if (progress) listeners.delete(progress);
      if (current.waiting === 0 && signal?.aborted) {
        current.abort.abort();
        if (running === current) {
          // What has ended stays; what is being aborted must not be joined.
          const ended = await Promise.race([
            current.promise.then(
              () => true,
              () => false,
            ),
            Promise.resolve(false),
          ]);
          if (!ended) running = undefined;
        }
      }
    }
  };
}
