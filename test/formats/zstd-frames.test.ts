import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { zstdFrames } from '../../src/formats/zstd-frames';

const CHUNK = 2 ** 18;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zstd '));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(packed: Buffer): Promise<Buffer> {
  const path = join(folder, 'file.zst');
  writeFileSync(path, packed);
  const chunks: Buffer[] = [];
  for await (const chunk of zstdFrames(path, packed.length)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const text = (bytes: number): Buffer => Buffer.from(randomBytes(bytes / 2).toString('hex'));

/** A frame that holds nothing, of so many bytes. */
function skippable(bytes: number): Buffer {
  const frame = Buffer.alloc(bytes);
  frame.writeUInt32LE(0x184d2a50);
  frame.writeUInt32LE(bytes - 8, 4);
  return frame;
}

test('all frames are read, wherever the chunks of the file are cut', async () => {
  const [a, b] = [text(400_000), text(600_000)];
  const [first, second] = [zstdCompressSync(a), zstdCompressSync(b)];
  const both = Buffer.concat([a, b]);
  expect((await read(first)).equals(a)).toBe(true);
  expect((await read(Buffer.concat([first, second]))).equals(both)).toBe(true);
  expect(
    (await read(Buffer.concat([skippable(12), first, skippable(8), second, skippable(9)]))).equals(both),
  ).toBe(true);
  for (const beside of [-8, -1, 0, 1, 8]) {
    const filler = skippable(CHUNK + beside - first.length);
    expect((await read(Buffer.concat([filler, first]))).equals(a), `${beside}, one`).toBe(true);
    expect((await read(Buffer.concat([filler, first, second]))).equals(both), `${beside}, two`).toBe(true);
  }
});

test('a file that is cut off at any byte, or goes on with something else, is an error', async () => {
  const small = zstdCompressSync(Buffer.from('a,b\n1,2\n3,4\n'));
  for (let end = 1; end < small.length; end += 1) {
    await expect(read(small.subarray(0, end)), `${end} bytes`).rejects.toMatchObject({
      code: expect.stringMatching(/^Z/) as string,
    });
  }
  const large = Buffer.concat([zstdCompressSync(text(400_000)), zstdCompressSync(text(400_000))]);
  for (const missing of [1, 3, 4, 7, 8, 500]) {
    await expect(read(large.subarray(0, large.length - missing)), `${missing} missing`).rejects.toThrow();
  }
  await expect(read(Buffer.concat([small, Buffer.from('garbage!!')]))).rejects.toThrow();
});
