import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { Dialect } from '../core/table';
import { fits, MAX_RECORD_BYTES, tableRecords } from '../formats/csv';
import type { TextRecord } from '../formats/records';
import { grouped } from './profile-counts';
import { blockAt, blockOf, lastNotAbove, readBlock } from './row-blocks';
import { lineEndOf, type RowIndex } from './row-index';

/**
 * The number (from 1) of the line that each byte lies on; bytes ascending. Lines end as the file's do: LF, or CR alone. What lies
 * before the records with such a byte is not read.
 */
export async function lineNumbersAt(
  file: string,
  index: RowIndex,
  bytes: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> {
  if (bytes.length === 0) return [];
  const end = lineEndOf((await readBlock(file, { from: 0, to: 2 ** 20 })).bytes);
  const found: number[] = [];
  for (const [at, some] of grouped(bytes, (byte) => lastNotAbove(index.offsets, byte))) {
    const offset = index.offsets[at] ?? 0;
    const known = offset <= (some[0] ?? 0);
    const start = known ? { byte: offset, line: 1 + (index.lines[at] ?? 0) } : { byte: 0, line: 1 };
    found.push(...(await linesFrom(file, start, end, some, signal)));
  }
  return found;
}

async function linesFrom(
  file: string,
  start: { readonly byte: number; readonly line: number },
  end: number,
  bytes: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> {
  const found: number[] = [];
  let base = start.byte;
  let { line } = start;
  for await (const part of createReadStream(file, {
    start: base,
    end: bytes.at(-1) ?? base,
    highWaterMark: 2 ** 20,
    ...(signal ? { signal } : {}),
  })) {
    const chunk = part as Buffer;
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

/** Characters of a rejected record that are listed. */
const LISTED_TEXT = 10_000;

/** Where a rejected record lies among the physical ones, its first byte in the file, and its text: what is none is U+FFFD. */
export interface Place {
  readonly place: number;
  readonly byte: number;
  readonly raw: string;
}

/**
 * The places of rejected records among the physical ones; undefined when DuckDB's positions cannot be right: one of them is that of
 * a record which is a row, or two are of one record.
 */
export async function placesAt(
  file: string,
  index: RowIndex,
  { dialect, width, padded }: { readonly dialect: Dialect; readonly width: number; readonly padded: boolean },
  rejected: readonly { readonly byte: number }[],
  signal?: AbortSignal,
): Promise<Place[] | undefined> {
  const places: Place[] = [];
  let at = 0;
  while (at < rejected.length) {
    signal?.throwIfAborted();
    const byte = rejected[at]?.byte ?? 0;
    const block = blockAt(index, byte);
    const { from } = block;
    const next = block.end >= index.records ? Infinity : block.to;
    const { bytes } = await readBlock(file, block);
    let place = block.first;
    for (const record of byteRecords(bytes, dialect, width)) {
      const offset = from + record.end;
      let hit = false;
      while ((rejected[at]?.byte ?? Infinity) < Math.min(offset, next)) {
        at += 1;
        hit = true;
      }
      if (hit) {
        const raw = bytes.subarray(record.start, record.end);
        const isRow = fits(record, width, padded) && isUtf8(raw) && raw.length <= MAX_RECORD_BYTES;
        if (isRow) return undefined;
        places.push({
          place,
          byte: from + record.start,
          raw: listedText(raw.subarray(0, 4 * LISTED_TEXT).toString()),
        });
      }
      place += 1;
    }
    while (at < rejected.length && (rejected[at]?.byte ?? 0) < next) at += 1;
  }
  return places.length === rejected.length ? places : undefined;
}

/** The records with their places in bytes: as text, what is no UTF-8 would be another number of them. */
export function byteRecords(bytes: Buffer, dialect: Dialect, width: number): Generator<TextRecord> {
  const sign = (one: string): string => Buffer.from(one).toString('latin1').slice(0, 1);
  const signs = { ...dialect, delimiter: sign(dialect.delimiter), quote: sign(dialect.quote) };
  return tableRecords(bytes.toString('latin1'), signs, width);
}

/** A record as it is listed: without its line end, and not all of a very long one. */
export function listedText(raw: string): string {
  return raw.replace(/\r?\n$|\r$/, '').slice(0, LISTED_TEXT);
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
    const block = blockOf(index, place);
    const { text } = await readBlock(file, block);
    let record = block.first;
    let byte = block.from;
    for (const line of text.split('\n')) {
      const blank = line === '' || line === '\r';
      if (!blank && record === place) {
        found.push({ byte, raw: listedText(line) });
        break;
      }
      byte += Buffer.byteLength(line) + 1;
      if (!blank) record += 1;
    }
  }
  const lines = await lineNumbersAt(
    file,
    index,
    found.map(({ byte }) => byte),
    signal,
  );
  return found.map((one, index_) => ({ ...one, line: lines[index_] ?? 0 }));
}
