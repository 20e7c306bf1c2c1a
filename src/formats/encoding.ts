import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { UserError } from '../core/errors';
import { eastAsian } from './east-asian';
import type { Prefix } from './format';

export interface Encoding {
  /** WHATWG label. */
  readonly label: string;
  /** Length of the byte order mark. */
  readonly bom: number;
}

/** Encodings of which two bytes make a unit, so that a byte search for separators is no use. */
export function isWide(label: string): boolean {
  return label.startsWith('utf-16');
}

const SIGNATURES: readonly (readonly [string, string])[] = [
  ['504b0304', 'a zip archive (an Excel workbook is one too)'],
  ['d0cf11e0a1b11ae1', 'an old Excel or Word file'],
  ['255044462d', 'a PDF document'],
  ['89504e470d0a1a0a', 'a PNG picture'],
  ['ffd8ff', 'a JPEG picture'],
  ['1f8b', 'a gzip archive'],
  ['28b52ffd', 'a zstd archive'],
  ['7f454c46', 'a program'],
  ['53514c69746520666f726d6174203300', 'an SQLite database'],
  ['fffe0000', 'text in UTF-32, which is not read'],
  ['0000feff', 'text in UTF-32, which is not read'],
];

/** The encoding by byte order mark, by zero bytes, by validity as UTF-8, by the characters of Japanese and Chinese, else Latin-1 or Windows-1252; a UserError for a file that is no text. */
export function detectEncoding({ bytes, name }: Prefix): Encoding {
  const hex = bytes.subarray(0, 16).toString('hex');
  const signature = SIGNATURES.find(([start]) => hex.startsWith(start));
  if (signature) throw notText(name, `It starts like ${signature[1]}.`);
  if (hex.startsWith('efbbbf')) return { label: 'utf-8', bom: 3 };
  if (hex.startsWith('fffe')) return { label: 'utf-16le', bom: 2 };
  if (hex.startsWith('feff')) return { label: 'utf-16be', bom: 2 };

  let even = 0;
  let odd = 0;
  let control = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === 0) {
      if (i % 2 === 0) even += 1;
      else odd += 1;
    } else if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27)
      control += 1;
  }
  const units = bytes.length / 2;
  if (odd > units * 0.3 && even < units * 0.05) return { label: 'utf-16le', bom: 0 };
  if (even > units * 0.3 && odd < units * 0.05) return { label: 'utf-16be', bom: 0 };
  if (even + odd + control > bytes.length * 0.02) {
    throw notText(name, 'Too many of its bytes are no characters.');
  }
  if (isUtf8(wholeCharacters(bytes))) return { label: 'utf-8', bom: 0 };
  return { label: eastAsian(bytes) ?? western(bytes), bom: 0 };
}

/** Without the signs that only Windows-1252 has it is Latin-1 as well; both are read alike. */
function western(bytes: Buffer): string {
  return bytes.some((byte) => byte >= 0x80 && byte < 0xa0) ? 'windows-1252' : 'iso-8859-1';
}

function notText(name: string, why: string): UserError {
  return new UserError('invalid', `${name} is not a text table. ${why}`, {
    fix: 'Check that it is the file you meant; if it is, open it with the program that made it and save it as CSV (UTF-8).',
  });
}

/** The bytes without a character that the prefix cut in two at its end. */
export function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
    }
    if (byte < 0x80) return bytes;
  }
  return bytes;
}

/** The prefix as text, without the byte order mark; a UserError when the chosen encoding is unknown. */
export function decode(prefix: Prefix, label: string): string {
  const bytes = label === 'utf-8' ? wholeCharacters(prefix.bytes) : prefix.bytes;
  return decoder(label).decode(bytes, { stream: true });
}

/** A decoder that replaces invalid bytes; a UserError when there is no such encoding. */
export function decoder(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch (cause) {
    throw new UserError('invalid', `There is no text encoding named "${label}".`, {
      fix: 'Use a name such as utf-8, windows-1252, utf-16le, shift_jis or gb18030.',
      cause,
    });
  }
}
