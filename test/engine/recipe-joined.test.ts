import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { RecipePreview } from '../../src/protocol';
import { compile } from '../../src/recipe/compile';
import type { Step } from '../../src/recipe/model';
import { call, closeSessions, COLUMNS, csv, folder, handlers, step } from './recipe-rig';

afterAll(closeSessions);

const other = path.join(folder, 'other.csv');
const write = (y: string): void => writeFileSync(other, `x,g,when,y\n1,a,2024-01-01,${y}\n`);

async function previewOf(steps: readonly Step[], tables?: Record<string, string>): Promise<RecipePreview> {
  const plan = compile({ recipe: 1, steps }, COLUMNS, new Map([['other', COLUMNS]]));
  const sources = Object.fromEntries(
    Object.entries(tables ?? {}).map(([name, file]) => [name, { path: file }]),
  );
  return handlers.recipePreview(
    { table: csv, plan, tables: sources, sampleRows: 20, offset: 0, limit: 3, profile: false },
    call,
  );
}

const JOIN = step('join', { with: 'other', on: ['x'], columns: ['y'], prefix: 'o_' });

it('a preview joins another table, and reads it anew when its file has changed', async () => {
  write('first');
  const before = await previewOf([JOIN], { other });
  expect(before.columns.at(-1)).toMatchObject({ name: 'o_y', state: 'new' });
  expect(before.rows.map((row) => row.cells.at(-1))).toEqual([null, 'first', null]);
  write('second version');
  const after = await previewOf([JOIN], { other });
  expect(after.rows.map((row) => row.cells.at(-1))).toEqual([null, 'second version', null]);
});

it('a table that is not there is named', async () => {
  await expect(previewOf([JOIN])).rejects.toThrow('The table "other" that the recipe joins is not there.');
});

it('rows that a step made anew are shown as they are, and compared with what that step made', async () => {
  const sorted = step('sort', { columns: ['x'], descending: ['x'] });
  const { rows, effects } = await previewOf([
    sorted,
    step('fill_missing', { columns: ['x'], with: 'constant', value: 7 }),
  ]);
  expect(rows.map((row) => [row.row, row.cells[0], row.state, row.changed.length])).toEqual([
    [0, 19, 'same', 0],
    [1, 18, 'same', 0],
    [2, 17, 'same', 0],
  ]);
  expect(
    effects.map(({ changedCells, rowsBefore, rowsAfter }) => [changedCells, rowsBefore, rowsAfter]),
  ).toEqual([
    [0, 20, 20],
    [2, 20, 20],
  ]);
});
