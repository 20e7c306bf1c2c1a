import type { Cell, Column, Reject } from '../core/table';
import type { Description } from '../formats/format';
import { literal } from '../formats/text';
import { column } from '../formats/types';
import { MAX_RECORD_BYTES, readCsv } from '../formats/csv';
import type { Session } from './duckdb';
import type { RowIndex } from './row-index';
import { quoteIdentifier } from './sql';

/** What a full pass over a delimited file found out. */
export interface ExactTypes {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Records that fit no row, each once, in file order. */
  readonly rejected: readonly RawReject[];
  /** What {@link Facts} asked for, of the columns whose final type is the one that it was asked for. */
  readonly facts: ReadonlyMap<string, readonly Cell[]>;
}

/** SQL of the aggregates to compute on the way over a column, whose type is the expected one; `cell` is SQL of that type. */
export type Facts = (column: Column, cell: string) => readonly string[];

export interface RawReject {
  readonly byte: number;
  readonly column: string | null;
  readonly raw: string;
  readonly reason: string;
}

const REASONS: Readonly<Record<string, string>> = {
  CAST: 'A cell does not fit the type of its column.',
  'MISSING COLUMNS': 'It has fewer cells than the table has columns.',
  'TOO MANY COLUMNS': 'It has more cells than the table has columns.',
  'UNQUOTED VALUE': 'A quote is not closed, or text follows a closing quote.',
  'LINE SIZE OVER MAXIMUM': `It is longer than ${MAX_RECORD_BYTES / 2 ** 20} MB.`,
  'INVALID ENCODING': 'It holds bytes that are no text in the encoding of the file.',
  'INVALID STATE': 'Its quotes and delimiters contradict each other.',
};

/** DuckDB's planning grows with the square of the expressions, so a wide table is read in several goes. */
const AGGREGATES = 400;

/** The table is read in several goes: what is a row of it must not depend on the columns that are read. */
export const isWide = (columns: readonly Column[]): boolean => columns.length > AGGREGATES;
const LEVELS = ['BIGINT', 'DOUBLE', 'VARCHAR'] as const;
const WHOLE = String.raw`\s*[+-]?(0|[1-9]\d*)\s*`;
const DECIMAL = String.raw`\s*[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*`;

/** How far a column's cells are from BIGINT: 0 all fit, 1 DOUBLE holds them, 2 only text does; NULL when all are missing. */
function level(name: string, decimal: string): string {
  const cell = quoteIdentifier(name);
  const number = decimal === ',' ? `replace(${cell}, ',', '.')` : cell;
  // Most cells are plain: then the comparison decides and no pattern is tried.
  return `max(CASE WHEN ${cell} IS NULL THEN NULL WHEN TRY_CAST(${cell} AS BIGINT)::VARCHAR = ${cell} THEN 0
    WHEN regexp_full_match(${cell}, ${literal(WHOLE)}) AND TRY_CAST(${cell} AS BIGINT) IS NOT NULL THEN 0
    WHEN regexp_full_match(${number}, ${literal(DECIMAL)}) THEN 1 ELSE 2 END)`;
}

/**
 * Reads the whole file with the types that its beginning suggested and widens those that do not hold: an integer column
 * with other numbers becomes DOUBLE, a column with any cell that does not fit becomes VARCHAR. At most two passes.
 */
