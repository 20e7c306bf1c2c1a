import { html, nothing, type TemplateResult } from 'lit';
import type { ColumnProfile } from '../../src/protocol';
import { count, percent, short } from './format';
import { sparkHistogram, sparkTop } from './spark';

/** A column at a glance, for the grid's header: missing share, distinct values, and a small picture. */
export function columnSummary(profile: ColumnProfile | undefined, rows: number): TemplateResult {
  if (profile && rows === 0) return html``;
  if (!profile) return html`<div class="head-line"><span class="head-wait"></span></div>`;
  const missing =
    profile.missing === 0 ? 'complete' : `${percent(rows === 0 ? 0 : profile.missing / rows)} missing`;
  const distinct = `${profile.distinctExact ? '' : '≈ '}${profile.distinct >= 100_000 ? short(profile.distinct) : count(profile.distinct)} distinct`;
  return html`<div class="head-line" title="${missing}, ${distinct}">
      <span class=${profile.missing > 0 ? 'head-missing' : ''}>${missing}</span>
      <span>${distinct}</span>
    </div>
    ${
      profile.histogram && profile.histogram.counts.length > 0
        ? sparkHistogram(profile.histogram, profile.type)
        : profile.top.length > 0
          ? sparkTop(profile.top, rows, profile.distinct)
          : nothing
    }`;
}
