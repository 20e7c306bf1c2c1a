import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { ByteRange, StoreObject } from '../../src/core/store';
import { type DownloadSource, download } from '../../src/stores/download';
import { kindOf } from './store.contract';

const MB = 2 ** 20;
let folder: string;
let file: string;
const asked: ByteRange[] = [];
const bytes = randomBytes(20 * MB);

/** A store of one object that is held in memory; `lent` changes what it does. */
function source(
  lent: Partial<DownloadSource> & { readonly object?: Partial<StoreObject> } = {},
): DownloadSource {
  return {
    uri: 'test://object',
    stat: () =>
      Promise.resolve({ key: 'object', bytes: bytes.length, modified: '', etag: 'one', ...lent.object }),
    read: (range) => {
      asked.push(range);
      return Promise.resolve(Readable.from([bytes.subarray(range.start, range.end)]));
    },
    verify: () => Promise.resolve(),
    ...lent,
  };
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-download-'));
  file = path.join(folder, 'new folder', 'object');
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => fs.rm(folder, { recursive: true }));

test('what does not fit on the disk is not begun', async () => {
  expect(await kindOf(download(source({ object: { bytes: 2 ** 55 } }), undefined, file))).toBe('quota');
  expect(asked).toEqual([]);
  expect(await fs.readdir(path.dirname(file))).toEqual([]);
});

test('parts that an earlier download of the same object left are not asked for again', async () => {
  const half = Buffer.concat([bytes.subarray(0, 8 * MB), randomBytes(12 * MB)]);
  await fs.writeFile(`${file}.mll.part`, half);
  const state = JSON.stringify({ etag: 'one', bytes: bytes.length, part: 8 * MB });
  // The process was killed while it noted a further part.
  await fs.writeFile(`${file}.mll.part.parts`, `${state}\n0\n1`);
  await download(source(), undefined, file);
  expect(asked.map((one) => one.start).sort((a, b) => a - b)).toEqual([8 * MB, 16 * MB]);
  expect(bytes.equals(await fs.readFile(file))).toBe(true);
  expect(await fs.readdir(path.dirname(file))).toEqual(['object']);
});

test('without an etag nothing is taken from an earlier download', async () => {
  const object = { key: 'object', bytes: bytes.length, modified: '' };
  await fs.writeFile(`${file}.mll.part`, randomBytes(bytes.length));
  const state = JSON.stringify({ etag: null, bytes: bytes.length, part: 8 * MB });
  await fs.writeFile(`${file}.mll.part.parts`, `${state}\n0\n1\n2\n`);
  await download(source(), object, file);
  expect(asked).toHaveLength(3);
  expect(bytes.equals(await fs.readFile(file))).toBe(true);
});

test('an object that is another at each start is given up', async () => {
  let etag = 0;
  const restless = source({
    stat: () => Promise.resolve({ key: 'object', bytes: bytes.length, modified: '', etag: String(etag) }),
    read: () => {
      etag += 1;
      return Promise.reject(new UserError('conflict', 'changed'));
    },
  });
  expect(await kindOf(download(restless, undefined, path.join(folder, 'restless')))).toBe('conflict');
  expect(await fs.readdir(folder)).toEqual(['new folder']);
});

test('content that is shorter than it should be is not kept', async () => {
  const short = source({
    object: { bytes: 100 },
    read: () => Promise.resolve(Readable.from([bytes.subarray(0, 99)])),
  });
  expect(await kindOf(download(short, undefined, path.join(folder, 'short')))).toBe('unavailable');
  expect(await fs.readdir(folder)).toEqual(['new folder']);
});
