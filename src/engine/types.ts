import type { Cell, Column, Reject } from '../core/table';
import type { Description } from '../formats/format';
import type { NumberSigns } from '../formats/numbers';
import { literal } from '../formats/text';
import { column } from '../formats/types';
import { MAX_RECORD_BYTES, readCsv } from '../formats/csv';
import type { Session } from './duckdb';
import type { RowIndex } from './row-index';
import { quoteIdentifier } from './sql';
import type { Tallied, TallyKey } from './tally';
import { castSql, isGrouped, isStandIn, ungroupedSql, withoutMissing, wrongSql } from './unfit-sql';

/** What a full pass over a delimited file found out. */
export interface ExactTypes {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Columns with cells that are no value of their type and stand for none: {@link castSql} makes them missing. */
  readonly unfit: ReadonlySet<string>;
  /** Records that fit no row, each once, in file order. */
  readonly rejected: readonly Omit<RawReject, 'raw'>[];
  /** What {@link Facts} asked for, of the columns whose final type is the one that it was asked for. */
  readonly facts: Map<string, Found>;
}

/** What is to be found out of a column on the way over it: SQL of aggregates, and what is counted beside them. */
export interface Wanted {
  readonly sql: readonly string[];
  readonly tally?: TallyKey;
}

/** Of a column as one of that type; `cells` answer {@link Wanted.sql}. */
export interface Found {
  readonly sqlType: string;
  readonly cells: readonly Cell[];
  readonly tallied: Tallied | undefined;
}

/** Of a column whose type is the expected one; `cell` is SQL of that type. */
export type Facts = (column: Column, cell: string) => Wanted | undefined;

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
/** What cells are, as bits of {@link seen}. */
const [WHOLES, DECIMALS, TEXTS, STAND_INS, GROUPED] = [1, 2, 4, 8, 16];
const WHOLE = String.raw`\s*[+-]?(0|[1-9]\d*)\s*`;
const DECIMAL = String.raw`\s*[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*`;

/** What a column's cells are: whole numbers, other numbers, texts, stand-ins for missing values; NULL when all are missing. */
function seen(cell: string, signs: NumberSigns): string {
  const comma = signs.decimal === ',';
  const number = comma ? `replace(${cell}, ',', '.')` : cell;
  const isDecimal = `${comma ? `NOT contains(${cell}, '.') AND ` : ''}regexp_full_match(${number}, ${literal(DECIMAL)})`;
  const wholes = isGrouped(cell, signs, 'whole');
  const decimals = isGrouped(cell, signs, 'any');
  const grouped =
    wholes === undefined || decimals === undefined
      ? ''
      : `WHEN ${wholes} AND TRY_CAST(${ungroupedSql(cell, signs)} AS BIGINT) IS NOT NULL THEN ${WHOLES | GROUPED}
         WHEN ${decimals} THEN ${DECIMALS | GROUPED}`;
  // Most cells are plain: then the comparison decides and no pattern is tried.
  return `bit_or(CASE WHEN ${cell} IS NULL THEN NULL WHEN TRY_CAST(${cell} AS BIGINT)::VARCHAR = ${cell} THEN ${WHOLES}
    WHEN regexp_full_match(${cell}, ${literal(WHOLE)}) AND TRY_CAST(${cell} AS BIGINT) IS NOT NULL THEN ${WHOLES}
    WHEN ${isDecimal} THEN ${DECIMALS} ${grouped}
    WHEN ${isStandIn(cell)} THEN ${STAND_INS} ELSE ${TEXTS} END)`;
}

function typeOf(bits: number): 'BIGINT' | 'DOUBLE' | 'VARCHAR' {
  if ((bits & TEXTS) !== 0 || bits === STAND_INS) return 'VARCHAR';
  return (bits & DECIMALS) === 0 ? 'BIGINT' : 'DOUBLE';
}

/**
 * Reads the whole file with the types that its beginning suggested and widens those that do not hold: an integer column
 * with other numbers becomes DOUBLE, a column with any cell that does not fit becomes VARCHAR, unless it only stands for a
 * missing value (`N/A`). At most two passes.
 */
