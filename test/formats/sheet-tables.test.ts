import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import { firstPage } from '../../src/formats/first-page';
import { rangeText, sheetRange } from '../../src/formats/sheet-tables';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, type Files } from './rig';

/** Several tables on one sheet: none is merged into another without a word, and each opens by its name. */
let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

type Grid = readonly (readonly Cell[])[];

async function seen(
  path: string,
  table?: string,
): Promise<{
  readonly columns: readonly string[];
  readonly rows: Grid;
  readonly notes: readonly string[];
  readonly parts: readonly string[];
}> {
  const source = { path, ...(table === undefined ? {} : { table }) };
  const { engine } = rig;
  const { table: id } = await engine.call('open', { source });
  const profile = await engine.call('profile', { table: id });
  const { rows } = await engine.call('page', { table: id, offset: 0, limit: 100 });
  await engine.call('close', { table: id });
  return {
    columns: profile.columns.map(({ name, type }) => `${name}: ${type}`),
    rows,
    notes: profile.notes ?? [],
    parts: profile.parts ?? [],
  };
}
const opened = (name: string, grid: Grid): Promise<Awaited<ReturnType<typeof seen>>> =>
  seen(files.make('grid', name, grid));

const SALES: Grid = [
  ['Sales 2024'],
  [],
  ['city', 'amount'],
  ['Oslo', 10],
  ['Bonn', 20],
  [],
  ['Lima', 30],
  [],
  ['Returns'],
  ['id', 'city', 'reason'],
  [1, 'Oslo', 'broken'],
  [2, 'Lima', 'late'],
];

describe.each(['xlsx', 'xls', 'ods'])('%s', (ending) => {
  it('one table below another: the first is shown, the other is said with its name, and opens by it', async () => {
    const path = files.make('grid', `below.${ending}`, SALES);
    expect(await seen(path)).toEqual({
      columns: ['city: text', 'amount: integer'],
      rows: [
        ['Oslo', 10],
        ['Bonn', 20],
        ['Lima', 30],
      ],
      notes: [
        'Above the table, and not in it: Sales 2024',
        '1 blank row between the others left out (6).',
        'The sheet holds 2 tables, each opens by its name: S!A3:B7 (this one) · S!A10:C12 (under “Returns”)',
      ],
      parts: ['S!A3:B7', 'S!A10:C12'],
    });
    expect(await seen(path, 'S!A10:C12')).toEqual({
      columns: ['id: integer', 'city: text', 'reason: text'],
      rows: [
        [1, 'Oslo', 'broken'],
        [2, 'Lima', 'late'],
      ],
      notes: [],
      parts: ['S!A3:B7', 'S!A10:C12'],
    });
    // A range that a person types, in small letters and with the signs of Excel.
    expect(await seen(path, 's!$a$10:b11'.replace('s', 'S'))).toMatchObject({
      columns: ['id: integer', 'city: text'],
      rows: [[1, 'Oslo']],
      notes: ['Right under the chosen range stands 1 more row, not in the table.'],
    });
    await expect(seen(path, 'T!A10:C12')).rejects.toMatchObject({ kind: 'notFound', fix: 'It has: S.' });
    await expect(seen(path, 'S!C3:A1')).rejects.toMatchObject({ kind: 'notFound' });
  });
});

it('the first rows, before the engine is up, are those of the chosen table alone', async () => {
  const path = files.make('grid', 'first.xlsx', SALES);
  expect((await firstPage(path)).page).toMatchObject({
    rows: [
      ['Oslo', 10],
      ['Bonn', 20],
      ['Lima', 30],
    ],
    exact: true,
  });
  const other = await firstPage(path, { source: { table: 'S!A10:C12' } });
  expect([other.table, other.tables, other.page.rows]).toEqual([
    'S!A10:C12',
    ['S'],
    [
      [1, 'Oslo', 'broken'],
      [2, 'Lima', 'late'],
    ],
  ]);
});

