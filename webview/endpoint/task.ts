import type { ErrorData } from '../../src/protocol';
import { errorData, wasCancelled } from '../shared/error';
import type { Task } from './context';

/** A task that does one thing at a time; a second start while one runs is ignored. */
export function task(redraw: () => void): Task {
  let busy: string | undefined;
  let failure: ErrorData | undefined;
  let abort: AbortController | undefined;
  return {
    get busy() {
      return busy;
    },
    get failure() {
      return failure;
    },
    run(text, work) {
      if (busy !== undefined) return;
      busy = text;
      failure = undefined;
      abort = new AbortController();
      const { signal } = abort;
      redraw();
      work(signal, (now) => {
        busy = now;
        redraw();
      })
        .catch((error: unknown) => {
          if (!wasCancelled(error)) failure = errorData(error);
        })
        .finally(() => {
          busy = undefined;
          redraw();
        });
    },
    cancel() {
      abort?.abort();
    },
    dismiss() {
      failure = undefined;
      redraw();
    },
  };
}
