import { html, nothing, type TemplateResult } from 'lit';
import type { CheckFinding, Column, Condition } from '../../src/protocol';
import { button, dropdown, icon, progressRing } from '../shared/controls';
import { percent, plural } from '../shared/format';
import type { Checks } from './checks';
import { saved } from './choice';

export interface ChecksState {
  /** undefined: they are under way. */
  readonly findings: readonly CheckFinding[] | undefined;
  readonly rows: number | null;
  readonly columns: readonly Column[];
  readonly checks: Pick<Checks, 'against' | 'choose' | 'chooseAgainst'>;
  readonly onFilter: (filter: readonly Condition[]) => void;
  readonly onClose: () => void;
}

const ICON: Readonly<Record<CheckFinding['kind'], string>> = {
  duplicates: 'copy',
  missing: 'circle-slash',
  standIns: 'question',
  constant: 'dash',
  id: 'key',
  space: 'whitespace',
  mixed: 'symbol-misc',
  personal: 'person',
  spelling: 'case-sensitive',
  outliers: 'graph-scatter',
  dates: 'calendar',
  imbalance: 'pie-chart',
  leakage: 'warning',
  overlap: 'files',
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
  const { findings, columns, checks, onClose } = state;
  return html`<aside class="details" aria-label="Data checks">
    <div class="details-head">
      ${icon('checklist')}
      <h2>Data checks</h2>
      ${button({ label: 'Close the data checks', icon: 'close', kind: 'icon', onClick: onClose })}
    </div>
    <div class="checks-choice">
      ${dropdown({
        label: 'Target',
        value: columns.some(({ name }) => name === saved.get().target) ? saved.get().target : '',
        options: [
          { value: '', label: 'none chosen' },
          ...columns.map(({ name }) => ({ value: name, label: name })),
        ],
        onChange: checks.choose,
      })}
      ${button({
        label:
          checks.against === undefined ? 'Compare with Another Table…' : `Compared with ${checks.against}`,
        icon: 'files',
        kind: 'secondary',
        title: 'Look for rows that are also in another table, such as the test data',
        onClick: checks.chooseAgainst,
      })}
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
      Looked for: repeated rows, missing and constant columns, words for a missing value, ids, white space,
      spellings of one value, numbers among text, far values, impossible dates, personal data by its pattern;
      with a target, small classes and columns that give it away; with another table, rows that both have.
    </p>
  </aside>`;
}
