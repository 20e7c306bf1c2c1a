import type { Cell, Column, ColumnProfile, Histogram } from '../core/table';
import { literal } from '../formats/text';
import { type DistinctEstimate, estimateDistinct } from './distinct';
import {
  axis,
  bin,
  binWidth,
  canBeInfinite,
  double,
  grid,
  isMeasured,
  QUANTILES,
  type ValueKey,
} from './profile-counts';
import { fromKinds, kinds, placeholder, type Reading } from './profile-text';
import { quoteIdentifier } from './sql';
import type { Found, Wanted } from './types';
import { styleOf } from './written-numbers';

/** Up to about so many different values all of them are counted; of more, their number is estimated. */
const COUNTED = 50_000;
/** So many times as many values as a sample lets expect are thought of: it tells of no fewer than there are at least. */
const SLACK = 4;
/** A value is frequent when it is at least this share of a sample. */
const FREQUENT = 0.001;
/** Text is read as numbers or dates when at least this share of a sample's cells can be. */
const READABLE = 0.5;
/** Up to so many rows quantiles are exact although not all values are counted. */
const EXACT_QUANTILES = 1_000_000;

/** So far around each quantile of a sample that of all rows is looked for. */
const AROUND = [-0.02, -0.005, 0, 0.005, 0.02];
/** The quantiles of a profile, each with some around it. */
const MARKS = QUANTILES.flatMap((q) => AROUND.map((more) => q + more));

/** A column of which all values were counted: how many occur once and twice tells how many others there are beside a sample. */
export interface Sampled {
  readonly profile: ColumnProfile;
  readonly once: number;
  readonly twice: number;
}

/** How a column is profiled: all of its values counted, or estimated as far as one pass gives no exact answer. */
export type Plan =
  | { readonly column: Column; readonly counted: true }
  | {
      readonly column: Column;
      readonly counted: false;
      readonly distinct: (value: string) => DistinctEstimate;
      readonly exactQuantiles: boolean;
      /** Edges of the sample's histogram. */
      readonly edges: readonly number[] | null;
      /** Edges around its quantiles and frequent values: rows are counted between all of these. */
      readonly marks: readonly number[];
      readonly frequent: readonly Cell[];
      /** The cells of a text column that are to be read as numbers and dates. */
      readonly reading: Reading | null;
    };
export type Estimated = Extract<Plan, { counted: false }>;

/** The values of a column that are counted and compared: lists and structs have no order that a person would look for, but their text has. */
export function valueOf({ name, type }: Column, cell = quoteIdentifier(name)): string {
  return type === 'other' ? `${cell}::VARCHAR` : cell;
}

export function valueType({ type, sqlType }: Column): string {
  return type === 'other' ? 'VARCHAR' : sqlType;
}

/** Decides by a sample of `sampleRows` of the `rows`; `marks` as {@link marksSql} found them in it. */
export function planColumn(
  column: Column,
  { profile, once, twice }: Sampled,
  {
    sampleRows,
    rows,
    marks,
  }: { readonly sampleRows: number; readonly rows: number; readonly marks: readonly number[] },
): Plan {
  // Chao (1984), bias-corrected: how many values a sample with so many rare ones is of.
  const distinct = profile.distinct + (once * (once - 1)) / (2 * (twice + 1));
  if (distinct <= COUNTED) return { column, counted: true };
  const present = sampleRows - profile.missing;
  const numbers = profile.type === 'text' ? (profile.numericText ?? 0) : present;
  const isReadable = Math.max(numbers, profile.dateText ?? 0) >= present * READABLE;
  const frequent = profile.top
    .filter(({ count }) => count >= sampleRows * FREQUENT)
    .map(({ value }) => value);
  const exactQuantiles = rows <= EXACT_QUANTILES;
  const single = frequent.flatMap((value) => (typeof value === 'number' ? [value, above(value)] : []));
  return {
    column,
    counted: false,
    distinct: (value) => estimateDistinct(value, Math.min(present * (rows / sampleRows), SLACK * distinct)),
    exactQuantiles,
    edges: profile.histogram?.edges ?? null,
    marks: exactQuantiles ? [] : [...marks, ...single],
    frequent,
    reading:
      column.sqlType === 'VARCHAR' && isReadable
        ? { numbers: styleOf(profile), format: profile.dateFormat }
        : null,
  };
}

