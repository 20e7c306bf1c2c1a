import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstPage } from '../../src/formats/first-page';
import { decompress } from '../../src/formats/compressed';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, flowers, rowOf, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

const CHUNK = 2 ** 18;
const numbers = (rows: number): string =>
  `id\n${Array.from({ length: rows }, (_, id) => 100_000 + id).join('\n')}\n`;

async function rowsOf(path: string): Promise<number> {
  return (await rig.engine.call('read', { source: { path } })).rows;
}

it('shows the first rows before the engine is up', async () => {
  const { page, dialect, bytes } = await firstPage(files.make('csv.gz', 'first.csv.gz'), { limit: 3 });
  expect(page.rows).toEqual(flowers.slice(0, 3).map(rowOf));
  expect(dialect?.delimiter).toBe(',');
  expect(bytes).toBe(fs.statSync(files.path('first.csv.gz')).size);
  for (const [name, packed] of [
    ['large.csv.zst', zstdCompressSync(numbers(400_000))],
    ['large.csv.gz', gzipSync(numbers(400_000))],
  ] as const) {
    const { page: begun } = await firstPage(files.write(name, packed), { limit: 3 });
    expect(begun).toMatchObject({ rows: [[100_000], [100_001], [100_002]], exact: false });
    expect(begun.total / 400_000, name).toBeGreaterThan(0.4);
    expect(begun.total / 400_000, name).toBeLessThan(1.6);
  }
});

it('shows first rows that go on in later members and frames', async () => {
  const parts = [1, 2, 3, 4].map((n) => Buffer.from(n === 1 ? 'id\n1\n' : `${n}\n`));
  const gzip = files.write('parts.csv.gz', Buffer.concat(parts.map((part) => gzipSync(part))));
  const zstd = files.write('parts.csv.zst', Buffer.concat(parts.map((part) => zstdCompressSync(part))));
  for (const path of [gzip, zstd]) {
    expect((await firstPage(path)).page).toMatchObject({ rows: [[1], [2], [3], [4]], total: 4, exact: true });
    expect(await rowsOf(path)).toBe(4);
  }
});

it('reads all members wherever the chunks of the file are cut', async () => {
  const second = gzipSync(numbers(1000));
  for (const beside of [-12, -2, -1, 0, 1, 2, 12]) {
    // Bytes that cannot be compressed are stored, so that the first member's length follows theirs.
    const noise = randomBytes(CHUNK * 2);
    let bytes = CHUNK + beside;
    while (gzipSync(noise.subarray(0, bytes)).length > CHUNK + beside) bytes -= 1;
    const first = gzipSync(noise.subarray(0, bytes));
    expect(first.length, String(beside)).toBe(CHUNK + beside);
    const out = files.path('members.out');
    const path = files.write('members.csv.gz', Buffer.concat([first, second]));
    await decompress(path, first.length + second.length, 'gzip', out);
    expect(
      fs.readFileSync(out).equals(Buffer.concat([noise.subarray(0, bytes), Buffer.from(numbers(1000))])),
      String(beside),
    ).toBe(true);
  }
});

it('takes zeros behind the end for nothing, anything else for damage', async () => {
  const packed = gzipSync(numbers(50));
  expect(await rowsOf(files.write('tape.csv.gz', Buffer.concat([packed, Buffer.alloc(700)])))).toBe(50);
  for (const [at, rest] of [Buffer.from('more'), Buffer.from([0, 0, 5]), packed.subarray(0, 1)].entries()) {
    const path = files.write(`more${at}.csv.gz`, Buffer.concat([packed, rest]));
    await expect(rowsOf(path), String(at)).rejects.toThrow(/more\d\.csv\.gz cannot be unpacked/);
  }
});

it('says what is damaged, and where nothing is in it', async () => {
  const packed = gzipSync(numbers(5000));
  const flipped = Buffer.from(packed);
  flipped[packed.length - 6] = (flipped[packed.length - 6] ?? 0) ^ 1;
  await expect(rowsOf(files.write('flipped.csv.gz', flipped))).rejects.toThrow(
    /flipped\.csv\.gz cannot be unpacked: the gzip data is damaged/,
  );
  await expect(firstPage(files.write('head.csv.gz', packed.subarray(0, 9)))).rejects.toThrow(
    'head.csv.gz cannot be unpacked: the gzip data ends too early, after 0 good bytes.',
  );
  expect((await firstPage(files.write('none.csv.gz', gzipSync('')))).page).toMatchObject({
    columns: [],
    total: 0,
    exact: true,
  });
  expect((await firstPage(files.write('header.csv.zst', zstdCompressSync('a,b\n')))).page).toMatchObject({
    rows: [],
    exact: true,
  });
  expect((await firstPage(files.write('plain.csv.gz', 'a,b\n1,2\n'))).page.rows).toEqual([[1, 2]]);
});

it('refuses decompression bombs', async () => {
  const gzip = files.write('bomb.csv.gz', gzipSync(Buffer.alloc(80_000_000, 'a,b\n')));
  await expect(rowsOf(gzip)).rejects.toThrow(
    'bomb.csv.gz was not unpacked: it grows to more than 400 times its size',
  );
  const zstd = files.write('bomb.csv.zst', zstdCompressSync(Buffer.alloc(80_000_000, 'a,b\n')));
  await expect(rowsOf(zstd)).rejects.toThrow('bomb.csv.zst was not unpacked');
});

it('tells how far it is, stops when nobody waits any more, and leaves no copy behind', async () => {
  const digits = Array.from({ length: 3_000_000 }, (_, n) => (n * 2_654_435_761) % 2 ** 32);
  const text = `id\n${digits.join('\n')}\n`;
  const path = files.write('long.csv.gz', gzipSync(text, { level: 1 }));
  const before = fs.readdirSync(files.path('temp'), { recursive: true, encoding: 'utf8' });
  const told: { bytes: number; totalBytes: number }[] = [];
  const stop = new AbortController();
  const opening = rig.engine.call(
    'open',
    { source: { path } },
    {
      signal: stop.signal,
      onProgress: (value) => {
        told.push(value as { bytes: number; totalBytes: number });
        stop.abort();
      },
    },
  );
  await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  const { size } = fs.statSync(path);
  expect(told[0]?.totalBytes).toBe(size);
  expect(told[0]?.bytes).toBeGreaterThan(4_000_000);
  expect(told[0]?.bytes).toBeLessThan(size);
  const left = (): string[] => {
    const names = fs.readdirSync(files.path('temp'), { recursive: true, encoding: 'utf8' });
    return names.filter((name) => name.endsWith('.data')).filter((name) => !before.includes(name));
  };
  await expect.poll(left).toEqual([]);
  expect(await rowsOf(path)).toBe(3_000_000);
});
