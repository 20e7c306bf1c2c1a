import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isAbort, UserError } from '../core/errors';
import type { ContainerTable, Value } from '../formats/container';
import { columnNames } from '../formats/csv';
import { literal, structLiteral } from '../formats/text';
import { columnType } from '../formats/types';
import { valueText, valueTypes } from '../formats/value-types';
import type { Session } from './duckdb';
import { copiedUnfitText } from '../words-table';
import { quoteIdentifier } from './sql';

const MISSING = '\\N';
/** DuckDB holds a group of rows of all columns while it writes them. */
const GROUP_CELLS = 2_000_000;
const GROUP_ROWS = 122_880;

interface Kept {
  readonly name: string;
  readonly sqlType: string;
  /** Cells that stand for a missing value in it, and their texts as they are written. */
  readonly missing?: { readonly count: number; readonly texts: readonly string[] };
}

/** A table as text, before the types of its columns are known. */
interface Text {
  readonly file: string;
  readonly columns: readonly Kept[];
  /** Characters of the longest record. */
  readonly longest: number;
  /** Some records have fewer cells than others. */
  readonly ragged: boolean;
}

export interface Copied {
  /** The number of columns. */
  readonly columns: number;
  /** Which cells were copied as missing, although something stands in them. */
  readonly notes: readonly string[];
}

/**
 * Copies a table to Parquet by way of CSV in the temporary folder, which DuckDB writes and reads in bounded memory: the types
 * of a sheet's columns are known only when all its cells were seen. Without any column nothing is written.
 */
export async function toParquet(
  table: ContainerTable,
  session: Session,
  files: { readonly text: string; readonly parquet: string },
  signal?: AbortSignal,
): Promise<Copied> {
  try {
    const text = await write(table, files.text, signal);
    const columns = text.columns.length;
    if (columns === 0) return { columns, notes: [] };
    try {
      await session.run(copy(text, files.parquet), signal);
      return { columns, notes: notesOf(text) };
    } catch (error) {
      if (error instanceof UserError || isAbort(error)) throw error;
      // A value that looks like its column's type and is not (the 30th of February): the column is text.
      const read = await asRead(text, session, signal);
      await session.run(copy(read, files.parquet), signal);
      return { columns, notes: notesOf(read) };
    }
  } finally {
    await rm(files.text, { force: true });
  }
}

async function write(table: ContainerTable, file: string, signal?: AbortSignal): Promise<Text> {
  const types = valueTypes(table.types);
  let width = table.names.length;
  let ragged = false;
  let longest = 0;
  const written = (value: Value, column: number): string => {
    if (value === '' && table.types?.[column] === undefined) return MISSING;
    const plain = valueText(value);
    if (plain === undefined) return MISSING;
    return typeof value === 'string' ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of table.batches) {
      let part = '';
      for (const row of batch) {
        if (row.length > width) {
          width = row.length;
          ragged = true;
        }
        let line = '';
        for (let at = 0; at < width; at += 1) {
          const value = row[at] ?? null;
          types.see(at, value);
          line += at === 0 ? written(value, at) : `,${written(value, at)}`;
        }
        if (line.length > longest) longest = line.length;
        part += `${line}\n`;
      }
      yield part;
    }
  }
  await pipeline(
    Readable.from(lines(), { objectMode: true }),
    createWriteStream(file, { highWaterMark: 2 ** 20 }),
    signal ? { signal } : {},
  );
  const columns = columnNames(table.names, width).map((name, at): Kept => {
    const sqlType = types.of(at);
    const { count, texts } = types.standIns(at);
    return count === 0 ? { name, sqlType } : { name, sqlType, missing: { count, texts } };
  });
  return { file, columns, longest, ragged };
}

/** What stands for a missing value is missing in the copy, so it is said here. */
function notesOf({ columns }: Text): string[] {
  return columns.flatMap(({ name, sqlType, missing }) => {
    if (!missing) return [];
    const texts = [...new Set(missing.texts.map((one) => one.trim()))].toSorted();
    return [copiedUnfitText({ column: name, type: columnType(sqlType), count: missing.count, texts })];
  });
}

function source({ file, longest, ragged }: Text, columns: readonly Kept[]): string {
  const most = Math.max(2 ** 21, longest * 4);
  const options = [
    'auto_detect=false',
    'header=false',
    `delim=','`,
    `quote='"'`,
    `escape='"'`,
    `new_line='\\n'`,
    `nullstr=${literal(MISSING)}`,
    'allow_quoted_nulls=false',
    `max_line_size=${most}`,
    `buffer_size=${most * 2}`,
    ...(ragged ? ['null_padding=true', 'parallel=false'] : []),
    `columns=${structLiteral(columns)}`,
  ];
  return `read_csv(${literal(file)}, ${options.join(', ')})`;
}

/** A column's cells as text, missing where they stand for that. */
function cellOf({ name, missing }: Kept): string {
  const cell = quoteIdentifier(name);
  return missing
    ? `CASE WHEN ${cell} IN (${missing.texts.map(literal).join(', ')}) THEN NULL ELSE ${cell} END`
    : cell;
}

/** Whether a column is read as text and made to its type by {@link written}. */
const isMade = ({ sqlType, missing }: Kept): boolean => sqlType === 'BLOB' || missing !== undefined;

/** Bytes stand in the text as hexadecimal digits. */
function written({ columns }: Text): string {
  const made = columns.filter(isMade).map((one) => {
    const value = one.sqlType === 'BLOB' ? `unhex(${cellOf(one)})` : `CAST(${cellOf(one)} AS ${one.sqlType})`;
    return `${value} AS ${quoteIdentifier(one.name)}`;
  });
  return made.length === 0 ? '*' : `* REPLACE (${made.join(', ')})`;
}

function copy(text: Text, parquet: string): string {
  const rows = Math.max(2048, Math.min(GROUP_ROWS, Math.floor(GROUP_CELLS / text.columns.length)));
  const texts = text.columns.map((one) => (isMade(one) ? { ...one, sqlType: 'VARCHAR' } : one));
  return `COPY (SELECT ${written(text)} FROM ${source(text, texts)})
    TO ${literal(parquet)} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE ${rows})`;
}

/** With VARCHAR for each column that holds a text that its type does not take. */
async function asRead(text: Text, session: Session, signal?: AbortSignal): Promise<Text> {
  const plain = text.columns.map(({ name }) => ({ name, sqlType: 'VARCHAR' }));
  const counts = text.columns.map((one) => {
    const { sqlType } = one;
    const cell = `(${cellOf(one)})`;
    return `count(*) FILTER (WHERE ${cell} IS NOT NULL AND TRY_CAST(${cell} AS ${sqlType}) IS NULL)`;
  });
  const { rows } = await session.all(`SELECT ${counts.join(', ')} FROM ${source(text, plain)}`, signal);
  return {
    ...text,
    columns: text.columns.map((one, at) =>
      Number(rows[0]?.[at]) > 0 ? { name: one.name, sqlType: 'VARCHAR' } : one,
    ),
  };
}
