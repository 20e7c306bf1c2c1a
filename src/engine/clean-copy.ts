import { isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dialect } from '../core/table';
import { fits, MAX_RECORD_BYTES, tableRecords } from '../formats/csv';
import type { TextRecord } from '../formats/records';
import { byteRecords, listedText } from './places';
import { blocksOf, readBlock } from './row-blocks';
import type { RowIndex } from './row-index';
import type { RawReject } from './types';

/** How the copy is written, whatever the file's own dialect. */
export function cleanDialect({
  decimal,
  thousands,
  missing,
}: Pick<Dialect, 'decimal' | 'thousands' | 'missing'>): Dialect {
  return {
    encoding: 'utf-8',
    delimiter: ',',
    quote: '"',
    header: false,
    skip: 0,
    decimal,
    ...(thousands === undefined ? {} : { thousands }),
    ...(missing ? { missing } : {}),
  };
}

/** What {@link cleanLines} left out so far. */
export interface Found {
  readonly rejected: RawReject[];
  /** Their places among all records. */
  readonly places: number[];
}

interface CleanTable {
  readonly dialect: Dialect;
  readonly width: number;
  readonly padded: boolean;
  /** Places of the cells that are written, in their order; absent: all. */
  readonly order?: readonly number[];
  /** Text of further cells, which stand behind those of each record. */
  readonly more?: readonly string[];
}

/** The records that are rows as plain RFC 4180, some at a time; the others go to `found`. */
export async function* cleanLines(
  file: string,
  index: RowIndex,
  { dialect, width, padded, order, more = [] }: CleanTable,
  found: Found,
): AsyncGenerator<string> {
  const cellsAt = order ?? Array.from({ length: width }, (_, at) => at);
  const tail = more.map((cell) => `,${quoted(cell)}`).join('');
  const repeats = new Set(index.repeats);
  const isFixed = (dialect.cuts?.length ?? 0) > 0;
  for (const block of blocksOf(index, 0, index.records)) {
    const { text, bytes: all } = await readBlock(file, block);
    const { from } = block;
    const inBytes = isUtf8(all) ? undefined : byteRecords(all, dialect, width);
    let byte = from;
    let read = 0;
    let out = '';
    let place = block.first;
    for (const record of tableRecords(text, dialect, width)) {
      const own = inBytes?.next().value as TextRecord | undefined;
      const raw = text.slice(record.start, record.end);
      byte = own ? from + own.start : byte + Buffer.byteLength(text.slice(read, record.start));
      const bytes = own ? own.end - own.start : Buffer.byteLength(raw);
      const reason = repeats.has(place)
        ? REPEATED
        : problem(raw, bytes, fits(record, width, padded), record.wellQuoted, isFixed);
      if (reason === undefined) {
        out += `${cellsAt.map((at) => quoted(record.cells[at] ?? '')).join(',')}${tail}\n`;
      } else {
        found.rejected.push({ byte, column: null, raw: listedText(raw), reason });
        found.places.push(place);
      }
      place += 1;
      byte += bytes;
      read = record.end;
    }
    yield out;
  }
}

/**
 * Writes the records that are rows as plain RFC 4180 and lists the others, with their places among all records. For files whose quotes or line ends DuckDB's
 * reader divides otherwise than the row index: with the copy both agree on every record.
 */
export async function cleanCopy(
  file: string,
  index: RowIndex,
  table: CleanTable,
  copy: string,
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { rejected: [], places: [] };
  await pipeline(Readable.from(cleanLines(file, index, table, found)), createWriteStream(copy), { signal });
  return found;
}

const REPEATED = 'It repeats the header.';

function problem(
  raw: string,
  bytes: number,
  fitting: boolean,
  wellQuoted: boolean,
  isFixed: boolean,
): string | undefined {
  if (!wellQuoted && isFixed) return 'Its text does not stand under the names of the columns.';
  if (!wellQuoted) return 'A quote is not closed, or text follows a closing quote.';
  if (!fitting) return 'It has more or fewer cells than the table has columns.';
  if (bytes > MAX_RECORD_BYTES) return `It is longer than ${MAX_RECORD_BYTES / 2 ** 20} MB.`;
  return raw.includes('\uFFFD') ? 'It holds bytes that are no text in the encoding of the file.' : undefined;
}

/** A cell as {@link cleanDialect} has it. */
export function quoted(cell: string): string {
  return cell === '' ? '' : `"${cell.replaceAll('"', '""')}"`;
}
