import { createReadStream } from 'node:fs';
import type { Dialect } from '../core/table';
import { tableRecords } from '../formats/csv';
import { readBlock, STRIDE, type RowIndex } from './row-index';
import type { RawReject } from './types';

const LF = 10;
const CR = 13;

/** The number (from 1) of the line that each byte lies on; bytes ascending. Lines end as the file's do: LF, or CR alone. */
export async function lineNumbersAt(
  file: string,
  bytes: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> {
  const found: number[] = [];
  if (bytes.length === 0) return found;
  let base = 0;
  let line = 1;
  let end = LF;
  for await (const part of createReadStream(file, {
    highWaterMark: 2 ** 20,
    ...(signal ? { signal } : {}),
  })) {
    const chunk = part as Buffer;
    if (base === 0 && !chunk.includes(LF) && chunk.includes(CR)) end = CR;
    let at = chunk.indexOf(end);
    for (;;) {
      let wanted = bytes[found.length];
      while (wanted !== undefined && wanted < base + chunk.length && (at < 0 || wanted <= base + at)) {
        found.push(line);
        wanted = bytes[found.length];
      }
      if (wanted === undefined) return found;
      if (at < 0) break;
      line += 1;
      at = chunk.indexOf(end, at + 1);
    }
    base += chunk.length;
  }
  while (found.length < bytes.length) found.push(line);
  return found;
}

/** The places of rejected records among the physical ones. */
export async function placesAt(
  file: string,
  index: RowIndex,
  dialect: Dialect,
  width: number,
  rejected: readonly Pick<RawReject, 'byte'>[],
  signal?: AbortSignal,
): Promise<number[]> {
  const places: number[] = [];
  let at = 0;
  while (at < rejected.length) {
    signal?.throwIfAborted();
    const byte = rejected[at]?.byte ?? 0;
    const block = blockOf(index, byte);
    const from = index.offsets[block] ?? 0;
    const next = index.offsets[block + 1] ?? Infinity;
    const { text } = await readBlock(file, index, block * STRIDE, block * STRIDE + 1);
    let place = block * STRIDE;
    let offset = from;
    let read = 0;
    for (const record of tableRecords(text, dialect, width)) {
      offset += Buffer.byteLength(text.slice(read, record.end));
      read = record.end;
      let hit = false;
      while ((rejected[at]?.byte ?? Infinity) < Math.min(offset, next)) {
        at += 1;
        hit = true;
      }
      if (hit) places.push(place);
      place += 1;
    }
    while (at < rejected.length && (rejected[at]?.byte ?? 0) < next) at += 1;
  }
  return places;
}

function blockOf(index: RowIndex, byte: number): number {
  let low = 0;
  let high = index.offsets.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((index.offsets[middle] ?? 0) <= byte) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** The lines at these places of a file without quotes, with line number, byte and text. */
export async function linesAt(
  file: string,
  index: RowIndex,
  places: readonly number[],
  signal?: AbortSignal,
): Promise<{ line: number; byte: number; raw: string }[]> {
  const found: { byte: number; raw: string }[] = [];
  for (const place of places) {
    signal?.throwIfAborted();
    const { text, first } = await readBlock(file, index, place, place + 1);
    let record = first;
    let byte = index.offsets[Math.floor(place / STRIDE)] ?? 0;
    for (const line of text.split('\n')) {
      const blank = line === '' || line === '\r';
      if (!blank && record === place) {
        found.push({ byte, raw: line.replace(/\r$/, '').slice(0, 10_000) });
        break;
      }
      byte += Buffer.byteLength(line) + 1;
      if (!blank) record += 1;
    }
  }
  const lines = await lineNumbersAt(
    file,
    found.map(({ byte }) => byte),
    signal,
  );
  return found.map((one, index_) => ({ ...one, line: lines[index_] ?? 0 }));
}
