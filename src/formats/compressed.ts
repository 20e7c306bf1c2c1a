import { createReadStream, createWriteStream } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline as pipe } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { systemCode, UserError } from '../core/errors';
import { zstdFrames } from './zstd-frames';

export type Compression = 'gzip' | 'zstd';

/** Text of a real table is seldom 30 times larger than its compressed file; deflate can do 1,032. */
const MOST_TIMES = 400;
/** Below this many bytes nothing is refused. */
const HARMLESS_BYTES = 2 ** 26;
/** Bytes between two messages of progress. */
const TOLD_BYTES = 2 ** 22;

/** How these first bytes of a file are compressed. A zstd file may begin with a frame to skip (RFC 8878, 3.1.2). */
export function compressionOf(bytes: Buffer): Compression | undefined {
  const hex = bytes.toString('hex', 0, 4);
  if (hex.startsWith('1f8b08')) return 'gzip';
  return hex === '28b52ffd' || /^5.2a4d18$/.test(hex) ? 'zstd' : undefined;
}

/** The name without the ending of the compression. */
export function innerName(name: string): string {
  return name.replace(/\.(gz|gzip|zst|zstd)$/i, '');
}

const damaged = (code: string, why: string): Error => Object.assign(new Error(why), { code });

/** All members of a gzip file (RFC 1952, 2.2): node's stream ends silently where something else follows a member. */
async function* gzipMembers(
  path: string,
  size: number,
  signal?: AbortSignal,
  progress?: (read: number) => void,
): AsyncGenerator<Buffer> {
  const members = createGunzip();
  const input = createReadStream(path, { highWaterMark: 2 ** 18, ...(signal ? { signal } : {}) });
  pipe(input, members, () => undefined);
  try {
    for await (const chunk of members) {
      progress?.(members.bytesWritten);
      yield chunk as Buffer;
    }
  } finally {
    input.destroy();
  }
  // Zeros that fill up a block of a tape are no content.
  const start = members.bytesWritten;
  if (start >= size) return;
  for await (const chunk of createReadStream(path, { start, ...(signal ? { signal } : {}) })) {
    if ((chunk as Buffer).some((byte) => byte !== 0)) {
      throw damaged('Z_DATA_ERROR', 'something else follows the compressed data');
    }
  }
}

const contentOf = (kind: Compression): typeof gzipMembers => (kind === 'gzip' ? gzipMembers : zstdFrames);

/** A UserError for what zlib says of the data; all else as it is. */
function explained(error: unknown, name: string, kind: Compression, written: number): unknown {
  const code = systemCode(error) ?? '';
  if (error instanceof UserError || !/^(Z_|ZSTD_|ERR_ZSTD)/.test(code)) return error;
  const why = code === 'Z_BUF_ERROR' ? 'ends too early' : 'is damaged';
  return new UserError(
    'invalid',
    `${name} cannot be unpacked: the ${kind} data ${why}, after ${written} good bytes.`,
    { fix: 'Download or make the file again, and check that the copy was complete.', cause: error },
  );
}

/**
 * At most `most` bytes of what is in a compressed file, and how many bytes of the file they took. `ended`: that is all of
 * it. A UserError when not one byte of a damaged file is good; of one that is damaged further on, what comes before.
 */
export async function beginning(
  path: string,
  size: number,
  kind: Compression,
  most: number,
): Promise<{ bytes: Buffer; used: number; ended: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  let used = 0;
  let ended = true;
  try {
    for await (const chunk of contentOf(kind)(path, size, undefined, (read) => (used = read))) {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= most) continue;
      ended = false;
      break;
    }
  } catch (error) {
    if (length === 0) throw explained(error, basename(path), kind, 0);
    ended = false;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, most), used, ended };
}

/** A UserError for a file that grows so much that it can only be meant to fill the disk. */
export function bomb(name: string, times: number): UserError {
  return new UserError(
    'invalid',
    `${name} was not unpacked: it grows to more than ${times} times its size, as no table does.`,
    { fix: 'Check where the file comes from. If you trust it, unpack it yourself and open what is in it.' },
  );
}

/** Unpacks a file; a UserError when it is damaged, cut off, a decompression bomb or larger than the disk's free space. */
export async function decompress(
  path: string,
  size: number,
  kind: Compression,
  copy: string,
  signal?: AbortSignal,
  progress?: (read: number) => void,
): Promise<void> {
  const name = basename(path);
  const disk = await statfs(dirname(copy));
  const free = disk.bavail * disk.bsize;
  let written = 0;
  let read = 0;
  let told = 0;
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of contentOf(kind)(path, size, signal, (now) => (read = now))) {
      written += chunk.length;
      if (written > HARMLESS_BYTES && written > size * MOST_TIMES) throw bomb(name, MOST_TIMES);
      if (written > free - HARMLESS_BYTES) throw noSpace(name);
      if (read - told > TOLD_BYTES) progress?.((told = read));
      yield chunk;
    }
  }
  try {
    const out = createWriteStream(copy, { highWaterMark: 2 ** 20 });
    await (signal ? pipeline(measured, out, { signal }) : pipeline(measured, out));
  } catch (error) {
    throw signal?.aborted ? error : explained(error, name, kind, written);
  }
}

function noSpace(name: string): UserError {
  return new UserError('quota', `There is not enough disk space to unpack ${name}.`, {
    fix: 'Free some space on the disk that holds the temporary folder, then try again.',
  });
}
