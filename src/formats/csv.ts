import { UserError } from '../core/errors';
import type { Cell, Column, Dialect } from '../core/table';
import { afterLines, detectDialect, dialectRecords, isBlank, sample } from './dialect';
import { decode, detectEncoding, isWide } from './encoding';
import { type Description, type FirstRows, type Format, type Prefix } from './format';
import { withRowNames } from './header';
import { inferColumn, readCell } from './infer';
import { BLANKS, type TextRecord } from './records';
import { literal, PATH, structLiteral } from './text';
import { column } from './types';

/** The longest record that is read, in bytes. */
export const MAX_RECORD_BYTES = 32 * 2 ** 20;

/** When at least this share of the first records is short, short records are rows; else each is a problem. */
const PADDED_SHARE = 0.05;

/** Unique names in the order of the header, without zero bytes: empty ones are `column<n>`, equal ones (whatever their case) get `_2`, `_3` … */
export function columnNames(header: readonly string[], width: number): string[] {
  const taken = new Set<string>();
  const wanted = Array.from({ length: width }, (_, index) => {
    // A zero byte ends SQL text, and {path} is replaced in it.
    const name = (header[index] ?? '').replaceAll('\0', '').replaceAll(PATH, '{path }').trim();
    return name === '' ? `column${index}` : name;
  });
  const given = new Set(wanted.map((name) => name.toLowerCase()));
  return wanted.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(unique.toLowerCase()); n += 1) {
      unique = `${name}_${n}`;
      while (given.has(unique.toLowerCase())) unique = `${name}_${++n}`;
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** Converts a record's cells; short records are filled up with missing cells, cells beyond the last column are dropped. */
export function readRow(
  cells: readonly string[],
  columns: readonly Column[],
  dialect: Pick<Dialect, 'decimal' | 'thousands' | 'missing'>,
): Cell[] {
  return columns.map(({ name, sqlType }, index) => {
    const text = cells[index] ?? '';
    return standsForMissing(text, dialect.missing?.[name]) ? null : readCell(text, sqlType, dialect);
  });
}

const standsForMissing = (text: string, texts: readonly string[] | undefined): boolean =>
  texts?.includes(text.trim()) ?? false;

/** Records of the table in decoded text that begins at a record; blank lines are none unless there is one column only. */
export function* tableRecords(text: string, dialect: Dialect, width: number): Generator<TextRecord> {
  for (const record of dialectRecords(text, dialect)) {
    if (width === 1 || !isBlank(record)) yield record;
  }
}

/** A record's text without its line end. */
export function rawText(text: string, { start, end }: Pick<TextRecord, 'start' | 'end'>): string {
  let last = end;
  if (last > start && text[last - 1] === '\n') last -= 1;
  if (last > start && text[last - 1] === '\r') last -= 1;
  return text.slice(start, last);
}

/** A file that was put behind another brings its byte order mark along. */
const isHeaderAgain = (raw: string, header: string | undefined): boolean =>
  raw === header || (raw.startsWith('\uFEFF') && raw.slice(1) === header);

function bodyOf(text: string, dialect: Dialect): string {
  const from = afterLines(text, dialect.skip);
  if (!dialect.header) return text.slice(from);
  for (const record of dialectRecords(text, dialect, from)) {
    if (!isBlank(record)) return text.slice(record.end);
  }
  return '';
}

function describe(prefix: Prefix, given: Partial<Dialect>): Description {
  const encoding = given.encoding ?? detectEncoding(prefix).label;
  const text = decode(prefix, encoding);
  const complete = prefix.bytes.length >= prefix.size;
  const dialect = detectDialect(text, encoding, given, complete);
  if (dialect.delimiter.length !== 1 || dialect.quote.length > 1) {
    throw new UserError('invalid', 'The delimiter must be one character, and the quote one or none.', {
      fix: 'Change it in the line above the table.',
    });
  }
  if (prefix.size === 0 || text === '') return { dialect, columns: [], padded: false, undecided: new Set() };
  const below = text.slice(afterLines(text, dialect.skip));
  const table = sample(below, dialect, complete);
  const first = dialect.header ? table[0] : undefined;
  const headerText = first?.closed ? rawText(below, first) : undefined;
  const all = dialect.header ? table.slice(1) : table;
  const others = all.filter((one) => !isHeaderAgain(rawText(below, one), headerText));
  // In a table of one column, such a cell can be one like others.
  const body =
    others.length === 0 || (first?.cells.length === 1 && isTextColumn(others, dialect)) ? all : others;
  const header = first ? namesOf(first, body, below, dialect) : [];
  const width = tableWidth(
    header,
    body.map(({ cells }) => cells),
  );
  const names = columnNames(header, width);
  // An unclosed quote swallows cells: that is no sign of a table with short records.
  const short = body.filter(({ cells, wellQuoted }) => wellQuoted && cells.length < width).length;
  const padded = short > 0 && short >= body.length * PADDED_SHARE;
  const fitting = body.filter((record) => fits(record, width, padded));
  const undecided = new Set<string>();
  const odd = new Set<string>();
  const columns = names.map((name, index) => {
    const { type, odd: some } = inferColumn(
      fitting
        .map(({ cells }) => cells[index] ?? '')
        .filter((text) => !standsForMissing(text, dialect.missing?.[name])),
      dialect,
    );
    if (type === null) undecided.add(name);
    if (some) odd.add(name);
    return column(name, type ?? 'VARCHAR');
  });
  const oddHeader = dialect.header && table[0]?.wellQuoted === false;
  return {
    dialect,
    columns,
    padded,
    undecided,
    ...(odd.size > 0 ? { odd } : {}),
    ...(oddHeader ? { oddHeader } : {}),
    ...(headerText === undefined || (body === all && others.length < all.length) ? {} : { headerText }),
  };
}

const isTextColumn = (body: readonly TextRecord[], dialect: Dialect): boolean =>
  inferColumn(
    body.map(({ cells }) => cells[0] ?? ''),
    dialect,
  ).type === 'VARCHAR';

/** The names in a header, with an empty one where R names none. */
function namesOf(
  first: TextRecord,
  body: readonly TextRecord[],
  text: string,
  { delimiter, quote }: Dialect,
): readonly string[] {
  const isQuoted = ({ start }: TextRecord): boolean => quote !== '' && text[start] === quote;
  const marked = delimiter === BLANKS || (isQuoted(first) && body.every(isQuoted));
  return withRowNames(first.cells, body, marked);
}

/** As many columns as a usual record has, or as the header names when none has more. */
function tableWidth(header: readonly string[], body: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of body) counts.set(length, (counts.get(length) ?? 0) + 1);
  const frequent = [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
  // One stray long record is a problem row; when a tenth of them is that long it is the shape of the table.
  const usual = [...counts].reduce(
    (best, [width, count]) => (width > best && count * 10 >= body.length ? width : best),
    frequent,
  );
  // A delimiter at the end of a line makes no column when nothing has a name or a value there.
  const named = header.findLastIndex((name) => name.trim() !== '') + 1;
  if (named < 1 || body.length === 0) return Math.max(header.length, usual);
  const filled = body.reduce(
    (most, cells) => Math.max(most, cells.findLastIndex((cell) => cell !== '') + 1),
    0,
  );
  if (filled <= named && (usual > named || header.length > named)) return named;
  return Math.max(header.length, usual);
}

/** What DuckDB takes as a row: the right number of cells (more are allowed when they are empty), and quotes that match. */
export function fits({ cells, wellQuoted }: TextRecord, width: number, padded: boolean): boolean {
  if (!wellQuoted) return false;
  if (cells.length < width) return padded;
  for (let at = width; at < cells.length; at += 1) if (cells[at] !== '') return false;
  return true;
}

function first(
  prefix: Prefix,
  { dialect, columns, padded, headerText }: Description,
  limit: number,
): FirstRows {
  if (!dialect || !columns || columns.length === 0) return { rows: [], estimate: 0, complete: true };
  const text = decode(prefix, dialect.encoding);
  const whole = prefix.bytes.length >= prefix.size;
  const body = bodyOf(text, dialect);
  const rows: Cell[][] = [];
  let used = 0;
  let more = false;
  for (const record of tableRecords(body, dialect, columns.length)) {
    if (!record.closed && !whole) break;
    if (rows.length === limit) {
      more = true;
      break;
    }
    if (fits(record, columns.length, padded) && !isHeaderAgain(rawText(body, record), headerText))
      rows.push(readRow(record.cells, columns, dialect));
    used = record.end;
  }
  if (whole && !more) return { rows, estimate: rows.length, complete: true };
  const size = isWide(dialect.encoding) ? prefix.size / 2 : prefix.size;
  const head = text.length - body.length;
  const bytes = Buffer.byteLength(body.slice(0, used));
  const estimate =
    used === 0 ? 1 : Math.max(rows.length + 1, Math.round(((size - head) * rows.length) / bytes));
  return { rows, estimate, complete: false };
}

function whole(prefix: Prefix, { dialect }: Description): string {
  const text = decode(prefix, dialect?.encoding ?? 'utf-8');
  if (!dialect || prefix.bytes.length >= prefix.size) return text;
  let end = afterLines(text, dialect.skip);
  for (const record of dialectRecords(text, dialect, end)) {
    if (record.closed) end = record.end;
  }
  return text.slice(0, end);
}

export interface CsvRead {
  readonly path: string;
  readonly dialect: Dialect;
  readonly columns: readonly Pick<Column, 'name' | 'sqlType'>[];
  readonly padded: boolean;
  readonly rejects: 'fail' | 'skip' | 'store';
  /** Bytes of the longest record; 2 MB unless said. DuckDB's buffers grow with it. */
  readonly longest?: number;
  /** Line ends differ within the file: cells beyond the last column are dropped unsaid, so this is for samples. */
  readonly mixedLineEnds?: boolean;
  /** How its lines end; else DuckDB takes the first line end for it, also one inside of quotes. */
  readonly newLine?: '\n' | '\r\n' | '\r';
}

/** `read_csv(…)` with everything said, so that DuckDB detects nothing; `path` is SQL: a literal or `{path}`. */
export function readCsv(read: CsvRead): string {
  const { dialect } = read;
  const options = [
    'auto_detect=false',
    `header=${dialect.header}`,
    `skip=${dialect.skip}`,
    `delim=${literal(dialect.delimiter)}`,
    `quote=${literal(dialect.quote)}`,
    `escape=${literal(dialect.quote)}`,
    `columns=${structLiteral(read.columns)}`,
    ...lineSize(read.longest ?? 0),
    ...(dialect.decimal === ',' ? [`decimal_separator=','`] : []),
    ...(read.padded ? ['null_padding=true', 'parallel=false'] : []),
    ...(read.newLine === undefined || read.mixedLineEnds === true
      ? []
      : [`new_line='${read.newLine.replace('\r', '\\r').replace('\n', '\\n')}'`]),
    ...(read.mixedLineEnds === true ? ['strict_mode=false'] : []),
    // Not ignore_errors: with it, DuckDB 1.5 loses all rows behind some text that follows a closing quote.
    ...(read.rejects === 'skip' ? ['store_rejects=true', 'rejects_limit=1'] : []),
    ...(read.rejects === 'store' ? ['store_rejects=true', 'rejects_limit=0'] : []),
  ];
  return `read_csv(${read.path}, ${options.join(', ')})`;
}

/** Options of read_csv for records of up to so many bytes. */
export function lineSize(longest: number): string[] {
  const usual = 2 * 2 ** 20;
  if (longest < usual - 1024) return [`max_line_size=${usual}`];
  const size = Math.min(MAX_RECORD_BYTES, longest + 1024);
  return [`max_line_size=${size}`, `buffer_size=${size * 2}`];
}

/** CSV, TSV and other delimited text. */
export const csv: Format = {
  id: 'csv',
  endings: ['.csv', '.tsv', '.tab', '.psv', '.txt', '.dat', '.data'],
  recognises: () => false,
  describe,
  first,
  whole,
  select({ dialect, columns, padded }, rejects) {
    if (!dialect || !columns) throw new Error('A CSV file is read with its dialect and columns.');
    if (columns.length === 0) return 'SELECT NULL AS "empty" WHERE false';
    return `SELECT * FROM ${readCsv({ path: '{path}', dialect, columns, padded, rejects })}`;
  },
};
