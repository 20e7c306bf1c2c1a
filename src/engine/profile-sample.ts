import { open } from 'node:fs/promises';
import { readCsv } from '../formats/csv';
import { BLANKS } from '../formats/records';
import { literal } from '../formats/text';
import { column } from '../formats/types';
import type { Session } from './duckdb';
import { selectLines } from './json-lines';
import type { Opened } from './opened';
import type { RowIndex } from './row-index';
import { columnsSql } from './unfit-sql';

/** So many runs of records that follow each other, from all over the file. */
const BLOCKS = 160;
const SAMPLE_BYTES = 16 * 2 ** 20;

/** Copies runs of records that lie evenly over the file into another, byte by byte; false when the records are too long for that. */
async function copyBlocks(
  file: string,
  index: RowIndex,
  copy: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { offsets, end } = index;
  const average = (end - (offsets[0] ?? 0)) / Math.max(1, offsets.length);
  const wanted = Math.min(BLOCKS, offsets.length, Math.floor(SAMPLE_BYTES / average));
  const [from, to] = [await open(file, 'r'), await open(copy, 'w')];
  let copied = 0;
  try {
    for (let at = 0; at < wanted; at += 1) {
      signal?.throwIfAborted();
      const block = Math.floor((at * offsets.length) / wanted);
      const start = offsets[block] ?? end;
      const length = (offsets[block + 1] ?? end) - start;
      if (copied + length > SAMPLE_BYTES) continue;
      const { buffer, bytesRead } = await from.read(Buffer.allocUnsafe(length), 0, length, start);
      await to.write(buffer, 0, bytesRead);
      copied += length;
    }
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
  return copied > 0;
}

/** A SELECT of records from all over a text file, with the types that its beginning suggests; undefined when there is none. */
export async function sampleSql(
  opened: Opened,
  index: RowIndex,
  copy: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { columns, description } = opened;
  const { dialect, padded, odd = new Set<string>() } = description;
  // DuckDB takes each blank for a delimiter.
  if (!dialect || columns.length === 0 || dialect.delimiter === BLANKS) return undefined;
  if (!(await copyBlocks(opened.file, index, copy, signal))) return undefined;
  if (opened.format === 'jsonl') return selectLines(literal(copy), columns, index.longest);
  const table = readCsv({
    path: literal(copy),
    dialect: { ...dialect, header: false, skip: 0 },
    columns: columns.map((one) => (odd.has(one.name) ? column(one.name, 'VARCHAR') : one)),
    padded,
    rejects: 'skip',
    mixedLineEnds: index.mixedLineEnds,
    longest: index.longest,
    newLine: index.newLine,
  });
  return `SELECT ${columnsSql(columns, odd, dialect).values} FROM ${table}`;
}

/** Some rows of a relation as a temporary table. */
export interface SampleTable {
  readonly table: string;
  readonly rows: number;
  readonly drop: () => Promise<void>;
}

let made = 0;

export async function sampleTable(session: Session, sql: string, signal?: AbortSignal): Promise<SampleTable> {
  const table = `sample_${made++}`;
  await session.run(`CREATE TEMP TABLE ${table} AS ${sql}`, signal);
  const { rows } = await session.all(`SELECT count(*) FROM ${table}`, signal);
  return {
    table,
    rows: Number(rows[0]?.[0]),
    drop: () => session.run(`DROP TABLE IF EXISTS ${table}`),
  };
}
