import type { Cell } from '../core/table';
import { Bytes, Moment, type Value } from './container';
import { look, PLAIN, readCell, type Seen, typeOfSeen } from './infer';
import { isStandIn } from './stand-ins';

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
  /** Cells that stand for a missing value (`N/A`) in a column that is of another type without them, and their texts as they are. */
  standIns(column: number): { readonly count: number; readonly texts: readonly string[] };
}

interface SeenColumn {
  readonly all: Set<Seen>;
  /** Without what stands for a missing value. */
  readonly values: Set<Seen>;
  filled: number;
  standing: number;
  readonly texts: Set<string>;
}

/** `given`: types that a file says itself. */
export function valueTypes(given: readonly (string | undefined)[] = []): ValueTypes {
  const seen: SeenColumn[] = [];
  const typeOf = (column: number): string => {
    const mine = seen[column];
    const said = given[column];
    if (said !== undefined) return said;
    if (!mine) return 'VARCHAR';
    const type = typeOfSeen(mine.all) ?? 'VARCHAR';
    // As in a text table: what is mostly such texts is one of texts.
    if (type !== 'VARCHAR' || mine.standing === 0 || mine.filled < mine.standing) return type;
    return typeOfSeen(mine.values) ?? type;
  };
  return {
    see(column, value) {
      if (value === null || value === '') return;
      const said = given[column];
      // A column that a file calls one of numbers may hold texts all the same (SQLite).
      if (said !== undefined && said !== 'DOUBLE') return;
      const mine = (seen[column] ??= {
        all: new Set(),
        values: new Set(),
        filled: 0,
        standing: 0,
        texts: new Set(),
      });
      if (mine.values.has('text')) return;
      const one = typeof value === 'string' ? look(value, PLAIN) : seenAs(value);
      mine.all.add(one);
      if (typeof value === 'string' && isStandIn(value)) {
        mine.standing += 1;
        mine.texts.add(value);
        return;
      }
      mine.filled += 1;
      mine.values.add(one);
    },
    of: typeOf,
    standIns(column) {
      const mine = seen[column];
      // NaN is a number where nothing else stands for a missing value.
      const isApart = mine !== undefined && mine.all.has('text') && typeOf(column) !== 'VARCHAR';
      return isApart ? { count: mine.standing, texts: [...mine.texts] } : { count: 0, texts: [] };
    },
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
