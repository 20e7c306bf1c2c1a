import type { Dialect } from '../core/table';
import { decoder, isWide } from './encoding';
import type { TextRecord } from './records';

/** Encodings in which a character may be of several bytes, some of which look like ASCII. */
const MULTI_BYTE = new Set(['shift_jis', 'gbk', 'gb18030', 'big5', 'euc-kr', 'euc-jp']);
/** Stands for a byte that is part of a character of several. */
const PART = '\uFFFD';

/** How the bytes of an encoding relate to characters; `stateful`: what a byte means depends on those before it. */
export type EncodingKind = 'utf-8' | 'utf-16' | 'single' | 'multi' | 'stateful';

export function encodingKind(label: string): EncodingKind {
  const name = decoder(label).encoding;
  if (name === 'utf-8') return 'utf-8';
  if (isWide(name)) return 'utf-16';
  if (MULTI_BYTE.has(name)) return 'multi';
  return name === 'iso-2022-jp' ? 'stateful' : 'single';
}

/** Bytes of one code unit of {@link byteText}. */
export const unitBytes = (label: string): 1 | 2 => (encodingKind(label) === 'utf-16' ? 2 : 1);

/**
 * Raw text as a string whose code units stand for one byte each (UTF-16: for two), so that positions in it are positions in the
 * file, whatever bytes there are. ASCII stands as it is unless the byte is part of another character. `bytes` begins at a character.
 */
export function byteText(bytes: Buffer, label: string): string {
  switch (encodingKind(label)) {
    case 'utf-16':
      return decoder(label).encoding === 'utf-16be'
        ? Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)))
            .swap16()
            .toString('utf16le')
        : bytes.toString('utf16le');
    case 'multi':
      return maskedText(bytes, label);
    default:
      return bytes.toString('latin1');
  }
}

function maskedText(bytes: Buffer, label: string): string {
  const text = decoder(label);
  let found = '';
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) {
      found += String.fromCharCode(byte);
      at += 1;
      continue;
    }
    const length = characterLength(bytes, at, text);
    found += PART.repeat(length);
    at += length;
  }
  return found;
}

/** Bytes that the decoder takes for the character that begins there: what it gives back as ASCII is no part of it. */
function characterLength(bytes: Buffer, at: number, text: ReturnType<typeof decoder>): number {
  for (const length of [4, 3, 2]) {
    if (at + length > bytes.length) continue;
    const read = text.decode(bytes.subarray(at, at + length));
    if (Array.from(read).length === 1) return length;
  }
  return 1;
}

/** The dialect's signs as they stand in {@link byteText}; undefined where one of them is no single unit of it. */
export function byteSigns(
  dialect: Pick<Dialect, 'delimiter' | 'quote' | 'encoding'>,
): { readonly delimiter: string; readonly quote: string } | undefined {
  const kind = encodingKind(dialect.encoding);
  const sign = (one: string): string | undefined => {
    if (one === '' || kind === 'utf-16' || one < '\u0080') return one;
    if (kind !== 'single') return undefined;
    const text = decoder(dialect.encoding);
    const byte = Array.from({ length: 128 }, (_, k) => 128 + k).find(
      (code) => text.decode(Buffer.from([code])) === one,
    );
    return byte === undefined ? undefined : String.fromCharCode(byte);
  };
  const [delimiter, quote] = [sign(dialect.delimiter), sign(dialect.quote)];
  return kind === 'stateful' || delimiter === undefined || quote === undefined
    ? undefined
    : { delimiter, quote };
}

/** Where the raw text of each cell begins and ends in a record's text: quotes belong to it. */
export function cellPlaces(
  text: string,
  record: Pick<TextRecord, 'cells' | 'start'>,
  { delimiter, quote }: Pick<Dialect, 'delimiter' | 'quote'>,
): { readonly start: number; readonly end: number }[] {
  let at = record.start;
  return record.cells.map(() => {
    const start = at;
    if (quote !== '' && text[at] === quote) {
      do {
        const next = text.indexOf(quote, at + 1);
        at = next < 0 ? text.length : next + 1;
      } while (at < text.length && text[at] === quote);
    }
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at += 1;
    const end = at;
    at += 1;
    return { start, end };
  });
}
