import { html, nothing, type TemplateResult } from 'lit';
import type { Cell, Column } from '../../src/protocol';
import { button, icon } from '../shared/controls';
import { bytes, cellText, count } from '../shared/format';
import { typeIcon, typeText } from '../shared/grid-header';

/** Characters of one cell that are drawn; all of it is copied. */
const MOST_CHARS = 100_000;
/** Members of one list or object that are drawn. */
const MOST_MEMBERS = 500;

export interface CellPanelOptions {
  readonly column: Column;
  /** The row's place in the file, from 1. */
  readonly row: number;
  /** Which of the table's files the row is from. */
  readonly file?: string | undefined;
  /** undefined: it is on its way. */
  readonly cell: Cell | undefined;
  readonly onCopy: () => void;
  readonly onClose: () => void;
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object or a list, opened two levels deep. */
function tree(value: unknown, name: string | undefined, depth: number): TemplateResult {
  const label = name === undefined ? nothing : html`<span class="tree-name">${name}: </span>`;
  if (typeof value !== 'object' || value === null) {
    return html`<div class="tree-leaf">
      ${label}<span class="tree-value">${JSON.stringify(value)}</span>
    </div>`;
  }
  const members = Object.entries(value);
  const shape = Array.isArray(value) ? `[${count(members.length)}]` : `{${count(members.length)}}`;
  return html`<details class="tree" ?open=${depth < 2}>
    <summary>${label}<span class="muted">${shape}</span></summary>
    ${members.slice(0, MOST_MEMBERS).map(([key, member]) => tree(member, key, depth + 1))}
    ${
      members.length > MOST_MEMBERS
        ? html`<div class="muted">and ${count(members.length - MOST_MEMBERS)} more</div>`
        : nothing
    }
  </details>`;
}

function content(cell: Cell | undefined): TemplateResult {
  if (cell === undefined) return html`<p class="muted">This row is on its way…</p>`;
  if (cell === null) return html`<p class="cell-missing">missing</p>`;
  const text = cellText(cell);
  if (text === '') return html`<p class="cell-missing">empty text</p>`;
  const value = parsed(text);
  if (typeof value === 'object' && value !== null) return tree(value, undefined, 0);
  const shown = text.slice(0, MOST_CHARS);
  return html`${/^https?:\/\/\S+$/i.test(text) ? html`<p><a href=${text}>Open this address</a></p>` : nothing}
    <pre class="cell-text">${shown}</pre>
    ${
      text.length > shown.length
        ? html`<p class="muted">
            The first ${count(shown.length)} of ${count(text.length)} characters; Copy takes all.
          </p>`
        : nothing
    }`;
}

/** One cell as a whole: long text, JSON as a tree, an address as a link. */
export function cellPanel({ column, row, file, cell, onCopy, onClose }: CellPanelOptions): TemplateResult {
  const text = cell === undefined || cell === null ? '' : cellText(cell);
  const size = new TextEncoder().encode(text).length;
  return html`<aside class="details cell-panel" aria-label="Cell: ${column.name}, row ${count(row)}">
    <div class="details-head">
      ${icon(typeIcon(column.type))}
      <h2>${column.name}</h2>
      ${button({ label: 'Close the cell', icon: 'close', kind: 'icon', onClick: onClose })}
    </div>
    <p class="muted">
      Row ${count(row)} ·
      ${typeText(column.type)}${
        typeof cell === 'string' ? html` · ${count(text.length)} characters, ${bytes(size)}` : nothing
      }
    </p>
    ${file === undefined ? nothing : html`<p class="muted">From ${file}</p>`}
    <div>
      ${button({ label: 'Copy', icon: 'copy', kind: 'secondary', disabled: text === '', onClick: onCopy })}
    </div>
    ${content(cell)}
  </aside>`;
}
