import { open, rename, rm, stat } from 'node:fs/promises';
import type { Chunk } from '../../core/provider';
import { systemCode } from '../../core/errors';

const LARGEST_CHUNK = 512 * 1024;
const LARGEST_LOG = 8 * 1024 * 1024;

/** Whole lines since the cursor (a byte offset); without one, the last 512 KB. A log that was begun anew is read from its start. */
export async function readLog(file: string, cursor?: string): Promise<Chunk<string>> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { items: [], cursor: '0' };
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const asked = cursor === undefined ? Math.max(0, size - LARGEST_CHUNK) : Number(cursor);
    const start = Number.isSafeInteger(asked) && asked >= 0 && asked <= size ? asked : 0;
    const buffer = Buffer.alloc(Math.min(LARGEST_CHUNK, size - start));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10);
    // A line longer than a chunk is handed out in pieces.
    const used = end >= 0 ? end + 1 : bytesRead === LARGEST_CHUNK ? bytesRead : 0;
    const lines = buffer.subarray(0, used).toString('utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    if (cursor === undefined && start > 0) lines.shift();
    return { items: lines, cursor: String(start + used) };
  } finally {
    await handle.close();
  }
}

/** The last lines, for a failure's message. */
export async function lastLines(file: string, count = 12): Promise<readonly string[]> {
  const { items } = await readLog(file).catch(() => ({ items: [] }));
  return items.filter((line) => line.trim() !== '').slice(-count);
}

/** Puts a large log aside (one is kept) before the next start writes to it. */
export async function rotateLog(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size < LARGEST_LOG) return;
  await rm(`${file}.1`, { force: true });
  await rename(file, `${file}.1`);
}
