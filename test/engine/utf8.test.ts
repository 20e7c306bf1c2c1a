import { expect, test } from 'vitest';
import { utf8Check } from '../../src/engine/utf8';

function check(bytes: Buffer, size: number): boolean {
  const text = utf8Check();
  for (let at = 0; at < bytes.length; at += size) text.add(bytes.subarray(at, at + size));
  return text.isValid();
}

const sizes = [1, 2, 3, 4, 5, 7, 1000];

test('characters that pieces cut apart are whole', () => {
  const text = Buffer.from('aé€😀ñ\u0000漢字🧪z'.repeat(3));
  for (const size of sizes) expect(check(text, size), `${size}`).toBe(true);
  expect(check(Buffer.alloc(0), 1)).toBe(true);
});

test('a byte of no character is found wherever the pieces end', () => {
  const wrong = [
    [0xff],
    [0x80],
    [0xc3],
    [0xc3, 0x28],
    [0xe2, 0x82],
    [0xe2, 0x82, 0x28],
    [0xf0, 0x9f, 0x98],
    [0xf0, 0x9f, 0x98, 0x28],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
  ];
  for (const bytes of wrong) {
    for (const size of sizes) {
      const name = `${bytes.map((byte) => byte.toString(16)).join(' ')} in pieces of ${size}`;
      expect(
        check(Buffer.concat([Buffer.from('é1'), Buffer.from(bytes), Buffer.from('é2')]), size),
        name,
      ).toBe(false);
      expect(check(Buffer.concat([Buffer.from('é1'), Buffer.from(bytes)]), size), name).toBe(false);
    }
  }
});
