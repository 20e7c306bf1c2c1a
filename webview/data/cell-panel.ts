import { html, nothing, type TemplateResult } from 'lit';
import type { Cell, Column, ErrorData } from '../../src/protocol';
import { button, icon } from '../shared/controls';
import { errorBanner } from '../shared/error';
import { bytes, cellText, count, plural } from '../shared/format';
import { typeIcon, typeText } from '../shared/grid-header';
import { bytesOf, hexDigits, hexDump } from './hex';

/** Characters of one cell that are drawn; all of it is copied. */
const MOST_CHARS = 100_000;
/** A text of more than so many characters may be wanted as a file. */
const SAVED_CHARS = 1000;
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
  /** Of a BLOB: its first bytes, and how many there are. */
  readonly bytes?: { readonly base64: string; readonly size: number } | undefined;
  /** Characters of the whole text, where `cell` is but its beginning. */
  readonly length?: number | undefined;
  readonly error?: ErrorData | undefined;
  readonly onCopy: (text: string) => void;
  /** Writes it to a file. */
  readonly onSave: () => void;
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

function content({ cell, bytes: held, error }: CellPanelOptions): TemplateResult {
  if (error) return errorBanner(error, {});
  if (cell === undefined) return html`<p class="muted">It is on its way…</p>`;
  if (cell === null) return html`<p class="cell-missing">missing</p>`;
  if (held) {
    const some = bytesOf(held.base64);
    if (some.length === 0) return html`<p class="cell-missing">no bytes</p>`;
    return html`<pre class="cell-bytes" tabindex="0" aria-label="Bytes">${hexDump(some)}</pre>
      ${held.size > some.length ? cutLine(some.length, held.size, 'bytes') : nothing}`;
  }
  const text = cellText(cell);
  if (text === '') return html`<p class="cell-missing">empty text</p>`;
  const value = parsed(text);
  if (typeof value === 'object' && value !== null) return tree(value, undefined, 0);
  const shown = text.slice(0, MOST_CHARS);
  return html`${/^https?:\/\/\S+$/i.test(text) ? html`<p><a href=${text}>Open this address</a></p>` : nothing}
    <pre class="cell-text">${shown}</pre>
    ${text.length > shown.length ? cutLine(shown.length, text.length, 'characters') : nothing}`;
}

const cutLine = (shown: number, all: number, what: string): TemplateResult =>
  html`<p class="muted">The first ${count(shown)} of ${count(all)} ${what}; Save as File… takes all.</p>`;

/** `12 characters, 14 bytes`. */
function sizeText({ cell, bytes: held, length }: CellPanelOptions): string | undefined {
  if (held) return plural(held.size, 'byte');
  if (typeof cell !== 'string') return undefined;
  const characters = plural(length ?? cell.length, 'character');
  return length !== undefined && length > cell.length
    ? characters
    : `${characters}, ${bytes(new TextEncoder().encode(cell).length)}`;
}

/** One cell as a whole: long text, JSON as a tree, an address as a link, bytes as hexadecimal digits. */
export function cellPanel(options: CellPanelOptions): TemplateResult {
  const { column, row, file, cell, bytes: held, onCopy, onSave, onClose } = options;
  const text = cell === undefined || cell === null ? '' : cellText(cell);
  const size = sizeText(options);
  const isEmpty = held ? held.size === 0 : text === '';
  return html`<aside class="details cell-panel" aria-label="Cell: ${column.name}, row ${count(row)}">
    <div class="details-head">
      ${icon(typeIcon(column.type))}
      <h2>${column.name}</h2>
      ${button({ label: 'Close the cell', icon: 'close', kind: 'icon', onClick: onClose })}
    </div>
    <p class="muted">
      Row ${count(row)} ·
      ${held ? 'bytes' : typeText(column.type)}${size === undefined ? nothing : ` · ${size}`}
    </p>
    ${file === undefined ? nothing : html`<p class="muted">From ${file}</p>`}
    <div class="row">
      ${button({
        label: held ? 'Copy as Hexadecimal' : 'Copy',
        icon: 'copy',
        kind: 'secondary',
        disabled: isEmpty || (held !== undefined && held.size > bytesOf(held.base64).length),
        onClick: () => onCopy(held ? hexDigits(bytesOf(held.base64)) : text),
      })}
      ${
        held || text.length > SAVED_CHARS
          ? button({
              label: 'Save as File…',
              icon: 'save',
              kind: 'secondary',
              disabled: isEmpty,
              onClick: onSave,
            })
          : nothing
      }
    </div>
    ${content(options)}
  </aside>`;
}
