import { html, nothing, svg, type TemplateResult } from 'lit';
import type { ColumnProfile, Histogram } from '../../src/protocol';
import { count, edgeText, percent, plural, valueText } from './format';

const WIDTH = 100;
const HEIGHT = 24;

/** Height of each bar in `height` units: the largest count fills it, and what is not zero is always seen. */
export function barHeights(counts: readonly number[], height: number): number[] {
  const largest = Math.max(0, ...counts);
  return counts.map((n) => (largest === 0 || n === 0 ? 0 : Math.max(1, (n / largest) * height)));
}

/** One sentence of what a histogram shows, for screen readers and as tooltip. */
export function histogramText(histogram: Histogram, type: ColumnProfile['type']): string {
  const { edges, counts } = histogram;
  const peak = counts.indexOf(Math.max(...counts));
  const first = edges[0];
  const last = edges.at(-1);
  const from = edges[peak];
  const to = edges[peak + 1];
  if (first === undefined || last === undefined || from === undefined || to === undefined)
    return 'No values.';
  return `${counts.length} bins from ${edgeText(first, type)} to ${edgeText(last, type)}; most values (${count(
    counts[peak] ?? 0,
  )}) between ${edgeText(from, type)} and ${edgeText(to, type)}.`;
}

/** A small histogram as a picture with its description. */
export function sparkHistogram(histogram: Histogram, type: ColumnProfile['type']): TemplateResult {
  const text = histogramText(histogram, type);
  const step = WIDTH / Math.max(1, histogram.counts.length);
  const gap = histogram.counts.length > 30 ? 0 : 1;
  return html`<svg
    class="spark"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label=${text}
  >
    <title>${text}</title>
    ${barHeights(histogram.counts, HEIGHT).map(
      (height, index) =>
        svg`<rect class="spark-bar" x=${index * step} y=${HEIGHT - height} width=${Math.max(0.5, step - gap)} height=${height}></rect>`,
    )}
  </svg>`;
}

/** The most frequent values as bars with their share of `rows`, in at most three lines; the last one sums up the others. */
export function sparkTop(top: ColumnProfile['top'], rows: number, distinct: number): TemplateResult {
  const shown = top.slice(0, distinct <= 3 ? 3 : 2);
  const covered = shown.reduce((sum, one) => sum + one.count, 0);
  const others = distinct - shown.length;
  const bar = (label: string, share: number, className: string): TemplateResult =>
    html`<li class="spark-top-row ${className}" title="${label}: ${percent(share)} of the rows">
      <span class="spark-top-fill" .style=${`width:${(share * 100).toFixed(1)}%`}></span>
      <span class="spark-top-label">${label}</span>
      <span class="spark-top-share">${percent(share)}</span>
    </li>`;
  return html`<ul class="spark-top" role="list">
    ${shown.map((one) => bar(valueText(one.value), rows === 0 ? 0 : one.count / rows, ''))}
    ${others > 0 ? bar(plural(others, 'other'), rows === 0 ? 0 : Math.max(0, rows - covered) / rows, 'spark-top-others') : nothing}
  </ul>`;
}
