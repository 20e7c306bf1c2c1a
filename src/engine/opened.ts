import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/errors';
import type { Column, Dialect, FileState, FormatId, Reject, TableSource } from '../core/table';
import { readCsv } from '../formats/csv';
import { fileState } from '../formats/file-state';
import { readPrefix } from '../formats/first-page';
import type { Description } from '../formats/format';
import { BLANKS } from '../formats/records';
import { literal } from '../formats/text';
import { column } from '../formats/types';
import { cleanCopy, cleanDialect } from './clean-copy';
import { openDatabase, type Database, type Session } from './duckdb';
import { scanLines, selectLines } from './json-lines';
import type { Lane, Memory } from './memory';
import { lineNumbersAt, linesAt, placesAt } from './places';
import { plainName } from './plain-name';
import { indexRows, type RowIndex } from './row-index';
import { share } from '../core/share';
import { transcode } from './transcode';
import { columnsSql } from './unfit-sql';
import type { Unpacked } from './unpack';
import {
  everyCell,
  exactTypes,
  isWide,
  withLines,
  type ExactTypes,
  type Facts,
  type Found,
  type RawReject,
} from './types';

/** Only so many rejected records are listed; all are counted. */
export const LISTED_REJECTS = 1000;

export interface Scan {
  /** What `select` and the index read: the table's file, or a clean copy of it. */
  readonly file: string;
  /** The dialect of that. */
  readonly dialect: Dialect | null;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly rejected: number;
  readonly rejects: readonly Reject[];
  /** null for Parquet. */
  readonly index: RowIndex | null;
  /** Places of the rejected among the physical records, ascending. */
  readonly gaps: readonly number[];
  /** The same of the file that is open, when a clean copy of its rows is read. */
  readonly rejectedPlaces: readonly number[];
  /** SELECT with {path}: all rows, exact types, file order. */
  readonly select: string;
  /** Columns in which some cells are no value of its type: missing in `select`. */
  readonly unfit: ReadonlySet<string>;
  /** As `select`, but in those columns each cell is the text that is shown of it. */
  readonly shown: string;
  /** What {@link Opened.addFacts} asked for, as far as it was asked in time and the column has the type expected of it. */
  readonly facts: Map<string, Found>;
}

/** A file that is open in the engine. */
export interface Opened {
  readonly source: TableSource;
  /** How {@link file} is read. */
  readonly format: FormatId;
  readonly unpacked: Unpacked;
  readonly description: Description;
  readonly columns: readonly Column[];
  /** What is read: the file itself, or a copy (unpacked, in UTF-8). */
  readonly file: string;
  /** That is the file of the source itself, not a copy. */
  readonly isOwn: boolean;
  /** Of {@link file}. */
  readonly bytes: number;
  /** As the file was when it was opened. */
  readonly state: FileState;
  /** Where the records begin, before their types are known; null for Parquet. */
  readonly indexed: ReturnType<typeof share<RowIndex | null>>;
  readonly scan: ReturnType<typeof share<Scan>>;
  /** Lets the pass of the scan that finds the types wait for these and compute them on its way, unless it has begun. */
  addFacts(facts: Promise<Facts>): void;
  /** The scan's outcome once it is there. */
  scanned(): Scan | undefined;
  session(lane: Lane): Promise<Session>;
  close(): void;
}

export interface OpenOptions {
  readonly tempFolder: string;
  readonly memory: Memory;
  tempFile(suffix: string): string;
}

