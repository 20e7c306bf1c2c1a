import { rm } from 'node:fs/promises';
import type { Column, ColumnProfile, Profile } from '../core/table';
import { literal } from '../formats/text';
import type { Session } from './duckdb';
import type { Opened, Scan } from './opened';
import { tableSql } from './chosen-rows';
import { chunks, emptyProfile, profilePlanned } from './profile-columns';
import { marksSql, planColumn, wantedOf, type Plan, type Sampled } from './profile-plan';
import { sampleSql, sampleTable } from './profile-sample';
import { quoteIdentifier } from './sql';
import type { Facts, Found } from './types';

/** Up to so many rows everything is exact. */
const EXACT_ROWS = 200_000;
const SAMPLE_ROWS = 20_000;
const IN_MEMORY_BYTES = 64 * 2 ** 20;
/** Columns of a text file that are profiled straight from it, in the pass that finds their types. */
const STRAIGHT = 32;
/** Columns that are counted together, and cells: what is counted must be held. */
const TOGETHER = 32;
const CELLS_TOGETHER = 2_000_000;
const LARGE_TOGETHER = 4;
const NO_FACTS: ReadonlyMap<string, Found> = new Map();

export interface ProfileOptions {
  /** Only this many rows from the beginning. */
  readonly sampleRows?: number;
  readonly tempFile: (suffix: string) => string;
}

type Tell = ((profile: Profile) => void) | undefined;

/**
 * All columns' statistics. `progress` gets profiles that hold only the columns that are new since the one before and no
 * rejects. Of a large text file first comes a sample (`exact` is false), then the same columns of all rows.
 */
export async function profileTable(
  opened: Opened,
  options: ProfileOptions,
  signal?: AbortSignal,
  progress?: Tell,
): Promise<Profile> {
  const sample =
    options.sampleRows === undefined && opened.format !== 'parquet' && opened.bytes > IN_MEMORY_BYTES
      ? await sampleFirst(opened, options, signal, progress)
      : undefined;
  const scan = await opened.scan(signal);
  const rows = Math.min(scan.rows, options.sampleRows ?? Infinity);
  const profile = (columns: readonly ColumnProfile[]): Profile => ({
    rows,
    exact: rows === scan.rows,
    rejects: scan.rejects,
    rejected: scan.rejected,
    dialect: opened.description.dialect,
    columns,
    ...(opened.unpacked.notes.length === 0 ? {} : { notes: opened.unpacked.notes }),
    ...(opened.unpacked.parts ? { parts: opened.unpacked.parts } : {}),
  });
  const columns: ColumnProfile[] = [];
  for await (const some of columnsOf(opened, scan, rows, options, sample, signal)) {
    columns.push(...some);
    progress?.({ ...profile(some), rejects: [] });
  }
  return profile(columns);
}

/** What a sample from all over a text file says. */
interface Sample {
  readonly columns: ReadonlyMap<string, Sampled>;
  readonly marks: ReadonlyMap<string, readonly number[]>;
  readonly rows: number;
  /** Of the file. */
  readonly records: number;
}

async function sampleFirst(
  opened: Opened,
  options: ProfileOptions,
  signal: AbortSignal | undefined,
  progress: Tell,
): Promise<Sample | undefined> {
  const taken = takeSample(opened, options, signal);
  if (isStraight(opened, opened.columns)) opened.addFacts(taken.then((sample) => factsFor(sample)));
  const sample = await taken;
  if (sample && progress) {
    progress({
      rows: sample.rows,
      exact: false,
      rejects: [],
      rejected: 0,
      dialect: opened.description.dialect,
      columns: [...sample.columns.values()].map(({ profile }) => profile),
    });
  }
  return sample;
}

async function takeSample(
  opened: Opened,
  { tempFile }: ProfileOptions,
  signal?: AbortSignal,
): Promise<Sample | undefined> {
  const index = await opened.indexed(signal);
  if (!index || index.records <= EXACT_ROWS) return undefined;
  const copy = tempFile('.sample');
  try {
    const sql = await sampleSql(opened, index, copy, signal);
    if (sql === undefined) return undefined;
    const session = await opened.session('background');
    const columns = await profileSample(session, sql, opened.columns, signal);
    return { ...columns, records: index.records };
  } finally {
    await rm(copy, { force: true });
  }
}

