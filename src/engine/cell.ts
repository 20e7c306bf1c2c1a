import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { isAbort, UserError } from '../core/errors';
import type { Cell } from '../core/table';
import { literal } from '../formats/text';
import type { CellRequest, WholeCell } from '../protocol';
import { chosenRows, isPlain, placesOf } from './chosen-rows';
import { noColumn } from './conditions';
import type { EngineContext } from './context';
import type { Opened } from './opened';
import { readPage } from './pages';
import { quoteIdentifier, quoteLiteral } from './sql';
import { writeRefused } from './write-refused';

/** Bytes of a cell that are shown; all of them can be saved. */
const SHOWN_BYTES = 64 * 1024;
const MOST_CHARACTERS = 32 * 2 ** 20;

type Request = Omit<CellRequest, 'table'>;

/** One cell with all that a person can look at. */
export async function readCell(opened: Opened, request: Request, signal?: AbortSignal): Promise<WholeCell> {
  const place = bytesColumn(opened, request.column) ? await placeOf(opened, request, signal) : undefined;
  if (place === undefined) {
    const cell = await textOf(opened, request, signal);
    if (typeof cell !== 'string') return { cell, length: 0 };
    return { cell: cell.slice(0, MOST_CHARACTERS), length: cell.length };
  }
  const name = quoteIdentifier(request.column);
  const session = await opened.session('page');
  const { rows } = await session.all(
    `SELECT octet_length(${name}), ${name}[1:256], base64(${name}[1:${SHOWN_BYTES}]) FROM ${rowSql(opened, place)}`,
    signal,
  );
  const [size = null, cell = null, base64 = null] = rows[0] ?? [];
  if (typeof base64 !== 'string') return { cell: null, length: 0 };
  return { cell, length: String(cell).length, bytes: { base64, size: Number(size) } };
}

/** Writes one cell to a file that appears when it is complete. */
export async function exportCell(
  engine: EngineContext,
  opened: Opened,
  { output, ...request }: Request & { readonly output: string },
  signal: AbortSignal,
): Promise<{ bytes: number }> {
  const temporary = `${output}.${randomUUID().slice(0, 8)}.part`;
  try {
    const bytes = bytesColumn(opened, request.column)
      ? await writeBytes(engine, opened, request, temporary, signal)
      : await writeText(opened, request, temporary, signal);
    await rename(temporary, output);
    return { bytes };
  } catch (error) {
    throw isAbort(error) ? error : (writeRefused(error, output) ?? error);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeBytes(
  engine: EngineContext,
  opened: Opened,
  request: Request,
  file: string,
  signal: AbortSignal,
): Promise<number> {
  const place = await placeOf(opened, request, signal);
  const name = quoteIdentifier(request.column);
  const session = await engine.session([opened.file, file]);
  try {
    const from = rowSql(opened, place);
    const { rows } = await session.all(`SELECT octet_length(${name}) FROM ${from}`, signal);
    const size = rows[0]?.[0];
    if (typeof size !== 'number') throw nothingToSave();
    await session.run(`COPY (SELECT ${name} FROM ${from}) TO ${quoteLiteral(file)} (FORMAT blob)`, signal);
    return size;
  } finally {
    session.close();
  }
}

async function writeText(
  opened: Opened,
  request: Request,
  file: string,
  signal: AbortSignal,
): Promise<number> {
  const cell = await textOf(opened, request, signal);
  if (cell === null) throw nothingToSave();
  const bytes = Buffer.from(String(cell));
  await writeFile(file, bytes, { signal });
  return bytes.length;
}

function nothingToSave(): UserError {
  return new UserError('invalid', 'This cell is missing, so there is nothing to save.', {
    fix: 'Choose a cell that holds something.',
  });
}

async function textOf(
  opened: Opened,
  { row, column, ...choice }: Request,
  signal?: AbortSignal,
): Promise<Cell> {
  const page = await readPage(
    opened,
    { offset: row, limit: 1, columns: [column], ...choice, early: isPlain(choice) },
    signal,
  );
  return page.rows[0]?.[0] ?? null;
}

/** Only DuckDB's own files hold bytes: all else that does is copied to one. */
function bytesColumn({ format, columns }: Opened, name: string): boolean {
  const found = columns.find((one) => one.name === name);
  if (!found) throw noColumn(name, columns);
  return format === 'parquet' && found.sqlType === 'BLOB';
}

async function placeOf(opened: Opened, request: Request, signal?: AbortSignal): Promise<number> {
  if (isPlain(request)) return Math.floor(request.row);
  const chosen = await chosenRows(opened, await opened.scan(signal), request, signal);
  const [place] = await placesOf(opened, chosen, Math.floor(request.row), 1, signal);
  if (place === undefined)
    throw new UserError('notFound', 'There is no such row.', { fix: 'Choose another.' });
  return place;
}

const rowSql = ({ file }: Opened, place: number): string =>
  `read_parquet(${literal(file)}, file_row_number=true) WHERE file_row_number = ${place}`;