/** Opens a table file that was unpacked: decides its dialect and columns from its beginning. */
export async function openFile(
  source: TableSource,
  unpacked: Unpacked,
  options: OpenOptions,
  signal?: AbortSignal,
): Promise<Opened> {
  const state = await fileState(source.path);
  const { prefix, read: format } = unpacked;
  const { merged } = unpacked;
  const chosen = source.dialect ?? {};
  const missing = chosen.missing ? { missing: chosen.missing } : {};
  const first = format.describe(prefix, merged ? { ...merged.copied, ...missing } : chosen);
  let file = unpacked.file;
  let description = first;
  const encoding = first.dialect?.encoding.toLowerCase() ?? 'utf-8';
  const recode = async (from: string): Promise<void> => {
    file = options.tempFile('.txt');
    await transcode(unpacked.file, from, file, signal);
    const copy = await readPrefix(file);
    description = format.describe(
      { ...copy, name: prefix.name },
      { ...source.dialect, ...(first.dialect ? { ...first.dialect } : {}), encoding: 'utf-8' },
    );
  };
  if (encoding !== 'utf-8' && encoding !== 'utf8') await recode(encoding);

  const isOwn = file === source.path;
  file = await plainName(file, (suffix) => options.tempFile(suffix));
  let database: Promise<Database> | undefined;
  const sessions = new Map<string, Promise<Session>>();
  const session = (lane: Lane): Promise<Session> => {
    database ??= openDatabase({
      allowedPaths: [file],
      allowedDirectories: [options.tempFolder],
      tempDirectory: join(options.tempFolder, 'spill'),
      memory: options.memory,
    });
    const mine = sessions.get(lane) ?? database.then((one) => one.connect(lane));
    sessions.set(lane, mine);
    return mine;
  };

  let columns = description.columns;
  if (!columns) {
    try {
      columns = (
        await (await session('page')).all(`SELECT * FROM read_parquet(${literal(file)}) LIMIT 0`, signal)
      ).columns;
    } catch (error) {
      if (error instanceof UserError || signal?.aborted) throw error;
      throw new UserError('invalid', `${prefix.name} cannot be read as a Parquet file: ${firstLine(error)}`, {
        fix: 'Make the file again, or check that its download or copy was complete.',
        cause: error,
      });
    }
  }
  const known: Description = { ...description, columns };
  let outcome: Scan | undefined;
  let facts: Promise<Facts> = Promise.resolve(() => undefined);
  const indexed = share((abort, progress) => indexFile(file, format.id, known, abort, progress));
  const opened: Opened = {
    source,
    format: format.id,
    unpacked,
    description: { ...known, dialect: merged ? merged.dialect : first.dialect },
    columns,
    file,
    isOwn,
    bytes: prefix.size,
    state,
    indexed,
    scan: share(async (abort, progress) => {
      const index = await indexed(abort, progress);
      if (index) progress({ rows: index.records, bytes: prefix.size, totalBytes: prefix.size });
      const fresh = await scanFile(
        { format: format.id, file, description: known, copy: options.tempFile('.csv') },
        index,
        await facts.catch(() => () => undefined),
        await session('background'),
        abort,
      );
      const { rejected = 0, rejects = [] } = merged ?? {};
      outcome = merged
        ? { ...fresh, rejected: fresh.rejected + rejected, rejects: [...rejects, ...fresh.rejects] }
        : fresh;
      return outcome;
    }),
    addFacts: (wanted) => {
      facts = wanted;
      wanted.catch(() => undefined);
    },
    scanned: () => outcome,
    session,
    close: () => {
      void database?.then((one) => one.close());
    },
  };
  return opened;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

interface ScanInput {
  readonly format: FormatId;
  readonly file: string;
  readonly description: Description;
  /** Where a clean copy may be written. */
  readonly copy: string;
}

async function indexFile(
  file: string,
  format: FormatId,
  { dialect, columns, headerText }: Description,
  signal: AbortSignal,
  progress: (value: unknown) => void,
): Promise<RowIndex | null> {
  if (format === 'parquet' || !columns || !dialect) return null;
  const { size } = await stat(file);
  let last = 0;
  return indexRows(
    file,
    {
      ...dialect,
      blankIsRecord: format === 'csv' && columns.length === 1,
      ...(headerText === undefined ? {} : { headerText }),
    },
    signal,
    (rows, bytes) => {
      if (bytes - last < 2 ** 24) return;
      last = bytes;
      progress({ rows, bytes, totalBytes: size });
    },
  );
}

async function scanFile(
  input: ScanInput,
  index: RowIndex | null,
  facts: Facts,
  session: Session,
  signal: AbortSignal,
): Promise<Scan> {
  const { format, file, description } = input;
  const { dialect, columns } = description;
  const nothing = {
    rejected: 0,
    rejects: [],
    gaps: [],
    rejectedPlaces: [],
    facts: new Map<string, Found>(),
    unfit: new Set<string>(),
  };
  if (!index || !columns || !dialect) {
    const { rows } = await session.all(`SELECT count(*) FROM read_parquet(${literal(file)})`, signal);
    const all = Number(rows[0]?.[0] ?? 0);
    const select = 'SELECT * FROM read_parquet({path})';
    return { ...nothing, file, dialect, columns: columns ?? [], rows: all, index, select, shown: select };
  }
  if (columns.length === 0) {
    const select = 'SELECT NULL AS "empty" WHERE false';
    return { ...nothing, file, dialect, columns, rows: 0, index, select, shown: select };
  }
  if (format === 'jsonl') {
    const found = await scanLines(session, file, columns, index.longest, signal);
    const select = selectLines('{path}', found.columns, index.longest);
    const listed = await linesAt(file, index, found.rejected.slice(0, LISTED_REJECTS), signal);
    return {
      ...nothing,
      file,
      dialect,
      ...found,
      rejected: found.rejected.length,
      rejects: listed.map((one) => ({ ...one, column: null, reason: 'The line is no JSON object.' })),
      index,
      gaps: found.rejected,
      rejectedPlaces: found.rejected,
      select,
      shown: select,
    };
  }
  const copied = (): Promise<Scan> =>
    scanCopy(input, { dialect, width: columns.length }, index, facts, session, signal);
  // DuckDB reads line ends that differ only when it also drops the cells of records that are too long. A last record whose quote is
  // open it takes for a row when records may be short, and fails when that record is the header.
  if (
    index.mixedLineEnds ||
    index.spacedQuotes ||
    index.openQuote ||
    index.repeats.length > 0 ||
    dialect.delimiter === BLANKS ||
    description.oddHeader === true ||
    (isWide(columns) && !index.utf8)
  )
    return copied();
  const exact = await exactTypes(session, file, description, index, facts, signal);
  if (exact.rows + exact.rejected.length !== index.records) return copied();
  if (isWide(columns) && exact.rejected.length > 0) return copied();
  const shape = { dialect, width: columns.length, padded: description.padded };
  const places = await placesAt(file, index, shape, exact.rejected, signal);
  if (!places) return copied();
  const gaps = places.map(({ place }) => place);
  const rejected = exact.rejected.slice(0, LISTED_REJECTS).map(({ column, reason }, at) => {
    const { byte = 0, raw = '' } = places[at] ?? {};
    return { byte, column, raw, reason };
  });
  return {
    ...csvScan(file, description, dialect, exact, index),
    rejects: await listed(file, index, rejected, signal),
    gaps,
    rejectedPlaces: gaps,
  };
}

/** The two readers do not divide the file alike: what is a row is decided here, and DuckDB reads a clean copy of the rows. */
async function scanCopy(
  { file, description, copy }: ScanInput,
  { dialect, width }: { dialect: Dialect; width: number },
  index: RowIndex,
  facts: Facts,
  session: Session,
  signal: AbortSignal,
): Promise<Scan> {
  const table = { dialect, width, padded: description.padded };
  const { rejected, places } = await cleanCopy(file, index, table, copy, signal);
  const clean: Description = { ...description, dialect: cleanDialect(dialect), padded: false };
  const copied = await indexRows(copy, { ...cleanDialect(dialect), blankIsRecord: width === 1 }, signal);
  const exact = await exactTypes(session, copy, clean, copied, facts, signal);
  if (exact.rejected.length > 0 || exact.rows + rejected.length !== index.records) {
    throw new Error(`${exact.rows} rows and ${rejected.length} rejected of ${index.records} records.`);
  }
  return {
    ...csvScan(copy, clean, cleanDialect(dialect), exact, copied),
    rejected: rejected.length,
    rejects: await listed(file, index, rejected, signal),
    gaps: [],
    rejectedPlaces: places,
  };
}

async function listed(
  file: string,
  index: RowIndex,
  rejected: readonly RawReject[],
  signal: AbortSignal,
): Promise<Reject[]> {
  const bytes = rejected.slice(0, LISTED_REJECTS).map(({ byte }) => byte);
  return withLines(rejected, await lineNumbersAt(file, index, bytes, signal));
}

function csvScan(
  file: string,
  { padded }: Description,
  dialect: Dialect,
  exact: ExactTypes,
  index: RowIndex,
): Omit<Scan, 'rejects' | 'gaps' | 'rejectedPlaces'> {
  const { columns, unfit, rows, rejected, facts } = exact;
  const { values, shown } = columnsSql(columns, unfit, dialect);
  const from = `FROM ${readCsv({
    path: '{path}',
    dialect,
    columns: columns.map((one) => (unfit.has(one.name) ? column(one.name, 'VARCHAR') : one)),
    padded,
    rejects: rejected.length > 0 ? 'skip' : 'fail',
    longest: index.longest,
    newLine: index.newLine,
  })}${rejected.length > 0 ? everyCell(columns) : ''}`;
  return {
    file,
    dialect,
    columns,
    rows,
    rejected: rejected.length,
    index,
    facts,
    unfit,
    select: `SELECT ${values} ${from}`,
    shown: `SELECT ${shown} ${from}`,
  };
}
