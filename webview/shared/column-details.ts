import { html, nothing, svg, type TemplateResult } from 'lit';
import type { ColumnProfile } from '../../src/protocol';
import { button, icon } from './controls';
import { count, edgeText, number, percent, plural, valueText } from './format';
import { typeIcon, typeText } from './grid-header';
import { barHeights, histogramText } from './spark';

const QUANTILES = ['5 %', '25 %', 'median', '75 %', '95 %'];
const WIDTH = 300;
const HEIGHT = 110;

function largeHistogram(profile: ColumnProfile): TemplateResult | typeof nothing {
  const { histogram, type } = profile;
  if (!histogram || histogram.counts.length === 0) return nothing;
  const { counts, edges } = histogram;
  const step = WIDTH / counts.length;
  const text = histogramText(histogram, type);
  const middle = edges[Math.floor(counts.length / 2)] ?? 0;
  return html`<figure class="histogram">
    <div class="histogram-top muted">${plural(Math.max(...counts), 'row')}</div>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${text}>
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
    ${largeHistogram(profile)}
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
