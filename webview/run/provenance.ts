import { html, nothing, type TemplateResult } from 'lit';
import type { Run } from '../../src/protocol';
import { button } from '../shared/controls';
import { plural, rowsText } from '../shared/format';
import { shortHash } from './state';

function pair(name: string, value: unknown): TemplateResult {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

/** What the run was made from: data, code, recipe, parameters, packages. */
export function provenancePart(run: Run, onOpenData: () => void): TemplateResult {
  const params = Object.entries(run.params).filter(([, value]) => value !== undefined);
  const packages = Object.entries(run.packages ?? {});
  const { data } = run;
  return html`<section class="card stack">
    <h2>Made from</h2>
    <dl class="pairs">
      ${
        data
          ? pair(
              'Data',
              html`${data.name}, ${rowsText(data)}, content hash
                <code title=${data.hash}>${shortHash(data.hash)}</code>
                ${button({ label: `Open ${data.name}`, icon: 'table', kind: 'icon', onClick: onOpenData })}`,
            )
          : nothing
      }
      ${run.target ? pair('Target', run.target) : nothing}
      ${
        run.recipe
          ? pair(
              'Recipe',
              html`${run.recipe}${run.recipeHash ? html` <code title=${run.recipeHash}>${shortHash(run.recipeHash)}</code>` : nothing}`,
            )
          : nothing
      }
      ${run.script ? pair('Script', html`<code>${run.script}</code>`) : nothing}
      ${
        run.commit
          ? pair(
              'Commit',
              html`<code title=${run.commit}>${shortHash(run.commit, 8)}</code
                >${run.branch ? ` on ${run.branch}` : ''}${
                  run.dirty
                    ? html` <span class="badge">with uncommitted changes, kept in the run</span>`
                    : nothing
                }`,
            )
          : pair('Commit', html`<span class="muted">The folder was not under git.</span>`)
      }
      ${
        params.length > 0
          ? pair(
              'Parameters',
              html`<code class="params"
                >${params.map(([name, value]) => `${name}: ${String(value)}`).join('\n')}</code
              >`,
            )
          : nothing
      }
      ${pair('Run', html`<code>${run.id}</code>`)}
    </dl>
    ${
      packages.length > 0
        ? html`<details>
            <summary>${plural(packages.length, 'package')} with exact versions</summary>
            <code class="params">${packages.map(([name, version]) => `${name} ${version}`).join('\n')}</code>
          </details>`
        : nothing
    }
  </section>`;
}
