import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Condition, RowChoice, Sort, TextPattern } from '../../src/protocol';
import { button, icon, numberField, progressRing } from '../shared/controls';
import { conditionText } from '../shared/condition-text';
import { count } from '../shared/format';
import { keepFocusOver } from '../shared/keep-focus';
import type { Actions } from './actions';

export interface SearchState {
  readonly text: string;
  readonly pattern: TextPattern;
  readonly busy: boolean;
  /** undefined: nothing was looked for yet. */
  readonly found:
    { readonly ordinal: number | undefined; readonly matches: number; readonly more: boolean } | undefined;
}

export interface ToolsOptions {
  readonly search: SearchState;
  readonly onSearch: (part: Partial<Pick<SearchState, 'text' | 'pattern'>>) => void;
  readonly onFind: (backwards: boolean) => void;
  readonly onLeave: () => void;
  readonly rows: number | null;
  readonly onGo: (row: number) => void;
  readonly columns: { readonly shown: number; readonly all: number; readonly open: boolean };
  readonly onColumns: () => void;
  readonly cellOpen: boolean;
  readonly onCell: () => void;
  readonly checksOpen: boolean;
  readonly onChecks: () => void;
  /** It lies in a source, where neither cells nor odd rows are looked for one by one. */
  readonly inSource: boolean;
  readonly actions: Pick<Actions, 'act' | 'chart' | 'copy' | 'exportRows'>;
}

function foundText({ text, found, busy }: SearchState): string {
  if (busy || !found || text === '') return '';
  if (found.matches === 0) return 'Not found';
  const all = `${count(found.matches)}${found.more ? '+' : ''}`;
  return found.ordinal === undefined ? all : `${count(found.ordinal)} of ${all}`;
}

/** The line of tools above the table. */
export function tools(options: ToolsOptions): TemplateResult {
  const { search, onSearch, onFind, columns } = options;
  const { pattern } = search;
  const all = columns.shown === columns.all;
  return html`<div class="data-tools" role="toolbar" aria-label="Table">
    <div class="data-search" role="search">
      <label class="data-search-box">
        ${icon('search')}
        <span class="visually-hidden">Search in the table</span>
        <input
          id="data-search"
          class="input"
          type="text"
          placeholder=${options.inSource ? 'Filter by a column instead' : 'Search (Ctrl+F)'}
          ?disabled=${options.inSource}
          spellcheck="false"
          .value=${live(search.text)}
          @input=${(event: Event) => onSearch({ text: (event.target as HTMLInputElement).value })}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === 'Enter') onFind(event.shiftKey);
            else if (event.key === 'Escape') options.onLeave();
            else return;
            event.preventDefault();
          }}
        />
      </label>
      ${button({
        label: 'Match case',
        icon: 'case-sensitive',
        kind: 'icon',
        pressed: pattern.matchCase ?? false,
        onClick: () => onSearch({ pattern: { ...pattern, matchCase: !pattern.matchCase } }),
      })}
      ${button({
        label: 'Regular expression',
        icon: 'regex',
        kind: 'icon',
        pressed: pattern.regex ?? false,
        onClick: () => onSearch({ pattern: { ...pattern, regex: !pattern.regex } }),
      })}
      ${button({
        label: 'Previous match (Shift+Enter)',
        icon: 'arrow-up',
        kind: 'icon',
        disabled: search.text === '',
        onClick: () => onFind(true),
      })}
      ${button({
        label: 'Next match (Enter)',
        icon: 'arrow-down',
        kind: 'icon',
        disabled: search.text === '',
        onClick: () => onFind(false),
      })}
      <span class="muted data-found" role="status"
        >${search.busy ? progressRing('Searching…') : foundText(search)}</span
      >
    </div>
    <div class="data-go" id="data-go">
      ${numberField({
        label: 'Go to row',
        hideLabel: true,
        value: undefined,
        min: 1,
        ...(options.rows === null ? {} : { max: options.rows }),
        step: 1,
        placeholder: 'Go to row',
        onChange: (row) => {
          if (row !== undefined) options.onGo(row);
        },
      })}
    </div>
    <div class="data-tools-end">
      ${button({
        label: all ? 'Columns' : `Columns (${columns.shown} of ${columns.all})`,
        icon: 'list-selection',
        kind: 'secondary',
        expanded: columns.open,
        title: 'Choose, order and pin columns',
        onClick: options.onColumns,
      })}
      ${button({
        label: 'Look into the cell',
        icon: 'inspect',
        kind: 'icon',
        expanded: options.cellOpen,
        title: 'Look into the cell: its whole text, JSON as a tree (Space)',
        onClick: options.onCell,
      })}
      ${button({
        label: 'Checks',
        icon: 'checklist',
        kind: 'secondary',
        expanded: options.checksOpen,
        disabled: options.inSource,
        title: options.inSource
          ? 'Not done for tables in BigQuery; Profile… sums the columns up'
          : 'Look for repeated rows, odd values, ids, personal data and more',
        onClick: options.onChecks,
      })}
      ${button({
        label: 'Copy cells as…',
        icon: 'copy',
        kind: 'icon',
        title: 'Copy the chosen cells as CSV, JSON, Markdown or SQL (Ctrl+Shift+C)',
        onClick: () => options.actions.copy(),
      })}
      ${button({
        label: 'Charts',
        icon: 'graph',
        kind: 'secondary',
        title: 'Draw the rows that are shown',
        onClick: () => options.actions.chart(),
      })}
      ${button({
        label: 'SQL…',
        icon: 'terminal',
        kind: 'secondary',
        title: 'Query this table with SQL',
        onClick: () => options.actions.act('sql'),
      })}
      ${button({
        label: 'Export…',
        icon: 'export',
        kind: 'secondary',
        title: 'Write the rows and columns as they are shown to a file',
        onClick: options.actions.exportRows,
      })}
    </div>
  </div>`;
}

