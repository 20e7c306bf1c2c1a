import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { localFiles, refusedName } from '../../src/core/local-names';

const refused = (keys: readonly string[], platform: NodeJS.Platform): Record<string, string> =>
  Object.fromEntries(localFiles('/folder', keys, platform).refused.map((one) => [one.key, one.reason]));

describe('keys as files', () => {
  test('lie below the folder, with their parts as folders; a key for a folder is none', () => {
    const { files, refused: none } = localFiles('/folder', ['a.csv', 'b/', 'b/c d.csv'], 'linux');
    expect(Object.fromEntries(files)).toEqual({
      'a.csv': path.join('/folder', 'a.csv'),
      'b/c d.csv': path.join('/folder', 'b', 'c d.csv'),
    });
    expect(none).toEqual([]);
  });

  test('never leave the folder', () => {
    const keys = ['../up', 'a/../../up', '/root', 'a//b', './a', '..'];
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      expect(Object.keys(refused(keys, platform))).toEqual(keys);
    }
    expect(Object.keys(refused(['..\\up', 'C:\\up'], 'win32'))).toEqual(['..\\up', 'C:\\up']);
  });

  test('have names that Windows allows, there', () => {
    const keys = [
      'a:b',
      'what?',
      'a|b',
      'con',
      'NUL.csv',
      'dir./x',
      'end ',
      'com1',
      'tab\t',
      'x/LPT9.txt',
      'console',
      'aux-data.csv',
      'größe.csv',
    ];
    expect(Object.keys(refused(keys, 'win32'))).toEqual(keys.slice(0, 10));
    expect(refused(keys, 'linux')).toEqual({});
    expect(refusedName('a:b', 'win32')).toBe('Windows allows no ":" in a name');
    expect(refusedName('NUL.csv', 'win32')).toBe('"NUL.csv" is reserved on Windows');
  });

  test('do not fall onto one file', () => {
    const keys = ['Data.csv', 'data.csv', 'e\u0301.csv', '\u00e9.csv'];
    expect(refused(keys, 'linux')).toEqual({});
    expect(refused(keys, 'win32')).toEqual({ 'data.csv': 'here it is the same name as Data.csv' });
    expect(Object.keys(refused(keys, 'darwin'))).toEqual(['data.csv', '\u00e9.csv']);
    expect(refused(['a', 'a/b'], 'linux')).toEqual({ a: 'there is a folder of this name beside it' });
    expect(refused(['A', 'a/b'], 'win32')).toEqual({ A: 'there is a folder of this name beside it' });
  });

  test('are as long as the system takes', () => {
    const long = 'ä'.repeat(200);
    expect(refusedName(long, 'linux')).toBe('a name is longer than 255 bytes');
    expect(refusedName(long, 'win32')).toBeUndefined();
    expect(refusedName('x'.repeat(256), 'win32')).toBe('a name is longer than 255 characters');
  });
});
