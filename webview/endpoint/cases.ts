import { html, nothing, type TemplateResult } from 'lit';
import type { Case, CaseResult } from '../../src/protocol';
import { button, icon, progressRing } from '../shared/controls';
import { errorBanner } from '../shared/error';
import { valueText } from '../shared/format';
import type { EndpointContext } from './context';
import { latency } from './monitor-text';
import { task } from './task';
import { casesText, silentText } from './words';

export interface CasesPart {
  /** The cases after one was saved. */
  replace(cases: readonly Case[]): void;
  part(): TemplateResult;
}

/** The saved cases of the endpoint, and how they fared. */
export function casesPart(context: EndpointContext): CasesPart {
  const running = task(context.redraw);
  let saved: { readonly cases: readonly Case[]; readonly since: unknown } | undefined;
  let results: readonly CaseResult[] = [];

  // What the host said last holds, be it an answer to a save or a newer state.
  const cases = (): readonly Case[] => {
    const state = context.state();
    return saved && saved.since === state ? saved.cases : (state?.cases ?? []);
  };

  function runAll(): void {
    running.run('Running the cases…', async (signal) => {
      context.sent();
      results = await context.host.call('runCases', {}, { signal });
    });
  }

  function row(one: Case): TemplateResult {
    const result = results.find(({ name }) => name === one.name);
    return html`<tr>
      <th scope="row">${one.name}</th>
      <td>${valueText(one.expect)}${one.tolerance ? ` ± ${one.tolerance}` : ''}</td>
      <td class=${result ? (result.passed ? 'case-passed' : 'case-failed') : 'muted'}>
        ${
          result
            ? html`${icon(result.passed ? 'pass-filled' : 'error')}
              ${result.passed ? 'Passed' : 'Failed'}${result.passed ? nothing : html`: ${result.message}`}`
            : 'Not run'
        }
      </td>
      <td class="num">${result ? latency(result.latencyMs) : ''}</td>
    </tr>`;
  }

  return {
    replace(now) {
      saved = { cases: now, since: context.state() };
    },
    part() {
      const all = cases();
      const silent = silentText(context.state()?.endpoint.status);
      return html`<details class="fold" ?open=${all.length > 0}>
        <summary>Cases (${all.length})</summary>
        <div class="stack fold-body">
          ${
            all.length === 0
              ? html`<p class="muted">
                  A case keeps a row and its prediction, so that the next model can be held against it. Send a
                  row, then save it.
                </p>`
              : html`<div class="row">
                    ${button({ label: 'Run All', icon: 'run-all', kind: 'secondary', disabled: silent !== undefined || running.busy !== undefined, ...(silent === undefined ? {} : { title: silent }), onClick: runAll })}
                    ${button({ label: 'Open Cases', icon: 'go-to-file', kind: 'secondary', title: context.state()?.casesFile ?? '', onClick: () => running.run('Opening…', () => context.host.call('openCases', {})) })}
                    ${running.busy ? progressRing(running.busy) : results.length > 0 ? html`<span role="status">${casesText(results)}</span>` : nothing}
                  </div>
                  <div class="rows" tabindex="0" role="region" aria-label="Cases">
                    <table class="table">
                      <thead>
                        <tr>
                          <th scope="col">Case</th>
                          <th scope="col">Expected</th>
                          <th scope="col">Result</th>
                          <th scope="col" class="num">Latency</th>
                        </tr>
                      </thead>
                      <tbody>
                        ${all.map(row)}
                      </tbody>
                    </table>
                  </div>`
          }
          ${running.failure ? errorBanner(running.failure, { onFix: context.runFix, onDismiss: running.dismiss }) : nothing}
        </div>
      </details>`;
    },
  };
}