/** SQL of the values around the quantiles of a column of a sample, as a list in JSON. */
export function marksSql(column: Column): string {
  const numeric = column.type === 'integer' || column.type === 'number';
  const x = axis(quoteIdentifier(column.name), column);
  return numeric ? `to_json(quantile_cont(${x}, [${MARKS.join(', ')}]))` : 'NULL';
}

/** The next number but for rounding: with both as edges, a value has a bin of its own. */
function above(value: number): number {
  return value + (Math.abs(value) * Number.EPSILON || Number.MIN_VALUE);
}

/** The edges between the smallest and the largest value, ascending. */
function innerEdges({ edges, marks }: Estimated): number[] {
  return [...new Set([...(edges?.slice(1, -1) ?? []), ...marks])].sort((one, other) => one - other);
}

/** What a pass over a text file is to find out of a column; `cell` is SQL of its cells. */
export function wantedOf(plan: Plan, cell: string): Wanted {
  const { column } = plan;
  if (plan.counted) {
    return { sql: [], tally: { kind: 'values', sql: valueOf(column, cell), sqlType: valueType(column) } };
  }
  if (!isMeasured(column)) return { sql: factsSql(plan, cell) };
  return {
    sql: factsSql(plan, cell, 'tallied'),
    tally: { kind: 'numbers', sql: axis(cell, column), edges: innerEdges(plan) },
  };
}

/**
 * SQL of what one pass says of a column that is estimated; `cell` is SQL of its cells. In the order in which {@link readFacts}
 * takes them. Bins, mean and standard deviation can be tallied beside them, which is quicker.
 */
export function factsSql(
  plan: Estimated,
  cell: string,
  numbers: 'aggregated' | 'tallied' = 'aggregated',
): string[] {
  const { column, frequent, reading, exactQuantiles } = plan;
  const value = valueOf(column, cell);
  const finite = canBeInfinite(column.sqlType) ? `CASE WHEN isfinite(${value}) THEN ${value} END` : value;
  const cases = frequent.map(
    (one, at) => `WHEN ${value} = ${literal(String(one))}::${valueType(column)} THEN ${at}`,
  );
  const common = [
    `count(${cell})`,
    plan.distinct(value).sql,
    `min(${finite})`,
    `max(${finite})`,
    cases.length > 0 ? tally(`CASE ${cases.join(' ')} END`) : 'NULL',
    column.sqlType === 'VARCHAR' ? tally(placeholder(cell)) : 'NULL',
    reading ? tally(kinds(cell, reading)) : 'NULL',
  ];
  if (!isMeasured(column)) return common;
  const x = axis(cell, column);
  // histogram() puts a value that is an edge below it, we above it: so it counts the negative values.
  const falling = innerEdges(plan)
    .toReversed()
    .map((edge) => double(-edge));
  const isTallied = numbers === 'tallied';
  const bins =
    falling.length === 0 || isTallied ? 'NULL' : `to_json(histogram(-(${x}), [${falling.join(', ')}]))`;
  const measured = [...common, ...['min', 'max'].map((end) => axis(`${end}(${finite})`, column)), bins];
  if (column.type === 'date' || column.type === 'datetime') return measured;
  const quantiles = exactQuantiles ? `to_json(quantile_cont(${x}, [${QUANTILES.join(', ')}]))` : 'NULL';
  return [...measured, ...(isTallied ? ['NULL', 'NULL'] : [`avg(${x})`, `stddev_samp(${x})`]), quantiles];
}

/** How often each of a few values occurs, as JSON. */
const tally = (value: string): string => `to_json(histogram(${value}))`;

function readTally(json: Cell | undefined): [string, number][] {
  return typeof json === 'string' ? Object.entries(JSON.parse(json) as Record<string, number>) : [];
}

/** What {@link factsSql} found out. */
export interface ColumnFacts {
  readonly present: number;
  readonly profile: Omit<ColumnProfile, keyof Column | 'missing' | 'distinctExact' | 'quantilesExact'>;
  /** Edges of a histogram that is still to be counted. */
  readonly missingGrid: readonly number[] | null;
}

