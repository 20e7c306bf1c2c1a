import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UserError } from '../core/errors';

/** The bytes of a file as long as it stays the same one; a UserError `conflict` when it does not. */
export async function* fileContent(file: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const before = await stat(file, { bigint: true });
  if (before.size > 0n) {
    const bytes = createReadStream(file, { end: Number(before.size) - 1, highWaterMark: 2 ** 20 });
    for await (const chunk of bytes) {
      signal?.throwIfAborted();
      yield chunk as Buffer;
    }
  }
  const after = await stat(file, { bigint: true });
  if (after.size === before.size && after.mtimeNs === before.mtimeNs) return;
  throw changedMeanwhile(file);
}

export function changedMeanwhile(file: string): UserError {
  return new UserError('conflict', `${file} was changed while it was uploaded.`, {
    fix: 'Wait until nothing writes to it any more, then upload it again.',
  });
}
