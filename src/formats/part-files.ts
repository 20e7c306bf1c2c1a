import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { systemCode, UserError } from '../core/errors';
import type { FileState } from '../core/table';
import { splitPattern } from './paths';

/** More files than this are a folder that was opened by mistake. */
const MOST_FILES = 100_000;
/** Files that are asked for their state at a time. */
const AT_ONCE = 64;

/** One of the files that are a table together. */
export interface PartFile {
  /** Absolute. */
  readonly path: string;
  /** Below the folder, with forward slashes. */
  readonly name: string;
  readonly bytes: number;
  /** Nanoseconds since 1970, as text. */
  readonly modified: string;
}

/** The files of a folder, or those that a glob names, in the order of their names (`part-2` before `part-10`). */
export interface PartFiles {
  /** Absolute: the folder, or the part of a glob before its first wildcard. */
  readonly root: string;
  /** What a person calls it. */
  readonly name: string;
  readonly files: readonly PartFile[];
  /** Names that begin with `.` or `_`, in which programs keep notes of their own (`_SUCCESS`): no data. */
  readonly notData: readonly string[];
}

const NOT_DATA = /^[._]/;
const order = new Intl.Collator('en', { numeric: true });

/** Whether a path names many files: a folder, or a glob. */
export async function isMany(given: string): Promise<boolean> {
  if (splitPattern(given)) return true;
  const found = await stat(given).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** The part of a path before its wildcards; a path without any as it is. */
export function beforeWildcards(given: string): string {
  return splitPattern(given)?.root ?? given;
}

/** All files that a folder or glob names, or those of `only`. A UserError when there is none, or far too many. */
export async function partFiles(
  given: string,
  signal?: AbortSignal,
  only?: readonly string[],
): Promise<PartFiles> {
  const wanted = only && new Set(only);
  const wild = splitPattern(given);
  const root = wild?.root ?? path.resolve(given);
  const name = path.basename(given.replaceAll('\\', '/')) || root;
  const all = await listed(root, wild?.pattern ?? '**/*', signal);
  const names = wanted ? all.filter((one) => wanted.has(one)) : all;
  if (names.length > MOST_FILES) {
    throw new UserError('unsupported', `${name} holds more than ${MOST_FILES} files.`, {
      fix: 'Open a folder further down, or name the files with a pattern such as sales/2024-*.csv.',
    });
  }
  const files: PartFile[] = [];
  const notData: string[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    signal?.throwIfAborted();
    await Promise.all(
      names.slice(at, at + AT_ONCE).map(async (one) => {
        // A folder of a partition may begin so, what a person wrote into a pattern is meant.
        const aside =
          wild === undefined && one.split('/').some((part) => NOT_DATA.test(part) && !part.includes('='));
        if (aside) notData.push(one);
        else {
          const file = path.join(root, one);
          const found = await stat(file, { bigint: true }).catch(() => undefined);
          // It may have been deleted meanwhile.
          if (found?.isFile())
            files.push({ path: file, name: one, bytes: Number(found.size), modified: String(found.mtimeNs) });
        }
      }),
    );
  }
  if (files.length === 0) throw nothing(name, wild === undefined ? undefined : given);
  const byName = (a: string, b: string): number => order.compare(a, b) || (a < b ? -1 : 1);
  return {
    root,
    name,
    files: files.sort((a, b) => byName(a.name, b.name)),
    notData: notData.sort(byName),
  };
}

async function listed(root: string, pattern: string, signal?: AbortSignal): Promise<string[]> {
  try {
    await stat(root);
    return await glob(pattern, {
      cwd: root,
      dot: true,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) signal.throwIfAborted();
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new UserError('notFound', `There is no folder ${root}.`, {
        fix: 'Check the path.',
        cause: error,
      });
    if (code === 'EACCES' || code === 'EPERM')
      throw new UserError('permission', `${path.basename(root)} may not be read by you.`, {
        fix: 'Ask for read permission on the folder, or copy it to a folder of your own.',
        cause: error,
      });
    throw error;
  }
}

/** `glob`: as it was given. */
function nothing(name: string, glob: string | undefined): UserError {
  return glob === undefined
    ? new UserError('notFound', `The folder ${name} holds no file.`, {
        fix: 'Open a folder with table files in it, or below it.',
      })
    : new UserError('notFound', `No file is named by ${glob}.`, {
        fix: 'Check the pattern: * stands for any part of a name, ** for any folders, ? for one character.',
      });
}

/** The files as they are now: another one, one that is gone or one that changed makes it another. */
export function stateOfParts({ files }: PartFiles): FileState {
  const hash = createHash('sha256');
  for (const { name, bytes, modified } of files) hash.update(`${name}\0${bytes}\0${modified}\0`);
  return { bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), modified: hash.digest('hex') };
}