/** The answers to {@link factsSql}. */
export function readFacts(
  plan: Estimated,
  { cells, tallied }: Pick<Found, 'cells' | 'tallied'>,
): ColumnFacts {
  const { column, edges, frequent, reading } = plan;
  const [present, distinct, min = null, max = null, often, marks, read] = cells;
  const [low = null, high = null, bins = null, average, deviation, quantiles] = cells.slice(7);
  const numbers = tallied?.kind === 'numbers' ? tallied : undefined;
  const isDated = column.type === 'date' || column.type === 'datetime';
  const [mean, sd] = numbers && !isDated ? [numbers.mean, numbers.sd] : [average, deviation];
  const top = readTally(often).map(([at, count]) => ({ value: frequent[Number(at)] ?? null, count }));
  const placeholders = readTally(marks).map(([value, count]) => ({ value, count }));
  const common = {
    distinct: Math.min(plan.distinct('').of(Number(distinct)), Number(present)),
    min,
    max,
    top: top.sort((one, other) => other.count - one.count),
    ...(placeholders.length === 0
      ? {}
      : { placeholders: placeholders.sort((one, other) => other.count - one.count) }),
    ...(reading ? fromKinds(new Map(readTally(read).map(([kind, n]) => [Number(kind), n])), reading) : {}),
    mean: typeof mean === 'number' ? mean : null,
    sd: typeof sd === 'number' ? sd : null,
    quantiles: typeof quantiles === 'string' ? (JSON.parse(quantiles) as number[]) : [],
    histogram: null,
  };
  const facts = { present: Number(present), profile: common, missingGrid: null };
  if (typeof low !== 'number' || typeof high !== 'number') return facts;
  const inner = innerEdges(plan);
  const fine = numbers
    ? inner.length > 0 && { edges: [low, ...inner, high], counts: numbers.bins }
    : typeof bins === 'string' && fineBins(inner, low, high, bins);
  const measured =
    fine && plan.marks.length > 0
      ? { ...common, quantiles: QUANTILES.map((q) => quantileOf(fine, q)) }
      : common;
  if (fine && edges && isNear(edges, low, high)) {
    const histogram = merged(fine, [low, ...edges.slice(1, -1), high]);
    return { ...facts, profile: { ...measured, histogram } };
  }
  return { ...facts, profile: measured, missingGrid: grid(low, high, column.type === 'integer') };
}

/** The bins that a sample suggests are as good as equal when the ends of the whole column lie within half a bin. */
function isNear(edges: readonly number[], low: number, high: number): boolean {
  const [first = 0, second = 0] = edges;
  const half = (second - first) / 2;
  const last = edges.at(-1) ?? 0;
  return edges.length > 2 && Math.abs(low - first) <= half && Math.abs(high - last) <= half;
}

/** Rows between the edges; `json` says how many there are by the negative of each bin's lower edge. */
function fineBins(inner: readonly number[], low: number, high: number, json: string): Histogram {
  const counts = new Array<number>(inner.length + 1).fill(0);
  for (const [key, count] of Object.entries(JSON.parse(json) as Record<string, number>)) {
    // What is below all edges has an infinite key.
    counts[inner.indexOf(-Number(key)) + 1] = count;
  }
  return { edges: [low, ...inner, high], counts };
}

/** The same rows between fewer of the edges. */
function merged(fine: Histogram, edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length - 1).fill(0);
  let at = 0;
  fine.counts.forEach((count, bin) => {
    while (at < counts.length - 1 && (fine.edges[bin] ?? 0) >= (edges[at + 1] ?? Infinity)) at += 1;
    counts[at] = (counts[at] ?? 0) + count;
  });
  return { edges, counts };
}

/** The value below which this share of the rows is, on a straight line between the edges around it. */
function quantileOf({ edges, counts }: Histogram, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rank = share * (total - 1);
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (count > 0 && rank <= below + count) {
      const [from = 0, to = 0] = [edges[at], edges[at + 1]];
      if (to === above(from)) return from;
      return from + ((to - from) * (rank - below)) / count;
    }
    below += count;
  }
  return edges.at(-1) ?? 0;
}

/** Something that is counted of a column: its values, or how many are in each bin between these edges. */
export interface Key extends ValueKey {
  readonly column: Column;
  readonly edges?: readonly number[];
}

/** What is counted of a column; `facts` of one that is estimated. */
export function keyOf(plan: Plan, facts: ColumnFacts | undefined): Key | undefined {
  const { column } = plan;
  if (plan.counted) return { column, sql: valueOf(column), sqlType: valueType(column) };
  const edges = facts?.missingGrid;
  if (!edges) return undefined;
  const sql = bin(axis(quoteIdentifier(column.name), column), ...binWidth(edges));
  return { column, sql, sqlType: 'UTINYINT', edges };
}
