import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../core/errors';
import { byteText, encodingKind, unitBytes } from '../formats/byte-text';
import { decoder } from '../formats/encoding';
import { tableRecords } from '../formats/csv';
import { decodeExactly, encode } from '../formats/encode';
import { noRow, requireSigns, type RecordShape } from '../formats/edit-record';
import type { Opened } from './opened';
import { physicalPlace } from './pages';
import { blockOf } from './row-blocks';
import type { RowIndex } from './row-index';

/** Even, so that no unit of two bytes is cut. */
const PART_BYTES = 2 ** 20;
const LF = 10;
const CR = 13;

/** A record as it lies in the table's own file. */
export interface FoundRecord {
  readonly byte: number;
  /** With its line end. */
  readonly raw: Buffer;
}

/** How the records of a table are written; a UserError when its cells cannot be edited. */
export function recordShape({
  source,
  unpacked,
  format,
  description: { dialect, columns, padded },
}: Opened): RecordShape {
  if (unpacked.format !== 'csv' || format !== 'csv' || !dialect || !columns) {
    throw new UserError('unsupported', 'Only cells of CSV, TSV and other delimited text can be edited.', {
      fix: 'Export the rows as CSV and edit that, or change them with a recipe or with SQL.',
    });
  }
  if (unpacked.file !== source.path) {
    throw new UserError('unsupported', 'Cells of a compressed file cannot be edited.', {
      fix: 'Decompress it, or export the rows as CSV, and edit that.',
    });
  }
  requireSigns(dialect);
  return { dialect, width: columns.length, padded };
}

/** The records of these rows (from 0, as the table numbers them) in the table's own file. */
export async function findRecords(
  opened: Opened,
  rows: readonly number[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, FoundRecord>> {
  const shape = recordShape(opened);
  const [scan, index] = [await opened.scan(signal), await opened.indexed(signal)];
  if (!index) throw noRow();
  const blocks = new Map<number, { readonly row: number; readonly place: number }[]>();
  for (const row of new Set(rows)) {
    if (!Number.isInteger(row) || row < 0 || row >= scan.rows) {
      throw new UserError(
        'notFound',
        `There is no row ${row + 1}: the table has ${scan.rows} ${scan.rows === 1 ? 'row' : 'rows'}.`,
        {
          fix: 'Rows count from 1, in the order of the file.',
        },
      );
    }
    const place = physicalPlace(row, scan.rejectedPlaces);
    const block = blockOf(index, place).first;
    blocks.set(block, [...(blocks.get(block) ?? []), { row, place }]);
  }
  const ascending = [...blocks.keys()].sort((a, b) => a - b);
  const edges = ascending.flatMap((first) => {
    const { from, to } = blockOf(index, first);
    return [from, to];
  });
  const found = new Map<number, FoundRecord>();
  const file = await open(opened.source.path, 'r');
  try {
    const own = await ownOffsets(opened, file, { offsets: edges, index }, signal);
    for (const [k, block] of ascending.entries()) {
      signal?.throwIfAborted();
      const from = own[2 * k] ?? 0;
      const bytes = await readRange(file, from, own[2 * k + 1] ?? from);
      for (const [place, record] of recordsOf(bytes, shape, block)) {
        for (const one of blocks.get(block) ?? []) {
          if (one.place === place) found.set(one.row, { ...record, byte: from + record.byte });
        }
      }
    }
  } finally {
    await file.close();
  }
  return found;
}

function* recordsOf(
  bytes: Buffer,
  { dialect, width }: RecordShape,
  first: number,
): Generator<readonly [number, FoundRecord]> {
  const unit = unitBytes(dialect.encoding);
  const text = byteText(bytes, dialect.encoding);
  let place = first;
  for (const { start, end } of tableRecords(text, { ...dialect, ...requireSigns(dialect) }, width)) {
    yield [place, { byte: start * unit, raw: bytes.subarray(start * unit, end * unit) }];
    place += 1;
  }
}

async function readRange(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, from + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

/**
 * Where the beginnings of records (bytes of what the engine reads, ascending; the index's end is behind the last one) lie in the
 * table's own file. When the engine reads a copy in UTF-8, both have the same lines: the n-th of one is the n-th of the other.
 */
async function ownOffsets(
  opened: Opened,
  own: FileHandle,
  { offsets, index }: { readonly offsets: readonly number[]; readonly index: RowIndex },
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const { isOwn, file, description } = opened;
  const { size } = await own.stat();
  const encoding = description.dialect?.encoding ?? 'utf-8';
  if (isOwn) return offsets.map((one) => (one < index.end ? one : size));
  const inside = [...new Set(offsets.filter((one) => one < index.end))];
  const copy = await open(file, 'r');
  const lines: number[] = [];
  try {
    let before = 0;
    for await (const end of lineEnds(copy, 'utf-8', signal)) {
      while ((inside[lines.length] ?? Infinity) < end) lines.push(before);
      before += 1;
      if (lines.length === inside.length) break;
    }
    while (lines.length < inside.length) lines.push(before);
  } finally {
    await copy.close();
  }
  const starts: number[] = [];
  const take = (line: number, start: number): void => {
    while (lines[starts.length] === line) starts.push(start);
  };
  take(0, await markLength(own, encoding));
  let line = 0;
  for await (const end of lineEnds(own, encoding, signal)) {
    line += 1;
    take(line, end);
    if (starts.length === lines.length) break;
  }
  const found = new Map(inside.map((offset, k) => [offset, starts[k] ?? size]));
  return offsets.map((offset) => found.get(offset) ?? size);
}

/** Bytes of the byte order mark at the beginning of a file. */
async function markLength(file: FileHandle, encoding: string): Promise<number> {
  const beginning = decodeExactly(await readRange(file, 0, 4), encoding);
  return beginning.startsWith('\uFEFF') ? encode('\uFEFF', encoding).length : 0;
}

/** The bytes behind each LF and each CR of a file; neither is ever part of another character. */
async function* lineEnds(file: FileHandle, encoding: string, signal?: AbortSignal): AsyncGenerator<number> {
  const wide = encodingKind(encoding) === 'utf-16';
  const low = decoder(encoding).encoding === 'utf-16be' ? 1 : 0;
  for (let base = 0; ; base += PART_BYTES) {
    signal?.throwIfAborted();
    const chunk = await readRange(file, base, base + PART_BYTES);
    let [lf, cr] = [chunk.indexOf(LF), chunk.indexOf(CR)];
    while (lf >= 0 || cr >= 0) {
      const at = cr >= 0 && (lf < 0 || cr < lf) ? cr : lf;
      if (!wide) yield base + at + 1;
      else if (at % 2 === low && chunk[at ^ 1] === 0) yield base + (at | 1) + 1;
      if (at === cr) cr = chunk.indexOf(CR, at + 1);
      else lf = chunk.indexOf(LF, at + 1);
    }
    if (chunk.length < PART_BYTES) return;
  }
}
