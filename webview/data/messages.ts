import { html, nothing, type TemplateResult } from 'lit';
import type { ErrorData, Fix, Profile } from '../../src/protocol';
import { button } from '../shared/controls';
import { errorBanner, notice } from '../shared/error';
import { plural } from '../shared/format';

export interface MessagesState {
  readonly readError: ErrorData | undefined;
  readonly pageError: ErrorData | undefined;
  readonly stopped: boolean;
  readonly rejected: number;
  readonly profile: Profile | undefined;
  readonly unfit: unknown;
  readonly edits: unknown;
  readonly runFix: (fix: Fix) => void;
  readonly onRead: () => void;
  readonly onRetryPage: () => void;
  readonly onDismiss: () => void;
}

/** What went wrong, and what is not in the table. */
export function messages(state: MessagesState): TemplateResult {
  const { readError, pageError, stopped, rejected, profile, runFix, onRead } = state;
  const many = profile?.rejects.some(({ file }) => file !== undefined) ?? false;
  return html`<div class="data-messages">
    ${readError ? errorBanner(readError, { onRetry: onRead, onFix: runFix }) : nothing}
    ${
      pageError
        ? errorBanner(pageError, {
            onFix: runFix,
            onRetry: state.onRetryPage,
            onDismiss: state.onDismiss,
          })
        : nothing
    }
    ${state.edits}
    ${
      stopped && !readError
        ? notice(
            'info',
            html`<span>Reading was stopped: the number of rows and the summaries are not known. </span>
              ${button({ label: 'Read All Rows', kind: 'secondary', onClick: onRead })}`,
          )
        : nothing
    }
    ${
      rejected > 0
        ? notice(
            'warning',
            html`${plural(rejected, 'record')} could not be read and ${rejected === 1 ? 'is' : 'are'} not in
            the table; they can be mended in the text itself${many ? '' : ' (Open as Text)'}.
            ${rejectList(rejected, profile)}`,
          )
        : nothing
    }
    ${state.unfit}
    ${
      profile?.notes?.length
        ? notice(
            'info',
            html`<ul class="data-notes">
              ${profile.notes.map((one) => html`<li>${one}</li>`)}
            </ul>`,
          )
        : nothing
    }
  </div>`;
}

function rejectList(rejected: number, profile: Profile | undefined): TemplateResult | typeof nothing {
  if (!profile || profile.rejects.length === 0) return nothing;
  return html`<details>
    <summary>
      Show ${profile.rejects.length < rejected ? `the first ${profile.rejects.length}` : 'them'}
    </summary>
    <ul class="data-rejects">
      ${profile.rejects.map(
        (one) =>
          html`<li>
            ${one.file === undefined ? 'Line' : html`${one.file}, line`}
            ${one.line}${one.column ? html`, column ${one.column}` : nothing}: ${one.reason}
            <code>${one.raw.slice(0, 200)}</code>
          </li>`,
      )}
    </ul>
  </details>`;
}
