import type { CheckFinding, DataViewApi } from '../../src/protocol';
import type { Connection } from '../../src/rpc';

export interface Checks {
  /** undefined: not known yet. */
  readonly findings: readonly CheckFinding[] | undefined;
  /** Looks, unless it has or does. */
  begin(): void;
  /** The table is another one now. */
  forget(): void;
}

/** The data checks: made when their panel is open, once for each state of the table. */
export function createChecks(
  host: Connection<DataViewApi>,
  onChange: () => void,
  onError: (error: unknown) => void,
): Checks {
  let findings: readonly CheckFinding[] | undefined;
  let work: AbortController | undefined;
  return {
    get findings() {
      return findings;
    },
    begin() {
      if (work) return;
      const mine = (work = new AbortController());
      host.call('checks', {}, { signal: mine.signal }).then(
        (found) => {
          if (work !== mine) return;
          findings = found;
          onChange();
        },
        (error: unknown) => {
          if (work === mine) onError(error);
        },
      );
    },
    forget() {
      work?.abort();
      work = findings = undefined;
    },
  };
}