it('tables beside each other are shown together, which is said, and open by their names', async () => {
  const grid: Grid = [
    ['city', 'amount', null, 'day', 'visits'],
    ['Oslo', 10, null, 'Mon', 5],
    ['Bonn', 20, null, 'Tue', 6],
    [null, null, null, 'Wed', 7],
  ];
  const path = files.make('grid', 'beside.xlsx', grid);
  expect(await seen(path)).toMatchObject({
    rows: grid.slice(1),
    notes: [
      'Blank columns divide S!A1:B3 and S!D1:E4: if these are tables of their own, open each by its name.',
    ],
    parts: ['S!A1:B3', 'S!D1:E4'],
  });
  expect(await seen(path, 'S!D1:E4')).toMatchObject({
    columns: ['day: text', 'visits: integer'],
    rows: [
      ['Mon', 5],
      ['Tue', 6],
      ['Wed', 7],
    ],
    notes: [],
  });
});

it('three tables, one of them with the header of the first again, another of texts alone', async () => {
  const { rows, parts } = await opened('three.xlsx', [
    ['a', 'b'],
    [1, 2],
    [3, 4],
    [],
    ['a', 'b'],
    [5, 6],
    [],
    [],
    ['name', 'town', 'street'],
    ['Ann', 'Rome', 'Via'],
    ['Bob', 'Bonn', 'Weg'],
  ]);
  expect([rows, parts]).toEqual([
    [
      [1, 2],
      [3, 4],
    ],
    ['S!A1:B3', 'S!A5:B6', 'S!A9:C11'],
  ]);
});

it('a column alone, and another table below it', async () => {
  const path = files.make('grid', 'column.xlsx', [
    ['n'],
    ...Array.from({ length: 30 }, (_, k) => [k]),
    [],
    ['a', 'b'],
    [1, 2],
  ]);
  const { columns, rows, notes, parts } = await seen(path);
  expect([columns, rows.length, parts]).toEqual([['n: integer'], 30, ['S!A1:A31', 'S!A33:B34']]);
  expect(notes).toEqual([
    'The sheet holds 2 tables, each opens by its name: S!A1:A31 (this one) · S!A33:B34',
  ]);
  expect((await seen(path, 'S!A1:A31')).rows).toHaveLength(30);
});

it.each<[string, Grid, number]>([
  [
    'rows of texts in which the number is missing',
    [['name', 'town', 'age'], ['Ann', 'Rome', 3], [], ['Bob', 'Bonn', null], ['Eve', 'Oslo', 4]],
    3,
  ],
  ['a note at the end', [['a', 'b'], ['x', 1], ['y', 2], [], ['Source: the office']], 3],
  ['a sum at the end', [['a', 'b'], ['x', 1], ['y', 2], [], ['Total', 3]], 3],
  ['a sum with a word for it', [['a', 'b', 'c'], ['x', 'y', 1], [], ['Total', 'all', 3]], 2],
  ['blank rows in a table of texts', [['a', 'b'], ['x', 'y'], [], ['z', 'w'], [], ['v', 'u'], ['t', 's']], 4],
  ['sections with a title', [['a', 'b'], ['x', 1], [], ['North'], ['y', 2], [], ['South'], ['z', 3]], 5],
])('is one table, whole: %s', async (name, grid, rows) => {
  const found = await opened(`${name}.xlsx`, grid);
  expect([found.rows.length, found.parts]).toEqual([rows, []]);
});

it('names of ranges', () => {
  expect(sheetRange('Sheet 1!A13:AB20')).toEqual({
    sheet: 'Sheet 1',
    range: { top: 13, bottom: 20, left: 0, right: 27 },
  });
  expect(sheetRange('a!b!C1:XFD9')?.sheet).toBe('a!b');
  expect(rangeText({ top: 1, bottom: 9, left: 2, right: 16_383 })).toBe('C1:XFD9');
  expect(['S', 'S!A1', 'S!A0:B2', 'S!B1:A2', '!A1:B2'].map(sheetRange)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
});
