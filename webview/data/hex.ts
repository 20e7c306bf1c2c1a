const PER_LINE = 8;

/** Bytes as people read them: their place, their hexadecimal digits, and the signs of those that are ASCII. */
export function hexDump(bytes: Uint8Array): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');
  const width = Math.max(4, hex(bytes.length, 0).length);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const part = [...bytes.subarray(at, at + PER_LINE)];
    const digits = part.map((byte) => hex(byte, 2)).join(' ');
    const signs = part
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    lines.push(`${hex(at, width)}  ${digits.padEnd(PER_LINE * 3 - 1)}  ${signs}`);
  }
  return lines.join('\n');
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

export const hexDigits = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
