import type { Cell } from '../core/table';
import { Bytes, Moment, type Value } from './container';
import { look, PLAIN, readCell, type Seen, typeOfSeen } from './infer';

/** What a value that is no text reads as. */
function seenAs(value: Exclude<Value, string | null>): Seen {
  if (value instanceof Moment) return value.kind === 'DATE' ? 'date' : 'datetime';
  if (value instanceof Bytes) return 'bytes';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? 'integer' : Number.isFinite(value) ? 'number' : 'notFinite';
  return look(String(value), PLAIN);
}

/** DuckDB's types of columns, by the values that were seen. */
export interface ValueTypes {
  see(column: number, value: Value): void;
  /** The type that holds all of the column's values. */
  of(column: number): string;
}

/** `given`: types that a file says itself. */
export function valueTypes(given: readonly (string | undefined)[] = []): ValueTypes {
  const seen: Set<Seen>[] = [];
  return {
    see(column, value) {
      if (value === null || value === '' || given[column] !== undefined) return;
      const mine = (seen[column] ??= new Set());
      if (mine.has('text')) return;
      mine.add(typeof value === 'string' ? look(value, PLAIN) : seenAs(value));
    },
    of: (column) => given[column] ?? typeOfSeen(seen[column] ?? new Set()) ?? 'VARCHAR',
  };
}

/** A value as text that DuckDB reads; undefined for a missing one. */
export function valueText(value: Value): string | undefined {
  if (value === null) return undefined;
  if (value instanceof Bytes) return value.hex;
  return value instanceof Moment ? value.text : String(value);
}

/** Bytes as the engine writes them in a cell: those that are no plain sign as \\x and two digits. */
export function bytesText(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) {
    const plain = byte > 0x1f && byte < 0x7f && byte !== 0x22 && byte !== 0x27;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** The cell that the engine gives for this value in a column of that type. */
export function valueCell(value: Value, sqlType: string): Cell {
  if (typeof value === 'boolean' && sqlType === 'BOOLEAN') return value;
  if (typeof value === 'number' && (sqlType === 'BIGINT' || sqlType === 'DOUBLE')) return value;
  if (sqlType === 'BLOB')
    return value === null ? null : bytesText(Buffer.from(valueText(value) ?? '', 'hex'));
  return readCell(valueText(value) ?? '', sqlType, PLAIN);
}
