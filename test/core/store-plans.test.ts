import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Store } from '../../src/core/store';
import { planDownload, planUpload } from '../../src/core/store-plans';
import { createStore } from '../../src/stores/folder';

let base: string;
let store: Store;
const local = (name: string): string => path.join(base, name);

beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-plans-'));
  store = createStore(local('store'));
});
afterAll(() => fs.rm(base, { recursive: true }));

test('a download says what cannot be a file on Windows, and fetches the rest', async () => {
  for (const key of ['in/Data.csv', 'in/data.csv', 'in/what:when.csv', 'in/aux.csv', 'in/ok/fine.csv']) {
    await store.write(key, 'x');
  }
  const windows = await planDownload({ store, key: 'in/' }, local('to'), 'win32');
  expect(windows.files.map((one) => one.object.key)).toEqual(['in/Data.csv', 'in/ok/fine.csv']);
  expect(windows.bytes).toBe(2);
  expect(windows.refused).toEqual([
    { key: 'in/aux.csv', reason: '"aux.csv" is reserved on Windows' },
    { key: 'in/data.csv', reason: 'here it is the same name as Data.csv' },
    { key: 'in/what:when.csv', reason: 'Windows allows no ":" in a name' },
  ]);
  expect((await planDownload({ store, key: 'in' }, local('to'), 'linux')).files).toHaveLength(5);
});

test('an upload of a person who may not look there says so', async () => {
  const blind: Store = {
    ...store,
    list: () => Promise.reject(new UserError('permission', 'You may not list there.')),
  };
  await fs.mkdir(local('up'));
  await fs.writeFile(local('up/a.csv'), 'x');
  for (const from of ['up', 'up/a.csv']) {
    const plan = await planUpload(local(from), { store: blind, key: 'in/' }, { project: base });
    expect(plan.replaces).toBeUndefined();
    expect(plan.files).toHaveLength(1);
  }
});

test('an upload leaves out what the rules of the project say, and what no store wants', async () => {
  const names = ['a.csv', 'b.tmp', 'keep.tmp', 'deep/c.tmp', 'deep/d.csv', '.git/config', 'big.csv.mll.part'];
  for (const name of names) {
    await fs.mkdir(path.dirname(local(`project/data/${name}`)), { recursive: true });
    await fs.writeFile(local(`project/data/${name}`), 'x');
  }
  await fs.writeFile(local('project/.gitignore'), '*.tmp\n');
  await fs.writeFile(local('project/data/.mlignore'), '!keep.tmp\n');
  const project = local('project');
  const plan = await planUpload(local('project/data'), { store, key: 'to' }, { project });
  expect(plan.files.map((one) => one.key).sort()).toEqual([
    'to/.mlignore',
    'to/a.csv',
    'to/deep/d.csv',
    'to/keep.tmp',
  ]);
  expect(plan.leftOut).toEqual(['.git/', 'b.tmp', 'big.csv.mll.part', 'deep/c.tmp']);
  const all = await planUpload(local('project/data'), { store, key: 'to' }, { project, ignored: true });
  expect(all.leftOut).toEqual(['.git/', 'big.csv.mll.part']);
});
