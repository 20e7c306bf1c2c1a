import { html, nothing, type TemplateResult } from 'lit';
import type { ErrorData, Fix } from '../../src/protocol';
import { button, icon } from './controls';

/** The plain data of whatever a call to the host was rejected with. */
export function errorData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { kind: 'internal', message: String(error) };
  const { kind, fix, actions, place } = error as Error & Partial<ErrorData>;
  return {
    kind: kind ?? 'internal',
    message: error.message,
    ...(fix ? { fix } : {}),
    ...(actions?.length ? { actions } : {}),
    ...(place ? { place } : {}),
  };
}

/** True when a call ended because somebody asked for it: nothing to show. */
export function wasCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || errorData(error).kind === 'cancelled');
}

export interface BannerOptions {
  /** Shown as "Try Again". */
  readonly onRetry?: (() => void) | undefined;
  /** Runs one of the failure's own buttons; without it they are left out. */
  readonly onFix?: ((fix: Fix) => void) | undefined;
  readonly onDismiss?: (() => void) | undefined;
}

/** What happened, what to do next, and buttons that do it. Read out by a screen reader when it appears. */
export function errorBanner(error: ErrorData, options: BannerOptions = {}): TemplateResult {
  const { onRetry, onFix, onDismiss } = options;
  return html`<div class="banner banner-error" role="alert">
    ${icon('error')}
    <div class="banner-text">
      <p class="banner-message">
        ${error.kind === 'internal' ? html`<strong>Something unexpected went wrong.</strong> ` : nothing}${
          error.message
        }
      </p>
      ${error.fix ? html`<p class="banner-fix">${error.fix}</p>` : nothing}
      <div class="banner-buttons">
        ${onFix ? (error.actions ?? []).map((fix) => button({ label: fix.title, onClick: () => onFix(fix) })) : nothing}
        ${onRetry ? button({ label: 'Try Again', kind: 'secondary', onClick: onRetry }) : nothing}
      </div>
    </div>
    ${onDismiss ? button({ label: 'Dismiss', icon: 'close', kind: 'icon', onClick: onDismiss }) : nothing}
  </div>`;
}

/** A remark that is no failure: a warning, or something worth knowing. */
export function notice(kind: 'info' | 'warning', content: unknown): TemplateResult {
  return html`<div class="banner banner-${kind}" role="status">
    ${icon(kind)}
    <div class="banner-text">${content}</div>
  </div>`;
}
