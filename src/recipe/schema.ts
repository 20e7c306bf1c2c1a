import type { ColumnType } from '../core/table';
import type { PlanColumn } from './plan';
import { nearest } from './nearest';

export interface SchemaColumn extends PlanColumn {
  /** The raw column that it is, under whatever name now: missing where that is missing. Absent: a step made it. */
  readonly raw?: string;
}

/** What is known of a relation before it is computed: its columns in order, and the beginnings of names that only the data decides. */
export interface Schema {
  readonly columns: readonly SchemaColumn[];
  /** One-hot columns are named prefix + category. */
  readonly prefixes: readonly string[];
  /** Columns that an earlier step took away → what took it, for messages. */
  readonly gone: ReadonlyMap<string, string>;
}

/** `unknown`: a computed column, whose type DuckDB decides. */
export type Kind = ColumnType | 'unknown';

const INTEGERS = new Set([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'UHUGEINT',
]);

/** What a person calls a DuckDB type; '' is `unknown`. */
export function kindOf(sqlType: string): Kind {
  const type = sqlType.toUpperCase();
  if (type === '') return 'unknown';
  if (INTEGERS.has(type)) return 'integer';
  if (type === 'DOUBLE' || type === 'FLOAT' || type.startsWith('DECIMAL')) {
    return type.endsWith(']') ? 'other' : 'number';
  }
  if (type === 'VARCHAR' || (type.startsWith('ENUM') && !type.endsWith(']'))) return 'text';
  if (type === 'DATE') return 'date';
  if (type.startsWith('TIMESTAMP') && !type.endsWith(']')) return 'datetime';
  if (type === 'BOOLEAN') return 'boolean';
  return 'other';
}

export function isNumeric(kind: Kind): boolean {
  return kind === 'number' || kind === 'integer' || kind === 'unknown';
}

/** The column of this name, a one-hot column among them; undefined when there is none. */
export function find(schema: Schema, name: string): SchemaColumn | undefined {
  const column = schema.columns.find((one) => one.name === name);
  if (column !== undefined) return column;
  return schema.prefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length)
    ? { name, sqlType: 'BIGINT' }
    : undefined;
}

/** True when a new column of this name would meet another: DuckDB does not tell upper from lower case in names. */
export function taken(schema: Schema, name: string): boolean {
  const lower = name.toLowerCase();
  return (
    schema.columns.some((one) => one.name.toLowerCase() === lower) ||
    schema.prefixes.some((prefix) => lower.startsWith(prefix.toLowerCase()))
  );
}

/** Why there is no column of this name, with the nearest name if one is near. */
export function missing(
  schema: Schema,
  name: string,
): { message: string; replacement?: string; lost: string } {
  const by = schema.gone.get(name);
  if (by !== undefined) return { message: `Column "${name}" is no longer there: ${by}.`, lost: name };
  const near = nearest(
    name,
    schema.columns.map((one) => one.name),
  );
  const message = `There is no column "${name}".`;
  return near === undefined
    ? { message, lost: name }
    : { message: `${message} Did you mean "${near}"?`, replacement: near, lost: name };
}

/** The schema without these columns. */
export function without(schema: Schema, names: readonly string[], by: string): Schema {
  const out = new Set(names);
  const gone = new Map(schema.gone);
  for (const name of names) gone.set(name, by);
  return { ...schema, gone, columns: schema.columns.filter((one) => !out.has(one.name)) };
}

/** The schema with these columns of another type. */
export function retyped(schema: Schema, types: ReadonlyMap<string, string>): Schema {
  return {
    ...schema,
    columns: schema.columns.map((one) => ({ ...one, sqlType: types.get(one.name) ?? one.sqlType })),
  };
}

/** The schema with columns added at the end. */
export function extended(schema: Schema, columns: readonly PlanColumn[]): Schema {
  const gone = new Map(schema.gone);
  for (const one of columns) gone.delete(one.name);
  return { ...schema, gone, columns: [...schema.columns, ...columns] };
}

/** The schema with these columns computed anew: of a type that DuckDB decides, and no longer raw columns. */
export function remade(schema: Schema, names: readonly string[]): Schema {
  return {
    ...schema,
    columns: schema.columns.map((one) => (names.includes(one.name) ? { name: one.name, sqlType: '' } : one)),
  };
}

/** `island_`, or with underscores before it while it could meet a column of the table or another encoded column. */
export function freePrefix(schema: Schema, name: string): string {
  let prefix = `${name}_`;
  const meets = (start: string): boolean => {
    const lower = start.toLowerCase();
    return (
      schema.columns.some((one) => one.name.toLowerCase().startsWith(lower)) ||
      schema.prefixes.some(
        (one) => one.toLowerCase().startsWith(lower) || lower.startsWith(one.toLowerCase()),
      )
    );
  };
  while (meets(prefix)) prefix = `_${prefix}`;
  return prefix;
}
