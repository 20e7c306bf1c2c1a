import { double } from '../profile-counts';

/**
 * Equal bins: n + 1 edges, and as SQL the place of a value's bin before rounding down (which may be off by one at an edge, and
 * beyond the first or last) and of a bin's lower edge.
 */
export interface Bins {
  readonly edges: readonly number[];
  readonly near: (x: string) => string;
  readonly edge: (place: string) => string;
}

/**
 * Equal bins from the lowest to the highest value, as numpy.histogram makes them: the last one holds its upper edge. Those of
 * whole numbers are whole numbers wide and hold their lower edge alone, so that each holds equally many numbers.
 */
export function binsOf(low: number, high: number, wanted: number, whole: boolean): Bins {
  if (whole && high - low < Number.MAX_SAFE_INTEGER) {
    const width = Math.ceil((high - low + 1) / wanted);
    return equal(low, width, Math.ceil((high - low + 1) / width));
  }
  if (low === high) {
    // One value alone: a bin around it, as wide as one can see.
    const half = Math.max(Math.abs(low) * 1e-6, 0.5);
    return equal(low - half, 2 * half, 1);
  }
  const bins = equal(low, (high - low) / wanted, wanted);
  return { ...bins, edges: [...bins.edges.slice(0, -1), high] };
}

function equal(low: number, width: number, bins: number): Bins {
  return {
    edges: Array.from({ length: bins + 1 }, (_, k) => low + k * width),
    near: (x) => `(${x} - ${double(low)}) / ${double(width)}`,
    edge: (place) => `${double(low)} + ${place} * ${double(width)}`,
  };
}

/** About that many bins whose edges are round: 1, 2 or 5 times a power of ten. */
export function roundBins(low: number, high: number, wanted: number): Bins {
  if (low === high) return binsOf(low, high, wanted, false);
  const raw = (high - low) / wanted;
  const power = Math.floor(Math.log10(raw));
  const digit = [1, 2, 5].find((one) => one * 10 ** power >= raw) ?? 10;
  // A fraction as a division: 3 * 0.1 is not 0.3.
  const divisor = power < 0 ? 10 ** -power : 1;
  const unit = power < 0 ? digit : digit * 10 ** power;
  const edge = (k: number): number => (k * unit) / divisor;
  const from = Math.floor((low * divisor) / unit);
  const to = Math.floor((high * divisor) / unit) + 1;
  return {
    edges: Array.from({ length: to - from + 1 }, (_, k) => edge(from + k)),
    near: (x) => `${x} * ${double(divisor)} / ${double(unit)} - ${from}`,
    edge: (place) => `(${place} + ${from}) * ${double(unit)} / ${double(divisor)}`,
  };
}

/** SQL of the place by the quotient alone, which may be off by one at an edge. */
function roughBinSql(x: string, { edges, near }: Bins): string {
  return `least(${edges.length - 2}, greatest(0, floor(${near(x)})))::INTEGER`;
}

/** SQL of the place of the bin of `x` (DOUBLE, NULL for NULL): of the quotient, held against the edges. */
export function binSql(x: string, bins: Bins): string {
  const last = bins.edges.length - 2;
  if (last === 0) return `CASE WHEN ${x} IS NOT NULL THEN 0 END`;
  const place = roughBinSql(x, bins);
  return `(${place} - (${place} > 0 AND ${x} < ${bins.edge(place)})::INTEGER + (${place} < ${last} AND ${x} >= ${bins.edge(`(${place} + 1)`)})::INTEGER)`;
}

/** True when values from `low` to `high` that the quotient put into a bin all belong there. */
export function belong({ edges }: Bins, place: number, low: number, high: number): boolean {
  const last = edges.length - 2;
  return (place === 0 || low >= (edges[place] ?? 0)) && (place === last || high < (edges[place + 1] ?? 0));
}
