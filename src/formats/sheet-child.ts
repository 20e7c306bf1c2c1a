import { readFile, stat } from 'node:fs/promises';
import type * as SheetJs from '@e965/xlsx';
import type { CellObject } from '@e965/xlsx';
import { UserError } from '../core/errors';
import { Bytes, Moment, type Value } from './container';
import type { ChildRefusal } from './reader-child';
import { dateKind, serialDate } from './serial-date';
import { openZip } from './zip-parts';

/** The argument that makes the engine's script such a child. */
export const SHEET_CHILD = '--read-sheet';
const BATCH = 1000;
/** Both formats are held in memory as a whole. */
const MOST_BYTES = 2 ** 28;
const NAMED = 5;

/** A cell as it crosses processes, where a {@link Moment} is but its fields. */
export type SentCell =
  Exclude<Value, Moment | Bytes> | { readonly text: string; readonly kind: Moment['kind'] };

/** What the child answers: first the sheets, then the rows of the wanted one each time it is asked. */
export type SheetAnswer =
  | { readonly tables: readonly string[]; readonly rows?: number }
  | {
      readonly batch: readonly { readonly number: number; readonly cells: readonly SentCell[] }[];
      readonly done: boolean;
      /** With the last rows: what of the sheet is not in them. */
      readonly notes: readonly string[];
    }
  | ChildRefusal;

const tooLarge = (name: string): UserError =>
  new UserError(
    'unsupported',
    `${name} holds more than 256 MiB, which is more than is read of this format at once.`,
    {
      fix: 'Open it in Excel or LibreOffice and save it as .xlsx, which is read row by row.',
    },
  );
const secret = (name: string): UserError =>
  new UserError('unsupported', `${name} is protected by a password.`, {
    fix: 'Open it in Excel or LibreOffice and save it without a password.',
  });

/** A compound file ends where its table of sectors says ([MS-CFB] 2.2, 2.3): the library reads one that is cut off as far as it goes. */
function checkSectors(bytes: Buffer): void {
  const size = 2 ** bytes.readUInt16LE(0x1e);
  const entries = size / 4;
  const sector = (at: number): Buffer => bytes.subarray((at + 1) * size, (at + 2) * size);
  const tables: number[] = [];
  for (let at = 0x4c; at < 0x200; at += 4) tables.push(bytes.readUInt32LE(at));
  let more = bytes.readUInt32LE(0x44);
  for (let count = bytes.readUInt32LE(0x48); count > 0; count -= 1) {
    const part = sector(more);
    if (part.length < size) throw new Error('it is cut off');
    for (let at = 0; at < entries - 1; at += 1) tables.push(part.readUInt32LE(at * 4));
    more = part.readUInt32LE(size - 4);
  }
  let last = -1;
  tables.slice(0, bytes.readUInt32LE(0x2c)).forEach((table, place) => {
    const part = sector(table);
    if (part.length < size) throw new Error('it is cut off');
    for (let at = 0; at < entries; at += 1) {
      if (part.readUInt32LE(at * 4) !== 0xffff_ffff) last = Math.max(last, place * entries + at);
    }
  });
  if (bytes.length < (last + 2) * size) throw new Error('it is cut off');
}

async function checkOld(library: typeof SheetJs, bytes: Buffer, name: string): Promise<void> {
  if (bytes.length < 0x200) throw new Error('it is cut off');
  checkSectors(bytes);
  const compound = library.CFB as {
    read(bytes: Buffer, options: object): { readonly FileIndex: readonly { readonly name: string }[] };
  };
  const { FileIndex: parts } = compound.read(bytes, { type: 'buffer' });
  const names = new Set(parts.map((one) => one.name.toLowerCase()));
  if (names.has('encryptedpackage')) throw secret(name);
  if (names.has('workbook')) return;
  if (!names.has('book')) {
    throw new UserError('unsupported', `${name} is a file of an old Office program, but no Excel workbook.`, {
      fix: 'Open it in the program that made it, and save the table as .xlsx or .csv.',
    });
  }
  // Before Excel 97 texts were of the code page of the machine.
  library.set_cptable(await import('@e965/xlsx/dist/cpexcel.full.mjs'));
}

