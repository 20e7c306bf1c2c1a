import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStore } from '../../src/stores/folder';
import { kindOf, storeContract } from './store.contract';

storeContract('a folder', async () => {
  const base = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-folder-'));
  return {
    fresh: async () => createStore(await fs.mkdtemp(path.join(base, 'root '))),
    dispose: () => fs.rm(base, { recursive: true, force: true }),
  };
});

describe('a folder', () => {
  let root: string;
  beforeAll(async () => {
    root = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-folder-'));
  });
  afterAll(() => fs.rm(root, { recursive: true, force: true }));

  test('gives nothing outside of it', async () => {
    const store = createStore(path.join(root, 'inside'));
    await fs.writeFile(path.join(root, 'outside'), 'secret');
    for (const key of ['../outside', 'a/../../outside', '/etc/hostname', '']) {
      expect(await kindOf(store.read(key))).toBe('invalid');
      expect(await kindOf(store.remove([key]))).toBe('invalid');
    }
    expect(await kindOf(store.list('../'))).toBe('invalid');
    expect(await fs.readFile(path.join(root, 'outside'), 'utf8')).toBe('secret');
  });

  test('has no empty folders, and no file below a file', async () => {
    const store = createStore(path.join(root, 'tree'));
    await store.write('a/b/c', '1');
    await store.write('a/d', '2');
    await store.remove(['a/b/c']);
    expect(await fs.readdir(path.join(root, 'tree', 'a'))).toEqual(['d']);
    await store.remove(['a/d']);
    expect(await fs.readdir(path.join(root, 'tree'))).toEqual([]);
    await store.write('file', '3');
    expect(await kindOf(store.write('file/below', '4'))).toBe('conflict');
  });
});
