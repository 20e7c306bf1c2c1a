import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileError } from '../../core/files';
import { UserError } from '../../core/errors';

/** The same content makes the same archive, whenever and wherever it is packed. */
const FIXED_TIME = new Date('2020-01-01T00:00:00Z');

/** A folder that is gone after `work`. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-'));
  try {
    return await work(folder);
  } finally {
    await fs.rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** All files of a folder by relative path with forward slashes, in order of their names. */
export async function filesIn(folder: string): Promise<string[]> {
  const found = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile())
    .map((one) => path.relative(folder, path.join(one.parentPath, one.name)).split(path.sep).join('/'))
    .filter((name) => !/(^|\/)__pycache__\//.test(name))
    .sort();
}

/** Packs files of a folder into a .tar.gz. */
export async function pack(folder: string, names: readonly string[], archive: string): Promise<void> {
  const tar = await import('tar');
  try {
    await tar.create(
      {
        cwd: folder,
        file: archive,
        gzip: { level: 6 },
        portable: true,
        mtime: FIXED_TIME,
        noDirRecurse: true,
      },
      [...names],
    );
  } catch (error) {
    throw fileError(error, `pack ${folder}`);
  }
}

/** Unpacks a .tar.gz into a folder that appears whole or not at all; nothing lands outside of it. */
export async function unpack(archive: string, folder: string): Promise<void> {
  const tar = await import('tar');
  try {
    await fs.mkdir(folder, { recursive: true });
    await tar.extract({ cwd: folder, file: archive, strict: true, preserveOwner: false });
  } catch (error) {
    const worded = fileError(error, `unpack ${path.basename(archive)}`);
    if (worded instanceof UserError) throw worded;
    if (await isEmpty(archive)) return;
    throw new UserError('invalid', `${path.basename(archive)} is damaged: it cannot be unpacked.`, {
      fix: 'Run the job again.',
      cause: error,
    });
  }
}

/** An archive of nothing (zeros alone), which the library takes for damaged. */
async function isEmpty(archive: string): Promise<boolean> {
  try {
    const bytes = await fs.readFile(archive);
    return bytes.length < 4096 && gunzipSync(bytes).every((byte) => byte === 0);
  } catch {
    return false;
  }
}

/** SHA-256 of a file's bytes, hexadecimal. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const bytes of createReadStream(file, signal ? { signal } : {})) hash.update(bytes as Buffer);
  } catch (error) {
    throw fileError(error, `read ${file}`);
  }
  return hash.digest('hex');
}
