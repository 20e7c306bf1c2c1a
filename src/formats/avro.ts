import { open } from 'node:fs/promises';
import { crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import avro, { type Schema, type Type } from 'avsc';
import { snappyUncompress } from 'hyparquet';
import { UserError } from '../core/errors';
import { sqlTypeOf, typeFor, valueOf } from './avro-values';
import { unreadable, type Container, type ContainerOptions, type Value } from './container';
import { columnNames } from './csv';

const WHAT = 'an Avro file';
const MAGIC = 'Obj\u0001';
const CHUNK_BYTES = 2 ** 20;
/** Writers make blocks of 16 KB to a few MB; nothing that is read holds a larger one in memory. */
const MOST_BLOCK_BYTES = 2 ** 28;
const BATCH = 1000;

/** The parts of an object container file (Avro 1.12, Object Container Files). */
const HEADER = avro.Type.forSchema({
  type: 'record',
  name: 'header',
  fields: [
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: 16 } },
  ],
});
const BLOCK = avro.Type.forSchema({
  type: 'record',
  name: 'block',
  fields: [
    { name: 'count', type: 'long' },
    { name: 'data', type: 'bytes' },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: 16 } },
  ],
});

interface Header {
  readonly meta: Readonly<Record<string, Buffer>>;
  readonly sync: Buffer;
}

interface Block {
  readonly count: number;
  readonly data: Buffer;
  readonly sync: Buffer;
}

/** `offset`: behind the value; -1 when the bytes end before. */
interface Decoded {
  readonly value: unknown;
  readonly offset: number;
}

const limit = { maxOutputLength: MOST_BLOCK_BYTES };

/** The first bytes are the length without compression, the last four the checksum of what comes out. */
function unsnap(data: Buffer): Buffer {
  let length = 0;
  let shift = 0;
  for (const byte of data.subarray(0, 5)) {
    length += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte < 0x80) break;
  }
  if (length > MOST_BLOCK_BYTES) throw new Error('a block of it is larger than 256 MiB');
  const out = Buffer.alloc(length);
  snappyUncompress(data.subarray(0, -4), out);
  if (crc32(out) !== data.readUInt32BE(data.length - 4))
    throw new Error('it is damaged (a checksum is another)');
  return out;
}

const CODECS: Readonly<Record<string, (data: Buffer) => Buffer>> = {
  null: (data) => data,
  deflate: (data) => inflateRawSync(data, limit),
  snappy: unsnap,
  zstandard: (data) => zstdDecompressSync(data, limit),
};

/** Reads a file from its beginning to its end, one value of some type after the other. */
class Reading {
  private held = Buffer.alloc(0);
  private at = 0;
  /** Bytes of the file that were read. */
  done = 0;

  constructor(
    private readonly file: Awaited<ReturnType<typeof open>>,
    readonly size: number,
  ) {}

  private async more(): Promise<boolean> {
    const chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, this.held.length - this.at));
    const { bytesRead } = await this.file.read(chunk, 0, chunk.length, this.done);
    this.held = Buffer.concat([this.held.subarray(this.at), chunk.subarray(0, bytesRead)]);
    this.at = 0;
    this.done += bytesRead;
    return bytesRead > 0;
  }

  async skip(bytes: number): Promise<void> {
    while (this.held.length - this.at < bytes && (await this.more()));
    this.at += bytes;
  }

  /** undefined at the end of the file; it fails where that is within a value. */
  async next(type: Type): Promise<unknown> {
    for (;;) {
      if (this.at < this.held.length) {
        const { value, offset } = type.decode(this.held, this.at) as Decoded;
        if (offset >= 0) {
          this.at = offset;
          return value;
        }
      }
      if (this.held.length - this.at > MOST_BLOCK_BYTES)
        throw new Error('a block of it is larger than 256 MiB');
      if (await this.more()) continue;
      if (this.at >= this.held.length) return undefined;
      throw new Error('it is cut off');
    }
  }
}

function* recordsIn(data: Buffer, count: number, type: Type): Generator {
  let at = 0;
  for (let record = 0; record < count; record += 1) {
    const { value, offset } = type.decode(data, at) as Decoded;
    if (offset < 0) throw new Error('it is damaged: a block ends within a record');
    at = offset;
    yield value;
  }
  if (at !== data.length) throw new Error('it is damaged: a block holds more than its records');
}

async function* rowsOf(
  reading: Reading,
  { sync }: Header,
  {
    type,
    names,
    unpack,
  }: { type: Type; names: readonly string[] | undefined; unpack: (data: Buffer) => Buffer },
  { signal, progress }: ContainerOptions,
): AsyncGenerator<Value[][]> {
  let rows: Value[][] = [];
  for (;;) {
    const block = (await reading.next(BLOCK)) as Block | undefined;
    if (!block) break;
    if (!block.sync.equals(sync)) throw new Error('it is damaged: the mark behind a block is another');
    for (const record of recordsIn(unpack(block.data), block.count, type)) {
      const fields = record as Record<string, unknown>;
      if (rows.push(names ? names.map((name) => valueOf(fields[name])) : [valueOf(record)]) < BATCH) continue;
      signal?.throwIfAborted();
      yield rows;
      rows = [];
      // The engine answers others in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    progress?.(reading.done, reading.size);
  }
  yield rows;
}

/** Apache Avro, object container files. */
export const avroFile: Container = {
  tables: () => Promise.resolve([]),
  async read({ path, name }, _, options) {
    const fail = (error: unknown): unknown =>
      error instanceof UserError || options.signal?.aborted ? error : unreadable(name, WHAT, error);
    const file = await open(path, 'r');
    try {
      const reading = new Reading(file, (await file.stat()).size);
      await reading.skip(MAGIC.length);
      const header = (await reading.next(HEADER)) as Header | undefined;
      if (!header) throw new Error('it is cut off');
      const codec = header.meta['avro.codec']?.toString() ?? 'null';
      const unpack = CODECS[codec];
      if (!unpack) {
        throw new UserError(
          'unsupported',
          `${name} is compressed with ${codec.slice(0, 40)}, which is not read.`,
          {
            fix: 'Write it again with another codec: deflate, snappy, zstandard or none.',
          },
        );
      }
      const type = typeFor(JSON.parse(header.meta['avro.schema']?.toString() ?? '') as Schema);
      const fields = avro.Type.isType(type, 'record')
        ? (type as Type & { readonly fields: readonly { name: string; type: Type }[] }).fields
        : undefined;
      const names = fields?.map((one) => one.name);
      return {
        tables: [],
        names: columnNames(names ?? ['value'], names?.length ?? 1),
        types: fields?.map((one) => sqlTypeOf(one.type)) ?? [sqlTypeOf(type)],
        batches: (async function* batches() {
          try {
            yield* rowsOf(reading, header, { type, names, unpack }, options);
          } catch (error) {
            throw fail(error);
          } finally {
            await file.close();
          }
        })(),
      };
    } catch (error) {
      await file.close();
      throw fail(error);
    }
  },
};
