import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Spelling, Spellings } from '../../src/protocol';
import { button } from '../shared/controls';
import { count, plural } from '../shared/format';
import type { Pair } from './form';

const WHY: Readonly<Record<Spelling['why'], string>> = {
  case: 'upper and lower case',
  space: 'white space',
  accents: 'accents',
  signs: 'signs',
  near: 'a letter or two: perhaps another word',
};
const MOST = 100;

const quoted = (value: string): string => `“${value}”`;

function line(one: Spelling, chosen: boolean, onChoose: (on: boolean) => void): TemplateResult {
  return html`<label class="choice spelling"
    ><input
      type="checkbox"
      .checked=${live(chosen)}
      @change=${(event: Event) => onChoose((event.target as HTMLInputElement).checked)}
    /><span
      ><span class="spelling-from">${quoted(one.value)}</span>
      <span class="muted">${plural(one.rows, 'row')}</span> →
      <strong>${quoted(one.to)}</strong>
      <span class="muted">${plural(one.toRows, 'row')}; ${WHY[one.why]}</span></span
    ></label
  >`;
}

/** The spellings that were found, to be accepted one by one or all: those that are go into the step's pairs. */
export function spellingList(
  { found, rows, exact }: Spellings,
  pairs: readonly Pair[],
  onPairs: (pairs: readonly Pair[]) => void,
): TemplateResult {
  const filled = pairs.filter((pair) => pair.from !== '');
  const has = (one: Spelling): boolean =>
    filled.some((pair) => pair.from === one.value && pair.to === one.to);
  const put = (some: readonly Spelling[], on: boolean): void => {
    const values = new Set(some.map((one) => one.value));
    const rest = filled.filter((pair) => !values.has(pair.from));
    onPairs([...rest, ...(on ? some.map((one) => ({ from: one.value, to: one.to, missing: false })) : [])]);
  };
  const sure = found.filter((one) => one.why !== 'near');
  const where = exact ? `all ${count(rows)} rows` : `the first ${count(rows)} rows`;
  if (found.length === 0)
    return html`<p class="muted" role="status">No spellings are near each other in ${where}.</p>`;
  return html`<div class="spellings" role="group" aria-label="Spellings found">
    <p role="status">${plural(found.length, 'spelling')} in ${where} may be meant to be another:</p>
    <div class="choices-list">
      ${found.slice(0, MOST).map((one) => line(one, has(one), (on) => put([one], on)))}
    </div>
    ${found.length > MOST ? html`<p class="muted">and ${count(found.length - MOST)} more</p>` : nothing}
    <div class="row">
      ${button({ label: 'Accept All', kind: 'secondary', onClick: () => put(found, true) })}
      ${sure.length > 0 && sure.length < found.length ? button({ label: 'Accept All But Near Ones', kind: 'secondary', onClick: () => put(sure, true) }) : nothing}
      ${button({ label: 'Accept None', kind: 'secondary', onClick: () => put(found, false) })}
    </div>
  </div>`;
}
