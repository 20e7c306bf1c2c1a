import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAbort } from '../../src/core/errors';
import type { ByteRange, Store, StoreObject } from '../../src/core/store';

/** What a kind of store lends to the suite. */
export interface StoreRig {
  /** An empty bucket or folder. */
  fresh(): Promise<Store>;
  dispose(): Promise<void>;
  /** A defect of the stand-in: where one level is listed, only objects count for the limit, and a folder comes again on each page that has something of it. */
  readonly loosePages?: true;
}

const MB = 2 ** 20;

/** Names that other tools stumble over. */
export const NAMES = [
  'plain.csv',
  'with space/and another.csv',
  'größe/日本語/😀.csv',
  'a+b=c&d.csv',
  '100%/50%25.csv',
  'percent%2Fslash.csv',
  `quote'"<tag>&amp;.csv`,
  '#hash?query=1.csv',
  'semi;colon,comma:.csv',
  ' leading and trailing ',
  'dots..and...more',
  `${'long/'.repeat(150)}${'x'.repeat(200)}.csv`,
] as const;

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function content(store: Store, key: string, range?: ByteRange): Promise<string> {
  return text(await store.read(key, range));
}

export async function all(
  store: Store,
  prefix: string,
  deep: boolean,
  limit?: number,
): Promise<{ keys: string[]; pages: number }> {
  const keys: string[] = [];
  let pages = 0;
  for (let next: string | undefined; ;) {
    const page = await store.list(prefix, {
      deep,
      ...(next === undefined ? {} : { next }),
      ...(limit === undefined ? {} : { limit }),
    });
    pages += 1;
    keys.push(...page.prefixes, ...page.objects.map((one) => one.key));
    if (page.next === undefined) return { keys, pages };
    next = page.next;
  }
}

/** The kind of the UserError that a promise rejects with. */
export async function kindOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isAbort(error)) return 'abort';
    return error instanceof Error && 'kind' in error ? String(error.kind) : `no UserError: ${String(error)}`;
  }
  return 'none';
}

