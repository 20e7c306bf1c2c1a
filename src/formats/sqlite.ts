import { childContainer } from './child-container';
import { Bytes, type Value } from './container';
import { columnNames } from './csv';
import { startReader } from './reader-child';
import { SQLITE_CHILD, type SqliteAnswer, type SqliteValue } from './sqlite-child';

/** By the words that SQLite derives a column's affinity from (Datatypes In SQLite, 3.1); what it leaves open is taken from the values. */
function typeOf(declared: string): string | undefined {
  if (/BOOL|DATE|TIME|INT/i.test(declared)) return undefined;
  if (/CHAR|CLOB|TEXT/i.test(declared)) return 'VARCHAR';
  return /REAL|FLOA|DOUB/i.test(declared) ? 'DOUBLE' : undefined;
}

/** A whole number that is stored as REAL stays one with a fraction. */
function valueOf(value: SqliteValue): Value {
  if (value instanceof Uint8Array) return new Bytes(Buffer.from(value).toString('hex'));
  return typeof value === 'number' && Number.isInteger(value) ? value.toFixed(1) : value;
}

type Listing = Extract<SqliteAnswer, { tables: unknown }>;
type Batch = Extract<SqliteAnswer, { batch: unknown }>;

/** SQLite version 3. */
export const sqlite = childContainer<Listing, Batch>({
  what: 'an SQLite database',
  start: (file, table, signal) =>
    startReader<SqliteAnswer>([SQLITE_CHILD, file.path, ...(table === undefined ? [] : [table])], signal),
  table: ({ columns = [], rows }, batches) => ({
    names: columnNames(
      columns.map((one) => one.name),
      columns.length,
    ),
    types: columns.map((one) => typeOf(one.declared)),
    ...(rows === undefined ? {} : { estimate: rows }),
    batches: (async function* cells() {
      for await (const { batch } of batches) yield batch.map((row) => row.map(valueOf));
    })(),
  }),
});
