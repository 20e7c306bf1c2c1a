import { open } from 'node:fs/promises';
import { STRIDE, type RowIndex } from './row-index';

/** Records `first … end` of a file, which lie at these bytes. */
export interface Block {
  readonly first: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** Long records are read together up to so many bytes. */
const MOST_BYTES = 4 * 2 ** 20;

/** The records that are read together with the one at this place: those of one offset, or that alone where they are long. */
export function blockOf(index: RowIndex, place: number): Block {
  const at = Math.floor(place / STRIDE);
  const from = index.offsets[at] ?? index.end;
  const to = index.offsets[at + 1] ?? index.end;
  const first = at * STRIDE;
  const long = index.within.get(at);
  if (!long) return { first, end: Math.min(first + STRIDE, index.records), from, to };
  const own = place - first;
  return { first: place, end: place + 1, from: long[own] ?? to, to: long[own + 1] ?? to };
}

/** The block in which that byte of the file lies. */
export function blockAt(index: RowIndex, byte: number): Block {
  const { offsets, within } = index;
  const at = lastNotAbove(offsets, byte);
  const long = within.get(at);
  return blockOf(index, at * STRIDE + (long ? lastNotAbove(long, byte) : 0));
}

export function lastNotAbove(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((ascending[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** The blocks that hold the records `from … to`: those that are short are put together. */
export function* blocksOf(index: RowIndex, from: number, to: number): Generator<Block> {
  let together: Block | undefined;
  for (let place = from; place < to;) {
    const next = blockOf(index, place);
    place = next.end;
    if (together && next.to - together.from <= MOST_BYTES)
      together = { ...together, end: next.end, to: next.to };
    else {
      if (together) yield together;
      together = next;
    }
  }
  if (together) yield together;
}

/** The bytes of a block, and their text. */
export async function readBlock(
  path: string,
  { from, to }: Pick<Block, 'from' | 'to'>,
): Promise<{ text: string; bytes: Buffer }> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, from + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const read = bytes.subarray(0, length);
    return { text: read.toString('utf8'), bytes: read };
  } finally {
    await file.close();
  }
}
