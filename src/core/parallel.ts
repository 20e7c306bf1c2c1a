import PQueue from 'p-queue';

/**
 * Does `work` for every item, so many at a time. The first failure ends the others by their signal and is thrown once all
 * of them have ended, so that nothing goes on behind the caller's back.
 */
export async function inParallel<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = new PQueue({ concurrency });
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  try {
    await queue.addAll(
      items.map((item) => async () => {
        either.throwIfAborted();
        await work(item, either);
      }),
    );
  } catch (error) {
    queue.clear();
    stop.abort();
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    await queue.onIdle();
  }
}
