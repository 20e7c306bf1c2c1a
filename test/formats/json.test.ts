import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import { firstPage } from '../../src/formats/first-page';
import { splitRecords } from '../../src/formats/json-records';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, flowers, rowOf, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

async function seen(
  path: string,
  table?: string,
): Promise<{
  names: readonly string[];
  rows: readonly (readonly Cell[])[];
  rejected: number;
  tables: readonly string[];
}> {
  const source = { path, ...(table === undefined ? {} : { table }) };
  const opened = await rig.engine.call('open', { source });
  const scanned = await rig.engine.call('scan', { table: opened.table });
  const { rows } = await rig.engine.call('page', { table: opened.table, offset: 0, limit: 100 });
  await rig.engine.call('close', { table: opened.table });
  return {
    names: scanned.columns.map((one) => one.name),
    rows,
    rejected: scanned.rejected,
    tables: opened.tables,
  };
}

const split = (pieces: readonly Buffer[], wanted?: string): string => {
  const splitter = splitRecords(wanted);
  const out = pieces.map((piece) => Buffer.from(splitter.push(piece)));
  splitter.end();
  return Buffer.concat(out).toString('utf8');
};

it('takes the same records wherever the text is cut into pieces', () => {
  const text = Buffer.from(
    '\uFEFF {"a": [1, 2], "b\\"é": {"c": [{"x": "]\\\\", "y": [1, {"z": "\\"}"}]}, {"x": null} , {}\n]}, "d": [{"q": 1}], "e": []}',
  );
  const expected = '{"x": "]\\\\", "y": [1, {"z": "\\"}"}]}\n{"x": null}\n{}\n';
  for (let at = 0; at <= text.length; at += 1) {
    const pieces = [text.subarray(0, at), text.subarray(at)];
    expect(split(pieces), String(at)).toBe(expected);
    expect(split(pieces, 'd'), String(at)).toBe('{"q": 1}\n');
  }
  expect(
    split(
      Array.from(text, (byte) => Buffer.from([byte])),
      'b"é.c',
    ),
  ).toBe(expected);
});

it('says where a text that is cut off at any byte ends too early', () => {
  const text = Buffer.from('{"a": {"b": [{"x": 1}, {"x": "]}"}]}, "c": "}"}');
  for (let at = 1; at < text.length; at += 1)
    expect(() => split([text.subarray(0, at)])).toThrow('it ends too early');
  expect(() => split([Buffer.from('[{}]]')])).toThrow('more text behind its end');
  expect(() => split([Buffer.from('[{}}]')])).toThrow('a bracket closes that was never opened');
  expect(() => split([Buffer.from('[{},,{}]')])).toThrow('an element of its array is empty');
  expect(split([Buffer.from('[{},]')])).toBe('{}\n');
});

it('shows first rows before the engine is up', async () => {
  const { page, format, tables } = await firstPage(files.make('json', 'first.json'), { limit: 3 });
  expect({ format, tables }).toEqual({ format: 'json', tables: [] });
  expect(page).toMatchObject({ rows: flowers.slice(0, 3).map(rowOf), exact: false });
  const small = await firstPage(files.write('small.json', '[{"a": 1, "b": {"c": [2]}}, {"a": 3}]'));
  expect(small.page).toMatchObject({
    rows: [
      [1, '{"c":[2]}'],
      [3, null],
    ],
    total: 2,
    exact: true,
  });
  const object = files.make('json object', 'object.json');
  expect((await firstPage(object, { source: { table: 'answer.flowers' }, limit: 2 })).page.rows).toEqual(
    flowers.slice(0, 2).map(rowOf),
  );
});

it('lists the arrays of an object, and opens the one that is asked for', async () => {
  const path = files.make('json object', 'several.json');
  expect(await rig.engine.call('tables', { source: { path } })).toEqual(['answer.flowers', 'answer.others']);
  expect(await seen(path, 'answer.others')).toMatchObject({ names: ['x'], rows: [[1]] });
  await expect(seen(path, 'answer.tags')).rejects.toMatchObject({
    message: 'several.json has no table "answer.tags".',
    fix: 'It has: answer.flowers, answer.others.',
  });
});

it('keeps the beginning of the first of several large arrays', async () => {
  const rows = (from: number): { n: number; t: string }[] =>
    Array.from({ length: 60_000 }, (_, at) => ({ n: from + at, t: 'x'.repeat(30) }));
  const path = files.write(
    'large.json',
    JSON.stringify({
      numbers: rows(0).map(({ n }) => n),
      a: rows(0),
      b: rows(1_000_000),
      c: rows(2_000_000),
    }),
  );
  for (const [table, from] of [
    ['a', 0],
    ['b', 1_000_000],
    ['c', 2_000_000],
  ] as const) {
    const summed = await rig.engine.call('sql', {
      sql: 'SELECT count(*), min(n), max(n), sum(n) FROM t',
      tables: { t: { path, table } },
      limit: 1,
    });
    expect(summed.rows).toEqual([[60_000, from, from + 59_999, 60_000 * from + (60_000 * 59_999) / 2]]);
  }
});

it('lists records that are none, and reads lines and single records under the name .json', async () => {
  expect(await seen(files.write('mixed.json', '[{"a": 1}, 7, {"a" 2}, [3], {"a": "line\nend"}]'))).toEqual({
    names: ['a'],
    rows: [['1'], ['line\nend']],
    rejected: 3,
    tables: [],
  });
  expect(await seen(files.write('lines.json', '{"a": 1}\n{"a": 2}\n'))).toMatchObject({ rows: [[1], [2]] });
  expect(await seen(files.write('one.json', '{"a": 1, "b": [2, 3]}'))).toMatchObject({
    rows: [[1, '[2,3]']],
  });
  expect(await seen(files.write('none.json', ' [ ] '))).toMatchObject({ names: [], rows: [] });
});

it('refuses what is no table, and says why', async () => {
  const message = async (name: string, text: string): Promise<string> =>
    seen(files.write(name, text)).then(
      () => 'opened',
      (error: unknown) => (error as Error).message,
    );
  expect(await message('a.json', '{"a": {"b": 1},\n"c": [1, 2]}')).toBe(
    'a.json is no JSON table: it holds no array of objects.',
  );
  expect(await message('b.json', 'a,b\n1,2\n')).toBe(
    'b.json is no JSON table: it begins neither with [ nor with {.',
  );
  expect(await message('c.json', '[{"a": 1}] x')).toBe(
    'c.json is no JSON table: there is more text behind its end.',
  );
  expect(await message('d.json', '')).toContain('d.json is no JSON table');
  expect(await message('e.json', '[{"a": 1}, {"a": ')).toBe('e.json is no JSON table: it ends too early.');
});
