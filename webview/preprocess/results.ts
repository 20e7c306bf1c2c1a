import { html, nothing, type TemplateResult } from 'lit';
import type { PreprocessedTable, PreprocessViewApi } from '../../src/protocol';
import { button, icon } from '../shared/controls';
import { errorBanner } from '../shared/error';
import { prepareReport, rowsLine } from '../shared/prepare-report';
import { doneText, fileName, newFilesTexts } from './texts';

function result(one: PreprocessedTable, onOpen: (file: string) => void): TemplateResult {
  const { input, output, report, error } = one;
  return html`<li class="card stack result">
    <div class="row">
      <div class="grow">
        <h3>${icon(report ? 'pass-filled' : 'error')} ${fileName(input)}</h3>
        ${
          report
            ? html`<p>${rowsLine(report)}</p>
                <p class="muted result-path">${output}</p>`
            : nothing
        }
      </div>
      ${report ? button({ label: 'Open Data', icon: 'table', kind: 'secondary', onClick: () => onOpen(output) }) : nothing}
    </div>
    ${error ? errorBanner(error) : nothing} ${report ? prepareReport(report, report.rejected) : nothing}
  </li>`;
}

/** What became of each table, as far as they are done. */
export function resultsPart(
  results: readonly PreprocessedTable[],
  of: number,
  onOpen: (file: string) => void,
): TemplateResult | typeof nothing {
  if (results.length === 0) return nothing;
  return html`<section class="stack results" aria-label="Report">
    <h2><span role="status">${doneText(results, of)}</span></h2>
    <ul class="result-list stack">
      ${results.map((one) => result(one, onOpen))}
    </ul>
  </section>`;
}

export type NewFound = NonNullable<ReturnType<PreprocessViewApi['prepareNew']>>;

/** What is new of a folder, and the job that takes it in. */
export function newFilesPart(found: NewFound, onRun: (run: string) => void): TemplateResult {
  const { run, dataset } = found;
  return html`<section class="card stack" aria-label="New files">
    <div class="row">
      <h2 class="grow">
        <span role="status"
          >${icon(run === undefined ? 'check' : 'play')}
          ${run === undefined ? `Nothing is new for ${dataset}` : `A job takes them into ${dataset}`}</span
        >
      </h2>
      ${run === undefined ? nothing : button({ label: 'Open Run', icon: 'go-to-file', kind: 'secondary', onClick: () => onRun(run) })}
    </div>
    <ul>
      ${newFilesTexts(found).map((text) => html`<li>${text}</li>`)}
    </ul>
  </section>`;
}
