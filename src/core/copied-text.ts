import Papa from 'papaparse';
import type { CopyFormat } from '../protocol';
import type { Cell, Column } from './table';

/** Cells as text for another program. Missing is an empty field, null in JSON, and NULL in SQL. */
export function copiedText(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  format: CopyFormat,
): string {
  const names = columns.map(({ name }) => name);
  switch (format) {
    case 'tsv':
      return Papa.unparse([names, ...rows.map((row) => [...row])], { delimiter: '\t' });
    case 'csv':
      return Papa.unparse([names, ...rows.map((row) => [...row])]);
    case 'json':
      return JSON.stringify(
        rows.map((row) => Object.fromEntries(names.map((name, k) => [name, row[k] ?? null]))),
        null,
        2,
      );
    case 'markdown':
      return [
        names,
        names.map((_, k) => (isNumeric(columns[k]) ? '---:' : '---')),
        ...rows.map((row) => row.map(text)),
      ]
        .map((row, line) => `| ${row.map((cell) => (line === 1 ? cell : escaped(cell))).join(' | ')} |`)
        .join('\n');
    case 'sql':
      return columns.length === 1
        ? `(${rows.map((row) => sqlValue(row[0] ?? null, columns[0])).join(', ')})`
        : rows.map((row) => `(${row.map((cell, k) => sqlValue(cell, columns[k])).join(', ')})`).join(',\n');
  }
}

const text = (cell: Cell): string => (cell === null ? '' : String(cell));
const isNumeric = (column: Column | undefined): boolean =>
  column?.type === 'integer' || column?.type === 'number';
const escaped = (cell: string): string =>
  cell.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\r?\n/g, '<br>');

/** Numbers beyond 2^53 are text here, and numbers in SQL. */
function sqlValue(cell: Cell, column: Column | undefined): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE';
  const isNumber =
    typeof cell === 'number' ? Number.isFinite(cell) : isNumeric(column) && /^-?[\d.]+$/.test(cell);
  return isNumber ? String(cell) : `'${String(cell).replaceAll("'", "''")}'`;
}
