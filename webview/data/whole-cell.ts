import type { CellRequest, DataViewApi, ErrorData, WholeCell } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { errorData, wasCancelled } from '../shared/error';

type Request = Omit<CellRequest, 'table'>;

/** Cells of which the page brings only the beginning, or that are bytes: the one that is looked at is fetched as a whole. */
export interface WholeCells {
  /** undefined: it is on its way. */
  of(request: Request): WholeCell | ErrorData | undefined;
  save(request: Request): void;
  /** The table is another one now. */
  forget(): void;
}

export const isWhole = (found: WholeCell | ErrorData): found is WholeCell => 'cell' in found;

export function createWholeCells(
  host: Connection<DataViewApi>,
  draw: () => void,
  onError: (error: unknown) => void,
): WholeCells {
  let wanted = '';
  let found: WholeCell | ErrorData | undefined;
  let work = new AbortController();
  function forget(): void {
    work.abort();
    wanted = '';
    found = undefined;
  }
  async function ask(request: Request): Promise<void> {
    const { signal } = (work = new AbortController());
    try {
      const cell = await host.call('cell', request, { signal });
      if (!signal.aborted) found = cell;
    } catch (error) {
      if (signal.aborted || wasCancelled(error)) return;
      found = errorData(error);
    }
    draw();
  }
  return {
    of(request) {
      const key = JSON.stringify(request);
      if (key !== wanted) {
        forget();
        wanted = key;
        void ask(request);
      }
      return found;
    },
    save(request) {
      host.call('saveCell', request).catch(onError);
    },
    forget,
  };
}
