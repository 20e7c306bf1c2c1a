import type { Asked, SourceRows, SourceTable } from '../core/source';
import type { Cell, Column, ColumnProfile, Histogram, Profile } from '../core/table';
import type { DryRun, Jobs } from './bigquery-jobs';
import { comparable, fromSql, isOpaque, quote } from './bigquery-sql';

/** Columns of one query: more would be too long, or have too many results, for BigQuery. */
const TOGETHER = 100;
const HISTOGRAMS_TOGETHER = 40;
const BINS = 20;
const TOP = 10;
const QUANTILES = [5, 25, 50, 75, 95];

/** The rows and the table that they are of. */
export interface Of {
  readonly jobs: Jobs;
  readonly table: SourceTable;
  readonly rows: SourceRows;
}

const isNumber = ({ type }: Column): boolean => type === 'integer' || type === 'number';
const isMeasured = (column: Column): boolean =>
  isNumber(column) || column.type === 'date' || column.type === 'datetime';

/** A measured column as FLOAT64: its number, or milliseconds since 1970. */
export function axisSql(column: Column): string {
  const name = quote(column.name);
  if (column.type === 'date') return `CAST(UNIX_DATE(${name}) * 86400000 AS FLOAT64)`;
  if (column.sqlType === 'DATETIME') return `UNIX_MICROS(TIMESTAMP(${name})) / 1000`;
  if (column.sqlType === 'TIMESTAMP') return `UNIX_MICROS(${name}) / 1000`;
  if (column.type === 'boolean') return `IF(${name}, 1.0, 0.0)`;
  return `CAST(${name} AS FLOAT64)`;
}

/** The same, NULL where it is no finite number. */
export function finiteSql(column: Column): string {
  const x = axisSql(column);
  return column.sqlType === 'FLOAT64' ? `IF(IS_NAN(${x}) OR IS_INF(${x}), NULL, ${x})` : x;
}

/** What is counted of one column; its results in this order. */
function partsOf(column: Column): string[] {
  const name = quote(column.name);
  const value = comparable(column);
  const x = finiteSql(column);
  const shown = isOpaque(column) || column.type === 'other' ? value : `CAST(${name} AS STRING)`;
  const ends =
    isOpaque(column) || column.type === 'other' || column.type === 'boolean'
      ? ['NULL', 'NULL']
      : column.sqlType === 'FLOAT64'
        ? [`MIN(${x})`, `MAX(${x})`]
        : [`MIN(${name})`, `MAX(${name})`];
  const numbers = isNumber(column)
    ? [`AVG(${x})`, `STDDEV_SAMP(${x})`, `APPROX_QUANTILES(${x}, 100)`]
    : ['NULL', 'NULL', 'NULL'];
  return [
    `COUNTIF(${name} IS NULL)`,
    `APPROX_COUNT_DISTINCT(${value})`,
    ...ends,
    ...numbers,
    `APPROX_TOP_COUNT(${shown}, ${TOP + 1})`,
    ...(isMeasured(column) ? [`MIN(${x})`, `MAX(${x})`] : ['NULL', 'NULL']),
  ];
}
const PARTS = 10;

function factsSql({ rows, table }: Of, columns: readonly Column[]): string {
  const parts = columns.flatMap((column, at) =>
    partsOf(column).map((sql, part) => `${sql} AS c${at}_${part}`),
  );
  return `SELECT COUNT(*) AS n,\n  ${parts.join(',\n  ')}\n${fromSql(rows, table)}`;
}

interface Span {
  readonly column: Column;
  readonly low: number;
  readonly high: number;
}

/** Edges as numpy.histogram has them; of whole numbers each bin is whole numbers wide. */
export function edgesOf(low: number, high: number, bins: number, whole: boolean): number[] {
  if (whole && high - low < Number.MAX_SAFE_INTEGER) {
    const width = Math.ceil((high - low + 1) / bins);
    const many = Math.ceil((high - low + 1) / width);
    return Array.from({ length: many + 1 }, (_, k) => low + k * width);
  }
  if (low === high) {
    const half = Math.max(Math.abs(low) * 1e-6, 0.5);
    return [low - half, low + half];
  }
  const width = (high - low) / bins;
  return Array.from({ length: bins + 1 }, (_, k) => (k === bins ? high : low + k * width));
}

/** The place of a value's bin. RANGE_BUCKET gives the number of edges that are no larger. */
export function binSql(x: string, edges: readonly number[]): string {
  const listed = edges.slice(1, -1).map(double).join(', ');
  return edges.length <= 2 ? '0' : `RANGE_BUCKET(${x}, [${listed}])`;
}

export const double = (value: number): string => `CAST('${String(value)}' AS FLOAT64)`;

function histogramSql({ rows, table }: Of, spans: readonly Span[]): string {
  const parts = spans.map(({ column, low, high }, at) => {
    const edges = edgesOf(low, high, BINS, column.type === 'integer');
    const x = finiteSql(column);
    const bins = edges.slice(0, -1).map((_, bin) => `COUNTIF(b${at} = ${bin})`);
    return {
      bin: `IF(${x} IS NULL, NULL, ${binSql(x, edges)}) AS b${at}`,
      counts: `[${bins.join(', ')}] AS h${at}`,
    };
  });
  return `SELECT ${parts.map((one) => one.counts).join(',\n  ')}\nFROM (SELECT ${parts.map((one) => one.bin).join(',\n  ')}\n${fromSql(rows, table)})`;
}

