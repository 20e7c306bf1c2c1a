import type { Cell, Column, CutCell, Page } from '../core/table';
import { quoteIdentifier } from './sql';

/** SQL of columns of a Parquet file, with bytes cut after so many; behind all columns, how many each cell of bytes has in truth. */
export function cutColumnsSql(columns: readonly Column[], most: number | undefined): string {
  const names = columns.map(({ name }) => quoteIdentifier(name));
  if (most === undefined) return names.join(', ');
  const isCut = (at: number): boolean => columns[at]?.sqlType === 'BLOB';
  const cells = names.map((name, at) => (isCut(at) ? `${name}[1:${most}] AS ${name}` : name));
  return [...cells, ...names.filter((_, at) => isCut(at)).map((name) => `octet_length(${name})`)].join(', ');
}

/** The page with texts of at most that length; `rows` are its rows as {@link cutColumnsSql} gives them. */
export function cutPage(page: Page, rows: readonly (readonly Cell[])[], most: number): Page {
  const cut: CutCell[] = [];
  const { columns } = page;
  const bytes = columns.flatMap(({ sqlType }, at) => (sqlType === 'BLOB' ? [at] : []));
  const shown = rows.map((cells, row) =>
    columns.map((one, column) => {
      const cell = cells[column] ?? null;
      if (one.sqlType === 'BLOB') {
        const length = Number(cells[columns.length + bytes.indexOf(column)] ?? 0);
        if (length > most) cut.push({ row, column, length });
        return cell;
      }
      if (typeof cell !== 'string' || cell.length <= most) return cell;
      cut.push({ row, column, length: cell.length });
      return cell.slice(0, most);
    }),
  );
  return { ...page, rows: shown, ...(cut.length === 0 ? {} : { cut }) };
}