/** What is chosen, each with a button that takes it back. */
export function chips(
  { sort, filter }: Required<RowChoice>,
  {
    onSort,
    onFilter,
    onOpen,
    onLeave,
  }: {
    onSort: (sort: Sort[]) => void;
    onFilter: (filter: Condition[]) => void;
    onOpen: (column: string) => void;
    /** Nothing is chosen any more: where the focus goes. */
    onLeave: () => void;
  },
): TemplateResult | typeof nothing {
  if (sort.length + filter.length === 0) return nothing;
  const taking =
    (act: () => void) =>
    ({ target }: Event): void => {
      const list = target instanceof Element ? target.closest('.data-chips') : null;
      keepFocusOver(act, () => {
        const left = list?.isConnected ? [...list.querySelectorAll<HTMLElement>('.chip vscode-button')] : [];
        if (left.length === 0) onLeave();
        return left.at(-1);
      });
    };
  const chip = (kind: string, text: string, open: string, remove: () => void): TemplateResult =>
    html`<span class="chip">
      ${icon(kind)}
      <button class="chip-text" @click=${() => onOpen(open)} title="Show the column’s details">
        ${text}
      </button>
      ${button({ label: `Remove: ${text}`, icon: 'close', kind: 'icon', onClick: taking(remove) })}
    </span>`;
  return html`<div class="data-chips" aria-label="What is chosen">
    ${filter.map((one) =>
      chip('filter', conditionText(one), one.column, () => onFilter(filter.filter((other) => other !== one))),
    )}
    ${sort.map((one) =>
      chip(
        one.descending ? 'arrow-down' : 'arrow-up',
        `${one.column} ${one.descending ? 'descending' : 'ascending'}`,
        one.column,
        () => onSort(sort.filter((other) => other !== one)),
      ),
    )}
    ${
      sort.length + filter.length > 1
        ? button({
            label: 'Clear All',
            kind: 'secondary',
            onClick: taking(() => {
              onSort([]);
              onFilter([]);
            }),
          })
        : nothing
    }
  </div>`;
}
