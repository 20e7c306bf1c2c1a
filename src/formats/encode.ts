import iconv from 'iconv-lite';
import { UserError } from '../core/errors';
import { encodingKind } from './byte-text';
import { decoder } from './encoding';

const singleByte = new Map<string, ReadonlyMap<string, number>>();

/** Bytes of a single-byte encoding by character, as the reader decodes them. */
function table(label: string): ReadonlyMap<string, number> {
  const text = decoder(label);
  const known = singleByte.get(text.encoding);
  if (known) return known;
  const made = new Map<string, number>();
  for (let byte = 255; byte >= 0; byte -= 1) {
    const character = text.decode(Buffer.from([byte]));
    if (character !== '\uFFFD') made.set(character, byte);
  }
  singleByte.set(text.encoding, made);
  return made;
}

function bytesOf(text: string, label: string): Buffer {
  switch (encodingKind(label)) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'utf-16': {
      const bytes = Buffer.from(text, 'utf16le');
      return decoder(label).encoding === 'utf-16be' ? bytes.swap16() : bytes;
    }
    case 'single': {
      const known = table(label);
      return Buffer.from(Array.from(text, (one) => known.get(one) ?? 0x3f));
    }
    case 'multi':
    case 'stateful':
      return iconv.encode(text, decoder(label).encoding, { addBOM: false });
  }
}

/** Text in an encoding; a UserError names the first character that the encoding does not have. */
export function encode(text: string, label: string): Buffer {
  const bytes = bytesOf(text, label);
  const back = decodeExactly(bytes, label);
  if (back === text) return bytes;
  const lost = Array.from(text).find((one) => decodeExactly(bytesOf(one, label), label) !== one) ?? text;
  const point = (lost.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  throw new UserError(
    'invalid',
    `The file is in ${decoder(label).encoding.toUpperCase()}, which has no character “${lost}” (U+${point}).`,
    { fix: 'Write it otherwise, or save the table in UTF-8 first (Export…).' },
  );
}

/** All of the bytes as text: a byte order mark is a character like others here. */
export function decodeExactly(bytes: Buffer, label: string): string {
  return new TextDecoder(label, { ignoreBOM: true }).decode(bytes);
}
