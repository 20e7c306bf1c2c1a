import { basename } from 'node:path';
import { isAbort, UserError } from '../core/errors';
import type { TableSource } from '../core/table';
import { innerName } from '../formats/compressed';
import type { PartFile } from '../formats/part-files';
import type { LeftOut, PartGroup } from '../formats/part-group';
import type { Merged } from './merged';
import type { Unpacked, UnpackOptions } from './unpack';

export interface MergeContext {
  readonly source: TableSource;
  readonly group: PartGroup;
  /** The folder that holds all the files. */
  readonly root: string;
  readonly options: UnpackOptions;
  readonly leftOut: LeftOut[];
  /** Bytes of the files that are done. */
  readonly tell: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

export interface MergedTable {
  readonly file: string;
  readonly read: 'csv' | 'jsonl' | 'parquet';
  readonly merged: Merged;
  readonly notes: readonly string[];
}

/** Unpacks one of the files. */
export type UnpackPart = (part: PartFile) => Promise<Unpacked>;

/** Files that are looked at together. */
const AT_ONCE = 16;

/** Runs a task over all files, some at a time; a file for which it fails with a UserError is left out. */
export async function eachPart<T>(
  files: readonly PartFile[],
  { leftOut, signal }: MergeContext,
  task: (file: PartFile) => Promise<T>,
): Promise<T[]> {
  const done: T[] = [];
  for (let at = 0; at < files.length; at += AT_ONCE) {
    signal?.throwIfAborted();
    await Promise.all(
      files.slice(at, at + AT_ONCE).map(async (file, place) => {
        try {
          done[at + place] = await task(file);
        } catch (error) {
          if (isAbort(error) || !(error instanceof UserError)) throw error;
          leftOut.push({ name: file.name, reason: reasonOf(error, file) });
        }
      }),
    );
  }
  // Those that are left out are holes, which no loop visits.
  return Object.values(done);
}

/** Without the file's name, so that one reason is said once for many files. */
export function reasonOf(error: UserError, { name }: PartFile): string {
  const own = basename(name);
  return error.message.replaceAll(own, 'it').replaceAll(innerName(own), 'it').replace(/\.$/, '');
}

/** What tells the names of a file's columns from those of the table; undefined when they are the same, in any order. */
export function otherColumns(names: readonly string[], wanted: readonly string[]): string | undefined {
  const [own, all] = [new Set(names), new Set(wanted)];
  const gone = wanted.filter((name) => !own.has(name));
  const more = names.filter((name) => !all.has(name));
  if (gone.length === 0 && more.length === 0) return undefined;
  const quoted = (some: readonly string[]): string =>
    `${some
      .slice(0, 5)
      .map((name) => `"${name.slice(0, 60)}"`)
      .join(', ')}${some.length > 5 ? ` and ${some.length - 5} more` : ''}`;
  return [
    ...(gone.length > 0 ? [`no column ${quoted(gone)}`] : []),
    ...(more.length > 0 ? [`a column ${quoted(more)}, which the others have not`] : []),
  ].join('; ');
}

/** A UserError when none of the files fits. */
export function noneFits({ leftOut }: MergeContext): UserError {
  const [first] = leftOut;
  return new UserError(
    'invalid',
    `None of the files can be read.${first ? ` ${first.name} is left out: ${first.reason}.` : ''}`,
    { fix: 'Open one of them by itself: it says what is wrong with it.' },
  );
}
