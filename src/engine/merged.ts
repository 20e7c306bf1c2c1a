import type { Dialect, Reject } from '../core/table';

/** What a table of many files is beside the copy that holds all their rows. */
export interface Merged {
  /** How the files are read; null when they are no text. */
  readonly dialect: Dialect | null;
  /** How the copy is read, when it is delimited text. */
  readonly copied?: Dialect;
  /** Records that are no rows. */
  readonly rejected: number;
  /** The first of them. */
  readonly rejects: readonly Reject[];
  /** The files in the order of their rows, with the place of the first row of each. */
  readonly parts: readonly { readonly name: string; readonly from: number }[];
}

/** The files that rows at these places are from. */
export function filesAt({ parts }: Merged, places: readonly number[]): string[] {
  return places.map((place) => {
    let low = 0;
    let high = parts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      // Of files without rows the last one at a place has the row.
      if ((parts[middle]?.from ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return parts[low]?.name ?? '';
  });
}
