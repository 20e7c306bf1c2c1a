import { open } from 'node:fs/promises';
import { createCRC32, type IHasher } from 'hash-wasm';
import { changedMeanwhile } from './file-content';

/** CRC-32C: Castagnoli's polynomial, lowest bit first. */
const POLYNOMIAL = 0x82f63b78;
const BLOCK_BYTES = 2 ** 20;

/** One for all that is summed up at one stroke. */
let atOnce: Promise<IHasher> | undefined;

/** The CRC-32C that Cloud Storage keeps of every object. In WebAssembly: Node has another CRC-32 only, and its MD5 takes twice as long. */
async function begin(): Promise<IHasher> {
  return (await createCRC32(POLYNOMIAL)).init();
}

/** As Cloud Storage writes it: big-endian, in base64. */
const written = (sum: IHasher): string => Buffer.from(sum.digest('binary')).toString('base64');

/** Of bytes that pass by. */
export async function runningCrc32c(): Promise<{ update(chunk: Uint8Array): unknown; digest(): string }> {
  const sum = await begin();
  return { update: (chunk) => sum.update(chunk), digest: () => written(sum) };
}

export async function crc32c(bytes: Uint8Array): Promise<string> {
  atOnce ??= begin();
  return written((await atOnce).init().update(bytes));
}

/** Of a file, whose next block is read while one is summed up; a UserError `conflict` where it is changed meanwhile. */
export async function fileCrc32c(file: string, signal?: AbortSignal): Promise<string> {
  const sum = await begin();
  const handle = await open(file);
  try {
    const before = await handle.stat({ bigint: true });
    const blocks = [Buffer.allocUnsafe(BLOCK_BYTES), Buffer.allocUnsafe(BLOCK_BYTES)] as const;
    let [now, other] = blocks;
    let { bytesRead } = await handle.read(now, 0, BLOCK_BYTES);
    while (bytesRead > 0) {
      signal?.throwIfAborted();
      const next = handle.read(other, 0, BLOCK_BYTES);
      sum.update(now.subarray(0, bytesRead));
      ({ bytesRead } = await next);
      [now, other] = [other, now];
    }
    const after = await handle.stat({ bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw changedMeanwhile(file);
    return written(sum);
  } finally {
    await handle.close();
  }
}
