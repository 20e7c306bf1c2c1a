import type { ColumnProfile, Profile } from '../../src/protocol';

/** A profile as it comes, part by part: first of a sample, then of all rows. */
export interface ProfileParts {
  readonly sample: Profile | undefined;
  readonly all: Profile | undefined;
}

export const NO_PARTS: ProfileParts = { sample: undefined, all: undefined };

/** With a further part, which holds columns that are new. */
export function withPart(parts: ProfileParts, part: Profile): ProfileParts {
  const before = part.exact ? parts.all : parts.sample;
  const whole = { ...part, columns: [...(before?.columns ?? []), ...part.columns] };
  return part.exact ? { ...parts, all: whole } : { ...parts, sample: whole };
}

/** A column's statistics with the rows that they are of: all, or until those are there the sample's. */
export function partOf(
  { sample, all }: ProfileParts,
  name: string | undefined,
): { readonly column: ColumnProfile; readonly rows: number; readonly exact: boolean } | undefined {
  for (const profile of [all, sample]) {
    const column = profile?.columns.find((one) => one.name === name);
    // In a sample even what was counted is an estimate.
    if (profile && column) {
      return {
        column: profile.exact ? column : { ...column, distinctExact: false, quantilesExact: false },
        rows: profile.rows,
        exact: profile.exact,
      };
    }
  }
  return undefined;
}
