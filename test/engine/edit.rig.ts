import fc from 'fast-check';
import iconv from 'iconv-lite';

/** A made file as its parts: what a test expects of an edit is put together from them, without any reader. */
export interface MadeFile {
  readonly encoding: string;
  readonly delimiter: string;
  readonly quote: string;
  readonly mark: boolean;
  readonly header: boolean;
  readonly title: boolean;
  readonly width: number;
  readonly records: readonly MadeRecord[];
  readonly lastEnd: boolean;
}

export interface MadeRecord {
  /** Texts of the cells; the first is the record's own name. More than the table has columns: it is no row. */
  readonly cells: readonly string[];
  readonly quoted: readonly boolean[];
  readonly end: '\n' | '\r\n' | '\r';
}

/** Letters whose bytes look like signs in their encoding, or hold the bytes of line ends. */
const LETTERS: Readonly<Record<string, string>> = {
  'utf-8': 'é漢😀ẞ',
  'windows-1252': 'é€ßÿ',
  'iso-8859-2': 'ěščř',
  'utf-16le': 'é漢😀\u0A00\u010A\u0D0D\u2C22',
  'utf-16be': 'é漢😀\u0A00\u010A\u0D0D\u222C',
  shift_jis: '表ポ漢ｱソ弌',
  gb18030: '漢亅€😀俓',
  'euc-kr': '한글가',
};

export const encoded = (text: string, encoding: string): Buffer =>
  encoding === 'utf-16be' ? Buffer.from(text, 'utf16le').swap16() : iconv.encode(text, encoding);

const needsQuotes = (text: string, { delimiter, quote }: MadeFile): boolean =>
  [delimiter, quote, '\n', '\r'].some((sign) => text.includes(sign));

/** A cell as it stands in the file: quoted when it was to be, or when a sign asks for it. */
function field(text: string, quoted: boolean, file: MadeFile): string {
  const { quote } = file;
  return needsQuotes(text, file) || quoted
    ? `${quote}${text.replaceAll(quote, quote + quote)}${quote}`
    : text;
}

export type Changes = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** The bytes of a made file in which cells of the records so named hold other texts. */
export function bytesOf(file: MadeFile, changes: Changes = new Map()): Buffer {
  const parts = [
    ...(file.mark ? ['\uFEFF'] : []),
    ...(file.title ? ['Title of the table\r\n'] : []),
    ...(file.header
      ? [`${Array.from({ length: file.width }, (_, k) => `name ${k}`).join(file.delimiter)}\n`]
      : []),
    ...file.records.map((record, row) => {
      const mine = changes.get(record.cells[0] ?? '');
      const last = mine
        ? Math.max(record.cells.length - 1, ...[...mine].filter(([, text]) => text !== '').map(([at]) => at))
        : 0;
      const fields = record.cells.map((text, at) =>
        field(mine?.get(at) ?? text, record.quoted[at] === true || needsQuotes(text, file), file),
      );
      for (let at = fields.length; mine && at <= last; at += 1)
        fields.push(field(mine.get(at) ?? '', false, file));
      const end = row === file.records.length - 1 && !file.lastEnd ? '' : record.end;
      return `${fields.join(file.delimiter)}${end}`;
    }),
  ];
  return encoded(parts.join(''), file.encoding);
}

/** A text that the encoding has: with signs, quotes, line ends. */
export const textIn = (encoding: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.constantFrom(...Array.from(LETTERS[encoding] ?? ''), ...'ab 1,;\t|"\''.split(''), '\n', '\r\n', ''),
      {
        maxLength: 8,
      },
    )
    .map((some) => some.join(''));

const recordOf = (encoding: string, row: number, cells: number): fc.Arbitrary<MadeRecord> =>
  fc.record({
    cells: fc
      .array(textIn(encoding), { minLength: cells - 1, maxLength: cells - 1 })
      .map((some) => [`r${row}`, ...some]),
    quoted: fc.array(fc.boolean(), { minLength: cells, maxLength: cells }),
    end: fc.constantFrom('\n' as const, '\r\n' as const, '\r' as const),
  });

/** Files of several hundred records: clean ones, some with records that are no rows, some with many short rows. */
export const madeFile: fc.Arbitrary<MadeFile> = fc
  .record({
    encoding: fc.constantFrom(...Object.keys(LETTERS)),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    quote: fc.constantFrom('"', '"', "'"),
    mark: fc.boolean(),
    header: fc.boolean(),
    title: fc.boolean(),
    width: fc.integer({ min: 2, max: 5 }),
    rows: fc.integer({ min: 3, max: 400 }),
    kind: fc.constantFrom('clean', 'long', 'short'),
    lastEnd: fc.boolean(),
  })
  .chain(({ rows, kind, mark, ...shape }) =>
    fc
      .tuple(
        ...Array.from({ length: rows }, (_, row) =>
          recordOf(
            shape.encoding,
            row,
            kind === 'long' && row % 61 === 7
              ? shape.width + 2
              : kind === 'short' && row % 3 === 1
                ? Math.max(1, shape.width - 2)
                : shape.width,
          ),
        ),
      )
      .map((records) => ({
        ...shape,
        // UTF-16 without a mark is found by its zero bytes, which these letters have none of; the dialect says it.
        mark: mark && (shape.encoding.startsWith('utf') || shape.encoding === 'gb18030'),
        records,
      })),
  );