/** What each store has to do; run it with a rig of that store. */
export function storeContract(name: string, make: () => Promise<StoreRig>): void {
  describe(`store of ${name}`, () => {
    let rig: StoreRig;
    let store: Store;
    let folder: string;
    const local = (file: string): string => path.join(folder, file);
    const localNames = async (): Promise<string[]> => (await fs.readdir(folder)).sort();

    beforeAll(async () => {
      rig = await make();
      store = await rig.fresh();
      folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll store ü '));
    });
    afterAll(async () => {
      await rig.dispose();
      await fs.rm(folder, { recursive: true, force: true });
    });

    test.each(NAMES)('keeps %j as it was written, listed and read by its name', async (key) => {
      await store.write(key, `content of ${key}`);
      expect(await content(store, key)).toBe(`content of ${key}`);
      const object = await store.stat(key);
      expect(object).toMatchObject({ key, bytes: Buffer.byteLength(`content of ${key}`) });
      expect(Math.abs(Date.parse(object.modified) - Date.now())).toBeLessThan(60_000);
      const listed = await store.list(key, { deep: true });
      expect(listed.objects.map((one) => one.key)).toEqual([key]);
      expect(listed.objects[0]?.etag).toBe(object.etag);
      await store.copy(key, `${key}.copy`);
      expect(await content(store, `${key}.copy`)).toBe(`content of ${key}`);
      await store.download(key, local('named'));
      expect(await fs.readFile(local('named'), 'utf8')).toBe(`content of ${key}`);
      await store.remove([key, `${key}.copy`]);
      expect((await store.list(key, { deep: true })).objects).toEqual([]);
    });

    test('reads ranges', async () => {
      await store.write('range', '0123456789');
      expect(await content(store, 'range', { start: 2, end: 5 })).toBe('234');
      expect(await content(store, 'range', { start: 8, end: 100 })).toBe('89');
      expect(await content(store, 'range', { start: 3, end: Infinity })).toBe('3456789');
      expect(await content(store, 'range', { start: 10, end: 20 })).toBe('');
      expect(await content(store, 'range', { start: 4, end: 4 })).toBe('');
      expect(await kindOf(store.read('no such key', { start: 4, end: 4 }))).toBe('notFound');
    });

    test('keeps empty objects', async () => {
      await store.write('empty', '');
      expect(await store.stat('empty')).toMatchObject({ bytes: 0 });
      expect(await content(store, 'empty')).toBe('');
      expect(await content(store, 'empty', { start: 0, end: 1000 })).toBe('');
      await store.download('empty', local('empty'));
      expect((await fs.stat(local('empty'))).size).toBe(0);
      await store.upload(local('empty'), 'also empty');
      expect(await store.stat('also empty')).toMatchObject({ bytes: 0 });
      await store.remove(['also empty']);
    });

    test('says what is absent, and takes the removal of it', async () => {
      expect(await kindOf(store.stat('absent'))).toBe('notFound');
      expect(await kindOf(store.read('absent'))).toBe('notFound');
      expect(await kindOf(store.download('absent', local('absent')))).toBe('notFound');
      expect(await kindOf(store.copy('absent', 'elsewhere'))).toBe('notFound');
      await store.remove(['absent', 'absent/too']);
      expect(await store.list('absent/')).toEqual({ prefixes: [], objects: [] });
      expect(await localNames()).not.toContain('absent');
    });

    test('writes only where nothing is, when asked to', async () => {
      await store.write('once', 'first', { ifAbsent: true });
      expect(await kindOf(store.write('once', 'second', { ifAbsent: true }))).toBe('conflict');
      expect(await content(store, 'once')).toBe('first');
      await store.write('once', new Uint8Array([104, 105]));
      expect(await content(store, 'once')).toBe('hi');
    });

    test('has another etag for other content, and refuses to read on from the old one', async () => {
      await store.write('changing', 'one');
      const before = await store.stat('changing');
      expect((await store.stat('changing')).etag).toBe(before.etag);
      await store.write('changing', 'two and more');
      const after = await store.stat('changing');
      expect(after.etag).not.toBe(before.etag);
      const { etag = '' } = before;
      expect(await kindOf(store.read('changing', { start: 0, end: 2, etag }))).toBe('conflict');
      expect(await content(store, 'changing', { start: 0, end: 2, etag: after.etag ?? '' })).toBe('tw');
    });

    test('lists one level or all, in pages, in the order of the bytes', async () => {
      const fresh = await rig.fresh();
      const keys = [
        'a-b',
        'a.txt',
        'a/1',
        'a/2/deep',
        'a/2/deeper',
        'a0',
        'b/x',
        'é',
        '日/本',
        '\u{1F600}',
        '\uFF5E',
      ];
      for (const key of keys) await fresh.write(key, key);
      expect((await all(fresh, '', true)).keys).toEqual(
        keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
      const top = await fresh.list('');
      expect(top.prefixes).toEqual(['a/', 'b/', '日/']);
      expect(top.objects.map((one) => one.key)).toEqual(['a-b', 'a.txt', 'a0', 'é', '\uFF5E', '\u{1F600}']);
      expect(await fresh.list('a/')).toMatchObject({
        prefixes: ['a/2/'],
        objects: [{ key: 'a/1', bytes: 3 }],
      });
      expect((await all(fresh, 'a', false)).keys).toEqual(['a/', 'a-b', 'a.txt', 'a0']);
      expect((await all(fresh, 'a/2/deep', true)).keys).toEqual(['a/2/deep', 'a/2/deeper']);
      for (const limit of [1, 2, 3]) {
        for (const deep of [true, false]) {
          const { keys: found, pages } = await all(fresh, '', deep, limit);
          const loose = rig.loosePages && !deep;
          const paged = loose ? [...new Set(found)] : found;
          const { keys: whole } = await all(fresh, '', deep);
          expect(paged.sort()).toEqual(whole.sort());
          const counted = loose ? whole.filter((key) => !key.endsWith('/')) : whole;
          expect(pages).toBeGreaterThanOrEqual(Math.ceil(counted.length / limit));
        }
      }
    });

    test('lists and removes thousands of keys', async () => {
      const fresh = await rig.fresh();
      const keys = Array.from({ length: 2100 }, (_, at) => `many/${String(at).padStart(5, '0')}`);
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => fresh.write(key, 'x')));
      }
      const { keys: listed, pages } = await all(fresh, 'many/', true);
      expect(listed).toEqual(keys);
      expect(pages).toBe(3);
      await fresh.remove(keys.slice(0, 2050));
      expect((await all(fresh, 'many/', true)).keys).toEqual(keys.slice(2050));
      await fresh.remove(keys);
      expect(await fresh.list('')).toEqual({ prefixes: [], objects: [] });
    });

    test('uploads and downloads files of any size, with progress', async () => {
      for (const size of [1, 8 * MB, 8 * MB + 1, 21 * MB + 12345]) {
        const bytes = randomBytes(size);
        await fs.writeFile(local('up'), bytes);
        const up: number[] = [];
        await store.upload(local('up'), 'folder/of files/big.bin', (done, total) => {
          expect(total).toBe(size);
          up.push(done);
        });
        expect(up.at(-1)).toBe(size);
        expect(up).toEqual(up.toSorted((a, b) => a - b));
        expect((await store.stat('folder/of files/big.bin')).bytes).toBe(size);
        const down: number[] = [];
        await store.download('folder/of files/big.bin', local('down'), (done, total) => {
          expect(total).toBe(size);
          down.push(done);
        });
        expect(down.at(-1)).toBe(size);
        expect(down).toEqual(down.toSorted((a, b) => a - b));
        expect(sha256(await fs.readFile(local('down')))).toBe(sha256(bytes));
      }
      expect((await localNames()).filter((one) => one.includes('down'))).toEqual(['down']);
    });

    test('an upload that is cancelled, or of no file, leaves what was there', async () => {
      await store.write('kept', 'old');
      await fs.writeFile(local('new'), randomBytes(40 * MB));
      const abort = new AbortController();
      const uploading = store.upload(local('new'), 'kept', () => abort.abort(), abort.signal);
      expect(await kindOf(uploading)).toBe('abort');
      expect(await content(store, 'kept')).toBe('old');
      expect(await kindOf(store.upload(local('no such file'), 'kept'))).toBe('notFound');
      expect(await content(store, 'kept')).toBe('old');
      expect((await all(store, 'kept', true)).keys).toEqual(['kept']);
    });

    test('a download that was cut goes on where it stopped', async () => {
      // One part more than there are at a time, so that the cut leaves one.
      const bytes = randomBytes(72 * MB);
      await fs.writeFile(local('source'), bytes);
      await store.upload(local('source'), 'cut.bin');
      await fs.writeFile(local('cut.bin'), 'old');
      const abort = new AbortController();
      const cut = store.download(
        'cut.bin',
        local('cut.bin'),
        (done) => done > 0 && abort.abort(),
        abort.signal,
      );
      expect(await kindOf(cut)).toBe('abort');
      expect(await fs.readFile(local('cut.bin'), 'utf8')).toBe('old');
      const seen: number[] = [];
      await store.download('cut.bin', local('cut.bin'), (done) => seen.push(done));
      expect(seen[0]).toBeGreaterThanOrEqual(8 * MB);
      expect(seen[0]).toBeLessThan(72 * MB);
      expect(sha256(await fs.readFile(local('cut.bin')))).toBe(sha256(bytes));
      expect((await localNames()).filter((one) => one.startsWith('cut'))).toEqual(['cut.bin']);
    });

    test('a download of an object that changed meanwhile is of the new one alone', async () => {
      await fs.writeFile(local('source'), randomBytes(24 * MB));
      await store.upload(local('source'), 'changed.bin');
      const known: StoreObject = await store.stat('changed.bin');
      const abort = new AbortController();
      await kindOf(
        store.download(known, local('changed.bin'), (done) => done > 0 && abort.abort(), abort.signal),
      );
      const bytes = randomBytes(24 * MB);
      await fs.writeFile(local('source'), bytes);
      await store.upload(local('source'), 'changed.bin');
      await store.download(known, local('changed.bin'));
      expect(sha256(await fs.readFile(local('changed.bin')))).toBe(sha256(bytes));
      await store.write('small', 'one');
      const small = await store.stat('small');
      await store.write('small', 'two!');
      await store.download(small, local('small'));
      expect(await fs.readFile(local('small'), 'utf8')).toBe('two!');
    });

    test('two downloads to one file do not mix', async () => {
      const bytes = randomBytes(24 * MB);
      await fs.writeFile(local('source'), bytes);
      await store.upload(local('source'), 'both.bin');
      const kinds = await Promise.all(
        [1, 2].map(() => kindOf(store.download('both.bin', local('both.bin')))),
      );
      expect(kinds.sort()).toEqual(['conflict', 'none']);
      expect(sha256(await fs.readFile(local('both.bin')))).toBe(sha256(bytes));
    });

    test('a cancelled call does nothing', async () => {
      const signal = AbortSignal.abort();
      expect(await kindOf(store.download('range', local('none'), undefined, signal))).toBe('abort');
      expect(await localNames()).not.toContain('none');
    });
  });
}
