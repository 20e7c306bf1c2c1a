import { html, nothing, type TemplateResult } from 'lit';
import type { CheckFinding, Condition } from '../../src/protocol';
import { button, icon, progressRing } from '../shared/controls';
import { percent, plural } from '../shared/format';

export interface ChecksState {
  /** undefined: they are under way. */
  readonly findings: readonly CheckFinding[] | undefined;
  readonly rows: number | null;
  readonly onFilter: (filter: readonly Condition[]) => void;
  readonly onClose: () => void;
}

const ICON: Readonly<Record<CheckFinding['kind'], string>> = {
  duplicates: 'copy',
  missing: 'circle-slash',
  constant: 'dash',
  id: 'key',
  space: 'whitespace',
  mixed: 'symbol-misc',
  personal: 'person',
  spelling: 'case-sensitive',
  outliers: 'graph-scatter',
  dates: 'calendar',
};

/** `12 rows (3.5 %) begin or end with white space`. */
export function findingText({ rows, text }: CheckFinding, all: number | null): string {
  const share = all === null || all === 0 || rows === all ? '' : ` (${percent(rows / all)})`;
  return `${plural(rows, 'row')}${share} ${text}`;
}

function line(finding: CheckFinding, { rows, onFilter }: ChecksState): TemplateResult {
  const { filter } = finding;
  return html`<li class="check">
    ${icon(ICON[finding.kind])}
    <div class="check-text">
      ${finding.column === null ? nothing : html`<strong>${finding.column}</strong>`}
      <div>${findingText(finding, rows)}</div>
      ${
        filter
          ? button({
              label: 'Show These Rows',
              kind: 'secondary',
              onClick: () => onFilter(filter),
            })
          : nothing
      }
    </div>
  </li>`;
}

/** What in the table is worth a look, each with the rows behind it. */
export function checksPanel(state: ChecksState): TemplateResult {
  const { findings, onClose } = state;
  return html`<aside class="details" aria-label="Data checks">
    <div class="details-head">
      ${icon('checklist')}
      <h2>Data checks</h2>
      ${button({ label: 'Close the data checks', icon: 'close', kind: 'icon', onClick: onClose })}
    </div>
    ${
      findings === undefined
        ? progressRing('Looking through all rows…')
        : findings.length === 0
          ? html`<p>Nothing that is worth a look was found.</p>`
          : html`<ul class="checks">
              ${findings.map((one) => line(one, state))}
            </ul>`
    }
    <p class="muted">
      Looked for: repeated rows, missing and constant columns, ids, white space, spellings of one value,
      numbers among text, far values, impossible dates, personal data by its pattern.
    </p>
  </aside>`;
}