async function checkOpen(path: string, name: string): Promise<void> {
  const zip = await openZip(path, name);
  try {
    if ((await zip.text('META-INF/manifest.xml'))?.includes('encryption-data')) throw secret(name);
    if (zip.bytes('content.xml') > MOST_BYTES) throw tooLarge(name);
    // Each part has a checksum, which is compared at its end.
    let read = 0;
    for await (const part of zip.texts('content.xml')) read += part.length;
    if (read === 0) throw new Error('it has no content');
  } finally {
    zip.close();
  }
}

interface Lacking {
  count: number;
  readonly places: string[];
}

const cellsText = ({ count, places }: Lacking): string =>
  `${count === 1 ? '1 cell' : `${count} cells`} (${places.join(', ')}${count > places.length ? ' …' : ''})`;

interface SentRow {
  readonly number: number;
  readonly cells: SentCell[];
}

/** A workbook of one of the two formats. */
interface Book {
  readonly names: readonly string[];
  /** Rows of a sheet that is there; `count` of them at most. */
  sheet(name: string): { readonly count: number; readonly rows: Generator<SentRow> };
  readonly errors: Lacking;
  readonly uncomputed: Lacking;
}

function sent(value: Value): SentCell {
  if (value instanceof Bytes) return value.hex;
  return value instanceof Moment ? { text: value.text, kind: value.kind } : value;
}

/** `B3` for the third row and the second column. */
function placeName(row: number, column: number): string {
  let letters = '';
  for (let at = column + 1; at > 0; at = Math.floor((at - 1) / 26)) {
    letters = String.fromCharCode(65 + ((at - 1) % 26)) + letters;
  }
  return `${letters}${row + 1}`;
}

function lack(of: Lacking, row: number, column: number): void {
  of.count += 1;
  if (of.places.length < NAMED) of.places.push(placeName(row, column));
}

/** Excel 97 to 2003. */
async function oldBook(bytes: Buffer, name: string): Promise<Book> {
  const library = await import('@e965/xlsx');
  await checkOld(library, bytes, name);
  const options = { type: 'buffer', dense: true, cellNF: true, cellText: false, cellHTML: false } as const;
  const errors: Lacking = { count: 0, places: [] };
  const uncomputed: Lacking = { count: 0, places: [] };
  return {
    names: library.read(bytes, { ...options, bookSheets: true }).SheetNames,
    errors,
    uncomputed,
    sheet(table) {
      const book = library.read(bytes, { ...options, sheets: table });
      const from1904 = book.Workbook?.WBProps?.date1904 ?? false;
      const data: readonly (readonly (CellObject | undefined)[] | undefined)[] =
        book.Sheets[table]?.['!data'] ?? [];
      const value = (cell: CellObject, row: number, column: number): SentCell => {
        if (cell.t === 'e') {
          lack(errors, row, column);
          return null;
        }
        if (cell.f !== undefined && (cell.v === undefined || cell.v === 0 || cell.v === ''))
          lack(uncomputed, row, column);
        if (cell.t === 'z' || cell.v === undefined || cell.v instanceof Date) return null;
        if (cell.t !== 'n' || typeof cell.v !== 'number') return cell.v;
        const kind = cell.z === undefined ? undefined : dateKind(String(cell.z));
        return kind ? sent(serialDate(cell.v, from1904, kind)) : cell.v;
      };
      function* rows(): Generator<SentRow> {
        // Rows and cells that are not there are holes.
        for (const [row, cells] of data.entries()) {
          const all = Array.from(cells ?? [], (cell, column) => (cell ? value(cell, row, column) : null));
          yield { number: row + 1, cells: all };
        }
      }
      return { count: data.length, rows: rows() };
    },
  };
}

