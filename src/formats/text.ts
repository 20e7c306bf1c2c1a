import type { Column } from '../core/table';

/** Where a SELECT over a file has the file's path. */
export const PATH = '{path}';

/** Text as a SQL string literal; in one with {path}, which readers replace, the brace is escaped. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  if (!quoted.includes(PATH)) return quoted;
  return `e${quoted.replaceAll('\\', '\\\\').replaceAll(PATH, '\\x7Bpath}')}`;
}

/** `{'name': 'TYPE', …}` as read_csv and read_json take it. */
export function structLiteral(columns: readonly Pick<Column, 'name' | 'sqlType'>[]): string {
  return `{${columns.map(({ name, sqlType }) => `${literal(name)}: ${literal(sqlType)}`).join(', ')}}`;
}
