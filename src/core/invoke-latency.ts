import type { Latency } from './model';

/** p50, p95 and p99 of durations in ms, interpolated between neighbours as NumPy does by default. No values give zeros. */
export function latencyOf(durations: readonly number[]): Latency {
  const sorted = Float64Array.from(durations).sort();
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share;
    const low = sorted[Math.floor(place)] ?? 0;
    const high = sorted[Math.ceil(place)] ?? low;
    return low + (high - low) * (place - Math.floor(place));
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