export async function exactTypes(
  session: Session,
  path: string,
  described: Description,
  index: Pick<RowIndex, 'newLine' | 'longest'>,
  wanted: Facts,
  signal?: AbortSignal,
): Promise<ExactTypes> {
  const { dialect, columns, padded, undecided, odd } = described;
  if (!dialect || !columns) throw new Error('Only delimited text has exact types to find.');
  const pass = async (
    types: readonly Column[],
    counts: readonly string[],
    asked: readonly Asked[],
  ): Promise<Passed> => {
    const table = readCsv({
      path: literal(path),
      dialect,
      columns: types,
      padded,
      rejects: 'store',
      longest: index.longest,
      newLine: index.newLine,
    });
    await session.run('DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans', signal);
    const tally = await session.tally(asked.flatMap((one) => one.tally ?? []));
    const cells: Cell[] = [];
    try {
      const aggregates = [...counts, ...asked.flatMap(({ sql }) => sql), tally.sql];
      for (let at = 0; at < aggregates.length; at += AGGREGATES) {
        const some = ['count(*)', ...aggregates.slice(at, at + AGGREGATES)];
        const { rows } = await session.all(`SELECT ${some.join(', ')} FROM ${table}`, signal);
        cells.push(...(rows[0] ?? []).slice(at === 0 ? 0 : 1));
      }
    } catch (error) {
      tally.end();
      throw error;
    }
    const [rows, ...rest] = cells;
    return {
      rows: Number(rows),
      counts: rest.slice(0, counts.length),
      facts: answers(asked, rest.slice(counts.length), tally.end()),
    };
  };
  /** Its type is found by its cells' texts. */
  const isOpen = ({ name, sqlType }: Column): boolean => sqlType === 'BIGINT' || undecided.has(name);
  /** Its type is known, but not all of its cells are of it. */
  const isMixed = (one: Column): boolean => !isOpen(one) && (odd?.has(one.name) ?? false);
  /** The cell's text, without what was said to stand for a missing value. */
  const textOf = ({ name }: Column): string => withoutMissing(quoteIdentifier(name), dialect.missing?.[name]);
  const cast = (one: Column): string => castSql(textOf(one), one.sqlType, dialect);
  const factsOf = (types: readonly Column[], cell: (one: Column) => string): Asked[] =>
    types.flatMap((one) => {
      const more = wanted(one, cell(one));
      return more ? [{ column: one, ...more }] : [];
    });

  const asked = factsOf(
    columns.filter(({ name }) => !undecided.has(name)),
    (one) =>
      isOpen(one) || isMixed(one)
        ? cast(one)
        : one.sqlType === 'VARCHAR'
          ? textOf(one)
          : quoteIdentifier(one.name),
  );
  const first = await pass(
    columns.map((one) => (isOpen(one) || isMixed(one) ? column(one.name, 'VARCHAR') : one)),
    columns.map((one) =>
      isOpen(one)
        ? seen(textOf(one), dialect)
        : isMixed(one)
          ? wrongSql(textOf(one), one.sqlType, dialect)
          : `count(${quoteIdentifier(one.name)})`,
    ),
    asked,
  );
  const bad = await castFailures(session, signal);
  const unfit = new Set<string>();
  /** The column by what {@link seen} found in all of its cells. */
  const typed = (one: Column, found: Cell): Column => {
    if (found === null) return one;
    const type = typeOf(Number(found));
    const some = (Number(found) & (STAND_INS | GROUPED)) !== 0 || dialect.missing?.[one.name] !== undefined;
    if (some && type !== 'VARCHAR') unfit.add(one.name);
    return column(one.name, type);
  };
  /** The column by how many of its cells are wrong. */
  const judged = (one: Column, wrong: Cell | undefined): Column => {
    if (Number(wrong) > 0) {
      unfit.delete(one.name);
      return column(one.name, 'VARCHAR');
    }
    unfit.add(one.name);
    return one;
  };
  let final = columns.map((one, at) =>
    isMixed(one) ? judged(one, first.counts[at]) : isOpen(one) ? typed(one, first.counts[at] ?? null) : one,
  );
  let { rows, facts } = first;
  if (bad.size > 0) {
    // The records of those cells were left out, with what their other cells hold, so all is counted again.
    for (const one of columns) if (isMixed(one) && unfit.has(one.name)) bad.add(one.name);
    const open = new Set(columns.filter(isOpen).map(({ name }) => name));
    const isRead = ({ name, sqlType }: Column): boolean =>
      sqlType === 'VARCHAR' || bad.has(name) || unfit.has(name) || open.has(name);
    // Whether a wrong cell makes its column text, this pass only finds out: so it is asked as both.
    const asText = final.flatMap((one) => (bad.has(one.name) ? [column(one.name, 'VARCHAR')] : []));
    const again = factsOf([...final, ...asText], (one) =>
      one.sqlType === 'VARCHAR' ? textOf(one) : isRead(one) ? cast(one) : quoteIdentifier(one.name),
    );
    const counts = final.map((one) =>
      open.has(one.name)
        ? seen(textOf(one), dialect)
        : bad.has(one.name)
          ? wrongSql(textOf(one), one.sqlType, dialect)
          : `count(${quoteIdentifier(one.name)})`,
    );
    const second = await pass(
      final.map((one) => (isRead(one) ? column(one.name, 'VARCHAR') : one)),
      counts,
      again,
    );
    ({ rows, facts } = second);
    final = final.map((one, at) => {
      if (open.has(one.name)) return typed(columns[at] ?? one, second.counts[at] ?? null);
      return bad.has(one.name) ? judged(one, second.counts[at]) : one;
    });
  }
  const types = new Map(final.map(({ name, sqlType }) => [name, sqlType]));
  return {
    columns: final,
    unfit,
    rows,
    rejected: await readRejects(session, signal),
    facts: new Map(facts.filter(([name, { sqlType }]) => types.get(name) === sqlType)),
  };
}

