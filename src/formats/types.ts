import type { Column, ColumnType } from '../core/table';

const NAMED: Readonly<Record<string, ColumnType>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'integer',
  SMALLINT: 'integer',
  INTEGER: 'integer',
  BIGINT: 'integer',
  HUGEINT: 'integer',
  UTINYINT: 'integer',
  USMALLINT: 'integer',
  UINTEGER: 'integer',
  UBIGINT: 'integer',
  UHUGEINT: 'integer',
  FLOAT: 'number',
  DOUBLE: 'number',
  VARCHAR: 'text',
  UUID: 'text',
  DATE: 'date',
};

/** What a person calls a DuckDB type. */
export function columnType(sqlType: string): ColumnType {
  const named = NAMED[sqlType];
  if (named) return named;
  if (sqlType.endsWith(']')) return 'other';
  if (sqlType.startsWith('DECIMAL')) return 'number';
  if (sqlType.startsWith('TIMESTAMP')) return 'datetime';
  if (sqlType.startsWith('ENUM')) return 'text';
  return 'other';
}

/** A column with the word for its type. */
export function column(name: string, sqlType: string): Column {
  return { name, type: columnType(sqlType), sqlType };
}
