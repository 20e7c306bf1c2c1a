import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import { isStoreUri, keyName, parseStoreUri, storeUri } from '../../src/core/store-uri';

describe('addresses in stores', () => {
  test.each([
    ['s3://bucket/a b/%41+ü#?.csv', { scheme: 's3', root: 'bucket', key: 'a b/%41+ü#?.csv' }],
    ['gs://bucket/a b/%41+ü#?.csv', { scheme: 'gs', root: 'bucket', key: 'a b/%41+ü#?.csv' }],
    ['s3://bucket/', { scheme: 's3', root: 'bucket', key: '' }],
    ['s3://bucket//twice//', { scheme: 's3', root: 'bucket', key: '/twice//' }],
    ['s3://bucket/line\nend', { scheme: 's3', root: 'bucket', key: 'line\nend' }],
  ] as const)('%j is taken apart and put together as it was', (text, address) => {
    expect(isStoreUri(text)).toBe(true);
    expect(parseStoreUri(text)).toEqual(address);
    expect(storeUri(address)).toBe(text);
  });

  test('of a bucket may do without the slash, and in any letter case', () => {
    expect(parseStoreUri('S3://bucket')).toEqual({ scheme: 's3', root: 'bucket', key: '' });
  });

  test('in folders of this machine are URLs', () => {
    const file = path.resolve('a b%', 'ü#.csv');
    const address = parseStoreUri(pathToFileURL(file).href);
    expect(address).toEqual({
      scheme: 'file',
      root: path.parse(file).root,
      key: file.slice(path.parse(file).root.length).replaceAll(path.sep, '/'),
    });
    expect(storeUri(address)).toBe(pathToFileURL(file).href);
    expect(storeUri(address)).toMatch(/\/a%20b%25\/%C3%BC%23\.csv$/);
  });

  test.each(['s3://', 's3:///key', 'file://elsewhere/a', 'gcs://bucket/key'])('%j is none', (text) => {
    expect(() => parseStoreUri(text)).toThrow(UserError);
  });

  test('paths are no addresses', () => {
    for (const text of ['a.csv', '/s3://x', 'C:\\s3', 's3:/x', './s3://b/k'])
      expect(isStoreUri(text)).toBe(false);
  });

  test('end in a name', () => {
    expect(['a/b.csv', 'a/b/', 'x', ''].map(keyName)).toEqual(['b.csv', 'b', 'x', '']);
  });
});
