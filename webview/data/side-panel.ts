import { html, nothing, type TemplateResult } from 'lit';
import type { Column, ColumnProfile, Dialect, SourceState } from '../../src/protocol';
import { standInsText } from '../../src/words-table';
import { columnDetails } from '../shared/column-details';
import { plural } from '../shared/format';
import type { Grid } from '../shared/grid';
import { partOf, type ProfileParts } from '../shared/profile-parts';
import type { Actions } from './actions';
import { button } from '../shared/controls';
import { cellPanel } from './cell-panel';
import { rowChoice, saved, shownColumns, withCondition } from './choice';
import type { Checks } from './checks';
import { checksPanel } from './checks-panel';
import { columnsPanel } from './columns-panel';
import { edgeBound, filterForm } from './filter-form';
import { unknownProfile } from './source-line';
import { missingButton } from './unfit';
import { isWhole, type WholeCells } from './whole-cell';

export interface SidePanelOptions {
  readonly columns: readonly Column[];
  readonly rows: number | null;
  readonly checks: Checks;
  readonly cells: WholeCells;
  readonly parts: ProfileParts;
  readonly source: SourceState | undefined;
  readonly grid: Grid | undefined;
  readonly choose: (part: Parameters<typeof saved.set>[0]) => void;
  readonly actions: Actions;
  /** How the person chose that the table is read; absent where that cannot be chosen. */
  readonly given: Partial<Dialect> | undefined;
  readonly onClose: () => void;
  readonly draw: () => void;
}

/** The panel at the side of the table: a column's details and filter, the list of columns, or one cell. */
export function sidePanel(options: SidePanelOptions): TemplateResult | undefined {
  switch (saved.get().panel) {
    case 'column':
      return columnPanel(options);
    case 'columns':
      return columnsPanel(options.columns, {
        onChange: () => options.choose({}),
        onClose: options.onClose,
        draw: options.draw,
      });
    case 'cell':
      return oneCell(options);
    case 'checks':
      return checksPanel({
        findings: options.checks.findings,
        checks: options.checks,
        columns: options.columns,
        rows: options.rows,
        onFilter: (filter) => options.choose({ filter: [...filter] }),
        onClose: options.onClose,
      });
    case '':
      return undefined;
  }
}

function columnPanel({
  columns,
  parts,
  source,
  choose,
  actions,
  given,
  onClose,
}: SidePanelOptions): TemplateResult | undefined {
  const { details: name } = saved.get();
  const column = columns.find((one) => one.name === name);
  const known = column && partOf(parts, name);
  if (!known) return column && source ? unsummed(column, columns, choose, onClose) : undefined;
  const { filter } = rowChoice(columns);
  const { columnChart } = actions;
  const shown = columnChart.profile(known.column);
  return columnDetails(shown, known.rows, known.exact ? 'all' : 'a sample of', onClose, {
    content: html`${given ? placeholders(known.column, given, actions) : nothing}
    ${actions.textShapes.part(known.column, source)} ${columnChart.tools(known.column, columns)}
    ${filterForm({ profile: known.column, filter, onFilter: (next) => choose({ filter: next }) })}`,
    onRange: ({ min, max, last }) =>
      choose({
        filter: withCondition(filter, name, 'between', {
          is: 'between',
          column: name,
          min: edgeBound(min, known.column),
          max: edgeBound(max, known.column),
          ...(last ? {} : { open: true }),
        }),
      }),
  });
}

/** A column of a table in a source before its profile was asked for: it can be filtered all the same. */
function unsummed(
  column: Column,
  columns: readonly Column[],
  choose: SidePanelOptions['choose'],
  onClose: () => void,
): TemplateResult {
  const { filter } = rowChoice(columns);
  return html`<aside class="details" aria-label="Column ${column.name}">
    <header class="row">
      <h2 class="grow">${column.name}</h2>
      ${button({ label: 'Close', icon: 'close', kind: 'icon', onClick: onClose })}
    </header>
    <p class="muted">${column.sqlType}. What it holds is known after Profile…; filters work without it.</p>
    ${filterForm({
      profile: unknownProfile(column),
      filter,
      onFilter: (next) => choose({ filter: next }),
    })}
  </aside>`;
}

/** Of a text column: texts in it that stand for a missing value. Without them it may be one of numbers. */
function placeholders(
  { name, placeholders: found = [] }: ColumnProfile,
  given: Partial<Dialect>,
  { setDialect }: Actions,
): TemplateResult | typeof nothing {
  const texts = found.map(({ value }) => value);
  if (texts.length === 0) return nothing;
  const cells = found.reduce((sum, one) => sum + one.count, 0);
  return html`<div class="row data-placeholders">
    <span>${plural(cells, 'cell')} ${cells === 1 ? 'holds' : 'hold'} ${standInsText(texts)}.</span>
    ${missingButton({ given, column: name, texts, onDialect: setDialect })}
  </div>`;
}

function oneCell({ columns, grid, cells, onClose }: SidePanelOptions): TemplateResult | undefined {
  const at = grid?.active();
  const column = at && shownColumns(columns).shown[at.column];
  if (!grid || !at || !column || at.row < 0) return undefined;
  const row = grid.row(at.row);
  const request = { row: at.row, column: column.name, ...rowChoice(columns) };
  const isHere = column.sqlType !== 'BLOB' && row?.cut?.has(at.column) !== true;
  const whole = row && !isHere ? cells.of(request) : undefined;
  const found = whole && isWhole(whole) ? whole : undefined;
  return cellPanel({
    column,
    row: row?.number ?? at.row + 1,
    file: row?.file,
    cell: isHere ? row?.cells[at.column] : found?.cell,
    bytes: found?.bytes,
    length: found?.length,
    error: whole && !isWhole(whole) ? whole : undefined,
    onCopy: (text) => void navigator.clipboard.writeText(text),
    onSave: () => cells.save(request),
    onClose,
  });
}
