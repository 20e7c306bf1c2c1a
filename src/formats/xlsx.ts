import { UserError } from '../core/errors';
import {
  pickTable,
  unreadable,
  type Container,
  type ContainerFile,
  type ContainerOptions,
  type Value,
} from './container';
import { columnNames } from './csv';
import { headed } from './sheet-header';
import { sheetRange, type SheetRow } from './sheet-tables';
import { attribute, richText, tags, text } from './sheet-xml';
import { readRow, styleKinds, type CellReading, type Lacking } from './xlsx-cells';
import { openZip, type Zip } from './zip-parts';

const WHAT = 'an Excel workbook';
/** All texts of a workbook are held in memory. */
const MOST_TEXT_BYTES = 2 ** 30;
/** A row has at most 16,384 cells of 32,767 characters, but none has all of them. */
const MOST_ROW_CHARACTERS = 2 ** 27;
const BATCH = 1000;

interface Sheet {
  readonly name: string;
  readonly part: string;
}

interface Book {
  readonly zip: Zip;
  readonly sheets: readonly Sheet[];
  readonly from1904: boolean;
}

async function open({ path, name }: ContainerFile): Promise<Book> {
  const zip = await openZip(path, name);
  try {
    const book = await zip.text('xl/workbook.xml');
    if (book === undefined) {
      throw new UserError(
        'invalid',
        `${name} is a zip archive, but no Excel workbook: it has no part xl/workbook.xml.`,
        { fix: 'Unpack it and open the file in it, or save it from Excel as .xlsx.' },
      );
    }
    const links = new Map<string, string>();
    for (const tag of tags((await zip.text('xl/_rels/workbook.xml.rels')) ?? '', 'Relationship')) {
      links.set(attribute(tag, 'Id') ?? '', attribute(tag, 'Target') ?? '');
    }
    const sheets = tags(book, 'sheet').flatMap((tag) => {
      const target = text(links.get(attribute(tag, 'r:id') ?? relation(tag) ?? '') ?? '');
      const part = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
      // A sheet that is a chart or a dialog has no cells.
      if (/chartsheets|dialogsheets|macrosheets/.test(part)) return [];
      const called = text(attribute(tag, 'name') ?? '');
      if (!zip.has(part)) throw new Error(`the sheet "${called}" is not in it`);
      return [{ name: called, part }];
    });
    const properties = tags(book, 'workbookPr')[0] ?? '';
    return { zip, sheets, from1904: /date1904\s*=\s*["'](1|true)["']/.test(properties) };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** The id of a sheet's part, under whatever prefix the namespace of relationships has. */
const relation = (tag: string): string | undefined => /\s\w+:id\s*=\s*["']([^"']*)["']/.exec(tag)?.[1];

/** The elements of this name one after the other, each with its tags. */
async function* elements(source: AsyncIterable<string>, name: string): AsyncGenerator<string> {
  const begin = new RegExp(`<${name}(?=[\\s/>])`, 'g');
  const end = `</${name}>`;
  let held = '';
  for await (const chunk of source) {
    held += chunk;
    let at = 0;
    for (;;) {
      begin.lastIndex = at;
      const found = begin.exec(held);
      if (!found) break;
      const close = held.indexOf('>', found.index);
      if (close < 0) break;
      if (held[close - 1] === '/') {
        yield held.slice(found.index, close + 1);
        at = close + 1;
        continue;
      }
      const to = held.indexOf(end, close);
      if (to < 0) break;
      yield held.slice(found.index, to + end.length);
      at = to + end.length;
    }
    held = held.slice(at);
    if (held.length > MOST_ROW_CHARACTERS) throw new Error('one row of it is longer than 128 MiB');
  }
  begin.lastIndex = 0;
  if (begin.test(held)) throw new Error('it ends within a row');
}

/** The shared texts, read as far as somebody asks for them. */
function sharedTexts(
  { zip }: Book,
  name: string,
): { upTo(at: number): Promise<void>; readonly texts: string[] } {
  const part = 'xl/sharedStrings.xml';
  const texts: string[] = [];
  const source = zip.has(part) ? elements(zip.texts(part), 'si') : undefined;
  return {
    texts,
    async upTo(at) {
      if (zip.bytes(part) > MOST_TEXT_BYTES) {
        throw new UserError(
          'quota',
          `${name} holds more than 1 GiB of text, which is more than is read at once.`,
          {
            fix: 'Save the sheet as CSV and open that.',
          },
        );
      }
      while (source && texts.length <= at) {
        const next = await source.next();
        if (next.done === true) return;
        texts.push(richText(next.value));
      }
    },
  };
}

/** The largest number of a shared text that these rows ask for; -1 for none. */
function lastShared(rows: readonly string[]): number {
  let last = -1;
  for (const row of rows) {
    for (let at = row.indexOf(' t="s"'); at >= 0; at = row.indexOf(' t="s"', at + 6)) {
      const from = row.indexOf('<v>', at) + 3;
      if (from > 2) last = Math.max(last, Number.parseInt(row.slice(from, from + 12), 10) || 0);
    }
  }
  return last;
}

async function* rows(
  book: Book,
  sheet: Sheet,
  reading: CellReading,
  shared: ReturnType<typeof sharedTexts>,
  file: ContainerFile,
  options: ContainerOptions,
): AsyncGenerator<SheetRow[]> {
  const total = book.zip.bytes(sheet.part);
  let read = 0;
  let number = 0;
  const take = async (xml: readonly string[]): Promise<SheetRow[]> => {
    options.signal?.throwIfAborted();
    options.progress?.(Math.min(read, total), total);
    await shared.upTo(lastShared(xml));
    return xml.map((one) => {
      number = Number(attribute(one.slice(0, one.indexOf('>') + 1), 'r') ?? number + 1);
      return { number, cells: readRow(one, reading) };
    });
  };
  try {
    let batch: string[] = [];
    // The first rows are wanted at once.
    let most = 100;
    for await (const xml of elements(book.zip.texts(sheet.part), 'row')) {
      read += xml.length;
      if (batch.push(xml) < most) continue;
      yield await take(batch);
      batch = [];
      most = BATCH;
    }
    yield await take(batch);
  } catch (error) {
    throw explained(file, error, options.signal);
  }
}

function explained({ name }: ContainerFile, error: unknown, signal?: AbortSignal): unknown {
  return error instanceof UserError || signal?.aborted ? error : unreadable(name, WHAT, error);
}

/** Rows as the sheet's own `dimension` says, which is only a hint. */
async function dimension({ zip }: Book, { part }: Sheet): Promise<number | undefined> {
  const source = zip.texts(part);
  try {
    const next = await source.next();
    if (next.done === true) return undefined;
    const found = /<dimension[^>]*ref="[A-Z]+(\d+):[A-Z]+(\d+)"/.exec(next.value);
    return found ? Number(found[2]) - Number(found[1]) + 1 : undefined;
  } finally {
    await source.return(undefined);
  }
}

/** Excel's own format (ISO/IEC 29500), read row by row. */
export const xlsx: Container = {
  async tables(file) {
    try {
      const book = await open(file);
      book.zip.close();
      return book.sheets.map(({ name }) => name);
    } catch (error) {
      throw explained(file, error);
    }
  },
  async read(file, table, options) {
    let zip: Zip | undefined;
    try {
      const book = await open(file);
      zip = book.zip;
      const tables = book.sheets.map(({ name }) => name);
      const part = table === undefined || tables.includes(table) ? undefined : sheetRange(table);
      const chosen = pickTable(file.name, tables, part && tables.includes(part.sheet) ? part.sheet : table);
      const sheet = book.sheets.find(({ name }) => name === chosen);
      if (!sheet) throw new Error(`there is no sheet ${chosen}`);
      const lacking = (): Lacking => ({ count: 0, places: [] });
      const shared = sharedTexts(book, file.name);
      const reading: CellReading = {
        sharedText: (at) => shared.texts[at],
        kinds: styleKinds((await zip.text('xl/styles.xml')) ?? ''),
        from1904: book.from1904,
        errors: lacking(),
        uncomputed: lacking(),
      };
      const estimate = await dimension(book, sheet);
      const found = await headed(rows(book, sheet, reading, shared, file, options), {
        sheet: chosen,
        ...(part ? { range: part.range } : {}),
      });
      return {
        tables,
        table: part && table !== undefined ? table : chosen,
        names: columnNames(found.header, found.width),
        ...(estimate === undefined ? {} : { estimate }),
        batches: closing(found.batches, book.zip),
        notes: () => [...found.notes(), ...notesOf(reading)],
        parts: () => found.parts(),
      };
    } catch (error) {
      zip?.close();
      throw explained(file, error, options.signal);
    }
  },
};

async function* closing(
  batches: AsyncIterable<readonly (readonly Value[])[]>,
  zip: Zip,
): AsyncGenerator<readonly (readonly Value[])[]> {
  try {
    yield* batches;
  } finally {
    zip.close();
  }
}

function notesOf({ errors, uncomputed }: CellReading): string[] {
  const cells = ({ count, places }: Lacking): string =>
    `${count === 1 ? '1 cell' : `${count} cells`} (${places.join(', ')}${count > places.length ? ' …' : ''})`;
  return [
    ...(errors.count > 0 ? [`${cells(errors)} with an Excel error such as #DIV/0!: shown as missing.`] : []),
    ...(uncomputed.count > 0
      ? [
          `${cells(uncomputed)} with a formula that was never computed: shown as missing. Save the file in Excel once.`,
        ]
      : []),
  ];
}
