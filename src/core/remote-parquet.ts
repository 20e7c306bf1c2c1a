import { open, type FileHandle } from 'node:fs/promises';
import {
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { isAbort, UserError } from './errors';
import { fileError } from './files';
import { inParallel } from './parallel';
import type { RangeReader } from './remote-ranges';
import { share } from './share';
import type { ByteRange } from './store';

/** Bytes of the end that are asked for first, in the hope that the footer is in them. */
const TAIL_BYTES = 8 * 1024;
/** Ranges with no more than this between them come in one request, of at most so many bytes. */
const GAP_BYTES = 4 * 1024;
const MOST_BYTES = 8 * 2 ** 20;
const AT_ONCE = 8;
const MAGIC = 'PAR1';
/** Behind the footer come its length and the magic. */
const FOOTER_END = 8;
/** Some old writers leave the header of the dictionary page out of a chunk's length. */
const SLACK_BYTES = 100;

/** A Parquet object as a local file of its length, with holes where nothing was fetched. */
export interface SparseParquet {
  readonly rows: number;
  need(from: number, to: number, columns?: readonly number[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface Chunk {
  readonly range: ByteRange;
  /** Place of the table's column that it belongs to. */
  readonly column: number;
}

interface Group {
  readonly from: number;
  readonly to: number;
  readonly chunks: readonly Chunk[];
}

/**
 * Fetches the footer of a Parquet object and writes it where it belongs in a file with holes. Column chunks are added as
 * they are needed: DuckDB reads a file of that kind as long as it is asked for no other columns and row groups, and fails
 * with an error where it meets a hole.
 */
export async function openParquet(
  reader: RangeReader,
  path: string,
  signal?: AbortSignal,
): Promise<SparseParquet> {
  const { object, name } = reader;
  const file = await open(path, 'wx+').catch((error: unknown) => {
    throw fileError(error, `write ${path}`);
  });
  try {
    const put = async (range: ByteRange, stop?: AbortSignal): Promise<Buffer> => {
      const bytes = await reader.read(range, stop);
      await writeAt(file, bytes, range.start);
      return bytes;
    };
    await file.truncate(object.bytes);
    // Whoever opens it looks for this at the beginning.
    await writeAt(file, Buffer.from(MAGIC), 0);
    const metadata = await readFooter(object.bytes, name, put, signal);
    const groups = groupsOf(metadata, object.bytes);
    const closed = new AbortController();
    const runs = createRuns(async (range, stop) => {
      const either = AbortSignal.any([stop, closed.signal]);
      await inParallel(pieces(range), AT_ONCE, (piece, end) => put(piece, end).then(() => undefined), either);
    });
    return {
      rows: Number(metadata.num_rows),
      async need(from, to, columns, stop) {
        const wanted = columns && new Set(columns);
        const ranges = groups
          .filter((group) => group.from < to && group.to > from)
          .flatMap((group) => group.chunks)
          .filter((chunk) => wanted?.has(chunk.column) ?? true)
          .map((chunk) => chunk.range);
        await inParallel(runs(ranges), AT_ONCE, (run, either) => run(either), stop);
      },
      async close() {
        closed.abort();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  } catch (error) {
    throw fileError(error, 'write the temporary copy of a remote table');
  }
}

async function readFooter(
  byteLength: number,
  name: string,
  put: (range: ByteRange, signal?: AbortSignal) => Promise<Buffer>,
  signal?: AbortSignal,
): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(
      {
        byteLength,
        async slice(start, end = byteLength) {
          const bytes = await put({ start, end }, signal);
          return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
        },
      },
      { initialFetchSize: TAIL_BYTES },
    );
  } catch (error) {
    if (error instanceof UserError || isAbort(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid', `${name} cannot be read as a Parquet file: ${why}.`, {
      fix: 'Check that its upload was complete; if it is text, give it the ending .csv.',
      cause: error,
    });
  }
}

/** The row groups with the ranges of their column chunks, in the order of the file. */
function groupsOf(metadata: FileMetaData, bytes: number): Group[] {
  const columnOf = parquetSchema(metadata).children.flatMap((top, column) => leaves(top).map(() => column));
  const starts = metadata.row_groups
    .flatMap((group) => group.columns.map(({ meta_data }) => (meta_data ? startOf(meta_data) : 0)))
    .concat(bytes - metadata.metadata_length - FOOTER_END)
    .sort((a, b) => a - b);
  let from = 0;
  return metadata.row_groups.map((group) => {
    const chunks = group.columns.flatMap(({ meta_data: data }, leaf): Chunk[] => {
      if (!data) return [];
      const start = startOf(data);
      const end = start + Number(data.total_compressed_size);
      const next = firstFrom(starts, end) ?? end;
      return [{ column: columnOf[leaf] ?? leaf, range: { start, end: Math.min(end + SLACK_BYTES, next) } }];
    });
    const to = from + Number(group.num_rows);
    const one = { from, to, chunks };
    from = to;
    return one;
  });
}

/** The first of ascending numbers that is `least` or more. */
function firstFrom(ascending: readonly number[], least: number): number | undefined {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return ascending[low];
}

function leaves(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leaves);
}

/** Its dictionary comes before its first page, where it has one. */
function startOf({ dictionary_page_offset, data_page_offset }: ColumnMetaData): number {
  const data = Number(data_page_offset);
  const dictionary = Number(dictionary_page_offset ?? 0);
  return dictionary > 0 && dictionary < data ? dictionary : data;
}

type Run = (signal?: AbortSignal) => Promise<void>;

/** Each range is fetched once, whoever needs it; neighbours that are missing come together. */
function createRuns(
  fetch: (range: ByteRange, signal: AbortSignal) => Promise<void>,
): (ranges: readonly ByteRange[]) => Run[] {
  const runs = new Map<number, Run>();
  return (ranges) => {
    const missing = ranges.filter((range) => !runs.has(range.start)).toSorted((a, b) => a.start - b.start);
    for (const together of neighbours(missing)) {
      const start = together[0]?.start ?? 0;
      const end = together.at(-1)?.end ?? 0;
      const run: Run = share((signal) => fetch({ start, end }, signal));
      for (const range of together) runs.set(range.start, run);
    }
    return [...new Set(ranges.flatMap((range) => runs.get(range.start) ?? []))];
  };
}

function neighbours(sorted: readonly ByteRange[]): ByteRange[][] {
  const all: ByteRange[][] = [];
  for (const range of sorted) {
    const last = all.at(-1);
    const before = last?.at(-1);
    const first = last?.[0];
    const joins =
      before !== undefined &&
      first !== undefined &&
      range.start - before.end <= GAP_BYTES &&
      range.end - first.start <= MOST_BYTES;
    if (joins) last?.push(range);
    else all.push([range]);
  }
  return all;
}

function pieces({ start, end }: ByteRange): ByteRange[] {
  const count = Math.max(1, Math.ceil((end - start) / MOST_BYTES));
  return Array.from({ length: count }, (_, at) => ({
    start: start + at * MOST_BYTES,
    end: Math.min(end, start + (at + 1) * MOST_BYTES),
  }));
}