/** All columns' facts, from queries that read each column once, and once more where a histogram is drawn. */
export async function profileRows(of: Of, asked: Asked): Promise<Profile> {
  const { table, rows, jobs } = of;
  const names = rows.columns && new Set(rows.columns);
  const columns = table.columns.filter(({ name }) => !names || names.has(name));
  const batches = chunks(columns, TOGETHER);
  const measured = columns.filter(isMeasured);
  const groups = chunks(measured, HISTOGRAMS_TOGETHER);
  // What a histogram reads does not depend on its edges, so its dry run needs none of the first answers.
  const placeholders = groups.map((some) =>
    histogramSql(
      of,
      some.map((column) => ({ column, low: 0, high: 1 })),
    ),
  );
  const first = batches.map((some) => ({ sql: factsSql(of, some), location: table.location }));
  const later = placeholders.map((sql) => ({ sql, location: table.location }));
  const facts = new Map<string, readonly Cell[]>();
  let count = 0;
  let batch = 0;
  const spans = new Map<string, Span>();
  const histograms = new Map<string, Histogram>();
  const action = `Profile ${table.uri}`;
  const { agreed, checked } = await agreeOnce(of, [...first, ...later], action, asked);
  for await (const { result } of jobs.runAll(first, action, agreed, checked)) {
    const [row = []] = await jobs.rows(result, asked.signal);
    count = Number(row[0] ?? 0);
    for (const [at, column] of (batches[batch] ?? []).entries()) {
      const own = row.slice(1 + at * PARTS, 1 + (at + 1) * PARTS);
      facts.set(column.name, own);
      const [low, high] = [own[8], own[9]];
      if (typeof low === 'number' && typeof high === 'number') spans.set(column.name, { column, low, high });
    }
    batch += 1;
    const some = columnsOf(batches.slice(0, batch).flat(), facts, histograms, count);
    asked.onProgress?.({ doing: `${some.length} of ${columns.length} columns` });
  }
  const drawn = chunks([...spans.values()], HISTOGRAMS_TOGETHER);
  let group = 0;
  const counting = drawn.map((some) => ({ sql: histogramSql(of, some), location: table.location }));
  for await (const { result } of jobs.runAll(counting, action, agreed)) {
    const [row = []] = await jobs.rows(result, asked.signal);
    for (const [at, { column, low, high }] of (drawn[group] ?? []).entries()) {
      const counts = listOf(row[at] ?? null).map(Number);
      histograms.set(column.name, { edges: edgesOf(low, high, BINS, column.type === 'integer'), counts });
    }
    group += 1;
  }
  return {
    rows: count,
    exact: rows.sample === undefined && (rows.filter ?? []).length === 0,
    rejects: [],
    rejected: 0,
    dialect: null,
    columns: columnsOf(columns, facts, histograms, count),
    notes: [
      'Distinct values, quantiles and the most frequent values are BigQuery’s approximations (HyperLogLog++, APPROX_QUANTILES, APPROX_TOP_COUNT).',
      ...(rows.sample === undefined
        ? []
        : [`Of a sample of about ${rows.sample} % of the table’s blocks (TABLESAMPLE).`]),
    ],
  };
}

/** Asks for all queries together, also for those whose text is not known yet. */
async function agreeOnce(
  { jobs }: Of,
  queries: readonly { readonly sql: string; readonly location: string | undefined }[],
  action: string,
  asked: Asked,
): Promise<{ agreed: Asked; checked: readonly DryRun[] }> {
  const checked = await jobs.dryRuns(queries, asked.signal);
  const answer = await asked.agree(jobs.estimate(checked, action));
  return { agreed: { ...asked, agree: () => Promise.resolve(answer) }, checked };
}

function columnsOf(
  columns: readonly Column[],
  facts: ReadonlyMap<string, readonly Cell[]>,
  histograms: ReadonlyMap<string, Histogram>,
  rows: number,
): ColumnProfile[] {
  return columns.map((column) => {
    const [missing, distinct, min = null, max = null, mean, sd, quantiles = null, top = null] =
      facts.get(column.name) ?? [];
    const sorted = listOf(quantiles).map(Number);
    const number = (cell: Cell | undefined): number | null => (typeof cell === 'number' ? cell : null);
    const frequent = listOf(top)
      .map((one) => one as { value: Cell; count: number })
      .filter(({ value }) => value !== null)
      .slice(0, TOP)
      .map(({ value, count }) => ({ value: typedValue(value, column), count }));
    const some = rows - Number(missing ?? 0);
    // Of few values the most frequent ones are all of them, and counted.
    const isAll = frequent.length < TOP && frequent.reduce((sum, one) => sum + one.count, 0) === some;
    return {
      ...column,
      missing: Number(missing ?? 0),
      distinct: isAll ? frequent.length : Math.min(some, Number(distinct ?? 0)),
      distinctExact: isAll,
      min,
      max,
      mean: number(mean),
      sd: number(sd),
      quantiles: sorted.length === 101 ? QUANTILES.map((at) => sorted[at] ?? 0) : [],
      quantilesExact: false,
      top: frequent,
      histogram: histograms.get(column.name) ?? null,
    };
  });
}

function typedValue(value: Cell, { type, sqlType }: Column): Cell {
  if (value === null) return null;
  if (type === 'boolean') return String(value) === 'true';
  if (type === 'integer' || sqlType === 'FLOAT64') {
    const number = Number(value);
    return type === 'integer' && !Number.isSafeInteger(number) ? String(value) : number;
  }
  if (type === 'datetime')
    return String(value)
      .replace(' ', 'T')
      .replace(/\+00(:00)?$/, 'Z');
  return value;
}

/** The items of an ARRAY, which comes as JSON text. */
const listOf = (cell: Cell): readonly unknown[] =>
  typeof cell === 'string' ? (JSON.parse(cell) as unknown[]) : [];

export function chunks<T>(all: readonly T[], size: number): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < all.length; at += size) found.push(all.slice(at, at + size));
  return found;
}
