import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../../src/core/errors';
import type { Machine } from '../../../src/core/provider';
import { keptMachines, listedPrice, ownPrice, type PriceHost } from '../../../src/providers/cloud/prices';

let folder: string;
let today: string;
let asked: string[];
let log: string[];
let host: PriceHost;
const find = (day: string): Promise<readonly Machine[]> => {
  asked.push(day);
  return Promise.resolve([
    { type: 'large', price: 0.2, date: day },
    { type: 'unpriced' },
    { type: 'small', price: 0.1, date: day },
  ]);
};

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll prices '));
  today = '2026-11-01';
  asked = [];
  log = [];
  host = {
    stateFolder: folder,
    now: () => new Date(`${today}T12:00:00Z`),
    log: (line) => void log.push(line),
  };
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

test('a list of prices is kept for 14 days with the day on which it was asked for, then asked for again', async () => {
  const first = await keptMachines(host, 'list', find);
  expect(first.map((one) => one.type)).toEqual(['small', 'large', 'unpriced']);
  today = '2026-11-14';
  expect(await keptMachines(host, 'list', find)).toEqual(first);
  expect(asked).toEqual(['2026-11-01']);
  today = '2026-11-15';
  expect((await keptMachines(host, 'list', find))[0]?.date).toBe('2026-11-15');
  expect(asked).toEqual(['2026-11-01', '2026-11-15']);
});

test('what was kept and cannot be read is asked for again; an empty list is not kept', async () => {
  await fs.mkdir(path.join(folder, 'prices'));
  await fs.writeFile(path.join(folder, 'prices', 'list.json'), '{"date": "2026-');
  expect(await keptMachines(host, 'list', find)).toHaveLength(3);
  expect(await keptMachines(host, 'none', () => Promise.resolve([]))).toEqual([]);
  expect(await keptMachines(host, 'none', find)).toHaveLength(3);
});

test('a price of ml.yaml is for all uses of a machine, or for one', () => {
  const prices = { all: 0.5, some: { train: 0.7 } };
  const of = (machine: string, use: 'train' | 'endpoint') => ownPrice({ prices }, machine, use, host.now());
  expect(of('all', 'endpoint')).toEqual({ price: 0.5, date: '2026-11-01', source: 'from ml.yaml' });
  expect(of('some', 'train')?.price).toBe(0.7);
  expect(of('some', 'endpoint')).toBeUndefined();
  expect(of('other', 'train')).toBeUndefined();
});

test('a list that may not be asked leaves a price unknown, which is logged and no failure', async () => {
  const refused = new UserError('permission', 'You may not ask for prices.');
  expect(await listedPrice(host, 'small', 'a list', () => Promise.reject(refused))).toBeUndefined();
  expect(log).toEqual(['Prices are not known: You may not ask for prices.']);
  const list = (): Promise<readonly Machine[]> => find(today);
  expect(await listedPrice(host, 'unpriced', 'a list', list)).toBeUndefined();
  expect(await listedPrice(host, 'small', 'a list', list)).toEqual({
    price: 0.1,
    date: '2026-11-01',
    source: 'a list',
  });
});
