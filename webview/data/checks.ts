import type { CheckFinding, DataViewApi } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { saved } from './choice';

export interface Checks {
  /** undefined: not known yet. */
  readonly findings: readonly CheckFinding[] | undefined;
  /** The table that rows are looked for in. */
  readonly against: string | undefined;
  choose(target: string): void;
  chooseAgainst(): void;
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
  let against: string | undefined;
  const again = (): void => {
    work?.abort();
    work = findings = undefined;
    onChange();
  };
  return {
    get against() {
      return against;
    },
    choose(target) {
      saved.set({ target });
      again();
    },
    chooseAgainst() {
      host.call('chooseAgainst', {}).then((name) => {
        against = name;
        again();
      }, onError);
    },
    get findings() {
      return findings;
    },
    begin() {
      if (work) return;
      const mine = (work = new AbortController());
      const { target } = saved.get();
      host.call('checks', target === '' ? {} : { target }, { signal: mine.signal }).then(
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
      // Row numbers are of the file as it was.
      const { filter } = saved.get();
      if (filter.some(({ is }) => is === 'rows'))
        saved.set({ filter: filter.filter(({ is }) => is !== 'rows') });
    },
  };
}
