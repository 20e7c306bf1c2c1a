import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstPage } from '../../src/formats/first-page';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, flowers, rowOf, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

it('keeps what its types say: exact numbers, decimals, times, and what is nested as JSON', async () => {
  const path = files.make('avro types', 'types ü.avro', 2500);
  const { engine } = rig;
  const { table } = await engine.call('open', { source: { path } });
  const { columns, rows } = await engine.call('scan', { table });
  expect(rows).toBe(2500);
  const page = await engine.call('page', { table, offset: 0, limit: 2 });
  await engine.call('close', { table });
  const named = columns.map(({ name, sqlType }, at) => [
    name,
    sqlType,
    page.rows[0]?.[at],
    page.rows[1]?.[at],
  ]);
  const point = '{"x":-1,"raw":"01","cost":"1.50"}';
  expect(named).toEqual([
    ['long', 'BIGINT', '9007199254740993', '9007199254740993'],
    ['money', 'DECIMAL(20,3)', '-12345678901234567.125', '-12345678901234567.125'],
    ['fixed', 'DECIMAL(10,1)', '-3.5', '-3.5'],
    ['instant', 'TIMESTAMP WITH TIME ZONE', '2020-02-03T04:05:06.000007Z', '2020-02-03T04:05:06.000007Z'],
    ['clock', 'TIME', '01:02:03.000004', '01:02:03.000004'],
    ['raw', 'BLOB', '\\x00\\xFF', '\\x00\\xFF'],
    ['kind', 'VARCHAR', 'small', 'small'],
    ['list', 'VARCHAR', '[1,null,3]', '[1,null,3]'],
    ['map', 'VARCHAR', '{"a":"9007199254740993","b":2}', '{"a":"9007199254740993","b":2}'],
    ['point', 'VARCHAR', point, point],
    ['again', 'VARCHAR', null, '{"x":1,"raw":"","cost":"0.00"}'],
    ['mixed', 'VARCHAR', 'seven', '7'],
    ['two', 'VARCHAR', '2.5', null],
    ['empty', 'VARCHAR', '', ''],
    ['half', 'DOUBLE', 0.5, 0.5],
  ]);
});

it('shows its first rows before the engine is up, and refuses what is none', async () => {
  const path = files.make('avro snappy', 'first.avro');
  const first = await firstPage(path, { limit: 3 });
  expect(first).toMatchObject({ format: 'avro', page: { rows: flowers.slice(0, 3).map(rowOf) } });
  await expect(firstPage(files.write('text.avro', 'a,b\n1,2\n'))).rejects.toMatchObject({
    message: 'text.avro is not an Avro file: it does not start like one.',
  });
  await expect(firstPage(files.write('short.avro', 'Obj\u0001'))).rejects.toMatchObject({
    message: 'short.avro cannot be read as an Avro file: it is cut off',
  });
});
