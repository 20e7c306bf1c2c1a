/** Those of the names that the SQL may mean: a table that is not named is not opened, it may be far away, or gone. */
export function namedIn(sql: string, names: readonly string[]): readonly string[] {
  const text = sql.toLowerCase();
  // In quotes a quotation mark is doubled.
  return names.filter((name) => text.includes(name.toLowerCase().replaceAll('"', '""')));
}
