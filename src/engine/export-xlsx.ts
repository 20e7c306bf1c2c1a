import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../core/errors';
import type { Cell, Column } from '../core/table';
import type { Session } from './duckdb';

/** Excel's limits (Excel specifications and limits): a header takes one of the rows. */
const MOST_ROWS = 1_048_576;
const MOST_COLUMNS = 16_384;
const MOST_CHARACTERS = 32_767;
/** A number has 15 digits in Excel. */
const MOST_DIGITS = 15;
const PAGE_CELLS = 50_000;

type Written = string | number | boolean | Date | null;

/** What was written otherwise than it is. */
interface Losses {
  longNumbers: number;
  oldDates: number;
  fractions: number;
  cut: number;
}

/** Excel counts days from 1900 on and has a 29th of February that year, so that earlier days are other ones there. */
const isExcelDate = (iso: string): boolean => /^\d{4}-/.test(iso) && iso >= '1900-03-01';

function writtenDate(text: string, losses: Losses): Written {
  if (!isExcelDate(text)) {
    losses.oldDates += 1;
    return text;
  }
  const fraction = /\.\d{3}(\d+)/.exec(text)?.[1] ?? '';
  if (/[1-9]/.test(fraction)) losses.fractions += 1;
  return new Date(text.length === 10 ? `${text}T00:00:00Z` : text.endsWith('Z') ? text : `${text}Z`);
}

/** A text that looks like the code of a character (ISO/IEC 29500-1, 22.4.2.4) would be read as that character. */
const plain = (text: string): string => text.replace(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_');

function writtenText(text: string, losses: Losses): string {
  if (text.length <= MOST_CHARACTERS) return plain(text);
  losses.cut += 1;
  return plain(text.slice(0, MOST_CHARACTERS));
}

/** Whole numbers beyond 2^53 and decimals come as their digits: they are numbers as far as Excel holds all of these. */
function writtenDigits(text: string, losses: Losses): Written {
  const digits = text.replace(/\D/g, '').replace(/^0+/, '');
  if (/^-?\d+(\.\d+)?$/.test(text) && digits.length <= MOST_DIGITS) return Number(text);
  if (digits !== '') losses.longNumbers += 1;
  return text;
}

function written(cell: Cell, { type }: Column, losses: Losses): Written {
  if (typeof cell !== 'string') return cell;
  if (type === 'date' || type === 'datetime') return writtenDate(cell, losses);
  if (type === 'integer' || type === 'number') return writtenDigits(cell, losses);
  return writtenText(cell, losses);
}

function notesOf({ longNumbers, oldDates, fractions, cut }: Losses): string[] {
  const cells = (count: number): string => (count === 1 ? '1 cell' : `${count} cells`);
  return [
    ...(longNumbers > 0 ? [`${cells(longNumbers)} of more than ${MOST_DIGITS} digits written as text.`] : []),
    ...(oldDates > 0
      ? [`${cells(oldDates)} with a date that Excel has not (before March 1900) written as text.`]
      : []),
    ...(fractions > 0
      ? [`${cells(fractions)} with a time of more than milliseconds written to the millisecond.`]
      : []),
    ...(cut > 0 ? [`${cells(cut)} cut at ${MOST_CHARACTERS} characters, the most that Excel holds.`] : []),
  ];
}

/** A UserError for a table that no sheet holds. */
function requireFit(rows: number, columns: number): void {
  if (rows < MOST_ROWS && columns <= MOST_COLUMNS) return;
  throw new UserError(
    'unsupported',
    `A sheet of Excel holds ${MOST_ROWS - 1} rows below its header and ${MOST_COLUMNS} columns; these are ${rows} rows and ${columns} columns.`,
    { fix: 'Filter the rows or hide columns, or write a .csv or .parquet file.' },
  );
}

/** Writes the rows of a SELECT as a workbook with one sheet, some at a time. Texts stay texts, also those that begin with "=". */
export async function writeXlsx(
  session: Session,
  select: string,
  file: string,
  signal: AbortSignal,
): Promise<{ rows: number; notes: readonly string[] }> {
  try {
    return await writeRows(session, select, file, signal);
  } finally {
    await session.run('DROP TABLE IF EXISTS exported');
  }
}

async function writeRows(
  session: Session,
  select: string,
  file: string,
  signal: AbortSignal,
): Promise<{ rows: number; notes: readonly string[] }> {
  // Its rowid is the place of each row.
  await session.run(`CREATE TEMP TABLE exported AS ${select}`, signal);
  const counted = await session.all('SELECT count(*) FROM exported', signal);
  const rows = Number(counted.rows[0]?.[0] ?? 0);
  const { columns } = await session.all('SELECT * FROM exported LIMIT 0', signal);
  requireFit(rows, columns.length);
  const losses: Losses = { longNumbers: 0, oldDates: 0, fractions: 0, cut: 0 };
  const page = Math.max(100, Math.floor(PAGE_CELLS / Math.max(1, columns.length)));

  async function* lines(): AsyncGenerator<Written[]> {
    yield columns.map(({ name }) => writtenText(name, losses));
    for (let from = 0; from < rows; from += page) {
      const some = await session.all(
        `SELECT * FROM exported WHERE rowid BETWEEN ${from} AND ${from + page - 1} ORDER BY rowid`,
        signal,
      );
      for (const row of some.rows) {
        yield columns.map((column, at) => written(row[at] ?? null, column, losses));
      }
    }
  }

  const { writeXlsxStream } = await import('hucre/xlsx');
  const FORMATS: Readonly<Record<string, string>> = { date: 'yyyy-mm-dd', datetime: 'yyyy-mm-dd hh:mm:ss' };
  const stream = writeXlsxStream(lines(), {
    name: 'Rows',
    columns: columns.map(({ type }) => (FORMATS[type] === undefined ? {} : { numFmt: FORMATS[type] })),
    freezePane: { rows: 1 },
    zip64: true,
  });
  await pipeline(Readable.fromWeb(stream), createWriteStream(file), { signal });
  return { rows, notes: notesOf(losses) };
}
