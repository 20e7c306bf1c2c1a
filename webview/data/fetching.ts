import type { DataViewApi } from '../../src/protocol';
import type { Connection } from '../../src/rpc';

export interface Fetching {
  /** What of a table in a store is here; its rows are estimated from those. */
  readonly fetched: { readonly bytes: number; readonly requests: number; readonly total: number } | undefined;
  readonly busy: boolean;
  /** Asks again how much is here. */
  ask(): void;
  all(): void;
}

/** Of a table in a store: how much was fetched, and the rest on demand. */
export function createFetching(
  host: Connection<DataViewApi>,
  onChange: () => void,
  onError: (error: unknown) => void,
): Fetching {
  let fetched: Fetching['fetched'];
  let busy = false;
  return {
    get fetched() {
      return fetched;
    },
    get busy() {
      return busy;
    },
    ask() {
      host.call('fetched', {}).then(
        (now) => {
          fetched = now;
          onChange();
        },
        () => undefined,
      );
    },
    all() {
      busy = true;
      onChange();
      host
        .call('fetch', {})
        .catch(onError)
        .finally(() => {
          busy = false;
          onChange();
        });
    },
  };
}
