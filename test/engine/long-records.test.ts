import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine, type TestEngine } from './build';
import { lookAt } from './look';

/** Records of which not even 128 fit into the memory that a page may take: each is found by itself. */
let run: TestEngine;
beforeAll(async () => {
  run = await startEngine();
});
afterAll(() => {
  run.remove();
});

const long = (row: number): string => `${row % 10}`.repeat(100_000 + row);

test.each([
  ['as the file has them', '\n'],
  ['from a clean copy', '\r\n'],
])('long records among short ones, with problems: %s', async (_, end) => {
  const lines = Array.from({ length: 600 }, (_row, i) =>
    i >= 130 && i < 300 ? `${i},${long(i)},é` : `${i},x${i},é`,
  );
  lines[200] = `200,${long(200)}`;
  lines[450] = '450,too,many,cells';
  const content = `id,text,last\n${lines[0]}${end}${lines.slice(1).join('\n')}\n`;
  const table = await lookAt(run, `long-${end.length}.csv`, content);
  const good = lines.filter((_line, i) => i !== 200 && i !== 450);
  expect(table.rows.map((row) => row.join(','))).toEqual(good);
  const bytes = Buffer.from(content);
  expect(table.rejects.map(({ line, byte, raw }) => [line, byte, raw])).toEqual([
    [202, bytes.indexOf('200,0000'), `200,${long(200)}`.slice(0, 10_000)],
    [452, bytes.indexOf('450,too'), lines[450]],
  ]);
  const path = join(run.folder, `long-${end.length}.csv`);
  const { table: id } = await run.engine.call('open', { source: { path } });
  await run.engine.call('scan', { table: id });
  const page = await run.engine.call('page', { table: id, offset: 250, limit: 2, cellLength: 50 });
  expect(page.rows).toEqual([
    [251, '1'.repeat(50), 'é'],
    [252, '2'.repeat(50), 'é'],
  ]);
  expect(page.cut?.map(({ length }) => length)).toEqual([100_251, 100_252]);
  const edit = { row: 250, column: 'last', value: 'ü' };
  const { before, state } = await run.engine.call('checkEdit', { table: id, ...edit });
  expect(before).toBe('é');
  await run.engine.call('saveEdits', { table: id, edits: [{ ...edit, before }], state });
  expect(readFileSync(path, 'utf8')).toBe(content.replace(`${lines[251]}`, `251,${long(251)},ü`));
});

test('a file of which one such block is longer than a text can be', async () => {
  const path = join(run.folder, 'huge-cells.csv');
  writeFileSync(path, 'id,blob\n');
  for (let row = 0; row < 139; row += 1) appendFileSync(path, `${row},${'z'.repeat(4_200_000)}\n`);
  appendFileSync(path, '139,end\n');
  const { table } = await run.engine.call('open', { source: { path } });
  const early = await run.engine.call('page', { table, offset: 120, limit: 2, early: true, cellLength: 5 });
  // The first record is longer than the beginning that is looked at first, so types are not known yet.
  expect(early.rows).toEqual([
    ['120', 'zzzzz'],
    ['121', 'zzzzz'],
  ]);
  expect(await run.engine.call('scan', { table })).toMatchObject({ rows: 140, rejected: 0 });
  const { rows } = await run.engine.call('page', { table, offset: 138, limit: 5, cellLength: 5 });
  expect(rows).toEqual([
    [138, 'zzzzz'],
    [139, 'end'],
  ]);
});
