import type { Cell, Page } from '../core/table';
import { plural, rowsText } from '../words';
import { table } from './terminal';

const text = (cell: Cell): string => (cell === null ? '' : String(cell));

/** Rows of a table, and which they are. */
export function pageText(page: Page): string {
  const head = page.columns.map((column) => column.name);
  const of = rowsText({ rows: page.total, estimated: !page.exact });
  const rejected =
    page.rejected > 0 ? `, ${plural(page.rejected, 'record')} could not be read (see mll data profile)` : '';
  const last = page.offset + page.rows.length;
  if (head.length === 0) return 'The file is empty: it has neither columns nor rows.';
  const shown =
    page.rows.length === 0
      ? `no row from ${page.offset + 1} on: the table has ${of}`
      : `rows ${page.offset + 1}–${last} of ${of}`;
  return `${table(
    head,
    page.rows.map((row) => row.map(text)),
  )}\n\n${shown}${rejected}`;
}
