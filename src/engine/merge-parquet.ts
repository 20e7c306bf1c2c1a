import { rm } from 'node:fs/promises';
import { isAbort, UserError } from '../core/errors';
import type { Column } from '../core/table';
import { parquet } from '../formats/parquet';
import { readPrefix } from '../formats/first-page';
import { withPartitions } from '../formats/many-page';
import type { PartFile } from '../formats/part-files';
import { mostFrequent } from '../formats/part-group';
import { partitionSql, partitionText, partitionValues, type Partition } from '../formats/partitions';
import { literal } from '../formats/text';
import { column } from '../formats/types';
import type { Session } from './duckdb';
import {
  eachPart,
  noneFits,
  otherColumns,
  type MergeContext,
  type MergedTable,
  type UnpackPart,
} from './merge-parts';
import { ownNotes } from './merge-text';
import { plainName } from './plain-name';
import { quoteIdentifier } from './sql';

/** Footers that one statement reads: when one of them is damaged, all of these are read one by one. */
const AT_ONCE = 500;
const FILE = '__mll_file';

interface ParquetPart {
  readonly part: PartFile;
  /** Where its rows are: the file, or the Parquet copy of a file of another format. */
  readonly file: string;
  readonly notes: readonly string[];
}

interface Described extends ParquetPart {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** Parquet, and what becomes Parquet one by one (workbooks, Arrow, databases): one copy with all rows. */
export async function mergeParquet(context: MergeContext, unpack: UnpackPart): Promise<MergedTable> {
  const { group, options, tell } = context;
  const made: string[] = [];
  const found = await eachPart(group.files, context, async (part): Promise<ParquetPart> => {
    if (group.format === 'parquet') {
      parquet.describe(await readPrefix(part.path), {});
      const file = await plainName(part.path, (suffix) => options.tempFile(suffix));
      if (file !== part.path) made.push(file);
      return { part, file, notes: [] };
    }
    const { file, notes, read } = await unpack(part);
    made.push(file);
    if (read.id !== 'parquet') throw new UserError('invalid', 'it is empty');
    return { part, file, notes: notes.map((note) => `${part.name}: ${note}`) };
  });
  const session = await options.session(found.map(({ file }) => file));
  try {
    let described = await describeAll(session, found, context);
    const [first] = described;
    if (!first) throw noneFits(context);
    const { added } = withPartitions(first.columns, group.partitions);
    if (group.format !== 'parquet' && added.length > 0) {
      const copies: Described[] = [];
      for (const one of described) copies.push(await withValues(session, one, added, context));
      made.push(...copies.map((one) => one.file));
      described = copies;
    }
    const file = options.tempFile('.parquet');
    const partitions = group.format === 'parquet' ? added : [];
    const fits = await fitting(session, described, context);
    const written = await copy(session, { ...fits, partitions, file }, context);
    for (const { part } of written) tell(part.bytes);
    let from = 0;
    const places = written.map(({ part, rows }) => {
      const place = { name: part.name, from };
      from += rows;
      return place;
    });
    return {
      file,
      read: 'parquet',
      notes: [...ownNotes(group.partitions, added), ...written.flatMap(({ notes }) => notes)],
      merged: { dialect: null, rejected: 0, rejects: [], parts: places },
    };
  } finally {
    session.close();
    await Promise.all(made.map((one) => rm(one, { force: true })));
  }
}

/** Rows and columns of each file, by its footer; one that has none is left out. */
async function describeAll(
  session: Session,
  found: readonly ParquetPart[],
  context: MergeContext,
): Promise<Described[]> {
  const columnsOf = new Map<string, readonly Column[]>();
  async function footers(some: readonly ParquetPart[]): Promise<Described[]> {
    const list = `[${some.map(({ file }) => literal(file)).join(', ')}]`;
    const schemas = await session.all(
      `SELECT file_name, md5(list((name, type, duckdb_type, converted_type, logical_type, num_children, scale, precision) ORDER BY column_id)::VARCHAR)
       FROM parquet_schema(${list}) GROUP BY file_name`,
      context.signal,
    );
    const counts = await session.all(
      `SELECT file_name, num_rows FROM parquet_file_metadata(${list})`,
      context.signal,
    );
    const shapes = new Map(schemas.rows.map(([file, shape]) => [String(file), String(shape)]));
    const rows = new Map(counts.rows.map(([file, count]) => [String(file), Number(count)]));
    const described: Described[] = [];
    for (const one of some) {
      const shape = shapes.get(one.file) ?? one.file;
      const columns =
        columnsOf.get(shape) ??
        (
          await session.all(
            `SELECT * FROM read_parquet(${literal(one.file)}, hive_partitioning=false) LIMIT 0`,
            context.signal,
          )
        ).columns;
      columnsOf.set(shape, columns);
      described.push({ ...one, columns, rows: rows.get(one.file) ?? 0 });
    }
    return described;
  }
  const all: Described[] = [];
  for (let at = 0; at < found.length; at += AT_ONCE) {
    const some = found.slice(at, at + AT_ONCE);
    try {
      all.push(...(await footers(some)));
    } catch (error) {
      if (isAbort(error) || error instanceof UserError) throw error;
      for (const one of some) {
        try {
          all.push(...(await footers([one])));
        } catch (damage) {
          leaveOut(one, damage, context);
        }
      }
    }
  }
  return all;
}

function leaveOut({ part }: ParquetPart, error: unknown, { leftOut }: MergeContext): void {
  if (isAbort(error) || error instanceof UserError) throw error;
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  // DuckDB names the file by its whole path.
  const said = why.replaceAll(part.path, 'it').slice(0, 200);
  leftOut.push({ name: part.name, reason: `it cannot be read: ${said}` });
}

/** Types whose values all fit into a wider one of the same kind. */
function kindOf({ sqlType }: Column): string {
  if (/^U?(TINY|SMALL|BIG)?INT(EGER)?$/.test(sqlType)) return 'integer';
  if (sqlType === 'FLOAT' || sqlType === 'DOUBLE') return 'number';
  if (/^(DATE|TIMESTAMP|TIMESTAMP_S|TIMESTAMP_MS)$/.test(sqlType)) return 'date';
  return sqlType;
}

const fold = (name: string): string => name.toLowerCase();

/** The columns as all files that fit are read: each has the type that holds the values of all. */
interface Fitting {
  readonly parts: readonly Described[];
  readonly columns: readonly Column[];
}

/** The files whose columns are those of most of them. */
async function fitting(
  session: Session,
  described: readonly Described[],
  context: MergeContext,
): Promise<Fitting> {
  const shape = ({ columns }: Described): string =>
    JSON.stringify(columns.map((one) => [fold(one.name), kindOf(one)]).toSorted());
  const usual = mostFrequent(described.map(shape));
  const reference = described.find((one) => shape(one) === usual);
  if (!reference) throw noneFits(context);
  const wanted = new Map(reference.columns.map((one) => [fold(one.name), one]));
  const parts: Described[] = [];
  for (const one of described) {
    const names = one.columns.map(({ name }) => fold(name));
    const other =
      otherColumns(names, [...wanted.keys()]) ??
      (shape(one) === usual ? undefined : await otherTypes(session, one, wanted, context.signal));
    if (other === undefined) parts.push(one);
    else context.leftOut.push({ name: one.part.name, reason: other });
  }
  const columns = reference.columns.map((one) => {
    const alike = parts.flatMap((part) =>
      part.columns.filter((other) => fold(other.name) === fold(one.name) && kindOf(other) === kindOf(one)),
    );
    return column(one.name, widest(alike));
  });
  return { parts, columns };
}

/** The type that holds the values of all of these, which are of one kind. */
function widest(columns: readonly Column[]): string {
  const types = [...new Set(columns.map(({ sqlType }) => sqlType))];
  const [first, ...others] = types;
  const [any] = columns;
  if (first === undefined || !any || others.length === 0) return first ?? 'VARCHAR';
  if (kindOf(any) === 'number') return 'DOUBLE';
  if (kindOf(any) === 'date') return 'TIMESTAMP';
  // Parquet has no whole number of 128 bits.
  return types.includes('UBIGINT') ? 'DECIMAL(38,0)' : 'BIGINT';
}

/** What does not fit the types of the others; undefined when all values do, or there are none. */
async function otherTypes(
  session: Session,
  { file, columns }: Described,
  wanted: ReadonlyMap<string, Column>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const others = columns.flatMap((one) => {
    const own = wanted.get(fold(one.name));
    return own && kindOf(own) !== kindOf(one) ? [{ one, own }] : [];
  });
  const tests = others.map(({ one, own }) => {
    const cell = quoteIdentifier(one.name);
    // pandas writes whole numbers as others as soon as one of them is missing.
    const whole = `${cell} <> trunc(${cell}) OR isnan(${cell}) OR abs(${cell}) > 9007199254740992`;
    const kinds = `${kindOf(one)} in ${kindOf(own)}`;
    if (kinds === 'integer in number')
      return `count(*) FILTER (WHERE abs(${cell}::HUGEINT) > 9007199254740992)`;
    return kinds === 'number in integer' ? `count(*) FILTER (WHERE ${whole})` : `count(${cell})`;
  });
  const { rows } = await session.all(
    `SELECT ${tests.join(', ')} FROM read_parquet(${literal(file)}, hive_partitioning=false)`,
    signal,
  );
  const bad = others.filter((_, at) => Number(rows[0]?.[at]) > 0);
  if (bad.length === 0) return undefined;
  const texts = bad.slice(0, 5).map(({ one, own }) => `"${one.name}" is ${one.sqlType}, not ${own.sqlType}`);
  return texts.join('; ');
}

interface Copying extends Fitting {
  readonly partitions: readonly Partition[];
  readonly file: string;
}

/** Writes all rows in the order of the files. A file that turns out to be damaged inside is left out, and all is written again. */
async function copy(
  session: Session,
  copying: Copying,
  context: MergeContext,
): Promise<readonly Described[]> {
  const { parts } = copying;
  if (parts.length === 0) throw noneFits(context);
  // The columns are those of the first file: it has no rows.
  const shape = context.options.tempFile('.parquet');
  const empty = copying.columns.map(({ name, sqlType }) => `NULL::${sqlType} AS ${quoteIdentifier(name)}`);
  await session.run(`COPY (SELECT ${empty.join(', ')} WHERE false) TO ${literal(shape)} (FORMAT parquet)`);
  try {
    await session.run(copySql(shape, copying, context), context.signal);
    return parts;
  } catch (error) {
    if (isAbort(error) || error instanceof UserError) throw error;
    const good: Described[] = [];
    for (const one of parts) {
      const cells = one.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
      const read = `read_parquet(${literal(one.file)}, hive_partitioning=false)`;
      try {
        await session.run(`SELECT count(*) FROM ${read} WHERE hash(${cells}) IS NOT NULL`, context.signal);
        good.push(one);
      } catch (damage) {
        leaveOut(one, damage, context);
      }
    }
    if (good.length === parts.length) throw error;
    return await copy(session, { ...copying, parts: good }, context);
  } finally {
    await rm(shape, { force: true });
  }
}

function copySql(
  shape: string,
  { parts, columns, partitions, file }: Copying,
  { root }: MergeContext,
): string {
  const files = [shape, ...parts.map((one) => one.file)].map(literal).join(', ');
  const cells = [
    ...columns.map(({ name }) => quoteIdentifier(name)),
    ...partitions.map(
      (one) => `${partitionSql(one, FILE, Array.from(root).length)} AS ${quoteIdentifier(one.name)}`,
    ),
  ];
  // What the folders' names say is in the names of the files themselves.
  const others = parts.filter((one) => one.file !== one.part.path);
  const renamed =
    partitions.length === 0 || others.length === 0
      ? '*'
      : `* REPLACE (CASE ${FILE} ${others
          .map((one) => `WHEN ${literal(one.file)} THEN ${literal(one.part.path)}`)
          .join(' ')} ELSE ${FILE} END AS ${FILE})`;
  return `COPY (SELECT ${cells.join(', ')} FROM (SELECT ${renamed} FROM read_parquet([${files}], filename=${literal(FILE)}, hive_partitioning=false)))
    TO ${literal(file)} (FORMAT parquet, COMPRESSION lz4_raw)`;
}

/** Writes what the folders' names say into copies of files of other formats, whose own names say nothing. */
async function withValues(
  session: Session,
  part: Described,
  added: readonly Partition[],
  { options, signal }: MergeContext,
): Promise<Described> {
  const values = partitionValues(part.part.name);
  const cells = added.map((one) => {
    const text = partitionText(values.get(one.name), one);
    return `${text === '' ? 'NULL' : literal(text)}::${one.sqlType} AS ${quoteIdentifier(one.name)}`;
  });
  const file = options.tempFile('.parquet');
  await session.run(
    `COPY (SELECT *, ${cells.join(', ')} FROM read_parquet(${literal(part.file)}, hive_partitioning=false)) TO ${literal(file)} (FORMAT parquet, COMPRESSION lz4_raw)`,
    signal,
  );
  await rm(part.file, { force: true });
  return { ...part, file, columns: [...part.columns, ...added.map((one) => column(one.name, one.sqlType))] };
}
