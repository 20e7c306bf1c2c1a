import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dialect } from '../core/table';
import { fits, MAX_RECORD_BYTES, tableRecords } from '../formats/csv';
import { readBlock, STRIDE, type RowIndex } from './row-index';
import type { RawReject } from './types';

/** How the copy is written, whatever the file's own dialect. */
export function cleanDialect(decimal: Dialect['decimal']): Dialect {
  return { encoding: 'utf-8', delimiter: ',', quote: '"', header: false, skip: 0, decimal };
}

/**
 * Writes the records that are rows as plain RFC 4180 and lists the others. For files whose quotes or line ends DuckDB's
 * reader divides otherwise than the row index: with the copy both agree on every record.
 */
export async function cleanCopy(
  file: string,
  index: RowIndex,
  table: { readonly dialect: Dialect; readonly width: number; readonly padded: boolean },
  copy: string,
  signal: AbortSignal,
): Promise<RawReject[]> {
  const rejected: RawReject[] = [];
  const { dialect, width, padded } = table;

  async function* lines(): AsyncGenerator<string> {
    for (let block = 0; block < index.offsets.length; block += 1) {
      const { text } = await readBlock(file, index, block * STRIDE, block * STRIDE + 1);
      let byte = index.offsets[block] ?? 0;
      let read = 0;
      let out = '';
      for (const record of tableRecords(text, dialect, width)) {
        byte += Buffer.byteLength(text.slice(read, record.start));
        const raw = text.slice(record.start, record.end);
        const bytes = Buffer.byteLength(raw);
        const reason = problem(raw, bytes, fits(record, width, padded), record.wellQuoted);
        if (reason === undefined) {
          const cells = Array.from({ length: width }, (_, at) => quoted(record.cells[at] ?? ''));
          out += `${cells.join(',')}\n`;
        } else {
          rejected.push({ byte, column: null, raw: raw.replace(/\r?\n$|\r$/, '').slice(0, 10_000), reason });
        }
        byte += bytes;
        read = record.end;
      }
      yield out;
    }
  }

  await pipeline(Readable.from(lines()), createWriteStream(copy), { signal });
  return rejected;
}

function problem(raw: string, bytes: number, fitting: boolean, wellQuoted: boolean): string | undefined {
  if (!wellQuoted) return 'A quote is not closed, or text follows a closing quote.';
  if (!fitting) return 'It has more or fewer cells than the table has columns.';
  if (bytes > MAX_RECORD_BYTES) return `It is longer than ${MAX_RECORD_BYTES / 2 ** 20} MB.`;
  return raw.includes('\uFFFD') ? 'It holds bytes that are no text in the encoding of the file.' : undefined;
}

function quoted(cell: string): string {
  return cell === '' ? '' : `"${cell.replaceAll('"', '""')}"`;
}
