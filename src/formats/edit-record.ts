import { UserError } from '../core/errors';
import type { Dialect } from '../core/table';
import { byteSigns, byteText, cellPlaces, unitBytes } from './byte-text';
import { fits, tableRecords } from './csv';
import { decodeExactly, encode } from './encode';
import { BLANKS, type TextRecord } from './records';

/** What of a table decides how its records are written. */
export interface RecordShape {
  readonly dialect: Dialect;
  /** Columns of the table. */
  readonly width: number;
  /** Rows may have fewer cells than the table has columns. */
  readonly padded: boolean;
}

const single = (text: string, dialect: Dialect, width: number): TextRecord | undefined => {
  const [record, ...more] = tableRecords(text, dialect, width);
  return record && more.length === 0 && record.start === 0 && record.end === text.length ? record : undefined;
};

/** The texts of a raw record's cells; undefined when the bytes are not exactly one record that is a row. */
export function recordCells(
  raw: Buffer,
  { dialect, width, padded }: RecordShape,
): readonly string[] | undefined {
  const record = single(decodeExactly(raw, dialect.encoding), dialect, width);
  return record && fits(record, width, padded) ? record.cells : undefined;
}

/** Whether cells of such a table can be found in its bytes; else a UserError says why not. */
export function requireSigns(dialect: Dialect): { readonly delimiter: string; readonly quote: string } {
  if (dialect.delimiter === BLANKS) {
    throw new UserError('unsupported', 'Cells that are divided by blanks cannot be edited.', {
      fix: 'Export the rows as CSV, and edit that.',
    });
  }
  const signs = byteSigns(dialect);
  if (signs) return signs;
  throw new UserError(
    'unsupported',
    `Cells of a file in ${dialect.encoding.toUpperCase()} with these delimiters cannot be edited.`,
    { fix: 'Export the rows as a file in UTF-8, and edit that.' },
  );
}

/**
 * A raw record (with its line end) in which some cells hold another text: all other bytes are the same. A cell is quoted when it
 * was or has to be; a short record gets the delimiters that a further cell needs. A UserError when it cannot be written so.
 */
export function editRecord(raw: Buffer, shape: RecordShape, changes: ReadonlyMap<number, string>): Buffer {
  const before = recordCells(raw, shape);
  if (!before) throw noRow();
  const wanted = [...before];
  for (const [column, value] of [...changes].sort(([a], [b]) => a - b)) {
    if (value === '' && column >= wanted.length) continue;
    while (wanted.length < column) wanted.push('');
    wanted[column] = value;
  }
  // A quote can be needed where no sign asks for it: a line without any character is no record.
  for (const quoteAll of [false, true]) {
    if (quoteAll && shape.dialect.quote === '') break;
    const made = written(raw, shape, changes, { wanted, had: before.length, quoteAll });
    const cells = made && recordCells(made, shape);
    if (made && cells?.length === wanted.length && wanted.every((cell, k) => cells[k] === cell)) return made;
  }
  throw new UserError('invalid', 'This text cannot stand in a cell of this file.', {
    fix:
      shape.dialect.quote === ''
        ? 'The file is read without a quote character, so a cell holds no delimiter and no line break.'
        : 'Write it without delimiters, quotes and line breaks.',
  });
}

function written(
  raw: Buffer,
  { dialect, width }: RecordShape,
  changes: ReadonlyMap<number, string>,
  { wanted, had, quoteAll }: { wanted: readonly string[]; had: number; quoteAll: boolean },
): Buffer | undefined {
  const signs = requireSigns(dialect);
  const text = byteText(raw, dialect.encoding);
  const record = single(text, { ...dialect, ...signs }, width);
  if (record?.cells.length !== had) return undefined;
  const places = cellPlaces(text, record, signs);
  const unit = unitBytes(dialect.encoding);
  const parts: Buffer[] = [];
  let copied = 0;
  const field = (value: string, quote: boolean): Buffer => {
    const { quote: sign } = dialect;
    const needed = quote || quoteAll || mustQuote(value, dialect);
    const whole = needed && sign !== '' ? `${sign}${value.replaceAll(sign, sign + sign)}${sign}` : value;
    return encode(whole, dialect.encoding);
  };
  for (const [k, { start, end }] of places.entries()) {
    const value = changes.get(k);
    if (value === undefined) continue;
    parts.push(
      raw.subarray(copied, start * unit),
      field(value, signs.quote !== '' && text[start] === signs.quote),
    );
    copied = end * unit;
  }
  if (wanted.length > had) {
    const end = (places.at(-1)?.end ?? 0) * unit;
    parts.push(raw.subarray(copied, end));
    for (let k = had; k < wanted.length; k += 1) {
      const value = wanted[k] ?? '';
      parts.push(
        encode(dialect.delimiter, dialect.encoding),
        changes.has(k) ? field(value, false) : Buffer.alloc(0),
      );
    }
    copied = end;
  }
  return Buffer.concat([...parts, raw.subarray(copied)]);
}

function mustQuote(value: string, { delimiter, quote }: Dialect): boolean {
  return [delimiter, '\n', '\r', ...(quote === '' ? [] : [quote])].some((sign) => value.includes(sign));
}

/** For a record that is in the list of problems. */
export function noRow(): UserError {
  return new UserError(
    'unsupported',
    'This record is one of those that could not be read, so it has no cells.',
    {
      fix: 'Mend it in the text itself: Open as Text.',
    },
  );
}