export async function exactTypes(
  session: Session,
  path: string,
  described: Description,
  index: Pick<RowIndex, 'mixedLineEnds' | 'longest'>,
  wanted: Facts,
  signal?: AbortSignal,
): Promise<ExactTypes> {
  const { dialect, columns, padded, undecided } = described;
  if (!dialect || !columns) throw new Error('Only delimited text has exact types to find.');
  const pass = async (types: readonly Column[], aggregates: readonly string[]): Promise<Cell[]> => {
    const table = readCsv({
      path: literal(path),
      dialect,
      columns: types,
      padded,
      rejects: 'store',
      mixedLineEnds: index.mixedLineEnds,
      longest: index.longest,
    });
    await session.run('DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans', signal);
    const found: Cell[] = [];
    for (let at = 0; at < aggregates.length; at += AGGREGATES) {
      const some = ['count(*)', ...aggregates.slice(at, at + AGGREGATES)];
      const { rows } = await session.all(`SELECT ${some.join(', ')} FROM ${table}`, signal);
      found.push(...(rows[0] ?? []).slice(at === 0 ? 0 : 1));
    }
    return found;
  };
  const isOpen = ({ name, sqlType }: Column): boolean => sqlType === 'BIGINT' || undecided.has(name);
  const factsOf = (types: readonly Column[], cell: (one: Column) => string): Asked[] =>
    types.flatMap((one) => {
      const sql = wanted(one, cell(one));
      return sql.length === 0 ? [] : [{ column: one, sql }];
    });

  const asked = factsOf(
    columns.filter(({ name }) => !undecided.has(name)),
    (one) => (isOpen(one) ? `TRY_CAST(${quoteIdentifier(one.name)} AS BIGINT)` : quoteIdentifier(one.name)),
  );
  const [counted, ...cells] = await pass(
    columns.map((one) => (isOpen(one) ? column(one.name, 'VARCHAR') : one)),
    [
      ...columns.map((one) =>
        isOpen(one) ? level(one.name, dialect.decimal) : `count(${quoteIdentifier(one.name)})`,
      ),
      ...asked.flatMap(({ sql }) => sql),
    ],
  );
  const bad = await castFailures(session, signal);
  const final = columns.map((one, at) => {
    if (!isOpen(one)) return bad.has(one.name) ? column(one.name, 'VARCHAR') : one;
    const found = cells[at] ?? null;
    if (found === null) return one;
    return column(one.name, LEVELS[Number(found)] ?? 'VARCHAR');
  });
  let rows = Number(counted);
  let facts = answers(asked, cells.slice(columns.length), final);
  if (bad.size > 0) {
    // The records of those cells were left out, so all is counted again.
    const again = factsOf(final, ({ name }) => quoteIdentifier(name));
    const counts = final.map(({ name }) => `count(${quoteIdentifier(name)})`);
    const [number, ...more] = await pass(final, [...counts, ...again.flatMap(({ sql }) => sql)]);
    rows = Number(number);
    facts = answers(again, more.slice(final.length), final);
  }
  return { columns: final, rows, rejected: await readRejects(session, signal), facts };
}

/**
 * SQL behind a table of `readCsv` that makes DuckDB read all cells of each record, whatever a query asks for: else a record with
 * a bad cell is a row for queries that do not read that cell, and DuckDB 1.5 fails when a text that it reads is no UTF-8.
 */
export function everyCell(columns: readonly Pick<Column, 'name'>[]): string {
  return ` WHERE hash(${columns.map(({ name }) => quoteIdentifier(name)).join(', ')}) IS NOT NULL`;
}

interface Asked {
  readonly column: Column;
  readonly sql: readonly string[];
}

function answers(
  asked: readonly Asked[],
  cells: readonly Cell[],
  final: readonly Column[],
): Map<string, readonly Cell[]> {
  const types = new Map(final.map(({ name, sqlType }) => [name, sqlType]));
  const facts = new Map<string, readonly Cell[]>();
  let at = 0;
  for (const { column: one, sql } of asked) {
    if (types.get(one.name) === one.sqlType) facts.set(one.name, cells.slice(at, at + sql.length));
    at += sql.length;
  }
  return facts;
}

async function castFailures(session: Session, signal?: AbortSignal): Promise<Set<string>> {
  const { rows } = await session.all(
    `SELECT DISTINCT column_name FROM reject_errors WHERE error_type = 'CAST' AND column_name IS NOT NULL
     AND line_byte_position NOT IN (SELECT line_byte_position FROM reject_errors WHERE error_type <> 'CAST')`,
    signal,
  );
  return new Set(rows.map(([name]) => String(name)));
}

async function readRejects(session: Session, signal?: AbortSignal): Promise<RawReject[]> {
  const { rows } = await session.all(
    `SELECT line_byte_position, any_value(column_name), arg_min(error_type, (error_type = 'CAST', byte_position))::VARCHAR, any_value(csv_line)
     FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position`,
    signal,
  );
  return rows.map(([byte, name, kind, raw]) => {
    const text = String(raw ?? '');
    // After CRLF, DuckDB counts the line feed as the beginning of the record.
    const early = text.startsWith('\n') ? 1 : 0;
    return {
      byte: Math.max(0, Number(byte) - 1 + early),
      column: name === null || name === undefined ? null : String(name),
      raw: text.slice(early, 10_000),
      reason: REASONS[String(kind)] ?? String(kind),
    };
  });
}

/** Rejects of a list as they are shown, with the line that each begins on. */
export function withLines(rejected: readonly RawReject[], lines: readonly number[]): Reject[] {
  return rejected.slice(0, lines.length).map((one, index) => ({ ...one, line: lines[index] ?? 0 }));
}
