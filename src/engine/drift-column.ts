import type { DriftColumn } from '../core/monitor';
import type { Cell, Column, Histogram } from '../core/table';
import type { Session } from './duckdb';
import { quoteIdentifier } from './sql';
import * as statistics from './statistics';

/** Reference rows up to which a test gives a p-value; with more, a distance (Evidently's default choice). */
const SMALL_REFERENCE = 1000;
const P_THRESHOLD = 0.05;
const DISTANCE_THRESHOLD = 0.1;
const SHOWN_BINS = 20;
const SHOWN_VALUES = 20;
/** Columns measured in one query, so that very wide tables stay within memory. */
const BATCH = 40;

/** A column of the table of both sides (`__mll_side` 0 reference, 1 current), with its counts of values that are not missing. */
export interface Measured {
  readonly name: string;
  readonly kind: 'numeric' | 'categorical';
  readonly type: Column['type'];
  readonly freeTextCounts: boolean;
  readonly reference: number;
  readonly current: number;
  readonly distinct: number;
  readonly distinctReference: number;
  readonly min: number;
  readonly max: number;
  /** Population standard deviation of the reference. */
  readonly sd: number;
}

export async function measure(
  session: Session,
  table: string,
  columns: readonly {
    readonly column: Column;
    readonly kind: Measured['kind'];
    readonly freeTextCounts: boolean;
  }[],
  signal: AbortSignal,
): Promise<Measured[]> {
  const out: Measured[] = [];
  for (let start = 0; start < columns.length; start += BATCH) {
    const batch = columns.slice(start, start + BATCH);
    const parts = batch.flatMap(({ column, kind }) => {
      const c = quoteIdentifier(column.name);
      const numeric = kind === 'numeric';
      return [
        `count(${c}) FILTER (__mll_side = 0)::DOUBLE`,
        `count(${c}) FILTER (__mll_side = 1)::DOUBLE`,
        `count(DISTINCT ${c})::DOUBLE`,
        `count(DISTINCT ${c}) FILTER (__mll_side = 0)::DOUBLE`,
        numeric ? `min(${c})` : 'NULL',
        numeric ? `max(${c})` : 'NULL',
        numeric ? `stddev_pop(${c}) FILTER (__mll_side = 0)` : 'NULL',
      ];
    });
    const { rows } = await session.all(`SELECT ${parts.join(', ')} FROM ${table}`, signal);
    const values = (rows[0] ?? []).map(Number);
    for (const [index, { column, kind, freeTextCounts }] of batch.entries()) {
      const [reference = 0, current = 0, distinct = 0, distinctReference = 0, min = 0, max = 0, sd = 0] =
        values.slice(index * 7, index * 7 + 7);
      out.push({
        ...{ name: column.name, type: column.type, kind, freeTextCounts },
        ...{ reference, current, distinct, distinctReference, min, max, sd },
      });
    }
  }
  return out;
}

/** Tests one column by the rule of its kind, size and distinct values; both sides must have values. */
export async function compareColumn(
  session: Session,
  table: string,
  column: Measured,
  psi: boolean,
  signal: AbortSignal,
): Promise<DriftColumn> {
  const counts = await countValues(session, table, column, signal);
  const numeric = column.kind === 'numeric';
  const shown = numeric
    ? await histograms(session, table, column, shownEdges(column), signal)
    : shownValues(counts ?? []);
  const done = (test: DriftColumn['test'], score: number): DriftColumn => {
    const isP = test === 'ks' || test === 'chi2' || test === 'z';
    const threshold = isP ? P_THRESHOLD : DISTANCE_THRESHOLD;
    return { test, score, threshold, drifted: isP ? score < threshold : score >= threshold, ...shown };
  };

  if (psi) {
    if (counts && !(numeric && column.distinctReference > 20)) {
      return done('psi', statistics.populationStability(side(counts, 1), side(counts, 2)));
    }
    const { min, max, reference, current } = column;
    const edges = statistics.sturgesEdges(min, max, reference + current, column.type === 'integer');
    const bins = await histograms(session, table, column, edges, signal);
    return done('psi', statistics.populationStability(bins.reference.counts, bins.current.counts));
  }
  const fewValues = !numeric || column.distinct <= 5;
  if (counts && fewValues) {
    if (column.reference > SMALL_REFERENCE) {
      return done('jensenshannon', statistics.jensenShannon(side(counts, 1), side(counts, 2)));
    }
    if (column.distinct > 2) return done('chi2', statistics.chiSquare(side(counts, 1), side(counts, 2)));
    const [, referenceHits, currentHits] = counts[0] ?? [null, 0, 0];
    const p = statistics.zTest(
      { hits: referenceHits, total: column.reference },
      { hits: currentHits, total: column.current },
    );
    return done('z', p);
  }
  const { steps, area } = await gaps(session, table, column, signal);
  if (column.reference > SMALL_REFERENCE) return done('wasserstein', area / Math.max(column.sd, 0.001));
  return done('ks', statistics.kolmogorovSmirnov(steps, column.reference, column.current));
}

