import { html, nothing, type TemplateResult } from 'lit';
import type { ErrorData, Fix, RecipeRunResult } from '../../src/protocol';
import { button, progressRing } from '../shared/controls';
import { errorBanner, notice } from '../shared/error';
import { plural } from '../shared/format';
import { prepareReport } from '../shared/prepare-report';

export interface MessagesState {
  readonly failure: ErrorData | undefined;
  readonly running: boolean;
  readonly result: RecipeRunResult | undefined;
}

export interface MessagesActions {
  readonly onFix: (fix: Fix) => void;
  readonly onDismiss: () => void;
  readonly onCancel: () => void;
}

/** What went wrong, what runs, and what a run came to. */
export function messages(state: MessagesState, actions: MessagesActions): TemplateResult {
  const { failure, running, result } = state;
  const { onFix, onDismiss } = actions;
  return html`<div class="recipe-messages">
    ${failure ? errorBanner(failure, { onFix, onDismiss }) : nothing}
    ${
      running
        ? notice(
            'info',
            html`${progressRing('The recipe runs on all rows…')}
            ${button({ label: 'Cancel', kind: 'secondary', onClick: actions.onCancel })}`,
          )
        : nothing
    }
    ${
      result
        ? notice(
            'info',
            html`${plural(result.rowsOut, 'row')} of ${plural(result.rowsIn, 'row')} written to
              <code>${result.output}</code>.
              ${button({ label: 'Dismiss', icon: 'close', kind: 'icon', onClick: onDismiss })}
              <details class="run-report">
                <summary>Report</summary>
                ${prepareReport(result, result.rejected)}
              </details>`,
          )
        : nothing
    }
  </div>`;
}

/** The recipe cannot be shown at all; its text can. */
export function openFailed(
  failure: ErrorData,
  {
    onRetry,
    onFix,
    onText,
  }: {
    readonly onRetry: () => void;
    readonly onFix: (fix: Fix) => void;
    readonly onText: () => void;
  },
): TemplateResult {
  return html`<div class="page stack">
    ${errorBanner(failure, { onRetry, onFix })}
    <div>${button({ label: 'Open as Text', kind: 'secondary', onClick: onText })}</div>
  </div>`;
}
