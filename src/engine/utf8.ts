import { isUtf8 } from 'node:buffer';

/** Says of bytes that come in pieces whether all of them are UTF-8. */
export function utf8Check(): { add(piece: Buffer): void; isValid(): boolean } {
  /** The beginning of a character that the last piece cut off. */
  let cut = Buffer.alloc(0);
  let valid = true;
  return {
    add(piece) {
      if (!valid || piece.length === 0) return;
      const missing = cut.length === 0 ? 0 : Math.min(length(cut[0]) - cut.length, piece.length);
      const joined = Buffer.concat([cut, piece.subarray(0, missing)]);
      if (cut.length > 0 && joined.length < length(cut[0])) {
        cut = joined;
        return;
      }
      const end = wholeCharacters(piece);
      valid = isUtf8(joined) && isUtf8(piece.subarray(missing, Math.max(missing, end)));
      cut = Buffer.from(piece.subarray(Math.max(missing, end)));
    },
    isValid: () => valid && cut.length === 0,
  };
}

/** Bytes of the character that begins with this one. */
function length(first = 0): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

/** Up to where a piece holds whole characters: less than its end when the last one goes on in the next. */
function wholeCharacters(piece: Buffer): number {
  for (let back = 1; back <= Math.min(3, piece.length); back += 1) {
    const at = piece.length - back;
    const byte = piece[at] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    return length(byte) > back ? at : piece.length;
  }
  return piece.length;
}