type Counts = readonly (readonly [value: Cell, reference: number, current: number])[];
const side = (counts: Counts, index: 1 | 2): number[] => counts.map((one) => one[index]);

/** Counts per value, most frequent first; undefined for numbers with too many values to be counted one by one. */
async function countValues(
  session: Session,
  table: string,
  column: Measured,
  signal: AbortSignal,
): Promise<Counts | undefined> {
  if (column.kind === 'numeric' && column.distinct > 5 && column.distinctReference > 20) return undefined;
  const c = quoteIdentifier(column.name);
  const { rows } = await session.all(
    `SELECT ${c}, count(*) FILTER (__mll_side = 0)::DOUBLE AS r, count(*) FILTER (__mll_side = 1)::DOUBLE AS k
     FROM ${table} WHERE ${c} IS NOT NULL GROUP BY 1 ORDER BY r DESC, k DESC, 1`,
    signal,
  );
  return rows.map(([value = null, reference, current]) => [value, Number(reference), Number(current)]);
}

/** Largest difference of the two distribution functions in steps of 1 / (n·m), and the area between them. */
async function gaps(
  session: Session,
  table: string,
  column: Measured,
  signal: AbortSignal,
): Promise<{ steps: number; area: number }> {
  const c = quoteIdentifier(column.name);
  const { reference: n, current: m } = column;
  const { rows } = await session.all(
    `WITH counts AS (
       SELECT ${c} AS v, count(*) FILTER (__mll_side = 0)::DOUBLE AS r, count(*) FILTER (__mll_side = 1)::DOUBLE AS k
       FROM ${table} WHERE ${c} IS NOT NULL GROUP BY 1
     ), sums AS (
       SELECT v, sum(r) OVER up AS r, sum(k) OVER up AS k, lead(v) OVER (ORDER BY v) AS following
       FROM counts WINDOW up AS (ORDER BY v ROWS UNBOUNDED PRECEDING)
     )
     SELECT max(abs(r * ${m} - k * ${n}))::DOUBLE, sum(abs(r / ${n} - k / ${m}) * (following - v))::DOUBLE FROM sums`,
    signal,
  );
  const [steps, area] = rows[0] ?? [];
  return { steps: Number(steps), area: Number(area) };
}

/** Counts of both sides in bins [a, b), the last one closed. */
async function histograms(
  session: Session,
  table: string,
  column: Measured,
  edges: readonly number[],
  signal: AbortSignal,
): Promise<{ reference: Histogram; current: Histogram }> {
  const c = quoteIdentifier(column.name);
  const bins = edges.slice(0, -1).map((edge, index) => {
    const last = index === edges.length - 2;
    return `${c} >= ${double(edge)} AND ${c} ${last ? '<=' : '<'} ${double(edges[index + 1] ?? edge)}`;
  });
  const parts = [0, 1].flatMap((which) =>
    bins.map((bin) => `count(*) FILTER (__mll_side = ${which} AND ${bin})::DOUBLE`),
  );
  const { rows } = await session.all(`SELECT ${parts.join(', ')} FROM ${table}`, signal);
  const counts = (rows[0] ?? []).map(Number);
  return {
    reference: { edges, counts: counts.slice(0, bins.length) },
    current: { edges, counts: counts.slice(bins.length) },
  };
}

function shownEdges({ min, max, distinct }: Measured): number[] {
  if (max === min) return [min - 0.5, max + 0.5];
  return statistics.equalEdges(min, max, Math.max(2, Math.min(SHOWN_BINS, distinct)));
}

function shownValues(counts: Counts): {
  reference: Readonly<Record<string, number>>;
  current: Readonly<Record<string, number>>;
} {
  const most = [...counts].sort((a, b) => b[1] + b[2] - a[1] - a[2]);
  const shown = most.slice(0, SHOWN_VALUES);
  const rest = most.slice(SHOWN_VALUES);
  const of = (index: 1 | 2): Record<string, number> => ({
    ...Object.fromEntries(shown.map((one) => [String(one[0]), one[index]])),
    ...(rest.length === 0
      ? {}
      : { [`${rest.length} other values`]: rest.reduce((total, one) => total + one[index], 0) }),
  });
  return { reference: of(1), current: of(2) };
}

/** A number as a DuckDB literal that reads back as exactly this number. */
function double(value: number): string {
  return `'${value}'::DOUBLE`;
}
