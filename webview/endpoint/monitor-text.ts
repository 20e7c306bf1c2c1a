import type { DriftColumn, DriftReport, Histogram } from '../../src/protocol';
import { duration, number, percent, plural } from '../shared/format';

const FEWEST_ROWS = 30;

const TESTS: Readonly<Record<DriftColumn['test'], { readonly title: string; readonly p: boolean }>> = {
  ks: { title: 'Kolmogorov–Smirnov', p: true },
  chi2: { title: 'Chi-squared', p: true },
  z: { title: 'Z test of shares', p: true },
  wasserstein: { title: 'Wasserstein distance', p: false },
  jensenshannon: { title: 'Jensen–Shannon distance', p: false },
  psi: { title: 'Population stability index', p: false },
};

export function testTitle(test: DriftColumn['test']): string {
  return TESTS[test].title;
}

/** How the score stands to its threshold: small p-values and large distances mean drift. */
export function scoreText({ test, score, threshold }: DriftColumn): string {
  const name = TESTS[test].p ? 'p' : 'distance';
  const shown = score > 0 && score < 0.0001 ? '< 0.0001' : number(score, 3);
  return `${name} ${shown}, drift ${TESTS[test].p ? 'below' : 'from'} ${number(threshold, 3)}`;
}

/** What the drift test found, in one sentence of plain words. */
export function driftVerdict(drift: DriftReport, requests: number): string {
  if (drift.tooFew) {
    if (requests === 0 && drift.rows === 0)
      return 'There are no requests in this window, so there is nothing to compare yet.';
    return `Too few rows to tell: ${drift.rows} of the ${FEWEST_ROWS} that the tests need. Send more requests, or choose a longer window.`;
  }
  const columns = Object.values(drift.columns);
  const drifted = columns.filter((one) => one.drifted).length;
  if (columns.length === 0) return 'There is no column to compare.';
  if (drifted === 0)
    return `None of ${plural(columns.length, 'column')} drifted: the requests look like the training data.`;
  const many = `${drifted} of ${plural(columns.length, 'column')} drifted`;
  return drift.drifted
    ? `${many}; half or more counts as drift: the requests differ from the training data.`
    : `${many}; below the half that counts as drift.`;
}

/** Bins or categories of both sides as shares of their own total, on one scale of places. */
export type Distribution = DriftColumn['reference'];

export function isHistogram(one: Distribution): one is Histogram {
  return (
    Array.isArray((one as Partial<Histogram>).edges) && Array.isArray((one as Partial<Histogram>).counts)
  );
}

export interface CategoryShares {
  readonly label: string;
  readonly reference: number;
  readonly current: number;
}

/** Shares of the categories of both sides, the most frequent of the reference first; what is over `limit` is added up. */
export function categoryShares(
  reference: Readonly<Record<string, number>>,
  current: Readonly<Record<string, number>>,
  limit: number,
): readonly CategoryShares[] {
  const total = (side: Readonly<Record<string, number>>): number =>
    Object.values(side).reduce((sum, n) => sum + n, 0) || 1;
  const [all, now] = [total(reference), total(current)];
  const labels = [...new Set([...Object.keys(reference), ...Object.keys(current)])];
  const shares = labels
    .map((label) => ({
      label,
      reference: (reference[label] ?? 0) / all,
      current: (current[label] ?? 0) / now,
    }))
    .sort((a, b) => b.reference - a.reference || b.current - a.current);
  if (shares.length <= limit) return shares;
  const rest = shares.slice(limit - 1);
  const sum = (side: 'reference' | 'current'): number => rest.reduce((n, one) => n + one[side], 0);
  return [
    ...shares.slice(0, limit - 1),
    { label: `${rest.length} others`, reference: sum('reference'), current: sum('current') },
  ];
}

/** A histogram as the outline of its densities over `low … high`, in a box of `width × height`; `top` is the density at full height. */
export function outline(
  { edges, counts }: Histogram,
  box: { low: number; high: number; top: number; width: number; height: number },
): string {
  const { low, high, top, width, height } = box;
  const span = high - low || 1;
  const x = (value: number): string => (((value - low) / span) * width).toFixed(2);
  const densities = densitiesOf({ edges, counts });
  const steps = densities.map((density, i) => {
    const y = (height - (top === 0 ? 0 : density / top) * height).toFixed(2);
    return `L${x(edges[i] ?? low)} ${y}L${x(edges[i + 1] ?? high)} ${y}`;
  });
  return `M${x(edges[0] ?? low)} ${height}${steps.join('')}L${x(edges.at(-1) ?? high)} ${height}`;
}

/** Share of all values per unit of the column, by bin; a bin without width counts as one of the narrowest. */
export function densitiesOf({ edges, counts }: Histogram): number[] {
  const total = counts.reduce((sum, n) => sum + n, 0) || 1;
  const widths = counts.map((_, i) => (edges[i + 1] ?? 0) - (edges[i] ?? 0));
  const narrowest = widths.filter((one) => one > 0).reduce((a, b) => Math.min(a, b), Infinity);
  const least = Number.isFinite(narrowest) ? narrowest : 1;
  return counts.map((n, i) => n / total / Math.max(widths[i] ?? 0, least));
}

function histogramSide({ edges, counts }: Histogram): string {
  const peak = counts.indexOf(counts.reduce((a, b) => Math.max(a, b), 0));
  return `${number(edges[peak] ?? 0, 3)} to ${number(edges[peak + 1] ?? edges[peak] ?? 0, 3)}`;
}

/** The two distributions in words. */
export function distributionText(column: DriftColumn): string {
  const { reference, current } = column;
  if (isHistogram(reference) && isHistogram(current))
    return `Training: most values from ${histogramSide(reference)}. Requests: most from ${histogramSide(current)}.`;
  if (!isHistogram(reference) && !isHistogram(current))
    return categoryShares(reference, current, 5)
      .map((one) => `${one.label}: training ${percent(one.reference)}, requests ${percent(one.current)}`)
      .join('; ');
  return 'The two sides are of different kinds.';
}

/** A latency in milliseconds, with a tenth below 10 ms. */
export function latency(ms: number): string {
  return ms >= 0.05 && ms < 9.95 ? `${ms.toFixed(1)} ms` : duration(ms);
}

const STEPS = [1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 10_080, 43_200].map(
  (minutes) => minutes * 60_000,
);

/** Distance of marks (ms) on a time axis of that length: a round one, with at most 6 marks. */
export function timeStep(ms: number): number {
  return STEPS.find((step) => ms / step <= 6) ?? ms / 6;
}

export const WINDOWS = [
  { id: '1h', label: 'Last hour', ms: 3_600_000 },
  { id: '24h', label: 'Last 24 hours', ms: 86_400_000 },
  { id: '7d', label: 'Last 7 days', ms: 604_800_000 },
  { id: 'all', label: 'All', ms: 0 },
] as const;

/** Start of a window at `now` as ISO 8601; undefined for all. */
export function windowStart(id: string, now: number): string | undefined {
  const ms = WINDOWS.find((one) => one.id === id)?.ms ?? 0;
  return ms === 0 ? undefined : new Date(now - ms).toISOString();
}