async function profileSample(
  session: Session,
  sql: string,
  columns: readonly Column[],
  signal?: AbortSignal,
): Promise<Omit<Sample, 'records'>> {
  const sampled = await sampleTable(session, sql, signal);
  const { table, rows } = sampled;
  try {
    const found: Sampled[] = [];
    for (const some of chunks(columns, together(rows))) {
      found.push(...(await profilePlanned(session, table, allCounted(some), rows, NO_FACTS, signal)));
    }
    const marked = await session.all(`SELECT ${columns.map(marksSql).join(', ')} FROM ${table}`, signal);
    const marks = columns.map(({ name }, at) => {
      const json = marked.rows[0]?.[at];
      return [name, typeof json === 'string' ? (JSON.parse(json) as number[]) : []] as const;
    });
    return { rows, columns: new Map(found.map((one) => [one.profile.name, one])), marks: new Map(marks) };
  } finally {
    await sampled.drop();
  }
}

function factsFor(sample: Sample | undefined): Facts {
  return (column, cell) => (sample ? wantedOf(planOf(column, sample), cell) : undefined);
}

function planOf(column: Column, { columns, marks, rows, records }: Sample): Plan {
  const sampled = columns.get(column.name);
  // What the sample knows of numbers or dates says nothing of the same cells as texts.
  const isText = column.sqlType === 'VARCHAR';
  if (!sampled || (isText && sampled.profile.sqlType !== 'VARCHAR')) return { column, counted: true };
  return planColumn(column, sampled, {
    sampleRows: rows,
    rows: records,
    marks: marks.get(column.name) ?? [],
  });
}

/** A pass over the file itself costs less than a copy that is quicker to read, unless it takes one thread or many columns. */
function isStraight({ format, description }: Opened, columns: readonly Column[]): boolean {
  return format === 'csv' && !description.padded && columns.length <= STRAIGHT;
}

async function* columnsOf(
  opened: Opened,
  scan: Scan,
  rows: number,
  { sampleRows, tempFile }: ProfileOptions,
  sample: Sample | undefined,
  signal?: AbortSignal,
): AsyncGenerator<ColumnProfile[]> {
  const sql = tableSql(scan);
  const session = await opened.session('background');
  if (sampleRows === undefined && opened.format === 'parquet') {
    yield* profileColumns(session, `(${sql})`, scan.columns, rows, signal);
  } else if (sampleRows !== undefined || opened.bytes <= IN_MEMORY_BYTES) {
    const limit = sampleRows === undefined ? '' : ` LIMIT ${Math.floor(sampleRows)}`;
    const held = await sampleTable(session, `SELECT * FROM (${sql})${limit}`, signal);
    try {
      yield* profileColumns(session, held.table, scan.columns, rows, signal);
    } finally {
      await held.drop();
    }
  } else if (sample && isStraight(opened, scan.columns)) {
    const plans = scan.columns.map((column) => planOf(column, sample));
    const found = await profilePlanned(session, `(${sql})`, plans, rows, scan.facts, signal);
    // Values can be many, and the scan stays as long as the table is open.
    for (const [name, { tallied }] of scan.facts) if (tallied?.kind === 'values') scan.facts.delete(name);
    yield found.map(({ profile }) => profile);
  } else {
    const file = tempFile('.parquet');
    try {
      await session.run(`COPY (${sql}) TO ${literal(file)} (FORMAT parquet, COMPRESSION lz4_raw)`, signal);
      yield* profileColumns(session, `read_parquet(${literal(file)})`, scan.columns, rows, signal);
    } finally {
      await rm(file, { force: true });
    }
  }
}

/** The columns' statistics, some after the other, over `from`: a relation that is quick to read and has this many rows. */
export async function* profileColumns(
  session: Session,
  from: string,
  columns: readonly Column[],
  rows: number,
  signal?: AbortSignal,
): AsyncGenerator<ColumnProfile[]> {
  if (rows === 0) {
    yield columns.map(emptyProfile);
    return;
  }
  for (const some of chunks(columns, rows <= EXACT_ROWS ? together(rows) : LARGE_TOGETHER)) {
    const plans = rows <= EXACT_ROWS ? allCounted(some) : await plansFor(session, from, some, rows, signal);
    const found = await profilePlanned(session, from, plans, rows, NO_FACTS, signal);
    yield found.map(({ profile }) => profile);
  }
}

async function plansFor(
  session: Session,
  from: string,
  columns: readonly Column[],
  rows: number,
  signal?: AbortSignal,
): Promise<Plan[]> {
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const sql = `SELECT ${names} FROM ${from} USING SAMPLE ${SAMPLE_ROWS} ROWS`;
  const sample = await profileSample(session, sql, columns, signal);
  return columns.map((column) => planOf(column, { ...sample, records: rows }));
}

const allCounted = (columns: readonly Column[]): Plan[] =>
  columns.map((column) => ({ column, counted: true }));

const together = (rows: number): number =>
  Math.min(TOGETHER, Math.max(1, Math.floor(CELLS_TOGETHER / Math.max(1, rows))));
