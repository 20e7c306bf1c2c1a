import { isUtf8 } from 'node:buffer';
import { constants, realpathSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { systemCode, UserError } from './errors';

/** A system error while reading or writing, in words; anything else is returned as it is. `what` is for example "write penguins.json". */
export function fileError(error: unknown, what: string): unknown {
  if (error instanceof UserError) return error;
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError('quota', `Could not ${what}: the disk is full.`, {
        fix: 'Free some space on this disk, then try again. What was there before is unchanged.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError('permission', `Could not ${what}: writing or reading is not permitted there.`, {
        fix: 'Check the permissions of the file and its folder, or whether the folder is read-only.',
        cause: error,
      });
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError('notFound', `Could not ${what}: the file or its folder is not there.`, {
        fix: 'Check whether it was moved, renamed or deleted.',
        cause: error,
      });
    case 'EISDIR':
      return new UserError('invalid', `Could not ${what}: it is a folder.`, {
        fix: 'Name a file.',
        cause: error,
      });
    case 'EMFILE':
    case 'ENFILE':
      return new UserError('unavailable', `Could not ${what}: too many files are open on this machine.`, {
        fix: 'Close other programs, then try again.',
        cause: error,
      });
    case 'ENAMETOOLONG':
      return new UserError('invalid', `Could not ${what}: the path is too long for this system.`, {
        fix: 'Use a shorter name, or a project folder nearer to the root.',
        cause: error,
      });
    default:
      return error;
  }
}

/** Writes text so that a crash leaves the old file or the new one; makes the folder. System errors come back as UserErrors. */
export async function writeText(file: string, text: string, mode?: number): Promise<void> {
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await writeFileAtomic(file, text, { encoding: 'utf8', ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    throw fileError(error, `write ${path.basename(file)} in ${path.dirname(file)}`);
  }
}

/** The file's text without a byte order mark, or undefined when there is none. What is not UTF-8 is a UserError: written back, its letters would be lost. */
export async function readText(file: string): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(file);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fileError(error, `read ${file}`);
  }
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/^\uFEFF/, '');
  throw new UserError('invalid', `${file} is not text in UTF-8.`, {
    fix: 'Open it with the encoding that it has, and save it as UTF-8.',
  });
}

/** The absolute path with all links followed, as far as it is there: one folder by two names gives one path. */
export function realPath(file: string): string {
  const absolute = path.resolve(file);
  try {
    return realpathSync.native(absolute);
  } catch {
    const parent = path.dirname(absolute);
    return parent === absolute ? absolute : path.join(realPath(parent), path.basename(absolute));
  }
}

export async function fileExists(file: string): Promise<boolean> {
  try {
    await fs.access(file, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

/** Moves a file or folder, also from one disk to another; the target appears whole or not at all. */
export async function move(from: string, to: string): Promise<void> {
  try {
    await fs.mkdir(path.dirname(to), { recursive: true });
    await fs.rename(from, to);
    return;
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw fileError(error, `move ${from} to ${to}`);
  }
  const half = `${to}.part`;
  try {
    await fs.rm(half, { recursive: true, force: true });
    await fs.cp(from, half, { recursive: true });
    await fs.rename(half, to);
    await fs.rm(from, { recursive: true, force: true });
  } catch (error) {
    throw fileError(error, `move ${from} to ${to}`);
  }
}

/** Deletes a file or folder if it is there. */
export async function remove(target: string): Promise<void> {
  try {
    await fs.rm(target, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  } catch (error) {
    throw fileError(error, `delete ${target}`);
  }
}

/** Entries of a folder in name order; none when the folder is not there. */
export async function entries(folder: string): Promise<readonly { name: string; folder: boolean }[]> {
  try {
    const found = await fs.readdir(folder, { withFileTypes: true });
    return found
      .map((one) => ({ name: one.name, folder: one.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw fileError(error, `list ${folder}`);
  }
}