/**
 * SQL behind a table of `readCsv` that makes DuckDB read all cells of each record, whatever a query asks for: else a record with
 * a bad cell is a row for queries that do not read that cell, and DuckDB 1.5 fails when a text that it reads is no UTF-8.
 */
export function everyCell(columns: readonly Pick<Column, 'name'>[]): string {
  return ` WHERE hash(${columns.map(({ name }) => quoteIdentifier(name)).join(', ')}) IS NOT NULL`;
}

interface Asked extends Wanted {
  readonly column: Column;
}

interface Passed {
  readonly rows: number;
  readonly counts: readonly Cell[];
  readonly facts: readonly (readonly [string, Found])[];
}

function answers(
  asked: readonly Asked[],
  cells: readonly Cell[],
  tallied: readonly (Tallied | undefined)[],
): [string, Found][] {
  let [cell, key] = [0, 0];
  return asked.map(({ column: { name, sqlType }, sql, tally }) => {
    const own = cells.slice(cell, cell + sql.length);
    const found: Found = { sqlType, cells: own, tallied: tally ? tallied[key] : undefined };
    cell += sql.length;
    if (tally) key += 1;
    return [name, found];
  });
}

/** Most files have none, and that is quick to ask. */
async function anyRejects(session: Session, signal?: AbortSignal): Promise<boolean> {
  const { rows } = await session.all('SELECT 1 FROM reject_errors LIMIT 1', signal);
  return rows.length > 0;
}

async function castFailures(session: Session, signal?: AbortSignal): Promise<Set<string>> {
  if (!(await anyRejects(session, signal))) return new Set();
  const { rows } = await session.all(
    `SELECT DISTINCT column_name FROM reject_errors WHERE error_type = 'CAST' AND column_name IS NOT NULL
     AND line_byte_position NOT IN (SELECT line_byte_position FROM reject_errors WHERE error_type <> 'CAST')`,
    signal,
  );
  return new Set(rows.map(([name]) => String(name)));
}

async function readRejects(session: Session, signal?: AbortSignal): Promise<ExactTypes['rejected']> {
  if (!(await anyRejects(session, signal))) return [];
  // After CRLF, DuckDB counts the line feed as the beginning of the record.
  const { rows } = await session.all(
    `SELECT line_byte_position - 1 + starts_with(any_value(csv_line), chr(10))::INTEGER, any_value(column_name),
            arg_min(error_type, (error_type = 'CAST', byte_position))::VARCHAR
     FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position`,
    signal,
  );
  return rows.map(([byte, name, kind]) => ({
    byte: Math.max(0, Number(byte)),
    column: name === null || name === undefined ? null : String(name),
    reason: REASONS[String(kind)] ?? String(kind),
  }));
}

/** Rejects of a list as they are shown, with the line that each begins on. */
export function withLines(rejected: readonly RawReject[], lines: readonly number[]): Reject[] {
  return rejected.slice(0, lines.length).map((one, index) => ({ ...one, line: lines[index] ?? 0 }));
}
