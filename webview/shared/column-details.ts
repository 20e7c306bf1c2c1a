import { html, nothing, svg, type TemplateResult } from 'lit';
import type { ColumnProfile } from '../../src/protocol';
import { button, icon } from './controls';
import { count, edgeText, number, percent, plural, valueText } from './format';
import { typeIcon, typeText } from './grid-header';
import { barHeights, histogramText } from './spark';

const QUANTILES = ['5 %', '25 %', 'median', '75 %', '95 %'];
const WIDTH = 300;
const HEIGHT = 110;

/** A range of the histogram's edges that was dragged over; `last`: its upper end is the histogram's. */
export interface BinRange {
  readonly min: number;
  readonly max: number;
  readonly last: boolean;
}

let dragging: { readonly from: number; readonly to: number } | undefined;

/** Which bin a pointer is over. */
function binAt(event: PointerEvent, bins: number): number {
  const target = event.currentTarget;
  if (!(target instanceof Element)) return 0;
  const box = target.getBoundingClientRect();
  const share = box.width === 0 ? 0 : (event.clientX - box.left) / box.width;
  return Math.max(0, Math.min(bins - 1, Math.floor(share * bins)));
}

function mark(event: PointerEvent, from: number, to: number): void {
  const target = event.currentTarget;
  if (!(target instanceof Element)) return;
  target.querySelectorAll('rect').forEach((bar, k) => {
    bar.classList.toggle('spark-chosen', k >= Math.min(from, to) && k <= Math.max(from, to));
  });
}

function largeHistogram(
  profile: ColumnProfile,
  onRange?: (range: BinRange) => void,
): TemplateResult | typeof nothing {
  const { histogram, type } = profile;
  if (!histogram || histogram.counts.length === 0) return nothing;
  const { counts, edges } = histogram;
  const step = WIDTH / counts.length;
  const text = histogramText(histogram, type);
  const middle = edges[Math.floor(counts.length / 2)] ?? 0;
  return html`<figure class="histogram">
    <div class="histogram-top muted">${plural(Math.max(...counts), 'row')}</div>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label=${text}
      class=${onRange ? 'histogram-choose' : ''}
      @pointerdown=${(event: PointerEvent) => {
        if (!onRange || event.button !== 0) return;
        const at = binAt(event, counts.length);
        dragging = { from: at, to: at };
        if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
        mark(event, at, at);
      }}
      @pointermove=${(event: PointerEvent) => {
        if (!dragging) return;
        dragging = { ...dragging, to: binAt(event, counts.length) };
        mark(event, dragging.from, dragging.to);
      }}
      @pointerup=${(event: PointerEvent) => {
        if (!dragging || !onRange) return;
        const first = Math.min(dragging.from, dragging.to);
        const end = Math.max(dragging.from, dragging.to) + 1;
        dragging = undefined;
        mark(event, -2, -2);
        onRange({ min: edges[first] ?? 0, max: edges[end] ?? 0, last: end === counts.length });
      }}
      @pointercancel=${(event: PointerEvent) => {
        dragging = undefined;
        mark(event, -2, -2);
      }}
    >
      ${barHeights(counts, HEIGHT).map(
        (height, index) =>
          svg`<rect class="spark-bar" x=${index * step} y=${HEIGHT - height} width=${Math.max(0.5, step - 1)} height=${height}>
            <title>${edgeText(edges[index] ?? 0, type)} to ${edgeText(edges[index + 1] ?? 0, type)}: ${count(counts[index] ?? 0)}</title>
          </rect>`,
      )}
    </svg>
    <div class="histogram-axis muted" aria-hidden="true">
      <span>${edgeText(edges[0] ?? 0, type)}</span><span>${edgeText(middle, type)}</span
      ><span>${edgeText(edges.at(-1) ?? 0, type)}</span>
    </div>
    <details>
      <summary>Show as table</summary>
      <table class="table">
        <thead>
          <tr>
            <th scope="col" class="num">from</th>
            <th scope="col" class="num">to</th>
            <th scope="col" class="num">rows</th>
          </tr>
        </thead>
        <tbody>
          ${counts.map(
            (n, index) =>
              html`<tr>
                <td class="num">${edgeText(edges[index] ?? 0, type)}</td>
                <td class="num">${edgeText(edges[index + 1] ?? 0, type)}</td>
                <td class="num">${count(n)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
  </figure>`;
}

function facts(profile: ColumnProfile, rows: number): readonly (readonly [string, string])[] {
  const list: [string, string][] = [
    ['Missing', `${count(profile.missing)} (${percent(rows === 0 ? 0 : profile.missing / rows)})`],
    ['Distinct', `${profile.distinctExact ? '' : '≈ '}${count(profile.distinct)}`],
  ];
  if (profile.min !== null) list.push(['Smallest', valueText(profile.min)]);
  if (profile.max !== null) list.push(['Largest', valueText(profile.max)]);
  if (profile.mean !== null) list.push(['Mean', number(profile.mean)]);
  if (profile.sd !== null) list.push(['Standard deviation', number(profile.sd)]);
  profile.quantiles.forEach((value, index) => {
    const name = QUANTILES[index];
    const about = profile.quantilesExact ? '' : '≈ ';
    if (name) list.push([name === 'median' ? 'Median' : `${name} are below`, `${about}${number(value)}`]);
  });
  return list;
}

function topValues(profile: ColumnProfile, rows: number): TemplateResult | typeof nothing {
  if (profile.top.length === 0) return nothing;
  return html`<h3>Most frequent</h3>
    <table class="table details-top">
      <thead>
        <tr>
          <th scope="col">value</th>
          <th scope="col" class="num">rows</th>
          <th scope="col" class="num">share</th>
        </tr>
      </thead>
      <tbody>
        ${profile.top.map(
          (one) =>
            html`<tr>
              <td class="details-value" title=${valueText(one.value)}>${valueText(one.value)}</td>
              <td class="num">${count(one.count)}</td>
              <td class="num">${percent(rows === 0 ? 0 : one.count / rows)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

/** All that is known of one column, as a side panel; it was computed on so many rows: `of` them. */
export function columnDetails(
  profile: ColumnProfile,
  rows: number,
  of: 'all' | 'the first' | 'a sample of',
  onClose: () => void,
  more: { readonly content?: unknown; readonly onRange?: (range: BinRange) => void } = {},
): TemplateResult {
  return html`<aside class="details" aria-label="Details of ${profile.name}">
    <div class="details-head">
      ${icon(typeIcon(profile.type))}
      <h2>${profile.name}</h2>
      ${button({ label: 'Close the details', icon: 'close', kind: 'icon', onClick: onClose })}
    </div>
    <p class="muted">
      ${typeText(profile.type)} <code>${profile.sqlType}</code> · from ${of} ${plural(rows, 'row')}
    </p>
    ${largeHistogram(profile, more.onRange)} ${more.content ?? nothing}
    <dl class="details-facts">
      ${facts(profile, rows).map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="num">${value}</dd>
          </div>`,
      )}
    </dl>
    ${topValues(profile, rows)}
  </aside>`;
}
