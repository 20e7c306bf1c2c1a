import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import type * as ArrowModule from 'apache-arrow';
import type { DataType, RecordBatch } from 'apache-arrow';
import { UserError } from '../core/errors';
import { walkMessages } from './arrow-messages';
import { converter, sqlType, stampAt } from './arrow-values';
import { unreadable, type Container, type ContainerOptions, type Value } from './container';
import { columnNames } from './csv';

type Arrow = typeof ArrowModule;

const WHAT = 'an Arrow file';
const MAGIC = 'ARROW1';
const BATCH = 2000;

async function library(): Promise<Arrow> {
  const arrow = await import('apache-arrow');
  const lz4 = await import('lz4js');
  arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, {
    decode: (bytes: Uint8Array) => Uint8Array.from(lz4.decompress(bytes)),
  });
  arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, {
    decode: (bytes: Uint8Array) => Uint8Array.from(zstdDecompressSync(bytes)),
  });
  return arrow;
}

/** The rows of record batches, in pieces; the number of all rows is known before and must come out. */
async function* rowsOf(
  arrow: Arrow,
  batches: AsyncIterable<RecordBatch>,
  types: readonly DataType[],
  rows: number,
  { signal, progress }: ContainerOptions,
  size: number,
): AsyncGenerator<Value[][]> {
  const convert = types.map((type) => converter(arrow, type));
  const stamps = types.map((type) =>
    arrow.DataType.isTimestamp(type) ? { unit: type.unit, zone: type.timezone ? 'Z' : '' } : undefined,
  );
  let done = 0;
  for await (const batch of batches) {
    const columns = types.map((_, at) => batch.getChildAt(at));
    for (let from = 0; from < batch.numRows; from += BATCH) {
      // The engine answers others in between.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const to = Math.min(batch.numRows, from + BATCH);
      yield Array.from({ length: to - from }, (_row, offset) =>
        columns.map((column, at) => {
          const stamp = stamps[at];
          if (stamp) return stampAt(column, from + offset, stamp.unit, stamp.zone);
          const value: unknown = column?.get(from + offset);
          return value === null || value === undefined ? null : (convert[at]?.(value) ?? null);
        }),
      );
    }
    done += batch.numRows;
    progress?.(Math.floor((size * done) / Math.max(1, rows)), size);
  }
  if (done !== rows) throw new Error(`it is damaged: ${done} of its ${rows} rows can be read`);
}

/** Arrow IPC files and streams, Feather version 2. */
export const arrow: Container = {
  tables: () => Promise.resolve([]),
  async read({ path, name }, _, options) {
    const fail = (error: unknown): unknown =>
      error instanceof UserError || options.signal?.aborted ? error : unreadable(name, WHAT, error);
    const { size } = await stat(path);
    const handle = await open(path, 'r');
    try {
      const lib = await library();
      const magic = Buffer.alloc(MAGIC.length);
      await handle.read(magic, 0, MAGIC.length, 0);
      const isFile = magic.toString('latin1') === MAGIC;
      if (isFile) {
        await handle.read(magic, 0, MAGIC.length, Math.max(0, size - MAGIC.length));
        if (magic.toString('latin1') !== MAGIC) throw new Error('it is cut off: its end is missing');
      }
      const { rows, marked } = await walkMessages(lib, handle, isFile ? 8 : 0, size);
      const reader = isFile
        ? await lib.RecordBatchReader.from(handle)
        : await lib.RecordBatchReader.from(createReadStream(path));
      await reader.open();
      const { fields } = reader.schema;
      const types = fields.map(({ type }) => type as DataType);
      return {
        tables: [],
        names: columnNames(
          fields.map((field) => field.name),
          fields.length,
        ),
        types: types.map((type) => sqlType(lib, type)),
        estimate: rows,
        batches: (async function* batches() {
          try {
            const all = reader as unknown as AsyncIterable<RecordBatch>;
            yield* rowsOf(lib, all, types, rows, options, size);
          } catch (error) {
            throw fail(error);
          } finally {
            await reader.cancel();
            await handle.close().catch(() => undefined);
          }
        })(),
        notes: () =>
          marked || isFile
            ? []
            : ['The stream has no mark at its end: if its writing was broken off, rows are missing.'],
      };
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw fail(error);
    }
  },
};
