import { html, svg, type TemplateResult } from 'lit';
import type { DriftColumn, Histogram } from '../../src/protocol';
import { categoryShares, densitiesOf, distributionText, isHistogram, outline } from './monitor-text';

const WIDTH = 120;
const HEIGHT = 28;
const MOST_CATEGORIES = 8;

function lines(reference: Histogram, current: Histogram): unknown {
  const edges = [...reference.edges, ...current.edges];
  const box = {
    low: edges.reduce((a, b) => Math.min(a, b), Infinity),
    high: edges.reduce((a, b) => Math.max(a, b), -Infinity),
    top: [...densitiesOf(reference), ...densitiesOf(current)].reduce((a, b) => Math.max(a, b), 0),
    width: WIDTH,
    height: HEIGHT - 1,
  };
  return svg`<path class="was" d=${`${outline(reference, box)}Z`}></path><path class="now" d=${outline(current, box)}></path>`;
}

function bars(
  reference: Readonly<Record<string, number>>,
  current: Readonly<Record<string, number>>,
): unknown {
  const shares = categoryShares(reference, current, MOST_CATEGORIES);
  const top = shares.reduce((a, one) => Math.max(a, one.reference, one.current), 0) || 1;
  const step = WIDTH / Math.max(1, shares.length);
  const bar = (kind: 'was' | 'now', share: number, x: number) => {
    const height = (share / top) * (HEIGHT - 2);
    return svg`<rect class=${kind} x=${x} y=${HEIGHT - 1 - height} width=${step * 0.38} height=${height}></rect>`;
  };
  return shares.map((one, i) => [
    bar('was', one.reference, i * step + step * 0.08),
    bar('now', one.current, i * step + step * 0.52),
  ]);
}

/** Training (filled grey) and requests (outlined in colour) over one another, with their description. */
export function distribution(column: DriftColumn): TemplateResult {
  const { reference, current } = column;
  const text = distributionText(column);
  return html`<svg
    class="distribution"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label=${text}
  >
    <title>${text}</title>
    ${
      isHistogram(reference) && isHistogram(current)
        ? lines(reference, current)
        : !isHistogram(reference) && !isHistogram(current)
          ? bars(reference, current)
          : ''
    }
  </svg>`;
}
