import { UserError } from '../core/errors';
import type { FormatId } from '../core/table';
import type { Description, Format, Prefix } from './format';

/** A cell as a library gives it; whole numbers may be bigint. */
export type Value = string | number | bigint | boolean | Moment | Bytes | null;

/** A date or a point in time, as ISO 8601 text; a time zone only when `kind` has one. */
export class Moment {
  constructor(
    readonly text: string,
    readonly kind: 'DATE' | 'TIMESTAMP',
  ) {}
}

/** Bytes of a column that may hold other values, too. Where a column's type says BLOB, they come as hexadecimal text. */
export class Bytes {
  constructor(readonly hex: string) {}
}

export interface ContainerTable {
  /** Names of the tables in the file, in its order; empty when there is but one, without a name. */
  readonly tables: readonly string[];
  /** The one of them that this is. */
  readonly table?: string;
  readonly names: readonly string[];
  /** DuckDB's types; absent or undefined: taken from the values, and an empty text is a missing value. */
  readonly types?: readonly (string | undefined)[];
  /** How many rows it may have, when something says so. */
  readonly estimate?: number;
  readonly batches: AsyncIterable<readonly (readonly Value[])[]>;
  /** Once all batches were read: what of the file is not in the table. */
  notes?(): readonly string[];
  /** The same: names under which parts of this sheet open, where several tables stand on it. */
  parts?(): readonly string[];
}

export interface ContainerOptions {
  readonly signal?: AbortSignal;
  /** Bytes read so far, of those that are to be read. */
  readonly progress?: (read: number, total: number) => void;
}

/** A place on the disk, and the name that a person knows it by. */
export interface ContainerFile {
  readonly path: string;
  readonly name: string;
}

/** A table file that DuckDB cannot read by itself: it is copied once. */
export interface Container {
  /** See {@link ContainerTable.tables}. */
  tables(file: ContainerFile): Promise<readonly string[]>;
  /** `table`: absent for the first. Whoever reads no further than some batch calls `return` of their iterator. */
  read(file: ContainerFile, table: string | undefined, options: ContainerOptions): Promise<ContainerTable>;
}

/** A {@link Format} of which the prefix says nothing. */
export interface ContainerFormat extends Format {
  /** Loads what reads it; absent: the engine reads it with DuckDB, or as text. */
  readonly load?: () => Promise<Container>;
  /** The first rows are cheap to read, whatever the file's size: they need not wait for the engine. */
  readonly quick?: boolean;
}

const NOTHING: Description = { dialect: null, columns: null, padded: false, undecided: new Set() };

export interface ContainerInit {
  readonly id: FormatId;
  readonly endings: readonly string[];
  /** In a sentence: `an Excel workbook`. */
  readonly what: string;
  readonly recognises: (prefix: Prefix) => boolean;
  /** A UserError for a file of which more can be said than that it is no such file. */
  readonly refuse?: (prefix: Prefix) => void;
  readonly load?: () => Promise<Container>;
  readonly quick?: boolean;
}

export function containerFormat({ what, refuse, ...format }: ContainerInit): ContainerFormat {
  return {
    ...format,
    describe(prefix) {
      if (!format.recognises(prefix)) {
        refuse?.(prefix);
        throw new UserError('invalid', `${prefix.name} is not ${what}: it does not start like one.`, {
          fix: 'If it was being written or downloaded, wait until that has ended. If it is text, give it the ending .csv.',
        });
      }
      return NOTHING;
    },
    first: () => null,
    whole: () => null,
    select: () => 'SELECT * FROM read_parquet({path})',
  };
}

/** A UserError for a file that its library cannot read. */
export function unreadable(name: string, what: string, error: unknown): UserError {
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return new UserError('invalid', `${name} cannot be read as ${what}: ${why.slice(0, 300)}`, {
    fix: 'Make the file again, or check that its download or copy was complete.',
    cause: error,
  });
}

/** The table of this name, or the first; a UserError when there is none. */
export function pickTable(name: string, tables: readonly string[], wanted: string | undefined): string {
  const [first] = tables;
  if (first === undefined) {
    throw new UserError('invalid', `${name} holds no table.`, { fix: 'Choose a file that has one.' });
  }
  if (wanted === undefined) return first;
  if (tables.includes(wanted)) return wanted;
  throw new UserError('notFound', `${name} has no table "${wanted}".`, {
    fix: `It has: ${tables.slice(0, 20).join(', ')}${tables.length > 20 ? ' …' : ''}.`,
  });
}
