import type { Column } from '../core/table';

/** Text as a SQL string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `{'name': 'TYPE', …}` as read_csv and read_json take it. */
export function structLiteral(columns: readonly Pick<Column, 'name' | 'sqlType'>[]): string {
  return `{${columns.map(({ name, sqlType }) => `${literal(name)}: ${literal(sqlType)}`).join(', ')}}`;
}