const ERROR = /^(#(DIV\/0!|N\/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:\d+)$/;

/** OpenDocument. */
async function openBook(bytes: Buffer, path: string, name: string): Promise<Book> {
  await checkOpen(path, name);
  const { readOds } = await import('hucre/ods');
  const { sheets } = await readOds(bytes);
  const errors: Lacking = { count: 0, places: [] };
  const uncomputed: Lacking = { count: 0, places: [] };
  return {
    names: sheets.map((one) => one.name),
    errors,
    uncomputed,
    sheet(table) {
      const found = sheets.find((one) => one.name === table);
      const value = (cell: unknown, row: number, column: number): SentCell => {
        const isFormula = found?.cells?.get(`${row},${column}`)?.formula !== undefined;
        if (isFormula && typeof cell === 'string' && ERROR.test(cell)) {
          lack(errors, row, column);
          return null;
        }
        if (isFormula && (cell === null || cell === undefined)) lack(uncomputed, row, column);
        if (cell instanceof Date) {
          const iso = cell.toISOString();
          return iso.endsWith('T00:00:00.000Z')
            ? { text: iso.slice(0, 10), kind: 'DATE' }
            : { text: iso.slice(0, 23).replace('.000', ''), kind: 'TIMESTAMP' };
        }
        return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean'
          ? cell
          : null;
      };
      function* rows(): Generator<SentRow> {
        for (const [row, cells] of (found?.rows ?? []).entries()) {
          yield { number: row + 1, cells: cells.map((cell, column) => value(cell, row, column)) };
        }
      }
      return { count: found?.rows.length ?? 0, rows: rows() };
    },
  };
}

function notesOf({ errors, uncomputed }: Book): string[] {
  return [
    ...(errors.count > 0 ? [`${cellsText(errors)} with an error such as #DIV/0!: shown as missing.`] : []),
    ...(uncomputed.count > 0
      ? [
          `${cellsText(uncomputed)} with a formula whose saved result is 0 or none: a program that does not compute saves that.`,
        ]
      : []),
  ];
}

async function answer(
  path: string,
  name: string,
  wanted: string | undefined,
  say: (said: SheetAnswer) => void,
): Promise<void> {
  if ((await stat(path)).size > MOST_BYTES) throw tooLarge(name);
  const bytes = await readFile(path);
  const isZip = bytes.toString('latin1', 0, 2) === 'PK';
  const book = await (isZip ? openBook(bytes, path, name) : oldBook(bytes, name));
  const table = wanted ?? book.names[0];
  if (table === undefined || !book.names.includes(table)) {
    say({ tables: book.names });
    return;
  }
  const { count, rows } = book.sheet(table);
  say({ tables: book.names, rows: count });
  process.on('message', () => {
    try {
      const batch: SentRow[] = [];
      let done = false;
      while (!done && batch.length < BATCH) {
        const next = rows.next();
        if (next.done === true) done = true;
        else batch.push(next.value);
      }
      say({ batch, done, notes: done ? notesOf(book) : [] });
    } catch (error) {
      say(refusalOf(error));
    }
  });
}

function refusalOf(error: unknown): ChildRefusal {
  if (error instanceof UserError) return { refused: error.message, fix: error.fix ?? '' };
  return { error: error instanceof Error ? error.message : String(error) };
}

/**
 * Reads one sheet of a workbook for the process that forked this one: the library reads it as a whole and answers nobody
 * meanwhile, and what a small file may grow to must not take the memory of the engine.
 */
export function runSheetChild([path = '', name = '', wanted]: readonly string[]): void {
  const say = (said: SheetAnswer): void => {
    process.send?.(said);
  };
  process.on('disconnect', () => process.exit(0));
  answer(path, name, wanted, say).catch((error: unknown) => {
    say(refusalOf(error));
  });
}
