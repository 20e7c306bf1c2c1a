import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, type TestEngine } from '../engine/build';

let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

const NAMES = [
  'a[1].csv',
  'b*c.csv',
  'd?.csv',
  'e{x,y}.csv',
  "q'uote.csv",
  '100%20.csv',
  '#1;x.csv',
  '~t.csv',
  '$HOME.csv',
  '{path}.csv',
];

it.each(NAMES)('a file is read by its very name, whatever signs of patterns it holds: %s', async (name) => {
  const folder = path.join(rig.folder, `in ${name}`);
  fs.mkdirSync(folder);
  const file = path.join(folder, name);
  fs.writeFileSync(file, 'id,v\n1,2\n3,4\n');
  // What the name would mean as a pattern.
  for (const other of ['a1.csv', 'bxc.csv', 'd1.csv', 'ex.csv'])
    fs.writeFileSync(path.join(folder, other), 'id,v\n8,8\n9,9\n9,9\n');
  fs.writeFileSync(path.join(folder, 'out 1.parquet'), 'no table');
  const { engine } = rig;
  const { table } = await engine.call('open', { source: { path: file } });
  expect(await engine.call('scan', { table })).toMatchObject({ rows: 2, rejected: 0 });
  const sort = [{ column: 'id', descending: true }];
  expect((await engine.call('page', { table, offset: 0, limit: 9, sort })).rows).toEqual([
    [3, 4],
    [1, 2],
  ]);
  const output = path.join(folder, 'out [1].parquet');
  expect((await engine.call('exportTable', { table, output })).rows).toBe(2);
  await engine.call('close', { table });
  const made = await engine.call('open', { source: { path: output } });
  expect(await engine.call('scan', { table: made.table })).toMatchObject({ rows: 2 });
  expect((await engine.call('page', { table: made.table, offset: 1, limit: 1 })).rows).toEqual([[3, 4]]);
  expect((await engine.call('profile', { table: made.table })).columns[1]?.max).toBe(4);
  await engine.call('close', { table: made.table });
  // A job gets the file itself, not a name of the engine's own.
  expect((await engine.call('read', { source: { path: file } })).path).toBeUndefined();
});

it('files of a folder are read by their very names, and so are those of its partitions', async () => {
  const { engine } = rig;
  const make = async (file: string, id: number): Promise<void> => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const text = `${rig.folder}/row ${id}.csv`;
    fs.writeFileSync(text, `id,v\n${id},${id * 2}\n`);
    const { table } = await engine.call('open', { source: { path: text } });
    await engine.call('exportTable', { table, output: file });
    await engine.call('close', { table });
  };
  const rows = async (at: string): Promise<unknown> => {
    const { table } = await engine.call('open', { source: { path: at } });
    const page = await engine.call('page', { table, offset: 0, limit: 9 });
    await engine.call('close', { table });
    return page.rows;
  };
  const flat = path.join(rig.folder, 'folder [x]');
  // As a pattern, the second names the first, and the last another.
  for (const [at, name] of ['data1', 'data[1]', 'data (1)', 'data?'].entries())
    await make(path.join(flat, `${name}.parquet`), at);
  expect(await rows(flat)).toEqual([
    [2, 4],
    [3, 6],
    [1, 2],
    [0, 0],
  ]);
  const parts = path.join(rig.folder, 'parts');
  await make(path.join(parts, 'kind=a', 'p[0].parquet'), 5);
  await make(path.join(parts, 'kind=b [2]', 'p1.parquet'), 6);
  await make(path.join(parts, 'kind=c', 'p1.parquet'), 7);
  expect(await rows(parts)).toEqual([
    [5, 10, 'a'],
    [6, 12, 'b [2]'],
    [7, 14, 'c'],
  ]);
});
