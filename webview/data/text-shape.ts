import { html, nothing, type TemplateResult } from 'lit';
import type { Column, DataViewApi, ErrorData, SourceState, TextShape } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { button, progressRing } from '../shared/controls';
import { errorData, wasCancelled } from '../shared/error';
import { count, percent, plural } from '../shared/format';
import { lengthText } from './texts';

/** How the texts of one column are built, when a person asks for it. */
export interface TextShapes {
  readonly part: (column: Column, source: SourceState | undefined) => TemplateResult | typeof nothing;
}

interface Asked {
  readonly column: string;
  /** Of a table in a source: how much of it is looked at. */
  readonly sample?: number | undefined;
  readonly found?: TextShape;
  readonly error?: ErrorData;
  readonly busy?: AbortController;
}

/** What was asked is forgotten when another column is opened, or another sample chosen. */
export function createTextShapes(host: Pick<Connection<DataViewApi>, 'call'>, draw: () => void): TextShapes {
  let asked: Asked = { column: '' };

  async function ask(column: string, sample?: number): Promise<void> {
    const busy = new AbortController();
    asked = { column, sample, busy };
    draw();
    let next: Asked;
    try {
      next = { column, sample, found: await host.call('textShape', { column }, { signal: busy.signal }) };
    } catch (error) {
      if (wasCancelled(error)) return;
      next = { column, sample, error: errorData(error) };
    }
    if (asked.busy !== busy) return;
    asked = next;
    draw();
  }

  return {
    part({ name, type, sqlType }, source) {
      if (asked.column !== name || asked.sample !== source?.sample) {
        asked.busy?.abort();
        asked = { column: name, sample: source?.sample };
      }
      if (type !== 'text' || (source && sqlType !== 'STRING')) return nothing;
      const { found, error, busy } = asked;
      return html`<section class="column-chart" aria-label="Texts of ${name}">
        ${
          found
            ? shapePart(found)
            : html`<div class="row">
                ${button({
                  label: source ? 'Lengths and Patterns…' : 'Lengths and Patterns',
                  icon: 'symbol-string',
                  kind: 'secondary',
                  title: source
                    ? `How long the texts are, and how they are built: a query, whose bytes and price are shown first`
                    : 'How long the texts are, and how they are built, over all rows',
                  onClick: () => void ask(name, source?.sample),
                })}
                ${busy ? progressRing('Counting…') : nothing}
              </div>`
        }
        ${error ? html`<p class="field-error" role="alert">${error.message} ${error.fix ?? ''}</p>` : nothing}
      </section>`;
    },
  };
}

function shapePart(shape: TextShape): TemplateResult {
  const { cells, distinct, patterns } = shape;
  const more = distinct - patterns.length;
  return html`<h3>Lengths and patterns</h3>
    <p>${lengthText(shape)}</p>
    ${
      patterns.length === 0
        ? nothing
        : html`<table class="table">
              <thead>
                <tr>
                  <th scope="col">pattern</th>
                  <th scope="col" class="num">cells</th>
                  <th scope="col" class="num">share</th>
                </tr>
              </thead>
              <tbody>
                ${patterns.map(
                  (one) =>
                    html`<tr>
                      <th scope="row" class="details-value" title=${one.pattern}>
                        ${one.pattern === '' ? '(empty)' : html`<code>${one.pattern}</code>`}
                      </th>
                      <td class="num">${count(one.cells)}</td>
                      <td class="num">${percent(one.cells / cells)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
            <p class="muted">
              A: capitals, a: other letters, 9: digits, one or more of
              each.${more > 0 ? html` ${plural(more, 'more pattern')}.` : nothing}
            </p>`
    }`;
}
