import { metricInfo, number } from '../../src/words';

export { metricInfo, metricText } from '../../src/words';

export interface Comparison {
  readonly text: string;
  readonly verdict: 'better' | 'worse' | 'equal' | 'unknown';
}

/** How `value` stands to `other`, with sign and unit; shares differ in percentage points. */
export function compareMetric(name: string, value: number, other: number): Comparison {
  const { better, share } = metricInfo(name);
  const difference = value - other;
  if (!Number.isFinite(difference)) return { text: '–', verdict: 'unknown' };
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '±';
  const size = Math.abs(difference);
  const text = `${sign}${share ? `${(size * 100).toFixed(1)} points` : number(size, 3)}`;
  if (difference === 0) return { text, verdict: 'equal' };
  if (!better) return { text, verdict: 'unknown' };
  return { text, verdict: difference > 0 === (better === 'higher') ? 'better' : 'worse' };
}
