import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TableSource } from '../../src/core/table';
import { startEngine, type TestEngine } from './build';

let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

const LONG = 10_500_000;
const long = 'é"x'.repeat(LONG / 3);

function csv(): string {
  const file = path.join(rig.folder, 'long.csv');
  fs.writeFileSync(file, `id,text\n1,short\n2,"${long.replaceAll('"', '""')}"\n3,last\n`);
  return file;
}

/** A table of bytes as Parquet, made by SQL. */
async function parquet(name: string, sql: string): Promise<string> {
  const file = path.join(rig.folder, name);
  const made = await rig.engine.call('query', { sql, tables: {} });
  await rig.engine.call('queryExport', { query: made.query, output: file });
  await rig.engine.call('queryClose', { query: made.query });
  return file;
}

async function opened(source: TableSource): Promise<string> {
  const { table } = await rig.engine.call('open', { source });
  await rig.engine.call('scan', { table });
  return table;
}

it('sends the beginning of a cell of megabytes, says its length, and gives all of it when asked', async () => {
  const table = await opened({ path: csv() });
  const page = await rig.engine.call('page', { table, offset: 0, limit: 10, cellLength: 4000 });
  expect(page.rows.map((row) => row.map((cell) => String(cell).length))).toEqual([
    [1, 5],
    [1, 4000],
    [1, 4],
  ]);
  expect(page.cut).toEqual([{ row: 1, column: 1, length: LONG }]);
  const whole = await rig.engine.call('cell', { table, row: 1, column: 'text' });
  expect(whole.length).toBe(LONG);
  expect(whole.cell === long).toBe(true);
  // Of sorted rows it is the one that is seen there.
  const sort = [{ column: 'id', descending: true }];
  expect(await rig.engine.call('cell', { table, row: 0, column: 'text', sort })).toEqual({
    cell: 'last',
    length: 4,
  });
  // Nothing is cut for those that take the rows elsewhere.
  const all = await rig.engine.call('page', { table, offset: 1, limit: 1, columns: ['text'] });
  expect(String(all.rows[0]?.[0]).length).toBe(LONG);
  expect(all.cut).toBeUndefined();
  await rig.engine.call('close', { table });
});

it('writes a long text to a file as UTF-8', async () => {
  const table = await opened({ path: csv() });
  const output = path.join(rig.folder, 'cell.txt');
  const { bytes } = await rig.engine.call('exportCell', { table, row: 1, column: 'text', output });
  expect(bytes).toBe(Buffer.byteLength(long));
  expect(fs.readFileSync(output, 'utf8') === long).toBe(true);
  expect(fs.readdirSync(rig.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  await rig.engine.call('close', { table });
});

it('gives bytes as bytes: those of the beginning to look at, all to save', async () => {
  const file = await parquet(
    'bytes.parquet',
    `SELECT i AS id, CASE i WHEN 0 THEN '\\x00\\xFFabc'::BLOB WHEN 1 THEN NULL WHEN 2 THEN ''::BLOB
       ELSE repeat('\\x01\\x02\\x03\\x04\\xFE'::BLOB, 40000) END AS b FROM range(4) t(i)`,
  );
  const table = await opened({ path: file });
  const page = await rig.engine.call('page', { table, offset: 0, limit: 10, cellLength: 100 });
  expect(page.rows.slice(0, 3)).toEqual([
    [0, '\\x00\\xFFabc'],
    [1, null],
    [2, ''],
  ]);
  expect(page.cut).toEqual([{ row: 3, column: 1, length: 200_000 }]);
  expect(page.columns[1]?.sqlType).toBe('BLOB');

  const cell = (row: number): Promise<unknown> => rig.engine.call('cell', { table, row, column: 'b' });
  expect(await cell(0)).toEqual({
    cell: '\\x00\\xFFabc',
    length: 11,
    bytes: { base64: Buffer.from([0, 255, 97, 98, 99]).toString('base64'), size: 5 },
  });
  expect(await cell(1)).toEqual({ cell: null, length: 0 });
  expect(await cell(2)).toMatchObject({ bytes: { base64: '', size: 0 } });
  const large = await rig.engine.call('cell', { table, row: 3, column: 'b' });
  expect(large.bytes?.size).toBe(200_000);
  expect(Buffer.from(large.bytes?.base64 ?? '', 'base64').length).toBe(65_536);

  const output = path.join(rig.folder, 'photo.bin');
  const filter = [{ is: 'between', column: 'id', min: 3, max: 3 }] as const;
  expect(await rig.engine.call('exportCell', { table, row: 0, column: 'b', filter, output })).toEqual({
    bytes: 200_000,
  });
  const once = Buffer.from([1, 2, 3, 4, 0xfe]);
  expect(fs.readFileSync(output).equals(Buffer.concat(Array.from({ length: 40_000 }, () => once)))).toBe(
    true,
  );
  await expect(rig.engine.call('exportCell', { table, row: 1, column: 'b', output })).rejects.toMatchObject({
    name: 'UserError',
    kind: 'invalid',
  });
  await rig.engine.call('close', { table });
});

it('shows what is nested as JSON has it, and numbers of single precision in their shortest form', async () => {
  const file = await parquet(
    'nested.parquet',
    `SELECT 0.1::FLOAT AS f, {'n': 5::BIGINT, 'big': 9007199254740993, 'f': 0.3::FLOAT} AS s, [1::BIGINT, NULL] AS l,
       MAP {'a': 1::BIGINT, 'b c': 2} AS m, MAP {1: 'x'} AS by_number`,
  );
  const table = await opened({ path: file });
  const { rows } = await rig.engine.call('page', { table, offset: 0, limit: 1 });
  expect(rows).toEqual([
    [
      0.1,
      '{"n":5,"big":"9007199254740993","f":0.3}',
      '[1,null]',
      '{"a":1,"b c":2}',
      '[{"key":1,"value":"x"}]',
    ],
  ]);
  await rig.engine.call('close', { table });
});
