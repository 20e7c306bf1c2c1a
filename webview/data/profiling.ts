import type { DataViewApi, Profile } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { NO_PARTS, type ProfileParts, withPart } from '../shared/profile-parts';

export interface Profiling {
  readonly parts: ProfileParts;
  /** Undefined until all columns are summed up. */
  readonly profile: Profile | undefined;
  forget(): void;
  /** Begins at once, so that it goes through the rows together with a scan; resolves when all is there. */
  ask(signal: AbortSignal): Promise<void>;
}

/** The columns' statistics, shown part by part as they come. */
export function createProfiling(
  host: Pick<Connection<DataViewApi>, 'call'>,
  onChange: () => void,
): Profiling {
  let parts = NO_PARTS;
  let profile: Profile | undefined;
  return {
    get parts() {
      return parts;
    },
    get profile() {
      return profile;
    },
    forget() {
      parts = NO_PARTS;
      profile = undefined;
    },
    async ask(signal) {
      const all = await host.call(
        'profile',
        {},
        {
          signal,
          onProgress(value) {
            parts = withPart(parts, value as Profile);
            onChange();
          },
        },
      );
      profile = all;
      parts = { sample: undefined, all };
      onChange();
    },
  };
}
