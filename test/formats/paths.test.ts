import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseStoreUri, storeUri } from '../../src/core/store-uri';
import { below, isSameFile, relativePath, samePath, splitPattern } from '../../src/formats/paths';

const { win32, posix } = path;

describe('paths of Windows', () => {
  it('are the same whatever the case of their letters and their slashes', () => {
    const same = (one: string, other: string): boolean => samePath(one, other, win32);
    expect(same('C:\\Data\\Sales.CSV', 'c:/data/sales.csv')).toBe(true);
    expect(same('C:\\data\\.\\x\\..\\a.csv', 'c:\\data\\a.csv')).toBe(true);
    expect(same('\\\\Server\\Share\\a.csv', '//server/share/a.csv')).toBe(true);
    expect(same('C:\\data\\a.csv', 'D:\\data\\a.csv')).toBe(false);
    expect(same('\\\\server\\share\\a.csv', '\\\\server\\other\\a.csv')).toBe(false);
    // Elsewhere they are two files.
    expect(samePath('/data/A.csv', '/data/a.csv', posix)).toBe(false);
  });

  it('are kept relative inside of a folder, and as they are on another drive or share', () => {
    expect(below('c:\\proj', 'C:\\proj\\data\\ü x.csv', win32)).toBe('data/ü x.csv');
    expect(below('c:\\proj', 'c:\\proj2\\a.csv', win32)).toBeUndefined();
    expect(below('c:\\proj', 'd:\\a.csv', win32)).toBeUndefined();
    expect(below('c:\\proj', 'c:\\proj', win32)).toBeUndefined();
    expect(below('c:\\proj', 'c:\\proj\\..a.csv', win32)).toBe('..a.csv');
    expect(below('\\\\server\\share\\proj', '\\\\SERVER\\share\\proj\\a\\b.csv', win32)).toBe('a/b.csv');
    expect(below('\\\\server\\share', '\\\\server\\other\\b.csv', win32)).toBeUndefined();
    expect(relativePath('c:\\proj\\charts', 'C:\\proj\\data\\a.csv', win32)).toBe('../data/a.csv');
    expect(relativePath('c:\\proj', 'd:\\data\\a.csv', win32)).toBe('d:\\data\\a.csv');
    expect(relativePath('c:\\proj', '\\\\server\\share\\a.csv', win32)).toBe('\\\\server\\share\\a.csv');
  });

  it('are split before the first wildcard, with slashes of either kind', () => {
    const split = (given: string, ...there: string[]): unknown =>
      splitPattern(given, win32, (place) => there.includes(place));
    expect(split('C:\\data\\sales\\2024-*.csv')).toEqual({ root: 'C:\\data\\sales', pattern: '2024-*.csv' });
    expect(split('C:/data/**/part-?.csv')).toEqual({ root: 'C:\\data', pattern: '**/part-?.csv' });
    expect(split('\\\\server\\share\\year=*\\*.parquet')).toEqual({
      root: '\\\\server\\share\\',
      pattern: 'year=*/*.parquet',
    });
    expect(split('D:\\*.csv')).toEqual({ root: 'D:\\', pattern: '*.csv' });
    expect(split('C:\\data\\plain.csv')).toBeUndefined();
    // What is there by that name is no pattern, and the mark of a long path is none.
    expect(split('C:\\a[1]\\*.csv', 'C:\\a[1]')).toEqual({ root: 'C:\\a[1]', pattern: '*.csv' });
    expect(split('C:\\a[1]\\b.csv', 'C:\\a[1]')).toBeUndefined();
    expect(split('\\\\?\\C:\\data\\b.csv')).toBeUndefined();
  });

  it('are addresses and back, also with a drive that is escaped', () => {
    const drive = { scheme: 'file', root: 'C:\\', key: 'data/ü x.csv' };
    expect(parseStoreUri('file:///C:/data/%C3%BC%20x.csv', true)).toEqual(drive);
    expect(parseStoreUri('file:///c%3A/data/a.csv', true)).toEqual({
      scheme: 'file',
      root: 'c:\\',
      key: 'data/a.csv',
    });
    expect(storeUri({ scheme: 'file', root: 'C:\\', key: 'data/ü x.csv' }, true)).toBe(
      'file:///C:/data/%C3%BC%20x.csv',
    );
    const share = parseStoreUri('file://server/share/a/b.csv', true);
    expect(share).toEqual({ scheme: 'file', root: '\\\\server\\share\\', key: 'a/b.csv' });
    expect(storeUri(share, true)).toBe('file://server/share/a/b.csv');
    expect(parseStoreUri('file:///data/a.csv', false)).toEqual({
      scheme: 'file',
      root: '/',
      key: 'data/a.csv',
    });
  });
});

describe('the same file', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll paths '));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('is known by another name, too', async () => {
    const [one, other, link] = ['a.csv', 'b.csv', 'c.csv'].map((name) => path.join(folder, name));
    if (one === undefined || other === undefined || link === undefined) throw new Error('Three names.');
    fs.writeFileSync(one, 'x\n');
    fs.writeFileSync(other, 'x\n');
    fs.symlinkSync(one, link);
    expect(await isSameFile(one, link)).toBe(true);
    expect(await isSameFile(one, other)).toBe(false);
    expect(await isSameFile(one, path.join(folder, 'none.csv'))).toBe(false);
    expect(await isSameFile(path.join(folder, 'none.csv'), path.join(folder, 'x', '..', 'none.csv'))).toBe(
      true,
    );
  });
});
