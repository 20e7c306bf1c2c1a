import { html, nothing, type TemplateResult } from 'lit';
import type { Check, ErrorData, Fix } from '../../src/protocol';
import { button, icon, progressRing } from '../shared/controls';
import { errorBanner } from '../shared/error';
import { verdict } from './verdict';

export interface DoctorPage {
  /** undefined: nothing was checked yet. */
  readonly checks: readonly Check[] | undefined;
  readonly busy: boolean;
  readonly failure: ErrorData | undefined;
  readonly onCheck: () => void;
  readonly onFix: (fix: Fix) => void;
}

function checkRow(one: Check, onFix: (fix: Fix) => void): TemplateResult {
  const { action } = one;
  return html`<li class="check ${one.ok ? 'check-ok' : 'check-bad'}">
    <span class="check-state">${icon(one.ok ? 'pass-filled' : 'error')} ${one.ok ? 'OK' : 'Problem'}</span>
    <div class="check-text">
      <h2>${one.name}</h2>
      <p>${one.reason}</p>
      ${one.fix && !one.ok ? html`<p class="muted">${one.fix}</p>` : nothing}
    </div>
    ${action ? button({ label: action.title, kind: one.ok ? 'secondary' : 'primary', onClick: () => onFix(action) }) : nothing}
  </li>`;
}

/** The whole page: what needs attention stands first. */
export function doctorPage(page: DoctorPage): TemplateResult {
  const { checks, busy, failure, onCheck, onFix } = page;
  const sorted = [...(checks ?? [])].sort((a, b) => Number(a.ok) - Number(b.ok));
  return html`<div class="page stack doctor" aria-busy=${busy}>
    <div class="row">
      <h1 class="grow">Doctor</h1>
      ${busy ? progressRing(checks ? 'Checking again…' : 'Checking this machine…') : nothing}
      ${button({ label: 'Check Again', icon: 'refresh', kind: 'secondary', disabled: busy, onClick: onCheck })}
    </div>
    <p class="muted">
      What ML Lifecycle needs on this machine and, once connected, in AWS and Google Cloud. Checking changes
      nothing: the file written to try the bucket is removed again.
    </p>
    ${failure ? errorBanner(failure, { onRetry: onCheck, onFix }) : nothing}
    ${checks ? html`<p class="doctor-verdict" role="status">${verdict(checks)}</p>` : nothing}
    <ul class="checks" role="list">
      ${sorted.map((one) => checkRow(one, onFix))}
    </ul>
  </div>`;
}
