import type { TemplateResult } from 'lit';
import type { CheckFinding, Column } from '../../src/protocol';
import { columnDetails } from '../shared/column-details';
import { cellText } from '../shared/format';
import type { Grid } from '../shared/grid';
import { partOf, type ProfileParts } from '../shared/profile-parts';
import { cellPanel } from './cell-panel';
import { rowChoice, saved, shownColumns, withCondition } from './choice';
import { checksPanel } from './checks-panel';
import { columnsPanel } from './columns-panel';
import { edgeBound, filterForm } from './filter-form';

export interface SidePanelOptions {
  readonly columns: readonly Column[];
  readonly rows: number | null;
  readonly findings: readonly CheckFinding[] | undefined;
  readonly parts: ProfileParts;
  readonly grid: Grid | undefined;
  readonly choose: (part: Parameters<typeof saved.set>[0]) => void;
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
        findings: options.findings,
        rows: options.rows,
        onFilter: (filter) => options.choose({ filter: [...filter] }),
        onClose: options.onClose,
      });
    case '':
      return undefined;
  }
}

function columnPanel({ columns, parts, choose, onClose }: SidePanelOptions): TemplateResult | undefined {
  const { details: name } = saved.get();
  const known = columns.some((one) => one.name === name) ? partOf(parts, name) : undefined;
  if (!known) return undefined;
  const { filter } = rowChoice(columns);
  return columnDetails(known.column, known.rows, known.exact ? 'all' : 'a sample of', onClose, {
    content: filterForm({ profile: known.column, filter, onFilter: (next) => choose({ filter: next }) }),
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

function oneCell({ columns, grid, onClose }: SidePanelOptions): TemplateResult | undefined {
  const at = grid?.active();
  const column = at && shownColumns(columns).shown[at.column];
  if (!grid || !at || !column || at.row < 0) return undefined;
  const row = grid.row(at.row);
  const cell = row?.cells[at.column];
  return cellPanel({
    column,
    row: row?.number ?? at.row + 1,
    cell,
    onCopy: () => void navigator.clipboard.writeText(cell === undefined ? '' : cellText(cell)),
    onClose,
  });
}
